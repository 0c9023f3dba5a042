"""One hot folder: its direct children are decks, told of when they arrive and handed over when they have settled."""

import os
import time
from functools import cache, partial
from typing import Any

from watcher.config import Root
from watcher.filters import deck_of, is_in_hidden_folder, is_noise, why_unworthy
from watcher.folders import Folders, join
from watcher.look import look_at
from watcher.mounts import Mounts
from watcher.observe import Reach
from watcher.publish import Publisher
from watcher.scan import children, is_folder
from watcher.settle import DeckSettler
from watcher.watches import Changes, Watches


class HotFolder:
    """What the loop wants of a root of kind `hot`."""

    def __init__(self, root: Root, quiet_s: float, rescan_s: float, poll_s: float) -> None:
        self.root = root
        self.handed = self.overflows = 0
        self.watches: Watches | None = None
        self._rescan_s, self._poll_s = rescan_s, min(poll_s, rescan_s)
        self._scan_at = float("inf")
        self._scanned_at: float | None = None
        """Unix time."""
        self._is_there = False
        self._folders = Folders()
        """Those that have, or had, a watch."""
        self._settler = DeckSettler(quiet_s, partial(look_at, root.path))

    @property
    def pending(self) -> int:
        return self._settler.pending

    mounts: tuple[str, ...] = ()
    missed = refused = 0
    """What events miss is seen when the decks are looked at."""

    def was_used(self) -> bool:
        """A hot folder may well be empty."""
        return False

    def begin(self, reach: Reach, mounts: Mounts) -> None:
        """The folder is there; without watches it is listed every few seconds."""
        self._is_there = True
        self.watches = reach.watches
        self._folders = Folders()
        self._watch_below("")
        self._scan_at = float("-inf")

    def end(self) -> None:
        """The folder is out of reach: decks have not gone with it."""
        self._is_there = False
        self.watches = None
        self._scan_at = float("inf")

    def age_s(self, state: str) -> float:
        """How old news of an arriving deck may be at worst."""
        return self._poll_s if state == "polled" else 1.0

    def anew(self) -> None:
        self._scan_at = float("-inf")

    def next_due(self) -> float:
        due = self._settler.next_due()
        if not self._is_there:
            return float("inf")
        return self._scan_at if due is None else min(self._scan_at, due)

    def take(self, changes: Changes) -> None:
        now = max(changes.touched.values(), default=0.0)
        for path, at in changes.touched.items():
            self._touch(path, at)
        for folder in changes.left:
            self._let_go(folder)
        for folder in changes.appeared:
            self._watch_below(folder)
        for folder in (*changes.left, *changes.appeared):
            self._touch(folder, max(now, changes.at))
        if changes.lost:
            self.overflows += 1
            self._watch_below("")
            for name in children(self.root.path):
                self._touch(name, changes.at)

    def scan(self, at: float) -> None:
        self._scanned_at = time.time()
        self._scan_at = at + (self._rescan_s if self.watches is not None else self._poll_s)
        for name in children(self.root.path):
            deck = deck_of(name)
            if not is_noise(deck):
                self._settler.see(deck, at)

    def forget_deliveries(self, at: float) -> None:
        """The queue lost everything: what lies here is told of anew."""
        self._settler.forget_deliveries(at)
        self._scan_at = at

    def step(self, now: float) -> None:
        if self._is_there and now >= self._scan_at:
            self.scan(now)

    def deliver(self, publisher: Publisher, now: float) -> None:
        """Raises QueueAwayError; then the same decks are looked at anew the next time."""
        if not self._is_there or not is_folder(self.root.path):
            return  # decks have not gone when their folder is out of reach
        news = self._settler.step(now, cache(publisher.has_many_decks))
        if news:
            publisher.decks(self.root.name, news.arrived, news.settled, news.withdrawn)
            self._settler.sent(news, now)
            self.handed += len(news.settled)

    def about(self, path: str) -> dict[str, Any]:
        """What is known of a deck, or of what lies in it, for people."""
        deck = deck_of(path.partition("/")[0])
        return {
            "ignored": why_unworthy(deck),
            "deck": deck,
            "settling": self._settler.about(deck, time.monotonic()),
        }

    def state(self) -> dict[str, Any]:
        """What the heartbeat says of this folder beside its reach."""
        return {
            "pending": self.pending,
            "outstanding": 0,
            "oldest_path": None,
            "oldest_s": None,
            "folders": len(self.watches or ()),
            "watches": len(self.watches or ()),
            "polled": int(self.watches is None and self._is_there),
            "overflows": self.overflows,
            "rescans": self.overflows,
            "handed": self.handed,
            "scan_at": self._scanned_at,
            "scan_s": None,
            "import": None,
        }

    def _touch(self, path: str, at: float) -> None:
        deck = deck_of(path.partition("/")[0])
        if not is_noise(deck):
            self._settler.touch(deck, at)

    def _watch_below(self, folder: str) -> None:
        """A folder of a deck, and those in it; what the kernel refuses is seen when the deck is looked at."""
        rest = [folder]
        while rest and self.watches is not None:
            one = rest.pop()
            if is_in_hidden_folder(one):
                continue
            try:
                self.watches.add(one)
                self._folders.add(one)
                with os.scandir(os.path.join(self.root.path, one)) as entries:
                    rest += [join(one, e.name) for e in entries if e.is_dir(follow_symlinks=False)]
            except OSError:
                continue

    def _let_go(self, folder: str) -> None:
        for one in self._folders.remove(folder):
            if self.watches is not None:
                self.watches.drop(one)
