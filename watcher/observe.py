"""Listens to the kernel's events below the roots and keeps them, each path once, until the loop takes them."""

import logging
import os
import select
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch
from watchdog.observers.inotify_move_event_grouper import InotifyMoveEventGrouper

from watcher.config import Root

EVENTS: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileDeletedEvent,
]
"""With these alone a new file is two kernel events instead of four, and our own listings make none."""

CHECK_S = 1.0
"""How often a root is looked at: is it (still, again) the folder that we listen to?"""
RETRY_LIMIT_S = 60.0

# watchdog holds the first half of every move for half a second, and all later events of the root behind it; we
# look at the disk and need no pairs, and each intake moves a deck out of the hot folder.
InotifyMoveEventGrouper.delay = 0.0

logger = logging.getLogger(__name__)


class Bell:
    """Wakes the loop from another thread or a signal handler; a lock could not be taken safely in the latter."""

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        os.set_blocking(self.write_end, False)
        self._poll = select.poll()
        self._poll.register(self._read_end, select.POLLIN)

    def ring(self) -> None:
        try:
            os.write(self.write_end, b"!")
        except BlockingIOError:
            pass  # it has rung 65,536 times and nobody came: it will be heard

    def wait(self, seconds: float) -> bool:
        """True when the bell rang, False when the time is over."""
        if not self._poll.poll(max(0.0, seconds) * 1000):
            return False
        os.read(self._read_end, 65_536)
        return True

    def close(self) -> None:
        os.close(self._read_end)
        os.close(self.write_end)


@dataclass
class Changes:
    """What happened below one root since it was last asked; paths relative to the root."""

    touched: dict[str, float] = field(default_factory=dict)
    """Path -> monotonic time of its last event."""
    appeared: set[str] = field(default_factory=set)
    """Folders made or moved in."""
    left: set[str] = field(default_factory=set)
    """Folders deleted or moved away."""

    def __bool__(self) -> bool:
        return bool(self.touched or self.appeared or self.left)


class Inbox(FileSystemEventHandler):
    """Takes one root's events; however many, it holds each path once."""

    def __init__(self, top: str, bell: Bell, clock: Callable[[], float]) -> None:
        self._skip = len(top.rstrip("/")) + 1
        self._bell = bell
        self._clock = clock
        self._lock = threading.Lock()
        self._changes = Changes()

    def dispatch(self, event: FileSystemEvent) -> None:
        source = os.fsdecode(event.src_path)[self._skip :]
        target = os.fsdecode(event.dest_path)[self._skip :]
        now = self._clock()
        with self._lock:
            was_empty = not self._changes
            for path in filter(None, (source, target)):
                self._changes.touched[path] = now
            if event.is_directory:
                self._note_folder(event, source, target)
        if was_empty:
            self._bell.ring()

    def take(self) -> Changes:
        with self._lock:
            changes, self._changes = self._changes, Changes()
        return changes

    def _note_folder(self, event: FileSystemEvent, source: str, target: str) -> None:
        if isinstance(event, DirCreatedEvent):
            self._changes.appeared.add(source)
        else:
            self._changes.left.add(source)
        if target:
            self._changes.appeared.add(target)


@dataclass
class _Listening:
    root: Root
    inbox: Inbox | None = None
    watch: ObservedWatch | None = None
    identity: tuple[str, int, int] | None = None
    """Real path, device and inode of the folder that the watch was set on."""
    retry_at: float = 0.0
    retry_s: float = CHECK_S
    said: str = ""


class Observation:
    """Keeps a watch on every root that is there; a missing one is waited for, a replaced one watched anew."""

    def __init__(self, roots: tuple[Root, ...], bell: Bell) -> None:
        self._bell = bell
        self._listening = [_Listening(root) for root in roots]
        self._observer: BaseObserver | None = None

    def check(self, now: float) -> list[Root]:
        """The roots newly watched: whatever happened there before needs a scan."""
        return [one.root for one in self._listening if self._is_newly_watched(one, now)]

    def is_watched(self, root: Root) -> bool:
        return any(one.root == root and one.watch is not None for one in self._listening)

    def take(self, root: Root) -> Changes:
        for one in self._listening:
            if one.root == root and one.inbox:
                return one.inbox.take()
        return Changes()

    def stop(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(timeout=0.5)

    def _is_newly_watched(self, one: _Listening, now: float) -> bool:
        identity = _identity(one.root.path)
        if one.watch is not None:
            if identity == one.identity and self._is_alive(one.watch):
                return False
            self._drop(one)
        if now < one.retry_at:
            return False
        if identity is None:
            self._say(one, "it is missing")
            return False
        try:
            self._set_watch(one, identity)
        except OSError as error:
            # Out of watches, most often: each try walks the whole tree, so not too many of them.
            self._say(one, f"{error}; scanned every so often instead")
            one.retry_at, one.retry_s = now + one.retry_s, min(2 * one.retry_s, RETRY_LIMIT_S)
            return False
        one.retry_s, one.said = CHECK_S, ""
        logger.info("watching %s: %r", one.root.name, one.root.path)
        return True

    def _set_watch(self, one: _Listening, identity: tuple[str, int, int]) -> None:
        if self._observer is None or not self._observer.is_alive():
            self._observer = Observer()
            self._observer.start()
        # The real path: a watch on a symlink would see the link and nothing behind it.
        one.inbox = Inbox(identity[0], self._bell, time.monotonic)
        one.watch = self._observer.schedule(
            one.inbox, identity[0], recursive=True, event_filter=EVENTS
        )
        one.identity = identity

    def _is_alive(self, watch: ObservedWatch) -> bool:
        observer = self._observer
        return (
            observer is not None
            and observer.is_alive()
            and any(one.watch == watch and one.is_alive() for one in observer.emitters)
        )

    def _drop(self, one: _Listening) -> None:
        if self._observer is not None and one.watch is not None:
            try:
                self._observer.unschedule(one.watch)
            except KeyError:
                pass  # it went with its observer
        one.watch = one.identity = None

    def _say(self, one: _Listening, reason: str) -> None:
        if one.said != reason:
            logger.warning("cannot watch %s (%r): %s", one.root.name, one.root.path, reason)
            one.said = reason


def _identity(path: str) -> tuple[str, int, int] | None:
    try:
        real = Path(path).resolve()
        status = real.stat()
    except (OSError, RuntimeError):  # RuntimeError: symlinks in a circle
        return None
    return (str(real), status.st_dev, status.st_ino) if stat.S_ISDIR(status.st_mode) else None
