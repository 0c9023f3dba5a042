"""Looks again and again at what nobody watches, within a budget of lstat calls: hot folders often, the rest rarely."""

from collections.abc import Callable, Iterable, Iterator

from watcher.alarms import Alarms
from watcher.habits import Habits

ROUND_S = 60.0
"""How often a folder that nobody watches or polls is asked for its own mtime: what is made there shows at once."""
REST_SHARE = 400
"""A round of those that took a second is repeated after so many at the earliest: a quarter of a percent of a core."""


class Polling:
    """What of one root is looked at when. All times are the clock's, which is monotonic."""

    def __init__(self, habits: Habits, clock: Callable[[], float]) -> None:
        self._habits, self._clock = habits, clock
        self._hot = Alarms()
        self._round: Iterator[str] | None = None
        self._round_at, self._round_s = float("inf"), 0.0
        self._tokens, self._refilled_at = habits.stats_per_s, clock()

    def __len__(self) -> int:
        """How many folders are looked at every few seconds."""
        return len(self._hot)

    def __contains__(self, folder: str) -> bool:
        return folder in self._hot

    def begin(self, now: float) -> None:
        self.end()
        self._round_at = now + ROUND_S

    def end(self) -> None:
        self._hot.clear()
        self._round, self._round_at = None, float("inf")

    def set(self, folder: str, now: float) -> None:
        """It is looked at after `poll_s`, and then to be set anew."""
        self._hot.set(folder, now + self._habits.poll_s)

    def drop(self, folder: str) -> None:
        self._hot.drop(folder)

    def spend(self, stats: int) -> None:
        self._tokens -= stats

    def next_due(self, now: float) -> float:
        hot = self._hot.next()
        due = min(float("inf") if hot is None else hot, self._round_at)
        if self._round is not None:
            due = now
        if due > now or self._tokens > 0:
            return due
        return self._refilled_at + max(0.1, (1 - self._tokens) / self._habits.stats_per_s)

    def step(
        self,
        until: float,
        folders: Iterable[str],
        look: Callable[[str], None],
        look_at_cold: Callable[[str], None],
    ) -> None:
        """Goes on until that time or as far as the budget goes; a rare look comes with each frequent one."""
        now = self._clock()
        self._refill(now)
        if now >= self._round_at and self._round is None:
            self._round, self._round_s, self._round_at = iter(folders), 0.0, float("inf")
        goes_on = True
        while goes_on and self._tokens > 0 and self._clock() < until:
            hot = self._hot.pop(now, 1)
            for folder in hot:
                look(folder)
            goes_on = self._next_of_round(look_at_cold) or bool(hot)

    def _next_of_round(self, look_at_cold: Callable[[str], None]) -> bool:
        if self._round is None:
            return False
        began = self._clock()
        folder = next(self._round, None)
        if folder is None:
            self._round = None
            self._round_at = began + max(ROUND_S, REST_SHARE * self._round_s)
            return False
        if folder not in self._hot:
            look_at_cold(folder)
        self._round_s += self._clock() - began
        return True

    def _refill(self, now: float) -> None:
        rate = self._habits.stats_per_s
        self._tokens = min(rate, self._tokens + rate * (now - self._refilled_at))
        self._refilled_at = now
