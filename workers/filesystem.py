"""Which file systems may tell a size that is no longer, or not yet, the file's."""

import time
from collections.abc import Callable
from pathlib import Path

CACHE_S = 60.0
"""How long an NFS client keeps attributes at most (acregmax); others keep them shorter."""
FORGOTTEN_S = 600.0
"""Looks further apart than this do not belong together."""
MOST_DOUBTS = 100_000

# fmt: off
LOCAL = frozenset({
    "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "bcachefs", "f2fs", "jfs", "reiserfs", "nilfs2",
    "tmpfs", "ramfs", "overlay", "vfat", "exfat", "ntfs3",
})
# fmt: on
"""Types whose every write goes through this kernel; all others, known or not, may tell old sizes."""


def type_of(fd: int) -> str:
    """The type of the file system that an open file lies on, e.g. "nfs4"; "" where it cannot be told.

    By its mount, since a file's device number need not be that of its mount (btrfs).
    """
    try:
        about = Path(f"/proc/self/fdinfo/{fd}").read_text("utf-8", "replace")
        table = Path("/proc/self/mountinfo").read_text("utf-8", "replace")
    except OSError:
        return ""
    mount = about.partition("mnt_id:")[2].split()[:1]
    for line in table.splitlines():
        # 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
        if line.split(" ", 1)[:1] == mount:
            return line.partition(" - ")[2].partition(" ")[0]
    return ""


def tells_sizes_at_once(fd: int) -> bool:
    """Whether the size of this open file is certainly that of this moment."""
    return type_of(fd) in LOCAL


class Doubts:
    """Files whose size contradicts what was read of them, and since when; lives as long as its process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looks: dict[tuple[int, int], tuple[float, float]] = {}
        """Device and inode to the times of the first and the last look."""

    def are_over(self, file: tuple[int, int]) -> bool:
        """Notes a look that contradicts; True when the first one is longer ago than any cache lasts."""
        now = self._clock()
        first, last = self._looks.pop(file, (now, now))
        if now - last > FORGOTTEN_S:
            first = now
        if len(self._looks) >= MOST_DOUBTS:
            del self._looks[next(iter(self._looks))]  # the one not looked at for longest
        self._looks[file] = (first, now)
        return now - first >= CACHE_S

    def clear(self, file: tuple[int, int]) -> None:
        """A look found the file as it should be."""
        self._looks.pop(file, None)
