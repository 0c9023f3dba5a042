"""Asking a run to end: through its recorder, and without it where the recorder is gone."""

import logging
import signal
import time
from pathlib import Path

from workers.launchers import processes, records
from workers.launchers.claim import is_held
from workers.launchers.errors import LaunchError
from workers.launchers.run_folder import opened
from workers.launchers.runfiles import Record, RunFiles

logger = logging.getLogger(__name__)


def request_stop(folder: Path, ordinal: int, by: str) -> bool:
    """Asks a run to end; False when nothing of it is alive.

    The recorder ends the solver, and after its grace kills it. Without a recorder this does the first, and a
    later call, when the grace has passed, does the second; the stop file keeps how far that has come. The
    first who asked is the one who stopped it.
    Raises LaunchError when `.pdfjobs` is not ours, or the run is another user's.
    """
    try:
        with opened(folder) as run:
            record = records.record_in(run, ordinal, folder)
            if record is None or record["ended_at"] is not None:
                return False
            return _stop(RunFiles(run.state, ordinal), record, by) or (
                not records.is_here(record)
                and is_held(run.state, ordinal)
                and _wish(RunFiles(run.state, ordinal), {"by": by})
            )
    except (FileNotFoundError, NotADirectoryError):
        return False
    except PermissionError as error:
        raise LaunchError(
            folder, f"run {ordinal} belongs to another user", "stop it as that user"
        ) from error


def _stop(files: RunFiles, record: Record, by: str) -> bool:
    if records.recorder_lives(record):
        if files.stop_wish() is None:
            _wish(files, {"by": by})
        if processes.signal_process(
            record["recorder_pid"], record["recorder_start"], signal.SIGTERM
        ):
            return True
    return _stop_without_recorder(files, record, by)


def _stop_without_recorder(files: RunFiles, record: Record, by: str) -> bool:
    pid = record["pid"]
    # One that leads no session was not let go yet, and without a recorder never will be.
    if not records.solver_lives(record) or not processes.leads_session(pid):
        return False
    wish = files.stop_wish() or {"by": by}
    asked_at = wish.get("asked_at")
    now = time.monotonic()  # since boot, and the record is of this boot
    if not isinstance(asked_at, int | float):
        number = signal.SIGTERM
        _wish(files, {**wish, "asked_at": now})
    else:
        number = signal.SIGKILL if now - asked_at >= record.get("grace_s", 0) else signal.SIGTERM
    processes.wait_until_heard(pid)
    # By itself first: this raises where the solver is another user's, or has just ended.
    if not processes.signal_process(pid, record["pid_start"], number):
        return False
    processes.signal_session(pid, number)
    return True


def _wish(files: RunFiles, wish: Record) -> bool:
    """Leaves the stop file; a full disk must not keep a solver from being stopped."""
    try:
        files.wish_stop(wish)
    except OSError as error:
        logger.warning("no stop file for %s: %s", files.record_name, error)
        return False
    return True
