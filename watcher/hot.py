"""One hot folder: its direct children are decks, told of when they arrive and handed over when they have settled."""

from functools import partial
from pathlib import Path

from watcher.config import Root
from watcher.filters import deck_of, is_noise
from watcher.look import look_at
from watcher.observe import Changes
from watcher.publish import Publisher
from watcher.scan import children
from watcher.settle import DeckSettler


class HotFolder:
    """What the loop wants of a root of kind `hot`."""

    def __init__(self, root: Root, quiet_s: float, rescan_s: float) -> None:
        self.root = root
        self._rescan_s = rescan_s
        self._scan_at = float("inf")
        self._is_there = False
        self._settler = DeckSettler(quiet_s, partial(look_at, root.path))

    @property
    def pending(self) -> int:
        return self._settler.pending

    def next_due(self) -> float:
        due = self._settler.next_due()
        if due is None or not self._is_there:
            return self._scan_at
        return min(self._scan_at, due)

    def take(self, changes: Changes) -> None:
        for path, at in changes.touched.items():
            deck = deck_of(path.partition("/")[0])
            if not is_noise(deck):
                self._settler.touch(deck, at)

    def scan(self, at: float) -> None:
        self._scan_at = at + self._rescan_s
        for name in children(self.root.path):
            deck = deck_of(name)
            if not is_noise(deck):
                self._settler.see(deck, at)

    def forget_deliveries(self, at: float) -> None:
        self._settler.forget_deliveries(at)
        self.scan(at)

    def step(self, now: float) -> None:
        self._is_there = Path(self.root.path).is_dir()
        if now >= self._scan_at:
            self.scan(now)

    def deliver(self, publisher: Publisher, now: float) -> None:
        """Raises QueueAwayError; then the same decks are looked at anew the next time."""
        if not self._is_there:
            return  # decks have not gone when their folder is out of reach
        news = self._settler.step(now)
        if news:
            publisher.decks(self.root.name, news.arrived, news.settled, news.withdrawn)
            self._settler.sent(news, now)
