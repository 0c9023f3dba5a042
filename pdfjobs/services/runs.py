"""What happens to a run: found, claimed, started, stopped, retried."""

import random
from collections.abc import Container
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from pdfjobs import names, queue
from pdfjobs.models import History, IntakeRecord, Job, Run
from pdfjobs.services import families, joblines
from pdfjobs.services.errors import RefusedError
from pdfjobs.services.numbers import next_number
from pdfjobs.services.queueaway import may_be_away
from pdfjobs.services.status import change_status

ASIDE = "/.pdfjobs/run-"
"""Where a run's outputs go when its job is retried in the same folder."""


def rq_id(run: Run) -> str:
    """The RQ id under which a run is followed."""
    return rq_id_of(run.job.number, run.ordinal)


def rq_id_of(number: int, ordinal: int) -> str:
    return f"run-{number}-{ordinal}"


def describe(run: Run) -> str:
    """A run in an engineer's words, for the queue's pages."""
    again = f", run {run.ordinal}" if run.ordinal > 1 else ""
    return f"{run.job.number} {run.job.name}{again} ({run.job.solver})"


def queue_run(run: Run, *, first: bool = False) -> bool:
    """Asks for a run to be started, or followed when it runs already."""
    return queue.send_run(run.pk, rq_id(run), describe(run), first=first)


def claim_start(run: Run) -> bool:
    """Takes the right to start a run: one claimer a generation; the claim of a killed claimer is passed on.

    The caller holds the run's lock file, so nobody else is between claim and start.
    """
    claimed = Run.objects.filter(
        pk=run.pk, generation=run.generation, record__isnull=True, finished=False, stop_wanted_by=""
    ).update(generation=F("generation") + 1, claimed_at=timezone.now())
    if claimed:
        run.generation += 1
    return bool(claimed)


def hold(run: Run, reason: str) -> None:
    """A run that cannot be started here: undefined, with the reason, until retried."""
    with transaction.atomic():
        Run.objects.filter(pk=run.pk).update(finished=True)
        change_status(run.job_id, "none", reason=reason, source="launcher")


def keep_record(run: Run, record: dict[str, Any]) -> None:
    """Keeps what the exit recorder wrote."""
    Run.objects.filter(pk=run.pk).update(record=record)
    run.record = record


def request_stop(job: Job, actor: str) -> None:
    """Asks for a job's run to end; RefusedError when nothing runs."""
    with transaction.atomic():
        run = Run.objects.select_for_update().filter(job=job).order_by("-ordinal").first()
        if run is None or not run.ours:
            raise RefusedError(_("The diary did not start this run, so it cannot stop it."))
        if run.finished:
            raise RefusedError(_("The run has ended already."))
        run.stop_wanted_by = actor or "somebody"
        run.save(update_fields=["stop_wanted_by"])
        History.objects.create(job=job, actor=actor, field="stop", note="asked to end")
    with may_be_away():  # who follows the run sees the wish
        queue.send("upkeep", "workers.tasks.stop_run", f"stop {describe(run)}", run_id=run.pk)


def cancel_pending(run: Run) -> None:
    """Ends a run that was stopped before it had started."""
    reason = f"stopped by {run.stop_wanted_by} before it started"
    with transaction.atomic():
        Run.objects.filter(pk=run.pk).update(finished=True, ended_at=timezone.now())
        change_status(run.job_id, "other", reason=reason, source="launcher")


def request_retry(job: Job, actor: str) -> Run:
    """Runs a job's deck again in its folder, as a new run; RefusedError when it runs or is not ours.

    The earlier run's outputs move into the folder's .pdfjobs; its row moves with them now, its files when the
    new run is taken up.
    """
    with transaction.atomic():
        last = Run.objects.select_for_update().filter(job=job).order_by("-ordinal").first()
        if last is None or not last.ours:
            raise RefusedError(_("The diary did not start this job, so it cannot run it again."))
        if not last.finished:
            raise RefusedError(_("The job has not ended yet; stop it first."))
        folder = last.folder
        last.folder = f"{folder}{ASIDE}{last.ordinal}"
        last.save(update_fields=["folder"])
        run = Run.objects.create(
            job=job,
            ordinal=last.ordinal + 1,
            root=last.root,
            folder=folder,
            stem=last.stem,
            deck_file=last.deck_file,
            ours=True,
            cores=last.cores,
            wall_limit_s=last.wall_limit_s,
        )
        History.objects.create(job=job, actor=actor, field="retry", note=f"run {run.ordinal}")
        change_status(job.pk, "pending", reason="waits for a free slot", source="launcher")
        joblines.refresh([job.pk])  # the new run has said nothing yet
    with may_be_away():
        queue_run(run)
    return run


