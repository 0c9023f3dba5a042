"""How fast a run goes: pairs of its own time and the wall clock, a bounded number of them however long the log."""

import math
from operator import le

RECENT = 32
"""The last pairs are all kept…"""
KEPT = 64
"""…and of those before, every second one is dropped when there are so many in all."""


class Pace:
    """Pairs in the order they were printed; wall times count from any moment, but all from the same."""

    def __init__(self, state: list[list[float]] | None = None) -> None:
        self._pairs = [(float(time), float(wall)) for time, wall in state or []]

    @property
    def state(self) -> list[list[float]]:
        return [list(pair) for pair in self._pairs]

    def add(self, time: float, wall_s: float) -> None:
        """Takes one pair; nan, inf and what does not go forward say nothing."""
        if time - time != 0 or wall_s - wall_s != 0:
            return
        if self._pairs:
            last, last_wall_s = self._pairs[-1]
            if time < last:
                self._pairs.clear()  # a further run, or a file that was begun anew
            elif time == last or wall_s < last_wall_s:
                return
        self._pairs.append((time, wall_s))
        self._thin()

    def extend(self, times: list[float], walls_s: list[float]) -> None:
        """Takes many pairs, as `add` does one after the other."""
        if self._pairs and times and times[0] < self._pairs[-1][0] and walls_s[0] - walls_s[0] == 0:
            self._pairs.clear()  # as `add` does
        last = self._pairs[-1] if self._pairs else (-math.inf, -math.inf)
        past = [last[0], *times]
        if not (_rises(past) and _rises([last[1], *walls_s])):
            for time, wall_s in zip(times, walls_s, strict=True):
                self.add(time, wall_s)
            return
        pairs = [*zip(times, walls_s, strict=True)]
        pairs = [pair for pair, time in zip(pairs, past, strict=False) if pair[0] != time]
        at = 0
        while at < len(pairs):
            end = at + KEPT + 1 - len(self._pairs)
            self._pairs += pairs[at:end]
            at = end
            self._thin()

    def _thin(self) -> None:
        if len(self._pairs) > KEPT:
            self._pairs = self._pairs[: KEPT - RECENT : 2] + self._pairs[KEPT - RECENT :]

    def pairs(self) -> list[tuple[float, float]]:
        return list(self._pairs)


def _rises(values: list[float]) -> bool:
    """Whether none is smaller than the one before, and all after the first are finite."""
    return all(map(le, values, values[1:])) and all(map(math.isfinite, values[1:2] + values[-1:]))
