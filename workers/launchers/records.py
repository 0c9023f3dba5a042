"""What the recorder wrote, and what follows from it for a run."""

import logging
import os
from pathlib import Path
from typing import Any, Literal

from workers.launchers import processes
from workers.launchers.claim import is_held
from workers.launchers.errors import LaunchError
from workers.launchers.run_folder import Handles, opened
from workers.launchers.runfiles import Record, RunFiles, read_object

logger = logging.getLogger(__name__)

State = Literal["never started", "running", "ended", "lost"]

_NEEDED: dict[str, type | tuple[type, ...]] = {
    "host": str,
    "boot_id": str,
    "recorder_pid": int,
    "recorder_start": int,
    "pid": (int, type(None)),
    "pid_start": (int, type(None)),
    "ended_at": (str, type(None)),
}


def read_record(folder: Path, ordinal: int) -> dict[str, Any] | None:
    """A run's record; None when there is none, or none that we wrote."""
    try:
        with opened(folder) as run:
            return record_in(run, ordinal, folder)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (LaunchError, OSError) as error:
        logger.warning("record of run %d in %s not read: %s", ordinal, folder, error)
        return None


def record_in(run: Handles, ordinal: int, folder: Path) -> Record | None:
    name = RunFiles(run.state, ordinal).record_name
    try:
        record = read_object(run.state, name)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        logger.warning("%s/.pdfjobs/%s cannot be read: %s", folder, name, error)
        return None
    wrong = [key for key, kind in _NEEDED.items() if not isinstance(record.get(key, ...), kind)]
    if wrong or record.get("run") != ordinal:
        logger.warning("%s/.pdfjobs/%s is not ours: %s", folder, name, ", ".join(wrong) or "run")
        return None
    return record


def is_here(record: Record) -> bool:
    """Whether the record's pids mean something on this machine, as it runs now."""
    return bool(record["boot_id"] == processes.boot_id())


def recorder_lives(record: Record) -> bool:
    return is_here(record) and processes.is_alive(record["recorder_pid"], record["recorder_start"])


def solver_lives(record: Record) -> bool:
    return is_here(record) and processes.is_alive(record["pid"], record["pid_start"])


def state(folder: Path, ordinal: int) -> State:
    """Where a run stands, by its record and the processes that it names.

    | record                                 | recorder or solver alive | neither         |
    |----------------------------------------|--------------------------|-----------------|
    | none, or none of ours                  |                          | "never started" |
    | with an end                            | "ended"                  | "ended"         |
    | without pid (no solver was let go yet) | "running"                | "never started" |
    | with pid                               | "running"                | "lost"          |

    Processes of another host cannot be seen: there a run goes on for as long as its lock is held, which only
    its recorder does; on a file system that does not share locks between hosts it is "lost" from here.
    """
    try:
        with opened(folder) as run:
            return _state_in(run, ordinal, folder)
    except (FileNotFoundError, NotADirectoryError):
        return "never started"
    except (LaunchError, OSError) as error:
        logger.warning("state of run %d in %s not known: %s", ordinal, folder, error)
        return "never started"


def _state_in(run: Handles, ordinal: int, folder: Path) -> State:
    record = record_in(run, ordinal, folder)
    while record is not None and record["ended_at"] is None:
        if recorder_lives(record) or solver_lives(record):
            return "running"
        if _may_run_elsewhere(record) and is_held(run.state, ordinal):
            return "running"
        # The recorder may have written on and left while we looked for it.
        again = record_in(run, ordinal, folder)
        if again == record:
            return "never started" if record["pid"] is None else "lost"
        record = again
    return "never started" if record is None else "ended"


def _may_run_elsewhere(record: Record) -> bool:
    return bool(record["host"] != os.uname().nodename)