def is_being_taken_in(root: str, folder: str) -> bool:
    """Whether intake has made this folder, or one above it, and not yet its job."""
    top = folder.partition("/")[0]
    return (
        root == "runs"
        and IntakeRecord.objects.filter(state="claimed", place=names.from_stored(top)).exists()
    )


def find_run(root: str, folders: list[str], stem: str) -> Run | None:
    """The run in the deepest of these folders (stored names) that has this stem, or is ours and takes any."""
    runs = Run.objects.filter(root=root, folder__in=folders).filter(Q(stem=stem) | Q(ours=True))
    return max(
        runs.select_related("job"),
        key=lambda run: (len(run.folder), run.stem == stem),
        default=None,
    )


def make_found_run(
    root: str, folder: str, stem: str, *, solver: str, name: str, owner: str, seen: datetime
) -> Run:
    """A job for a run that somebody else started, made at first sight; once however many see it."""
    try:
        with transaction.atomic():
            job = Job.objects.create(
                number=next_number(),
                name=names.readable(name),
                solver=solver,
                owner=owner,
                submitted_at=seen,
                status_reason="no log says how it stands",
                machine_reason="no log says how it stands",
            )
            run = Run.objects.create(job=job, root=root, folder=folder, stem=stem)
            History.objects.create(
                job=job,
                field="found",
                note=f"a log of {solver} in {names.readable(names.from_stored(folder))}",
            )
            families.note_new(job)
            joblines.refresh([job.pk])
            return run
    except IntegrityError:  # another worker was first
        return Run.objects.select_related("job").get(root=root, folder=folder, stem=stem)


def keep_deck(run: Run, deck_file: str, deck: dict[str, Any]) -> None:
    """Keeps what the deck beside a found run says; a title is text of its own, with what a database refuses.

    A deck that is a whole case folder has no name of its own: the job keeps the folder's.
    """
    title = deck.get("title")
    Run.objects.filter(pk=run.pk).update(deck_file=names.to_stored(deck_file))
    Job.objects.filter(pk=run.job_id).update(
        deck=deck,
        title=None if title is None else names.readable(title),
        name=run.job.name if "/" in deck_file else names.readable(deck_file),
        updated_at=timezone.now(),
    )
    run.job.deck = deck
    joblines.refresh([run.job_id])


def note_folders(runs: list[Run], *, gone: bool) -> None:
    """Folders of many runs went away, or are back; each is noted once however many see it."""
    if not runs:
        return
    with transaction.atomic():
        unnoted = list(
            Run.objects.select_for_update()
            .filter(pk__in=[run.pk for run in runs], gone_since__isnull=gone)
            .order_by("pk")
            .only("pk", "job_id")
        )
        now, jobs = timezone.now(), [run.job_id for run in unnoted]
        note = "gone from the disk" if gone else "back on the disk"
        Run.objects.filter(pk__in=[run.pk for run in unnoted]).update(
            gone_since=now if gone else None
        )
        History.objects.bulk_create(History(job_id=pk, field="folder", note=note) for pk in jobs)
        Job.objects.filter(pk__in=jobs).update(updated_at=now)


def unfollowed(age_s: float, followed: Container[str] = (), most: int = 500) -> list[Run]:
    """Runs of ours that are not finished and not among the RQ ids `followed`, or that somebody asked to stop.

    Those younger than `age_s` are still on their way. Of very many some, another choice each time, so that those
    for which nothing can be done now keep none of the others waiting.
    """
    before = timezone.now() - timedelta(seconds=age_s)
    rows = Run.objects.filter(ours=True, finished=False, job__submitted_at__lt=before).values_list(
        "pk", "job__number", "ordinal", "stop_wanted_by"
    )
    wanted = [
        pk
        for pk, number, ordinal, stop in rows
        if stop or rq_id_of(number, ordinal) not in followed
    ]
    chosen = random.sample(wanted, most) if len(wanted) > most else wanted  # nosec B311 # a sample, no secret
    return list(Run.objects.filter(pk__in=chosen).select_related("job").order_by("pk"))


def unfinished_folders(most: int) -> dict[str, set[str]]:
    """Folders (stored names) of unfinished runs by root, at most so many together, the newest."""
    folders: dict[str, set[str]] = {}
    newest = Run.objects.filter(finished=False).order_by("-pk")
    for root, folder in newest.values_list("root", "folder")[:most]:
        folders.setdefault(root, set()).add(folder)
    return folders
