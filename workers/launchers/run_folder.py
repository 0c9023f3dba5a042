"""A run's folder and its `.pdfjobs`, opened so that no link in a deck can lead us elsewhere."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from workers.launchers.errors import LaunchError

STATE_FOLDER = ".pdfjobs"


class Handles(NamedTuple):
    """Open descriptors of a run folder and of its `.pdfjobs`."""

    folder: int
    state: int


@contextmanager
def opened(folder: Path, *, make: bool = False) -> Iterator[Handles]:
    """Opens both, `.pdfjobs` made where it is missing and wanted.

    Raises FileNotFoundError when one is missing, LaunchError when `.pdfjobs` is not a real folder of ours.
    """
    outer = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        inner = _open_state(folder, outer, make)
        try:
            yield Handles(outer, inner)
        finally:
            os.close(inner)
    finally:
        os.close(outer)


def _open_state(folder: Path, outer: int, make: bool) -> int:
    place = folder / STATE_FOLDER
    if make:
        try:
            os.mkdir(STATE_FOLDER, 0o755, dir_fd=outer)
        except FileExistsError:
            pass
        except OSError as error:
            raise LaunchError(
                place, f"cannot be made ({error.strerror})", "make the run folder writable"
            ) from error
    try:
        state = os.open(STATE_FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=outer)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LaunchError(
            place, f"is not a real folder ({error.strerror})", "remove it from the run folder"
        ) from error
    found = os.fstat(state)
    # Whoever may write here could leave a record that makes us end a process of ours, or as root any.
    strange = found.st_uid not in (0, os.geteuid())
    open_to_all = os.geteuid() == 0 and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if strange or open_to_all:
        os.close(state)
        raise LaunchError(
            place,
            f"belongs to user {found.st_uid} or may be written by others",
            "give it to the service's user with mode 0755",
        )
    return state
