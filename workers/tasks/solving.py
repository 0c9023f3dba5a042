"""Starts runs and sees them through; a run outlives everything here, so each step asks the disk first."""

import logging
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from pdfjobs import names
from pdfjobs.models import Run
from pdfjobs.services import ingest as ingest_service
from pdfjobs.services import runs as service
from workers import confining, rundisk, solversteps
from workers.launchers import local
from workers.launchers.errors import AlreadyStartedError, LaunchError
from workers.tasks import reading
from workers.worker import SlotWorker

LOOK_S = 0.1
BEAT_S = 20.0

log = logging.getLogger(__name__)


def ask(run: Run) -> None:
    """Queues a pending run, unless its solver is not on this machine: that is said at once."""
    try:
        solversteps.programs(run)
    except solversteps.NotHereError as error:
        service.hold(run, str(error))
    else:
        service.queue_run(run)


def see_through(run: Run) -> None:
    """From pending to its end.

    1. After a retry, the earlier run's outputs are moved aside.
    2. Who gets the run's lock file may start it, if its record says that nobody has; otherwise it runs already,
       and is adopted.
    3. Follow it until it has ended, then read every log to its end.

    What the launcher refuses is said as the run's reason.
    """
    home = rundisk.home_of(run)
    try:
        claim = _claim(home, run.ordinal)
        if claim is not None:
            with claim:
                run.refresh_from_db()
                if run.finished or not _is_started(run, claim):
                    return
    except LaunchError as error:
        if home.is_dir():
            service.hold(run, str(error))
        return  # a missing folder changes nothing; the sweep asks again when it is back
    _follow(run)


def _claim(home: Path, ordinal: int) -> local.Claim | None:
    """The right to start a run; None once it runs. Others hold it only for the moment of their own start."""
    while (claim := local.Claim.take(home, ordinal)) is None:
        if local.state(home, ordinal) != "never started":
            return None
        time.sleep(LOOK_S)
    return claim


def _is_started(run: Run, claim: local.Claim) -> bool:
    """Whether there is a run to follow, started now or before; under the claim."""
    if rundisk.launcher_state(run) != "never started":
        return True
    if run.stop_wanted_by:
        _cancel(run)
        return False
    return _start(run, claim)


def _cancel(run: Run) -> None:
    """Ends a run that never started; under its claim. What an earlier run left is that run's all the same."""
    if run.ordinal > 1:
        local.set_aside(rundisk.home_of(run), run.ordinal - 1, _deck_files(run))
    service.cancel_pending(run)


def _start(run: Run, claim: local.Claim) -> bool:
    """Starts the solver; False when it must not, or could not, be started."""
    home = rundisk.home_of(run)
    if run.ordinal > 1:
        local.set_aside(home, run.ordinal - 1, _deck_files(run))
    try:
        (argv, log_name), *then = solversteps.programs(run)
    except solversteps.NotHereError as error:
        service.hold(run, str(error))
        return False
    run_as = confining.user_of(run)
    bounds = confining.bounds(run, run_as)
    if not service.claim_start(run):
        return False
    spec = local.RunSpec(
        folder=home,
        ordinal=run.ordinal,
        argv=argv,
        log=log_name,
        cores=run.cores,
        wall_limit_s=run.wall_limit_s,
        grace_s=settings.PDFJOBS.launcher.stop_grace_s,
        run_as=run_as,
        confine=bounds,
        then=tuple(then),
        environment=solversteps.environment(run),
    )
    try:
        if spec.run_as:
            local.give_folder(home, spec.run_as)
        local.start(spec, claim)
    except AlreadyStartedError:
        if local.state(home, run.ordinal) == "never started":
            raise  # something that is no record lies in its place
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
        # Without pid nothing was started yet, and may be begun again.
        if record is not None and record["pid"] is not None and record != seen:
            seen = record
            service.keep_record(run, record)
            ingest_service.judge_again(run, rundisk.judge_of(run, "running"))
        now = time.monotonic()
        if now - looked >= 1.0:
            looked = now
            run.refresh_from_db(fields=["stop_wanted_by", "progress", "facts"])
            _tell(run)
            by = run.stop_wanted_by or ("wall limit" if _is_over_limit(record) else "")
            if by:
                local.request_stop(home, run.ordinal, by)
        if now - beaten >= BEAT_S and SlotWorker.current is not None:
            beaten = now
            SlotWorker.current.beat()
        time.sleep(LOOK_S)
    log.info("%s: %s", service.describe(run), state)
    # Without its folder nobody knows how it goes: it may run on, and the folder may come back.
    if home.is_dir() and rundisk.launcher_state(run) != "never started":
        reading.read_to_end(run)


def _is_over_limit(record: dict[str, Any] | None) -> bool:
    """Whether a run is so far past its wall limit that its recorder, whose work that is, must have been killed."""
    if record is None or not record.get("wall_limit_s") or not record.get("started_at"):
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
        rq_job.save_meta()  # type: ignore[no-untyped-call]


def stop(run: Run) -> None:
    """Asks a run to end, or takes it out of the queue before it starts."""
    home = rundisk.home_of(run)
    if rundisk.launcher_state(run) != "never started":
        local.request_stop(home, run.ordinal, run.stop_wanted_by)
        return
    if not home.is_dir():
        service.cancel_pending(run)
        return
    claim = local.Claim.take(home, run.ordinal)
    if claim is None:
        return  # being started this moment; who follows it sees the wish
    with claim:
        if rundisk.launcher_state(run) == "never started":
            _cancel(run)
