"""One run tree: its changed files are handed over when quiet, at the latest after the ceiling, once while they wait."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from watcher.alarms import Alarms
from watcher.config import Root
from watcher.filters import ignoring, is_in_hidden_folder, is_worth_a_notice
from watcher.observe import Changes
from watcher.publish import BATCH, TICKET_TTL_S, Publisher
from watcher.scan import FileStamp, file_stamp, files_below

SCAN_SLICE_S = 0.05
"""A walk gives way to everything else after so long."""
SCAN_SHARE = 20
"""A walk that took a second is repeated after twenty at the earliest: a huge tree must not cost a core."""
TICKET_POLL_S = 0.05
"""How often we ask whether a task that a changed file waits for has started."""


@dataclass(frozen=True)
class Pace:
    """How soon a changed file is handed over, and how often the whole tree is looked through; seconds."""

    quiet_s: float
    ceiling_s: float
    rescan_s: float


@dataclass(frozen=True, slots=True)
class _Handed:
    stamp: FileStamp | None
    """None: it was gone."""
    ticket: str
    at: float


class RunTree:
    """The files of one tree and what the queue knows of them. All times are the monotonic clock's."""

    def __init__(self, root: Root, pace: Pace, clock: Callable[[], float] = time.monotonic) -> None:
        self.root = root
        self._pace = pace
        self._clock = clock
        self._is_ignored: Callable[[str], bool] = ignoring(())
        self._first_change: dict[str, float] = {}
        self._alarms = Alarms()
        self._ready: set[str] = set()
        self._parked: dict[str, set[str]] = {}
        """Ticket of a waiting task -> files that changed again since."""
        self._ask_at = 0.0
        self._handed: dict[str, _Handed] = {}
        self._walks: deque[Iterator[None]] = deque()
        self._scan_at = float("inf")
        self._is_scanning = False

    @property
    def pending(self) -> int:
        """How many files have news that are not in the queue."""
        return len(self._first_change) + len(self._ready) + sum(map(len, self._parked.values()))

    def ignore(self, patterns: Iterable[str]) -> None:
        """Takes the place of what was said before, for files with news already waiting too."""
        self._is_ignored = ignoring(patterns)
        for path in [*self._first_change, *self._ready]:
            if not is_worth_a_notice(path, self._is_ignored):
                self._alarms.drop(path)
                self._first_change.pop(path, None)
                self._ready.discard(path)

    def next_due(self) -> float:
        if self._ready or self._walks:
            return 0.0
        due = self._alarms.next()
        return min(
            self._scan_at,
            self._ask_at if self._parked else float("inf"),
            float("inf") if due is None else due,
        )

    def take(self, changes: Changes) -> None:
        for path, at in changes.touched.items():
            if path not in changes.appeared and path not in changes.left:
                self.touch(path, at)
        for folder in changes.appeared:
            self.appear(folder)
        # Intake renames each deck out of a hidden folder, of whose files nobody was told.
        left = {folder for folder in changes.left if not is_in_hidden_folder(folder)}
        if left:
            self.leave(left, self._clock())

    def touch(self, path: str, at: float) -> None:
        """The file was made, written, renamed or deleted."""
        if not is_worth_a_notice(path, self._is_ignored) or path in self._ready:
            return
        handed = self._handed.get(path)
        if handed and path in self._parked.get(handed.ticket, ()):
            return
        first = self._first_change.setdefault(path, at)
        self._alarms.set(path, min(at + self._pace.quiet_s, first + self._pace.ceiling_s))

    def appear(self, folder: str) -> None:
        """The folder was made or moved here; its files may have been there before anybody watched."""
        if not is_in_hidden_folder(folder):
            self._walks.appendleft(self._walk(folder, None))

    def leave(self, folders: set[str], at: float) -> None:
        """The folders were deleted or moved away, their files with them."""
        for path in list(self._handed):
            above = path
            while above := above.rpartition("/")[0]:
                if above in folders:
                    self.touch(path, at)
                    break

    def scan(self, at: float) -> None:
        """Start a walk through the whole tree, unless one is under way."""
        self._scan_at = float("inf")
        if not self._is_scanning:
            self._is_scanning = True
            self._walks.append(self._walk("", at))

    def forget_deliveries(self, at: float) -> None:
        """The queue lost everything: hand over anew, deleted files too."""
        for path in [*self._handed, *self._ready]:
            self._first_change.setdefault(path, at)
            self._alarms.set(path, at)
        self._handed.clear()
        self._ready.clear()
        self._parked.clear()
        self.scan(at)

    def step(self, now: float) -> None:
        """Goes on with walks, for a while; finds what is due."""
        if now >= self._scan_at:
            self.scan(now)
        until = self._clock() + SCAN_SLICE_S
        while self._walks and self._clock() < until:
            try:
                next(self._walks[0])
            except StopIteration:
                self._walks.popleft()
        for path in self._alarms.pop(now):
            del self._first_change[path]
            self._ready.add(path)

    def deliver(self, publisher: Publisher, now: float) -> None:
        """Hands over what is ready; a file whose task still waits stays with that task's ticket.

        Raises QueueAwayError; what was not delivered is ready again the next time.
        """
        self._release_parked(publisher, now)
        if not self._ready:
            return
        self._park_waiting(publisher)
        ready = sorted(self._ready)
        for start in range(0, len(ready), BATCH):
            paths = ready[start : start + BATCH]
            # Before the task is queued: a change after this look makes a difference that the next scan sees.
            stamps = self._stamps(paths)
            if stamps:
                ticket = publisher.ingest(self.root.name, list(stamps))
                for path, stamp in stamps.items():
                    self._handed[path] = _Handed(stamp, ticket, now)
            self._ready.difference_update(paths)

    def _release_parked(self, publisher: Publisher, now: float) -> None:
        if not self._parked or now < self._ask_at:
            return
        waiting = publisher.waiting(set(self._parked))
        for ticket in self._parked.keys() - waiting:
            self._ready |= self._parked.pop(ticket)
        # With a long queue the question itself costs.
        self._ask_at = now + TICKET_POLL_S * (1 + len(self._parked) // 20)

    def _park_waiting(self, publisher: Publisher) -> None:
        tickets = {
            path: handed.ticket for path in self._ready if (handed := self._handed.get(path))
        }
        waiting = publisher.waiting(set(tickets.values()))
        for path, ticket in tickets.items():
            if ticket in waiting:
                self._parked.setdefault(ticket, set()).add(path)
                self._ready.discard(path)

    def _stamps(self, paths: list[str]) -> dict[str, FileStamp | None]:
        """Leaves out symlinks, sockets and the like, unless a file of that name was told of before."""
        stamps: dict[str, FileStamp | None] = {}
        for path in paths:
            place = os.path.join(self.root.path, path)
            try:
                stamp = file_stamp(place)
            except OSError:
                stamp = None  # cannot be told now; the next scan finds it different and hands it over again
            if stamp or path in self._handed or not os.path.lexists(place):
                stamps[path] = stamp
        return stamps

    def _walk(self, folder: str, scanned_at: float | None) -> Iterator[None]:
        began = self._clock()
        seen: set[str] = set()
        for files in files_below(self.root.path, folder):
            for path, stamp in files:
                handed = self._handed.get(path)
                if handed is None or handed.stamp != stamp:
                    self.touch(path, self._clock())
            if scanned_at is not None:
                seen.update(path for path, _ in files)
            yield
        if scanned_at is None:
            return
        self._is_scanning = False
        now = self._clock()
        self._scan_at = now + max(self._pace.rescan_s, SCAN_SHARE * (now - began))
        self._note_missing(seen, scanned_at, now)

    def _note_missing(self, seen: set[str], scanned_at: float, now: float) -> None:
        if not Path(self.root.path).is_dir():
            return
        for path, handed in list(self._handed.items()):
            if path in seen or handed.at >= scanned_at:
                continue
            if handed.stamp is None:
                if now - handed.at > TICKET_TTL_S:
                    del self._handed[path]
            elif not self._is_still(path, handed.stamp):
                self.touch(path, now)

    def _is_still(self, path: str, stamp: FileStamp) -> bool:
        try:
            return file_stamp(os.path.join(self.root.path, path)) == stamp
        except OSError:
            return True  # out of reach for now, not gone
