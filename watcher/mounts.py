"""The kernel's table of mounts: which file system a folder lies on, and whether its events can be trusted."""

import os
import re
import select
from dataclasses import dataclass
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")

SHARED = re.compile(
    "nfs4?|cifs|smb[23]|smbfs|ncpfs|coda|afs|openafs|ceph|glusterfs|lustre|beegfs|beegfs_nodev"
    "|gpfs|mmfs|panfs|pvfs2|orangefs|gfs2?|ocfs2|wekafs|cvfs|acfs|dvs"
)
"""Another host may write there, and its changes make no event here."""
OF_THE_VM_HOST = re.compile("9p|virtiofs|vboxsf|prl_fs|vmhgfs|drvfs|wslfs|hostfs")
"""The machine that this virtual one runs on may write there."""
LOCAL_FUSE = re.compile(r"fuseblk|fuse\.(fuse-overlayfs|ntfs-3g|fuse-ext2|ext[234])")
"""Nobody writes there but through this very mount."""
FUSE = re.compile(r"fuse(\..*)?")

_ESCAPE = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True)
class Mount:
    """One line of the table."""

    number: int
    parent: int
    """The number of the mount that this one lies upon."""
    point: str
    """Where; absolute; bytes that are not UTF-8 as os.fsdecode gives them."""
    fs_type: str


class Mounts:
    """The table at one moment; two are equal when nothing was mounted or unmounted in between.

    A mount is looked up as the kernel does it, folder by folder from the root on: one over the other hides it, and
    one over a folder hides whatever was mounted further down before.
    """

    def __init__(self, table: tuple[Mount, ...]) -> None:
        self.table = table
        numbers = {mount.number for mount in table if mount.parent != mount.number}
        self._upon = {
            (mount.parent if mount.parent in numbers else None, mount.point): mount
            for mount in table
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mounts) and self.table == other.table

    def __hash__(self) -> int:
        return hash(self.table)

    @classmethod
    def read(cls, path: Path = MOUNTINFO) -> "Mounts":
        """Lines that are not as proc(5) has them are passed over. Raises OSError."""
        lines = path.read_bytes().split(b"\n")
        return cls(tuple(filter(None, map(_mount, lines))))

    def fs_type_of(self, path: str) -> str:
        """Of an absolute path without symlinks, there or not; "" when the table does not tell."""
        mount = self._mount_at(os.path.normpath(path))
        return mount.fs_type if mount else ""

    def is_mount(self, path: str) -> bool:
        """Whether something is mounted on this very folder."""
        mount = self._mount_at(os.path.normpath(path))
        return mount is not None and mount.point == os.path.normpath(path)

    def below(self, path: str) -> dict[str, str]:
        """Mount point, relative to `path` -> file system type, for what can be seen inside it; in order of name."""
        top = os.path.normpath(path).rstrip("/") + "/"
        return {
            point[len(top) :]: mount.fs_type
            for point in sorted({mount.point for mount in self.table})
            if point.startswith(top) and len(point) > len(top) and "//" not in point  # deleted
            if (mount := self._mount_at(point)) and mount.point == point
        }

    def _mount_at(self, path: str) -> Mount | None:
        mount: Mount | None = None
        ends = [1, *(at for at, letter in enumerate(path) if at and letter == "/"), len(path)]
        for folder in dict.fromkeys(path[:end] for end in ends):
            while upon := self._upon.get((mount.number if mount else None, folder)):
                mount = upon
        return mount


class MountBell:
    """Tells whether the table has changed; asking costs a third of a microsecond, reading the table a hundred."""

    def __init__(self) -> None:
        self._file = os.open(MOUNTINFO, os.O_RDONLY | os.O_CLOEXEC)
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLPRI | select.POLLERR)

    def rang(self) -> bool:
        """True when something was mounted or unmounted since it was last asked."""
        return bool(self._poll.poll(0))

    def close(self) -> None:
        os.close(self._file)


def needs_polling(fs_type: str) -> str | None:
    """Why events are not enough there, in words; None where they are."""
    if SHARED.fullmatch(fs_type):
        return f"another host may write here ({fs_type})"
    if OF_THE_VM_HOST.fullmatch(fs_type):
        return f"the host of this virtual machine may write here ({fs_type})"
    if FUSE.fullmatch(fs_type) and not LOCAL_FUSE.fullmatch(fs_type):
        return f"what lies behind it may change without an event ({fs_type})"
    return None


def _mount(line: bytes) -> Mount | None:
    """Of `36 35 98:0 /mnt1 /mnt/parent\\040dir rw,noatime master:1 - ext3 /dev/root rw`; tags before the dash vary."""
    before, dash, after = line.partition(b" - ")
    fields = before.split(b" ")
    if not dash or len(fields) < 6 or not (fields[0] + fields[1]).isdigit():
        return None
    point = os.fsdecode(_unescaped(fields[4]))
    return Mount(int(fields[0]), int(fields[1]), point, _unescaped(after.split(b" ")[0]).decode())


def _unescaped(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 8)]), text)
