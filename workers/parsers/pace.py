"""How fast a run goes: pairs of its own time and the wall clock, a bounded number of them however long the log."""

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
        if self._pairs and (time <= self._pairs[-1][0] or wall_s < self._pairs[-1][1]):
            if time < self._pairs[-1][0]:
                self._pairs.clear()  # a further run, or a file that was begun anew
            else:
                return
        self._pairs.append((time, wall_s))
        if len(self._pairs) > KEPT:
            self._pairs = self._pairs[: KEPT - RECENT : 2] + self._pairs[KEPT - RECENT :]

    def pairs(self) -> list[tuple[float, float]]:
        return list(self._pairs)
