"""How a deck in the hot folder looks from outside: what lstat and a directory listing tell, and nothing else."""

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from enum import Enum

from watcher.filters import SIDECAR_SUFFIX

ENTRY_LIMIT = 50_001
"""A folder is looked at no further; one more entry than the largest deck that intake takes by default."""

Stamp = tuple[int, int, int, int]
"""Device, inode, size in bytes, mtime in ns."""


class DeckKind(Enum):
    """What lies there under a deck's name."""

    FILE = "file"
    """Also a symlink, a socket and the like, taken as they are: intake says what is wrong with them."""
    FOLDER = "folder"
    EMPTY_FOLDER = "empty folder"
    LONE_SIDECAR = "lone sidecar"
    """`beam.inp.job.toml`, and no `beam.inp`."""


@dataclass(frozen=True)
class Look:
    """Two equal looks: nothing that can be seen from outside has changed in between."""

    kind: DeckKind
    stamp: Stamp
    """Of the deck itself, by lstat; of the sidecar where that lies alone."""
    total_bytes: int
    """A folder's files together, as far as looked at."""
    contents: bytes = b""
    """Digest of a folder's entries: path, type, size, mtime."""
    sidecar: Stamp | None = None

    def is_same_thing(self, other: "Look") -> bool:
        """True while it is one file or folder that changed, false when another took its name."""
        return (self.kind is DeckKind.LONE_SIDECAR, self.stamp[:2]) == (
            other.kind is DeckKind.LONE_SIDECAR,
            other.stamp[:2],
        )


def look_at(hot_folder: str, deck: str) -> Look | None:
    """None when neither the deck nor a sidecar for it is there. Raises OSError when that cannot be told."""
    path = os.path.join(hot_folder, deck)
    status = status_of(path)
    beside = status_of(path + SIDECAR_SUFFIX)
    sidecar = _stamp(beside) if beside else None
    if status is None:
        return Look(DeckKind.LONE_SIDECAR, sidecar, sidecar[2]) if sidecar else None
    if not stat.S_ISDIR(status.st_mode):
        return Look(DeckKind.FILE, _stamp(status), status.st_size, sidecar=sidecar)
    try:
        entries = _entries(path)
    except FileNotFoundError:  # gone between lstat and listing
        return None
    except PermissionError:  # settles by its own lstat, so that intake can say so
        return Look(DeckKind.FOLDER, _stamp(status), 0, sidecar=sidecar)
    kind = DeckKind.FOLDER if entries else DeckKind.EMPTY_FOLDER
    total = sum(size for _, is_file, size, _ in entries if is_file)
    digest = hashlib.blake2b(repr(sorted(entries)).encode(), digest_size=16).digest()
    return Look(kind, _stamp(status), total, digest, sidecar)


def status_of(path: str) -> os.stat_result | None:
    """lstat, or None when nothing by that name is there or can be."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # a deck with 255 bytes cannot have a sidecar
            return None
        raise


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _entries(top: str) -> list[tuple[str, bool, int, int]]:
    """(path below `top`, is a regular file, size, mtime_ns) of everything in it, up to ENTRY_LIMIT.

    Only `top` itself has to be readable: a folder further down that is not, or has just vanished, counts as empty.
    """
    entries: list[tuple[str, bool, int, int]] = []
    folders = [""]
    while folders:
        below = folders.pop()
        try:
            listing = os.scandir(os.path.join(top, below))
        except OSError:
            if not below:
                raise
            continue
        with listing:
            for entry in listing:
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                path = os.path.join(below, entry.name)
                is_file = stat.S_ISREG(status.st_mode)
                entries.append((path, is_file, status.st_size, status.st_mtime_ns))
                if stat.S_ISDIR(status.st_mode):
                    folders.append(path)
                if len(entries) == ENTRY_LIMIT:
                    return entries
    return entries
