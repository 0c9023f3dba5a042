"""What lies in a folder: its files with their stamps, its subfolders; the truth that events only hint at."""

import os
import stat
from dataclasses import dataclass

from watcher.look import status_of

FileStamp = tuple[int, int, int]
"""Inode, size in bytes, mtime in ns."""


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


def list_folder(path: str) -> Listing | None:
    """None when there is no such folder, or a link in its place. Raises OSError when that cannot be told."""
    status = status_of(path)
    if status is None or not stat.S_ISDIR(status.st_mode):
        return None
    files, folders = [], []
    try:
        entries = os.scandir(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with entries:
        for entry in entries:
            try:
                if entry.is_file(follow_symlinks=False):
                    one = entry.stat(follow_symlinks=False)
                    files.append((entry.name, (one.st_ino, one.st_size, one.st_mtime_ns)))
                elif entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                    folders.append(entry.name)
            except FileNotFoundError:  # gone since it was listed
                continue
    return Listing(files, folders, status.st_mtime_ns)


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
