"""Looks through one root: at start, in new folders, after lost events, where polled, and every so often everywhere."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from watcher.folders import is_below
from watcher.habits import Habits
from watcher.looking import Looking, News, Why
from watcher.memory import TreeMemory
from watcher.ready import Ready
from watcher.scan import folder_mtime
from watcher.watches import Watches

__all__ = ["Habits", "Survey"]

SLICE_S = 0.05
"""A walk gives way to everything else after so long."""
REST_SHARE = 400
"""A whole scan that took a second is repeated after so many at the earliest: a quarter of a percent of a core."""
LET_GO_S = 60.0
FRESH_AT_ONCE = 8
YOUNG_S = 2.0
"""A folder's mtime tells of no further change until its file system's clock has ticked."""


class Survey:
    """When which folder of one root is looked at. All times are the clock's, which is monotonic."""

    def __init__(
        self,
        top: str,
        memory: TreeMemory,
        news: News,
        habits: Habits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.looking = Looking(top, memory, news, habits, clock)
        self.habits = habits
        self.scanned_at: float | None = None
        """Unix time of the last whole scan's end."""
        self.scan_s: float | None = None
        self._news, self._clock = news, clock
        self._fresh = Ready()
        """Folders to be looked at as soon as possible, and what is new in them."""
        self._whole: Iterator[None] | None = None
        self._scan_at = self._let_go_at = float("inf")
        self._spent_s = 0.0

    def about(self, folder: str) -> dict[str, Any]:
        """For people: how a folder's changes are noticed, and whether its first look is still to come."""
        looking = self.looking
        entry, listening = looking.folders.get(folder), looking.listening
        if listening.hears_writes(folder):
            how = "watched"
        elif folder in looking.polling:
            how = "polled"
        elif listening.has(folder):
            how = "muted"
        else:
            how = "unknown" if entry is None else "rarely"
        return {"how": how, "to_import": folder in looking.imports}

    # What is to be looked at

    def begin(self, watches: Watches | None) -> None:
        """The root is there, anew: everything is looked at; None: it is polled throughout."""
        now = self._clock()
        self.looking.begin()
        self.looking.listening.begin(watches)
        self.looking.recovery.clear()
        self.looking.suspects.clear()
        self.looking.suspects.missed = 0
        self.looking.polling.begin(now)
        self._fresh = Ready()
        self._begin_whole()
        self._let_go_at = now + LET_GO_S

    def end(self) -> None:
        """The root is out of reach: nothing is looked at, nothing forgotten."""
        self.looking.listening.begin(None)
        self.looking.polling.end()
        self._whole = None
        self._fresh = Ready()
        self._scan_at = self._let_go_at = float("inf")

    def anew(self) -> None:
        """Nothing was handed over, it turns out."""
        self.looking.anew()
        if self._is_begun:
            self._begin_whole()

    def rules_changed(self) -> None:
        """Other files are worth a notice now."""
        self.looking.has_doubts = True
        if self._is_begun:
            self._whole = self._whole_scan()

    @property
    def is_known(self) -> bool:
        """Whether files of this root were handed over once."""
        return bool(self.looking.remembered) or self.looking.folders.has_files()

    def appear(self, folder: str, *, moved: bool = False) -> None:
        """Made or moved here: its files may have been there before anybody watched."""
        if moved:
            self.looking.listening.renew(folder)
        elif folder in self.looking.folders and self.looking.listening.has(folder):
            return  # a look was faster than the event
        self._fresh.add(folder)

    def vanish(self, folder: str) -> None:
        self._fresh.discard(folder)
        self.looking.vanish(folder)

    def lost(self) -> None:
        """Events were dropped: whatever has a watch is looked at."""
        self.looking.recovery.lost()
        self.looking.suspects.clear()

    def heard(self, path: str, at: float) -> None:
        """An event told of this file."""
        self.looking.suspects.heard(path)
        entry = self.looking.folders.get(path.rpartition("/")[0])
        if entry is not None:
            entry.changed_at = at

    def hint(self, unfinished: Iterable[str]) -> None:
        """Folders of runs that have not ended, which are watched however calm they are."""
        listening = self.looking.listening
        known, listening.unfinished = listening.unfinished, frozenset(unfinished)
        for top in listening.unfinished - known:
            for folder in self.looking.folders.below(top):
                if not listening.has(folder):
                    self._fresh.add(folder)

    # Looking

    def next_due(self) -> float:
        now = self._clock()
        if not self._is_begun:
            return float("inf")
        if self._fresh:
            return now
        looking = self.looking
        due = min(
            self._let_go_at,
            looking.polling.next_due(now),
            looking.listening.retry_at(),
            looking.recovery.next_due(),
            now + 1.0 if looking.suspects else float("inf"),
        )
        scan_at = self._scan_at if self._whole is None else now
        return min(due, max(scan_at, now + SLICE_S) if self._news.is_flooded() else scan_at)

    def step(self) -> None:
        """Goes on, for a slice of time."""
        looking = self.looking
        now = self._clock()
        until = now + SLICE_S
        looking.suspects.judge(now)
        if now >= self._let_go_at:
            self._let_go_at = now + LET_GO_S
            for folder in looking.listening.let_go(looking.folders):
                self._fresh.add(folder)  # its last event may have come too late to be understood
        if looking.recovery.is_due(now):
            looking.recovery.begin(list(looking.listening.watches or ()), now)
        self._look_at_news(until)
        self._ask_again(until)
        looking.polling.step(
            self._clock() + SLICE_S, looking.folders, self._poll, self._look_at_cold
        )
        if self._whole is None and self._clock() >= self._scan_at and not self._news.is_flooded():
            self._whole = self._whole_scan()
        if self._whole is None:
            looking.imports.rest()
        elif not self._news.is_flooded():
            self._step_whole(until)

    def look(self, folder: str, why: Why = "live") -> None:
        """Looks at a folder; at what is new in it soon."""
        for below in self.looking.look(folder, why):
            if below not in self.looking.folders:
                self._fresh.add(below)

    def take_imports(self, most: int) -> None:
        """Tells the news of some folders that were noted for import, about `most` files."""
        imports = self.looking.imports
        while imports and most > 0:
            folder = imports.take()
            self.look(folder, "import")
            entry = self.looking.folders.get(folder)
            most -= max(1, entry.files if entry is not None else 0)

    @property
    def _is_begun(self) -> bool:
        return self._let_go_at < float("inf")

    def _look_at_news(self, until: float) -> None:
        """New folders, and with every few of them a watched one that may have lost events."""
        while self._clock() < until:
            fresh = self._fresh.take(FRESH_AT_ONCE)
            for folder in fresh:
                self.look(folder)
            watched = self.looking.recovery.next_folder(self._clock())
            if watched is not None:
                self.looking.listening.renew(watched)
                self.look(watched)
            elif not fresh:
                return

    def _ask_again(self, until: float) -> None:
        """For watches that the kernel did not have."""
        looking = self.looking
        while self._clock() < until:
            folder = looking.listening.next_refused(looking.folders)
            if folder is None:
                return
            self.look(folder)

    # Whole scans

    def _begin_whole(self) -> None:
        self.scanned_at = None
        self._scan_at = float("inf")
        self._whole = self._whole_scan()

    def _whole_scan(self) -> Iterator[None]:
        is_first = self.scanned_at is None or self.looking.has_doubts
        self.looking.has_doubts = False
        rest = [""]
        while rest:
            rest += self.looking.look(rest.pop(), "first scan" if is_first else "rescan")
            yield
        for folder in self.looking.remembered.unmet(self.looking.folders.__contains__):
            self._miss(folder)
            yield

    def _step_whole(self, until: float) -> None:
        """One folder at least, whatever else there is to look at."""
        assert self._whole is not None
        began = self._clock()
        ended = next(self._whole, self) is self
        while not ended and self._clock() < until:
            ended = next(self._whole, self) is self
        self._spent_s += self._clock() - began
        if ended:
            self._whole = None
            self.scanned_at, self.scan_s = time.time(), round(self._spent_s, 3)
            rest_s = max(self.habits.rescan_s, REST_SHARE * self._spent_s)
            self._scan_at, self._spent_s = self._clock() + rest_s, 0.0

    def _miss(self, folder: str) -> None:
        """A folder that the memory knows and the scan did not meet."""
        looking = self.looking
        if not folder or is_below(folder, looking.away):
            return
        try:
            is_there = folder_mtime(looking.place(folder)) is not None
        except OSError:
            return  # cannot be told now
        if is_there:
            self._fresh.add(folder)  # it cannot be listed now, or moved here behind the scan's back
        elif looking.is_in_place():
            looking.remembered.drop(folder)
            self._news.vanished(folder)

    # Polling

    def _poll(self, folder: str) -> None:
        entry = self.looking.folders.get(folder)
        if entry is None:
            return
        self.looking.polling.spend(1 + entry.files)
        if entry.files or not self._is_same(folder, entry.mtime_ns):
            self.look(folder)
        else:
            self.looking.polling.set(folder, self._clock())

    def _look_at_cold(self, folder: str) -> None:
        entry = self.looking.folders.get(folder)
        if entry is None or self.looking.listening.has(folder):
            return
        self.looking.polling.spend(1)
        if not self._is_same(folder, entry.mtime_ns):
            self.looking.polling.spend(entry.files)
            self.look(folder)

    def _is_same(self, folder: str, mtime_ns: int) -> bool:
        """By the folder's own mtime, which must be old enough to have counted when it was listed."""
        try:
            now_ns = folder_mtime(self.looking.place(folder))
        except OSError:
            return True  # cannot be told now
        return now_ns == mtime_ns and time.time_ns() - mtime_ns > 1e9 * (
            YOUNG_S + self.habits.poll_s
        )
