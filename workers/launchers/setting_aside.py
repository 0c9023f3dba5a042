"""Room for a retry: what an earlier run left behind is moved aside, never deleted."""

import fcntl
import os
from itertools import count
from pathlib import Path

from workers.launchers.errors import LaunchError
from workers.launchers.records import state
from workers.launchers.run_folder import STATE_FOLDER, Handles, opened


def set_aside(folder: Path, ordinal: int, keep: set[str]) -> None:
    """Moves all that lies in a run's folder, but for the names to keep, to `.pdfjobs/run-<ordinal>/`.

    May be killed and called again: what was moved is there, the rest follows. Nothing is ever replaced; a
    second thing of one name gets "~2" behind it. Raises LaunchError while the run is running.
    """
    if state(folder, ordinal) == "running":
        raise LaunchError(folder, f"run {ordinal} is still running", "stop it first")
    try:
        with opened(folder, make=True) as run:
            _move(run, f"run-{ordinal}", keep)
    except OSError as error:
        raise LaunchError(
            folder,
            f"results of run {ordinal} cannot be set aside ({error.strerror})",
            "make the run folder writable and retry",
        ) from error


def _move(run: Handles, name: str, keep: set[str]) -> None:
    try:
        os.mkdir(name, 0o755, dir_fd=run.state)
    except FileExistsError:
        pass
    aside = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=run.state)
    try:
        # Two at once would choose the same free name.
        fcntl.flock(aside, fcntl.LOCK_EX)
        taken = _names(aside)
        for entry in sorted(_names(run.folder) - keep - {STATE_FOLDER}):
            free = _free_name(entry, taken)
            taken.add(free)
            try:
                os.rename(entry, free, src_dir_fd=run.folder, dst_dir_fd=aside)
            except FileNotFoundError:
                continue  # another caller moved it while we waited for the lock
    finally:
        os.close(aside)


def _names(folder_fd: int) -> set[str]:
    with os.scandir(folder_fd) as entries:
        return {entry.name for entry in entries}


def _free_name(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(free for n in count(2) if (free := f"{name}~{n}") not in taken)
