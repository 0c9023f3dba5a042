"""What RQ runs. The only room that speaks both languages: it opens files, calls parsers and launchers, and hands
plain values to the diary's services.

Every task may be run twice or be killed anywhere and run again; each looks at disk and database first.
"""

from pdfjobs.models import IntakeRecord, Job, Run
from pdfjobs.services import intake as intake_service
from workers.tasks import deckcards, intake, marking, notices, runagain, solving, turns, upkeep


def arrive(root: str, paths: list[str], sizes: list[int]) -> None:
    """Shows decks that are still being written."""
    for path, size in zip(paths, sizes, strict=True):
        if intake.still_arrives(root, path):
            owner = intake.owner_of(intake.hot_path(root, path))
            intake_service.note_arriving(root, path, size, owner)
            if not intake.still_arrives(root, path):
                intake_service.forget_arriving(root, path)  # intake was faster


def withdraw(root: str, paths: list[str]) -> None:
    """Notes decks that were taken away before they had settled."""
    for path in paths:
        intake_service.note_gone(root, path)


def take_in(root: str, path: str, device: int, inode: int, size: int, mtime_ns: int) -> None:
    """Makes a settled deck a job, and asks for its run."""
    run = intake.take_in(root, path, device, inode, size, mtime_ns)
    if run is not None:
        solving.ask(run)
        deckcards.ask(run)


def resume_intake(record_id: int) -> None:
    """Goes on with an intake that a kill or a full disk interrupted."""
    record = IntakeRecord.objects.get(pk=record_id)
    if record.state == "claimed":
        run = intake.carry_on(record)
        if run is not None:
            solving.ask(run)
            deckcards.ask(run)


def ingest(root: str, paths: list[str], ticket: str) -> None:
    """Reads what was added to logs; a path that ends with "/" is a folder that vanished."""
    turns.read(root, paths, ticket)


def mark_lines(file_id: int) -> None:
    """Finds where the lines of a log begin and which tell of trouble, where its reading did not keep that."""
    marking.give_turn(file_id)


def solve(run_id: int) -> None:
    """Starts a run, or adopts it, and follows it to its end."""
    run = Run.objects.select_related("job").filter(pk=run_id).first()
    if run is not None and not run.finished:
        solving.see_through(run)


def stop_run(run_id: int) -> None:
    """Ends a run that somebody asked to stop."""
    run = Run.objects.select_related("job").filter(pk=run_id).first()
    if run is not None and not run.finished:
        solving.stop(run)


def keep_cards(job_id: int) -> None:
    """Sums up a job's deck, to be compared with others."""
    job = Job.objects.filter(pk=job_id).first()
    if job is not None:
        deckcards.keep(job)


def run_again(job_id: int, actor: str) -> None:
    """Hands a job's deck in once more, for a person."""
    job = Job.objects.filter(pk=job_id).first()
    if job is not None:
        runagain.hand_in(job, actor)


def deliver() -> None:
    """Brings people the messages that are due."""
    notices.deliver()


def sweep() -> None:
    """Puts back what the queue lost, and looks at what no event tells."""
    upkeep.sweep()
