"""One curve out of what several logs, or several runs, have of a series."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

MOST_POINTS = 4000
"""Of one series in one answer; a plot has fewer pixels."""

Points = tuple[list[float], list[float]]


class Place(NamedTuple):
    """Where a log stands in its run: logs of one role that differ in the rest continue each other."""

    run_id: int
    role: str
    part: int
    started_at: str
    path: str
    replaced: bool = False
    """By a later run that began afresh."""


@dataclass
class Curve:
    """Points, and where in them another part or run goes on."""

    points: Points = field(default_factory=lambda: ([], []))
    borders: dict[tuple[int, str], float] = field(default_factory=dict)
    """Run and log ("" for the whole run) to the x of its first point; none for what comes first."""

    def go_on(self, later: "Curve", mark: tuple[int, str], *, counts: bool) -> None:
        """Puts a later curve behind this one, or in the place of what it does again.

        `counts`: they lie over a number of iterations; one that begins at 1 again counts on from the earlier's last.
        """
        begin = _first(later.points[0])
        if begin is None:
            self.points = self.points if self.points[0] else later.points
            return
        offset = 0.0
        earlier = _first(self.points[0])
        if counts and earlier is not None and begin <= earlier:
            offset = max((x for x in self.points[0] if math.isfinite(x)), default=0.0)
        xs = [x + offset for x in later.points[0]]
        self.points = joined(self.points, (xs, later.points[1]))
        begin += offset
        self.borders = {at: x for at, x in self.borders.items() if x < begin}
        if len(self.points[0]) > len(xs):
            self.borders[mark] = begin
        self.borders |= {at: x + offset for at, x in later.borders.items()}


def _first(xs: list[float]) -> float | None:
    return next((x for x in xs if not math.isnan(x)), None)


def of_run(
    found: dict[int, Points], places: dict[int, Place], believed: str | None, *, counts: bool
) -> Curve:
    """One curve of what several logs of a run have of a series.

    Of the role of the log that is `believed`, or else has the longest: its parts one after another, a later one
    instead of an earlier one where they overlap. Logs of the same part (ranks of one MPI run) repeat each other, so
    the longest is taken.
    """
    replaced = {pk for pk in found if pk in places and places[pk].replaced}
    found = {pk: points for pk, points in found.items() if pk not in replaced} or found
    longest = max(found, key=lambda pk: len(found[pk][0]))
    first = next((pk for pk in found if pk in places and places[pk].path == believed), longest)
    if len(found) == 1 or first not in places:
        return Curve(found[first])
    parts: dict[tuple[int, str], tuple[Place, Points]] = {}
    for pk, points in found.items():
        place = places.get(pk)
        if place is None or place.role != places[first].role:
            continue
        key = place.part, "" if place.part else place.started_at
        if len(points[0]) > len(parts[key][1][0] if key in parts else ()):
            parts[key] = place, points
    curve = Curve()
    for key in sorted(parts):
        place, points = parts[key]
        curve.go_on(Curve(points), (place.run_id, place.path), counts=counts and place.part > 0)
    return curve


def joined(earlier: Points, later: Points) -> Points:
    """Two curves over the same x as one: the later one from its first x on."""
    xs, ys = later
    begin = _first(xs)
    if begin is None:
        return earlier
    kept = [k for k, x in enumerate(earlier[0]) if x < begin]
    return [earlier[0][k] for k in kept] + xs, [earlier[1][k] for k in kept] + ys


def thinned(xs: list[float], ys: list[float], most: int = MOST_POINTS) -> Points:
    """At most `most` points in their order: first, last, and each stretch's lowest and highest."""
    if len(xs) <= most:
        return xs, ys
    stretches = (most - 2) // 2
    inner = len(xs) - 2
    kept = [0]
    for i in range(stretches):
        begin, end = 1 + inner * i // stretches, 1 + inner * (i + 1) // stretches
        stretch = range(begin, end)
        numbers = [k for k in stretch if not math.isnan(ys[k])]
        if not numbers:
            kept.append(begin)
            continue
        kept += sorted({min(numbers, key=ys.__getitem__), max(numbers, key=ys.__getitem__)})
    kept.append(len(xs) - 1)
    return [xs[k] for k in kept], [ys[k] for k in kept]
