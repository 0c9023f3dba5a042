"""The one place of the web side that opens files in run folders: read-only, and confined to the run's folder.

Every part of a path is opened relative to the one before it and never through a symbolic link, so that no
name and no link that a deck brings along leads out of the folder, also not when it is swapped meanwhile.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from pdfjobs.answering import check_answers
from pdfjobs.plainfile import open_plain

MOST_ENTRIES = 1000
MOST_LEVELS = 8
_LAST_MOMENT = 253402214400  # in the year 9999

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class NoSuchFileError(Exception):
    """The path names no regular file in the run's folder; whether it is absent or forbidden is not said."""


@dataclass(frozen=True)
class Entry:
    """A regular file in a run's folder."""

    path: str
    """Relative to the folder, as os.fsdecode gives it."""
    size: int
    mtime: float
    """Unix time."""

    @property
    def written_at(self) -> datetime:
        """When it was written last; the nearest moment there is, for a clock that was far off."""
        return datetime.fromtimestamp(min(max(self.mtime, 0), _LAST_MOMENT), UTC)


@dataclass(frozen=True)
class OpenFile:
    """A regular file of a run, open for reading."""

    fd: int
    size: int
    """When it was opened."""
    mtime_ns: int
    inode: int

    def read(self, at: int, most: int) -> bytes:
        """Bytes from an offset on; fewer, or none, at the end of what is there."""
        return os.pread(self.fd, most, at)

    def next_data(self, at: int) -> int:
        """The offset itself, or where the hole that it lies in ends; the size when only a hole is left."""
        try:
            return os.lseek(self.fd, at, os.SEEK_DATA)
        except OSError:
            return self.size

    @property
    def version(self) -> str:
        """Differs when the file was written to or replaced."""
        return f"{self.inode:x}-{self.size:x}-{self.mtime_ns:x}"


@contextmanager
def opened(root: str, folder: str, path: str) -> Iterator[OpenFile]:
    """A file of a run; raises NoSuchFileError for whatever is not a regular file inside the folder."""
    *above, name = _parts(path)
    try:
        parent = _open_folder(root_path(root), [*_folder_parts(folder), *above])
        try:
            fd = open_plain(name, dir_fd=parent)
        finally:
            os.close(parent)
    except (OSError, ValueError) as error:
        raise NoSuchFileError(path) from error
    try:
        info = os.fstat(fd)
        yield OpenFile(fd, info.st_size, info.st_mtime_ns, info.st_ino)
    finally:
        os.close(fd)


def root_path(root: str) -> Path:
    """Where a root of runs is, to be looked at; raises NoSuchFileError for a name that is in no setting, and OSError
    for a tree whose disk does not answer now: whoever touches it may wait for ever."""
    path = root_place(root)
    if root != "runs":
        check_answers(root, path)
    return path


def root_place(root: str) -> Path:
    """Where a root of runs is, whatever its disk does; raises NoSuchFileError likewise."""
    if root == "runs":
        return Path(settings.INSTANCE.runs)
    for tree in settings.PDFJOBS.trees:
        if tree.name == root:
            return Path(tree.path)
    raise NoSuchFileError(root)


def list_files(root: str, folder: str, most: int | None = None) -> list[Entry]:
    """The regular files of a run, sorted by path; dot names are left out, and all beyond `most`."""
    found: list[Entry] = []
    try:
        fd = _open_folder(root_path(root), _folder_parts(folder))
    except (OSError, ValueError, NoSuchFileError):
        return []
    try:
        _collect(fd, "", found, MOST_LEVELS, MOST_ENTRIES if most is None else most)
    finally:
        os.close(fd)
    return sorted(found, key=lambda entry: entry.path)


def _parts(path: str) -> list[str]:
    parts = path.split("/")
    if "\0" in path or any(part in ("", ".", "..") for part in parts):
        raise NoSuchFileError(path)
    return parts


def _folder_parts(folder: str) -> list[str]:
    """Of a run's folder, which may be its root itself."""
    return [] if folder in ("", ".") else _parts(folder)


def _open_folder(base: Path, parts: list[str]) -> int:
    """A descriptor of the folder; the root itself is the administrator's word and may be a link."""
    fd = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for part in parts:
        try:
            inner = os.open(part, _FOLDER, dir_fd=fd)
        finally:
            os.close(fd)
        fd = inner
    return fd


def _collect(fd: int, prefix: str, found: list[Entry], levels: int, most: int) -> None:
    with os.scandir(fd) as entries:
        for entry in entries:
            if len(found) >= most:
                return
            if entry.name.startswith("."):
                continue
            try:
                info = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(info.st_mode):
                    found.append(Entry(prefix + entry.name, info.st_size, info.st_mtime))
                elif stat.S_ISDIR(info.st_mode) and levels > 1:
                    inner = os.open(entry.name, _FOLDER, dir_fd=fd)
                    try:
                        _collect(inner, f"{prefix}{entry.name}/", found, levels - 1, most)
                    finally:
                        os.close(inner)
            except OSError:
                continue  # gone meanwhile, or not ours to read
