"""What lies in a folder: its files with their stamps, its subfolders; the truth that events only hint at."""

import errno
import os
import stat
from dataclasses import dataclass

from watcher.look import status_of

FileStamp = tuple[int, int, int]
"""Inode, size in bytes, mtime in ns."""

FOLDER_ONLY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder of a run tree; hidden folders are left out, links are not followed."""

    files: list[tuple[str, FileStamp]]
    """Regular files by name."""
    folders: list[str]
    mtime_ns: int
    """Of the folder, before it was listed: what was made since shows next time."""


def children(hot_folder: str) -> list[str]:
    """The names in the hot folder; none while it cannot be listed."""
    try:
        with os.scandir(hot_folder) as listing:
            return [entry.name for entry in listing]
    except OSError:
        return []


def is_folder(path: str) -> bool:
    """Links are followed; False too when that cannot be told."""
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116
    except OSError:
        return False


class OpenFolder:
    """A folder of a run tree, held open: what is asked of it is of one and the same folder. A context manager.

    Raises OSError when it cannot be told; FileNotFoundError or NotADirectoryError when there is none, or a link.
    """

    __slots__ = ("_fd", "mtime_ns")

    def __init__(self, path: str) -> None:
        try:
            self._fd = os.open(path, FOLDER_ONLY)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise NotADirectoryError(errno.ENOTDIR, "a link", path) from error
            raise
        self.mtime_ns = os.fstat(self._fd).st_mtime_ns

    def __enter__(self) -> "OpenFolder":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def list(self) -> Listing:
        files, folders = [], []
        # By descriptor: names are looked up in the folder itself, which is faster than by whole paths.
        with os.scandir(self._fd) as entries:
            for entry in entries:
                try:
                    if entry.is_file(follow_symlinks=False):
                        one = entry.stat(follow_symlinks=False)
                        files.append((entry.name, (one.st_ino, one.st_size, one.st_mtime_ns)))
                    elif entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                        folders.append(entry.name)
                except FileNotFoundError:  # gone since it was listed
                    continue
        return Listing(files, folders, self.mtime_ns)


def folder_mtime(path: str) -> int | None:
    """In ns; None when there is no such folder. Raises OSError when that cannot be told."""
    status = status_of(path)
    return status.st_mtime_ns if status and stat.S_ISDIR(status.st_mode) else None


def file_stamp(path: str) -> FileStamp | None:
    """None when there is no regular file. Raises OSError when that cannot be told."""
    status = status_of(path)
    if status is None or not stat.S_ISREG(status.st_mode):
        return None
    return _stamp(status)


def _stamp(status: os.stat_result) -> FileStamp:
    return status.st_ino, status.st_size, status.st_mtime_ns
