"""Which folder of a root each of the kernel's watches is on, and what its events say of files and folders."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from watchdog.observers.inotify_c import InotifyConstants as IN

from watcher.kernel import TAKEN_BYTES, KernelQueue

_HEAD = struct.Struct("iIII")
GONE = IN.IN_DELETE | IN.IN_MOVED_FROM
ENDED = IN.IN_IGNORED | IN.IN_UNMOUNT


@dataclass
class Changes:
    """What happened below one root since it was last asked; paths relative to the root."""

    touched: dict[str, float] = field(default_factory=dict)
    """File -> monotonic time of its last event."""
    appeared: dict[str, bool] = field(default_factory=dict)
    """Folders made here, or moved here (True), in order."""
    left: dict[str, None] = field(default_factory=dict)
    """Folders deleted or moved away."""
    lost: bool = False
    """The kernel, or we, dropped events: anything below a watch may have changed."""
    is_all: bool = True
    """Nothing more waited to be taken."""
    at: float = 0.0
    """Monotonic time at which they were taken."""

    def __bool__(self) -> bool:
        return bool(self.touched or self.appeared or self.left or self.lost)


class Watches:
    """The watches of one root, whose folder the kernel queue reads.

    A folder is named by its path below the root, "" for the root itself. The kernel numbers watches upwards and gives
    a folder that was renamed its old number again, so a number tells a folder whatever it is called.
    """

    def __init__(self, top: str, queue: KernelQueue, clock: Callable[[], float]) -> None:
        self.top = top
        self._queue = queue
        self._clock = clock
        self._folder: dict[int, str] = {}
        self._number: dict[str, int] = {}
        self._muted: set[str] = set()

    def __len__(self) -> int:
        return len(self._number)

    def __contains__(self, folder: str) -> bool:
        return folder in self._number

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._number))

    def is_alive(self) -> bool:
        return self._queue.is_alive()

    def is_muted(self, folder: str) -> bool:
        return folder in self._muted

    def is_heard(self, folder: str) -> bool:
        """Whether it is watched, writes too."""
        return folder in self._number and folder not in self._muted

    def add(self, folder: str, *, muted: bool = False) -> None:
        """Watches a folder; `muted` tells of new, renamed and deleted files and not of writing. Raises OSError."""
        number = self._queue.watch(f"{self.top}/{folder}", writes=not muted)
        before = self._folder.get(number)
        if before is not None and before != folder:  # renamed, and nobody told
            self._forget(before)
        outdated = self._number.get(folder)
        if outdated is not None and outdated != number:  # another folder took the name
            self.drop(folder)
        self._folder[number], self._number[folder] = folder, number
        if muted:
            self._muted.add(folder)
        else:
            self._muted.discard(folder)

    def renew(self, folder: str) -> None:
        """Sees to it that the watch is on the folder that has the name now. Raises OSError."""
        self.add(folder, muted=folder in self._muted)

    def drop(self, folder: str) -> None:
        """Lets go of a folder's watch, where it has one."""
        number = self._number.get(folder)
        if number is not None:
            self._forget(folder)
            self._queue.unwatch(number)

    def close(self) -> None:
        self._queue.close()

    def take(self) -> Changes:
        """What the events since the last call mean; each path once."""
        now = self._clock()
        changes = Changes(at=now)
        blocks, changes.lost = self._queue.blocks.take()
        changes.is_all = sum(len(block) for _, block in blocks) < TAKEN_BYTES
        for read_at, block in blocks:
            self._read(block, changes, min(read_at, now))
        return changes

    def _read(self, block: bytes, changes: Changes, now: float) -> None:
        folder_of, touched = self._folder, changes.touched
        unpack, at, end = _HEAD.unpack_from, 0, len(block)
        while at < end:
            number, mask, _, length = unpack(block, at)
            name = block[at + 16 : at + 16 + length]
            at += 16 + length
            folder = folder_of.get(number)
            if folder is None:
                changes.lost |= bool(mask & IN.IN_Q_OVERFLOW)
                continue
            if not length:
                if mask & ENDED:
                    self._forget(folder)
                continue
            base = name.rstrip(b"\0").decode("utf-8", "surrogateescape")
            path = f"{folder}/{base}" if folder else base
            if mask & IN.IN_ISDIR:
                _note_folder(path, mask, changes)
                continue
            touched[path] = now

    def _forget(self, folder: str) -> None:
        number = self._number.pop(folder, None)
        self._muted.discard(folder)
        if number is not None and self._folder.get(number) == folder:
            del self._folder[number]


def _note_folder(path: str, mask: int, changes: Changes) -> None:
    """The last word counts for where it is now; that it was gone in between counts too, its files are others."""
    if mask & GONE:
        changes.left[path] = None
        changes.appeared.pop(path, None)
    elif mask & (IN.IN_CREATE | IN.IN_MOVED_TO):
        changes.appeared.pop(path, None)
        changes.appeared[path] = bool(mask & IN.IN_MOVED_TO)
