"""The kernel's own event queue (inotify): one a root, so that the flood of one root costs no other its events.

watchdog's emitter gives up what it has read when the kernel's queue overflows, tells nobody, and above some 8,000
folders its recovery overflows the queue again. This emitter only reads; what the events mean is worked out elsewhere,
by whoever has the time.
"""

import ctypes
import errno
import os
import select
import threading
import time
from collections.abc import Callable

from watchdog.observers.api import EventEmitter, EventQueue, ObservedWatch
from watchdog.observers.inotify_c import (
    InotifyConstants,
    inotify_add_watch,
    inotify_init,
    inotify_rm_watch,
)

FOLDER_MASK = (
    InotifyConstants.IN_CREATE
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_MOVED_FROM
    | InotifyConstants.IN_MOVED_TO
    | InotifyConstants.IN_DELETE_SELF
    | InotifyConstants.IN_MOVE_SELF
    | InotifyConstants.IN_ONLYDIR
    | InotifyConstants.IN_DONT_FOLLOW
    | InotifyConstants.IN_EXCL_UNLINK
)
"""What is made, deleted and renamed; our own listings make no event."""
WRITES = InotifyConstants.IN_MODIFY
"""What is written; left out where many writes a second say nothing new."""

BLOCK_BYTES = 1 << 20
HELD_BYTES = 64 << 20
"""What is read and not yet worked out; beyond, events are dropped as the kernel would, and counted as lost."""
TAKEN_BYTES = 4 << 20
"""What is taken at once, so that the flood of one root keeps the loop from no other."""
GATHER_S = 0.003
"""Between two readings: the kernel merges repeated writes while nobody reads."""
PATIENCE_S = 0.5


class Blocks:
    """Events as the kernel wrote them, until the loop takes them."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._lock = threading.Lock()
        self._blocks: list[tuple[float, bytes]] = []
        self._held = 0
        self._lost = False

    def put(self, block: bytes) -> None:
        read_at = time.monotonic()
        with self._lock:
            was_empty = not self._blocks
            if self._held + len(block) > HELD_BYTES:
                self._lost = True
            else:
                self._blocks.append((read_at, block))
                self._held += len(block)
        if was_empty:
            self._ring()

    def take(self) -> tuple[list[tuple[float, bytes]], bool]:
        """The next blocks, each with the monotonic time at which it was read, and whether some were dropped after
        them; rings again when there are more."""
        with self._lock:
            size = count = 0
            while count < len(self._blocks) and size < TAKEN_BYTES:
                size += len(self._blocks[count][1])
                count += 1
            taken = self._blocks[:count]
            del self._blocks[:count]
            self._held -= size
            has_more = bool(self._blocks)
            lost = self._lost and not has_more
            self._lost = self._lost and has_more
        if has_more:
            self._ring()
        return taken, lost


class KernelEmitter(EventEmitter):
    """Reads a queue of the kernel for as long as its thread lives, and does nothing else."""

    def __init__(self, blocks: Blocks, fd: int, path: str) -> None:
        super().__init__(EventQueue(), ObservedWatch(path, recursive=True), timeout=PATIENCE_S)
        self._blocks = blocks
        self._fd = fd
        self._end = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._poll = select.poll()
        self._poll.register(fd, select.POLLIN)
        self._poll.register(self._end, select.POLLIN)

    def queue_events(self, timeout: float) -> None:
        if not self._poll.poll(timeout * 1000):
            return
        try:
            self._blocks.put(os.read(self._fd, BLOCK_BYTES))
        except BlockingIOError:
            return
        time.sleep(GATHER_S)

    def end(self) -> bool:
        """Ends the thread without waiting for an event; False when it does not end in time."""
        self.stop()
        os.eventfd_write(self._end, 1)
        self.join(2 * PATIENCE_S)
        if self.is_alive():
            return False
        os.close(self._end)
        return True


class KernelQueue:
    """One inotify instance and the thread that reads it. Raises OSError when the kernel gives none (EMFILE)."""

    def __init__(self, path: str, ring: Callable[[], None]) -> None:
        self._fd = inotify_init()
        if self._fd < 0:
            raise _last_error("inotify_init", path)
        os.set_inheritable(self._fd, False)
        os.set_blocking(self._fd, False)
        self.blocks = Blocks(ring)
        self._emitter = KernelEmitter(self.blocks, self._fd, path)
        self._emitter.start()

    def is_alive(self) -> bool:
        return self._emitter.is_alive()

    def watch(self, path: str, *, writes: bool = True) -> int:
        """Watches a folder, or changes what is told of it; its watch's number, the same for the same folder.

        Raises OSError: ENOSPC when the kernel's limit is reached, ENOENT, ENOTDIR for a link or a file.
        """
        mask = FOLDER_MASK | WRITES if writes else FOLDER_MASK
        number = inotify_add_watch(self._fd, os.fsencode(path), mask)
        if number < 0:
            raise _last_error("inotify_add_watch", path)
        return int(number)

    def unwatch(self, number: int) -> None:
        """No error when the folder, and with it the watch, has gone already."""
        inotify_rm_watch(self._fd, number)  # type: ignore[arg-type]

    def close(self) -> None:
        """The kernel lets go of all watches; nothing is closed under a thread that still reads."""
        if self._emitter.end():
            os.close(self._fd)


def _last_error(call: str, path: str) -> OSError:
    number = ctypes.get_errno()
    words = {
        errno.ENOSPC: "the kernel's limit of watches is reached (fs.inotify.max_user_watches)",
        errno.EMFILE: "the kernel's limit of event queues is reached (fs.inotify.max_user_instances)",
    }
    return OSError(number, words.get(number, f"{call}: {os.strerror(number)}"), path)
