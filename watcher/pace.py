"""How soon a changed log is handed over: when quiet, at the latest at the ceiling, and steady ones within a budget."""

from collections import OrderedDict
from dataclasses import dataclass

WINDOW_S = 10.0
"""A log that was handed over within this time counts as growing steadily."""
CROWDED_S = 1.0
"""Where steady logs wait this long for their turn…"""
TOGETHER_S = 1.0
"""…they go out together, at such steps or twice in an interval: a task costs as much as ten readings in it."""


@dataclass(frozen=True)
class Pace:
    """Seconds, and readings a second."""

    quiet_s: float
    ceiling_s: float
    readings_per_s: float
    steady_s: float


class Pacer:
    """Spreads the readings of many steady logs: n of them are read every n / `readings_per_s` seconds, at the latest
    every `steady_s`. A log's first change after a calm never waits for others."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self._handed: OrderedDict[str, float] = OrderedDict()
        """Path -> when last handed over, oldest first."""

    def handed(self, path: str, now: float) -> None:
        self._handed[path] = now
        self._handed.move_to_end(path)

    def is_steady(self, path: str) -> bool:
        """Whether the log was handed over not long ago."""
        return path in self._handed

    def interval(self, now: float) -> float:
        """Between two readings of one steady log."""
        while self._handed and next(iter(self._handed.values())) <= now - WINDOW_S:
            self._handed.popitem(last=False)
        return min(self.pace.steady_s, len(self._handed) / self.pace.readings_per_s)

    def due(self, path: str, first: float, last: float) -> float:
        """When a log with an unread change since `first`, the latest at `last`, is to be handed over."""
        due = min(last + self.pace.quiet_s, first + self.pace.ceiling_s)
        handed = self._handed.get(path)
        if handed is None:
            return due
        interval = self.interval(last)
        turn = handed + interval
        return max(due, turn if interval < CROWDED_S else together(turn, interval))


def together(due: float, interval: float) -> float:
    """The step next to it at which steady logs go out that are read once in an interval."""
    step = max(TOGETHER_S, interval / 2)
    return round(due / step) * step
