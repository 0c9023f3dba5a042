"""What lies under a root: the walk at start, in new folders, and every so often for whatever no event told of."""

import os
import stat
from collections.abc import Iterator

from watcher.look import status_of

FileStamp = tuple[int, int, int]
"""Inode, size in bytes, mtime in ns."""


def children(hot_folder: str) -> list[str]:
    """The names in the hot folder; none while it cannot be listed."""
    try:
        with os.scandir(hot_folder) as listing:
            return [entry.name for entry in listing]
    except OSError:
        return []


def files_below(top: str, below: str = "") -> Iterator[list[tuple[str, FileStamp]]]:
    """The regular files of `top`/`below`, one folder at a time, their paths relative to `top`.

    Hidden folders are left out, symlinks are not followed; what vanishes or cannot be read on the way is passed over.
    """
    folders = [below]
    while folders:
        folder = folders.pop()
        try:
            listing = os.scandir(os.path.join(top, folder))
        except OSError:
            continue
        files = []
        with listing:
            for entry in listing:
                path = os.path.join(folder, entry.name)
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if not entry.name.startswith("."):
                            folders.append(path)
                    elif entry.is_file(follow_symlinks=False):
                        files.append((path, _stamp(entry.stat(follow_symlinks=False))))
                except OSError:  # gone since it was listed
                    continue
        yield files


def file_stamp(path: str) -> FileStamp | None:
    """None when there is no regular file. Raises OSError when that cannot be told."""
    status = status_of(path)
    if status is None or not stat.S_ISREG(status.st_mode):
        return None
    return _stamp(status)


def _stamp(status: os.stat_result) -> FileStamp:
    return status.st_ino, status.st_size, status.st_mtime_ns
