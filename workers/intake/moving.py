"""Moves of dropped things: by rename where that goes, else by a copy that is never taken for whole before it is."""

import errno
import os
import shutil
import stat
from pathlib import Path
from typing import NoReturn

HALF = ".copying"


class _CopyError(Exception):
    """Carries an OSError out of shutil.copytree, which would go on with the other files."""


def move(source: Path, target: Path) -> None:
    """Moves a file, link or folder to a name that nothing else has; may be killed and called again.

    A target that is there already is this source's, from before a kill: what is left of the source goes.
    """
    if os.path.lexists(target):
        if os.path.lexists(source):
            _remove(source)
        return
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _check_removable(source)
        _copy(source, target)
        _remove(source)


def write_whole(path: Path, raw: bytes) -> None:
    """Writes a file that after a kill is there as a whole or not at all."""
    half = path.with_name(f".{path.name}.half")
    with half.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    half.rename(path)


def _check_removable(source: Path) -> None:
    """A rename needs these permissions too; without them a copy would stay beside its source, twice there."""
    folders = [source.parent]
    if source.is_dir() and not source.is_symlink():
        folders += [Path(place) for place, _, _ in os.walk(source)]
    for folder in folders:
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def _copy(source: Path, target: Path) -> None:
    half = target.with_name(HALF)
    _remove(half)
    try:
        if source.is_dir() and not source.is_symlink():
            shutil.copytree(source, half, symlinks=True, copy_function=_copy_file)
        else:
            _copy_file(str(source), str(half))
    except (OSError, _CopyError) as error:
        _remove(half)  # it may be what fills the disk
        _raise_plain(error)
    half.rename(target)


def _copy_file(source: str, target: str) -> None:
    try:
        mode = os.lstat(source).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):  # a device would be read for ever
            raise PermissionError(errno.EPERM, "neither a file nor a folder", source)
        shutil.copy2(source, target, follow_symlinks=False)
    except OSError as error:
        raise _CopyError from error


def _raise_plain(error: Exception) -> NoReturn:
    cause = error.__cause__ if isinstance(error, _CopyError) else error
    assert isinstance(cause, OSError)
    raise cause


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
