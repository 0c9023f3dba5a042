"""Starts runs and sees them through; a run outlives everything here, so each step asks the disk first."""

import logging
import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from pdfjobs import names
from pdfjobs.models import Run
from pdfjobs.services import ingest as ingest_service
from pdfjobs.services import runs as service
from workers import rundisk
from workers.launchers import local
from workers.launchers.errors import AlreadyStartedError, LaunchError
from workers.tasks import reading
from workers.worker import SlotWorker

LOOK_S = 0.1
BEAT_S = 20.0

log = logging.getLogger(__name__)


def ask(run: Run) -> None:
    """Queues a pending run, unless its solver is not on this machine: that is said at once."""
    if service_command(run) is None:
        service.hold(run, _not_found(run))
    else:
        service.queue_run(run)


def see_through(run: Run) -> None:
    """From pending to its end.

    1. After a retry, the earlier run's outputs are moved aside.
    2. Who gets the run's lock file may start it, if its record says that nobody has; otherwise it runs already,
       and is adopted.
    3. Follow it until it has ended, then read every log to its end.
    """
    home = rundisk.home_of(run)
    if not home.is_dir():
        return service.hold(run, f"its folder {run.folder} is gone")
    if run.stop_wanted_by and rundisk.launcher_state(run) == "never started":
        return service.cancel_pending(run)
    claim = local.Claim.take(home, run.ordinal)
    if claim is not None:
        with claim:
            if local.read_record(home, run.ordinal) is None and not _start(run, claim):
                return None
    _follow(run)
    return None


def service_command(run: Run) -> list[str] | None:
    """The argument list that runs the solver, its program's full path first; None when it is not here."""
    configured = settings.PDFJOBS.solvers.get(run.job.solver)
    if configured is None:
        return None
    deck = names.from_stored(run.deck_file)
    argv = [part.format(stem=run.stem, deck=deck, cores=run.cores) for part in configured.command]
    program = local.find_program(argv[0])
    return None if program is None else [program, *argv[1:]]


def _not_found(run: Run) -> str:
    configured = settings.PDFJOBS.solvers.get(run.job.solver)
    if configured is None:
        return f"no command for the solver {run.job.solver} in pdfjobs.toml ([solvers.{run.job.solver}])"
    return f"{configured.command[0]} not found on this machine"


def _start(run: Run, claim: local.Claim) -> bool:
    """Starts the solver; False when it must not, or could not, be started."""
    home = rundisk.home_of(run)
    if run.ordinal > 1:
        local.set_aside(home, run.ordinal - 1, _deck_files(run))
    argv = service_command(run)
    if argv is None:
        service.hold(run, _not_found(run))
        return False
    if not service.claim_start(run):
        return False
    spec = local.RunSpec(
        folder=home,
        ordinal=run.ordinal,
        argv=tuple(argv),
        log=rundisk.log_name(run),
        cores=run.cores,
        wall_limit_s=run.wall_limit_s,
        grace_s=settings.PDFJOBS.launcher.stop_grace_s,
        run_as=settings.PDFJOBS.launcher.run_as,
    )
    try:
        if spec.run_as:
            local.give_folder(home, spec.run_as)
        local.start(spec, claim)
    except AlreadyStartedError:
        pass
    except LaunchError as error:
        service.hold(run, str(error))
        return False
    log.info("%s started", service.describe(run))
    return True


def _deck_files(run: Run) -> set[str]:
    """What intake put into the folder; everything else there is output."""
    return {names.from_stored(name) for name in run.job.deck.get("files") or [run.deck_file]}


def _follow(run: Run) -> None:
    home = rundisk.home_of(run)
    seen: dict[str, object] | None = None
    looked = beaten = 0.0
    while (state := local.state(home, run.ordinal)) == "running":
        record = local.read_record(home, run.ordinal)
        if record is not None and record != seen:
            seen = record
            service.keep_record(run, record)
            newest = reading.newest_mtime(run)
            ingest_service.judge_again(run, rundisk.judge_of(run, "running", newest))
        now = time.monotonic()
        if now - looked >= 1.0:
            looked = now
            run.refresh_from_db(fields=["stop_wanted_by", "progress", "facts"])
            _tell(run)
            if run.stop_wanted_by:
                local.request_stop(home, run.ordinal, run.stop_wanted_by)
            elif record is not None and _over_limit(record):
                local.request_stop(home, run.ordinal, "wall limit")
        if now - beaten >= BEAT_S and SlotWorker.current is not None:
            beaten = now
            SlotWorker.current.beat()
        time.sleep(LOOK_S)
    log.info("%s: %s", service.describe(run), state)
    reading.finish(run)


def _over_limit(record: dict[str, Any]) -> bool:
    """Whether a run is so far past its wall limit that its recorder, whose work that is, must have been killed."""
    if not record.get("wall_limit_s") or not record.get("started_at"):
        return False
    age = datetime.now(UTC) - datetime.fromisoformat(record["started_at"])
    return bool(age.total_seconds() > record["wall_limit_s"] + record.get("grace_s", 0) + 10)


def _tell(run: Run) -> None:
    """Number, deck and progress for whoever looks at the running task in rq-dashboard."""
    rq_job = SlotWorker.current.get_current_job() if SlotWorker.current is not None else None
    if rq_job is None:
        return
    progress = "not known yet" if run.progress is None else f"{run.progress:.0%}"
    about = {
        "number": run.job.number,
        "deck": run.job.name,
        "progress": progress,
        "time": run.facts.get("time"),
        "end_time": run.facts.get("end_time"),
    }
    if any(rq_job.meta.get(key) != value for key, value in about.items()):
        rq_job.meta.update(about)
        rq_job.save_meta()


def stop(run: Run) -> None:
    """Asks a run to end, or takes it out of the queue before it starts."""
    home = rundisk.home_of(run)
    if rundisk.launcher_state(run) != "never started":
        local.request_stop(home, run.ordinal, run.stop_wanted_by)
        return
    claim = local.Claim.take(home, run.ordinal)
    if claim is None:
        return  # being started this moment; who follows it sees the wish
    with claim:
        if local.read_record(home, run.ordinal) is None:
            service.cancel_pending(run)
