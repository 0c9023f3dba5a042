"""One curve out of what several logs, or several runs, have of a series."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from pdfjobs.points.extremes import Points, thinned, within

MOST_POINTS = 4000
"""Of one series in one answer, where nobody asks for more or less; a plot has fewer pixels."""


class Held(Protocol):
    """The points of a series of one log, wherever they are."""

    @property
    def count(self) -> int: ...
    @property
    def first(self) -> float | None: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    def near(self, low: float, high: float) -> int: ...
    def read(self, low: float, high: float, *, every: bool = False) -> tuple[Points, bool]: ...


class Place(NamedTuple):
    """Where a log stands in its run: logs of one role that differ in the rest continue each other."""

    run_id: int
    role: str
    part: int
    started_at: str
    path: str
    replaced: bool = False
    """By a later run that began afresh."""


class Stretch(NamedTuple):
    """A part of a curve: a log's points, from their begin on."""

    held: Held
    offset: float = 0.0
    """Added to each x."""
    below: float | None = None
    """What comes later takes over from here."""

    def near(self, low: float, high: float) -> int:
        """At most so many points lie from `low` to `high`."""
        return self.held.near(low - self.offset, high - self.offset)

    def read(self, low: float, high: float, *, every: bool = False) -> tuple[Points, bool]:
        """Points that show it from `low` to `high` of the curve's x, some beside, and whether they are all."""
        if self.below is not None:
            high = min(high, math.nextafter(self.below, -math.inf))
        (xs, ys), exact = self.held.read(low - self.offset, high - self.offset, every=every)
        if self.offset:
            xs = [x + self.offset for x in xs]
        if self.below is not None:
            kept = [k for k, x in enumerate(xs) if x < self.below]
            xs, ys = [xs[k] for k in kept], [ys[k] for k in kept]
        return (xs, ys), exact


@dataclass
class Curve:
    """Stretches of points, and where in them another part or run goes on."""

    stretches: list[Stretch] = field(default_factory=list)
    borders: dict[tuple[int, str], float] = field(default_factory=dict)
    """Run and log ("" for the whole run) to the x of its first point; none for what comes first."""

    @classmethod
    def of(cls, held: Held) -> "Curve":
        return cls([Stretch(held)] if held.count else [])

    def go_on(self, later: "Curve", mark: tuple[int, str], *, counts: bool) -> None:
        """Puts a later curve behind this one, or in the place of what it does again.

        `counts`: they lie over a number of iterations; one that begins at 1 again counts on from the earlier's last.
        """
        begin = later.first
        if begin is None:
            self.stretches = self.stretches or later.stretches
            return
        offset = 0.0
        earlier = self.first
        if counts and earlier is not None and begin <= earlier:
            offset = max((each.held.high + each.offset for each in self.stretches), default=0.0)
            offset = offset if math.isfinite(offset) else 0.0
        begin += offset
        self.stretches = [
            each._replace(below=begin if each.below is None else min(each.below, begin))
            for each in self.stretches
            if each.held.low + each.offset < begin
        ]
        self.borders = {at: x for at, x in self.borders.items() if x < begin}
        if self.stretches:
            self.borders[mark] = begin
        self.stretches += [
            each._replace(
                offset=each.offset + offset,
                below=None if each.below is None else each.below + offset,
            )
            for each in later.stretches
        ]
        self.borders |= {at: x + offset for at, x in later.borders.items()}

    @property
    def first(self) -> float | None:
        """The first x that is a number."""
        firsts = (each.held.first for each in self.stretches)
        at, first = next(((k, x) for k, x in enumerate(firsts) if x is not None), (0, None))
        return None if first is None else first + self.stretches[at].offset

    @property
    def count(self) -> int | None:
        """Of its points, where that is known without reading them."""
        if any(each.below is not None for each in self.stretches):
            return None
        return sum(each.held.count for each in self.stretches)

    def near(self, low: float, high: float) -> int:
        """At most so many points lie from `low` to `high`; tells what reading all of them costs."""
        return sum(stretch.near(low, high) for stretch in self.stretches)

    def read(
        self, low: float = -math.inf, high: float = math.inf, most: int | None = None
    ) -> tuple[Points, bool]:
        """At most `most` points that show it from `low` to `high`, without `most` all; and whether they are all."""
        xs: list[float] = []
        ys: list[float] = []
        exact = True
        for stretch in self.stretches:
            (more_xs, more_ys), whole = stretch.read(low, high, every=most is None)
            exact = exact and whole
            xs += more_xs
            ys += more_ys
        points = xs, ys
        if low > -math.inf or high < math.inf:
            points = within(points, low, high)
        if most is not None and len(points[0]) > most:
            points, exact = thinned(points, most, low, high), False
        return points, exact


def of_run(
    found: Mapping[int, Held], places: dict[int, Place], believed: str | None, *, counts: bool
) -> Curve:
    """One curve of what several logs of a run have of a series.

    Of the role of the log that is `believed`, or else has the longest: its parts one after another, a later one
    instead of an earlier one where they overlap. Logs of the same part (ranks of one MPI run) repeat each other, so
    the longest is taken.
    """
    replaced = {pk for pk in found if pk in places and places[pk].replaced}
    found = {pk: held for pk, held in found.items() if pk not in replaced} or found
    longest = max(found, key=lambda pk: found[pk].count)
    first = next((pk for pk in found if pk in places and places[pk].path == believed), longest)
    if len(found) == 1 or first not in places:
        return Curve.of(found[first])
    parts: dict[tuple[int, str], tuple[Place, Held]] = {}
    for pk, held in found.items():
        place = places.get(pk)
        if place is None or place.role != places[first].role:
            continue
        key = place.part, "" if place.part else place.started_at
        if held.count > (parts[key][1].count if key in parts else 0):
            parts[key] = place, held
    curve = Curve()
    for key in sorted(parts):
        place, held = parts[key]
        mark = place.run_id, place.path
        curve.go_on(Curve.of(held), mark, counts=counts and place.part > 0)
    return curve
