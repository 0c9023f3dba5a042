"""The points that one log has of one series, of which only those are read that a plot needs."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

from django.db.models import Max, Q

from pdfjobs.models import SeriesChunk, SeriesLevel
from pdfjobs.points import chunks
from pdfjobs.points.extremes import Points, is_sorted
from pdfjobs.points.levels import CHUNK, PARTS, SPANS, Part, joined, unpack
from pdfjobs.points.pointrows import stored_from

FINEST = {0: 4, 1: 64, 2: 1024}
"""Up to so many rows of level 1 in the window, points are read from this level; from the coarsest where there are more."""

Key = tuple[int, str]
"""Row of a log, and name of a series."""


@dataclass
class Source:
    """Of the points up to `head` the database is asked when they are needed; those behind are here."""

    key: Key
    run_id: int
    head: int = 0
    tail: Points = field(default_factory=lambda: ([], []))
    rows: dict[tuple[int, int], tuple[float, float]] = field(default_factory=dict)
    """Level and start to lowest and highest x."""
    blind: int = 0
    """Points in front of `head` that nobody wants; then there are no rows."""

    @property
    def count(self) -> int:
        return self.head + len(self.tail[0])

    @cached_property
    def first(self) -> float | None:
        """The first x that is a number."""
        head = self._chunks([0]).get(0, ([], []))[0] if self.rows else []
        return next((x for x in (*head, *self.tail[0]) if not math.isnan(x)), None)

    @cached_property
    def low(self) -> float:
        return min((x for x in self._ends(0, self.tail[0]) if not math.isnan(x)), default=math.inf)

    @cached_property
    def high(self) -> float:
        """The highest x that is finite."""
        return max((x for x in self._ends(1, self.tail[0]) if math.isfinite(x)), default=-math.inf)

    def near(self, low: float, high: float) -> int:
        """At most so many points lie from `low` to `high`."""
        return self._groups(low, high) * SPANS[1] + len(self.tail[0])

    def read(self, low: float, high: float, *, every: bool = False) -> tuple[Points, bool]:
        """Points that show the curve from `low` to `high`, and some beside; and whether they are all there are."""
        groups = self._groups(low, high)
        coarsest = next((level for level, most in FINEST.items() if groups <= most), 3)
        coarsest = 0 if every else coarsest
        shown: list[tuple[int, int]] = []
        at = 0
        while at < self.head - self.blind:
            level = self._fitting(at, coarsest, low, high)
            shown.append((level, at))
            at += SPANS[max(level, 1)]
        points, exact = self._head(shown, low, high)
        return (points[0] + self.tail[0], points[1] + self.tail[1]), exact

    def _groups(self, low: float, high: float) -> int:
        """Rows of level 1 that overlap."""
        return sum(
            level == 1 and least <= high and most >= low
            for (level, _), (least, most) in self.rows.items()
        )

    def _fitting(self, at: int, coarsest: int, low: float, high: float) -> int:
        """The coarsest level with a row here that is wholly within; 0 where chunks must be looked at."""
        for level in range(coarsest, 0, -1):
            least, most = self.rows.get((level, at), (-math.inf, math.inf))
            if low <= least and most <= high and (level, at) in self.rows:
                return level
        return 0

    def _head(
        self, shown: Sequence[tuple[int, int]], low: float, high: float
    ) -> tuple[Points, bool]:
        """Points of rows, and of groups of chunks as far as they overlap; and whether they are all."""
        near = [
            (level, start)
            for level, start in shown
            if level or (self.rows[1, start][0] <= high and self.rows[1, start][1] >= low)
        ]
        parts = self._parts([(max(level, 1), start) for level, start in near])
        coarse = any(level for level, _ in near)
        pieces: list[tuple[int, Points | None]] = []
        for level, start in near:
            held = parts[max(level, 1), start]
            if level:
                pieces.append((start, joined(held)))
                continue
            pieces += self._of_group(start, held, low, high, coarse=coarse)
        wanted = {start for start, points in pieces if points is None}
        if not coarse:
            wanted |= self._beside(parts, low, high)
            pieces = [(start, None) for start in sorted(wanted)]
        raw = self._chunks(sorted(wanted))
        xs: list[float] = []
        ys: list[float] = []
        for start, points in pieces:
            found = points if points is not None else raw.get(start, ([], []))
            xs += found[0]
            ys += found[1]
        return (xs, ys), not coarse

    def _beside(
        self, parts: dict[tuple[int, int], list[Part]], low: float, high: float
    ) -> set[int]:
        """The chunks before and behind the window, for the lines to its borders."""
        ends = [
            (start, part)
            for (_, first), held in parts.items()
            for start, part in zip(count(first, CHUNK), held)
        ]
        before = [start for start, part in ends if part.high < low]
        behind = [start for start, part in ends if part.low > high]
        for (level, start), (least, most) in self.rows.items():
            if level == 1 and most < low:
                before.append(start + SPANS[1] - CHUNK)
            if level == 1 and least > high:
                behind.append(start)
        return {*sorted(before)[-1:], *sorted(behind)[:1]}

    def _of_group(
        self, start: int, parts: list[Part], low: float, high: float, *, coarse: bool
    ) -> Iterable[tuple[int, Points | None]]:
        """The chunks of a row of level 1 that overlap; None for one that must be read."""
        for k, part in enumerate(parts):
            if part.low <= high and part.high >= low:
                whole = coarse and low <= part.low and part.high <= high
                yield start + k * CHUNK, part.points if whole else None

    def _parts(self, wanted: list[tuple[int, int]]) -> dict[tuple[int, int], list[Part]]:
        found: dict[tuple[int, int], list[Part]] = {}
        for level in PARTS:
            starts = [start for its, start in wanted if its == level]
            if starts:
                rows = SeriesLevel.objects.filter(
                    file=self.key[0], name=self.key[1], level=level, start__in=starts
                )
                for start, data in rows.values_list("start", "data"):
                    found[level, start] = unpack(bytes(data))
        return found

    def _chunks(self, starts: list[int]) -> dict[int, Points]:
        if not starts:
            return {}
        rows = SeriesChunk.objects.filter(file=self.key[0], name=self.key[1], start__in=starts)
        found = rows.values_list("start", "count", "data")
        return {start: chunks.columns(bytes(data), count) for start, count, data in found}

    def _ends(self, side: int, tail: list[float]) -> list[float]:
        ends = [tail[0], tail[-1]] if tail and is_sorted(tail) else tail
        return [bounds[side] for (level, _), bounds in self.rows.items() if level == 1] + list(ends)


def sources(
    runs: list[int], names: list[str], skip: int = 0, *, long: bool = False
) -> dict[str, dict[int, Source]]:
    """By series and log what the logs of these runs have.

    `skip`: the first points of a series need not be read; `long`: some series may have coarser copies.
    """
    rows = _levels(runs, names) if long and not skip else {}
    heads = {key: _head_of(found) for key, found in rows.items()}
    if skip:
        heads = _behind(runs, names, skip)
    found: dict[str, dict[int, Source]] = {}
    its = Q(file__run__in=runs)
    for row in stored_from(its, names, {key: head for key, head in heads.items() if head}):
        for name, xs, ys in row.columns():
            if name not in names:
                continue
            key = row.file_id, name
            of_name = found.setdefault(name, {})
            if (source := of_name.get(row.file_id)) is None:
                head = heads.get(key, 0) if row.is_piece else row.start
                kept = {
                    at: ends
                    for at, ends in rows.get(key, {}).items()
                    if at[1] + SPANS[at[0]] <= head
                }
                source = Source(key, row.run_id, head, rows=kept, blind=0 if kept else head)
                of_name[row.file_id] = source
            source.tail[0].extend(xs)
            source.tail[1].extend(ys)
    for key in rows.keys() - {(file, name) for name, of in found.items() for file in of}:
        # Exactly as many points as rows stand for.
        run_id = SeriesLevel.objects.values_list("file__run_id", flat=True).filter(file=key[0])[:1]
        found.setdefault(key[1], {})[key[0]] = Source(key, run_id[0], heads[key], rows=rows[key])
    return found


def _levels(
    runs: list[int], names: list[str]
) -> dict[Key, dict[tuple[int, int], tuple[float, float]]]:
    rows = SeriesLevel.objects.filter(file__run__in=runs, name__in=names)
    found: dict[Key, dict[tuple[int, int], tuple[float, float]]] = {}
    for file, name, level, start, low, high in rows.order_by("start").values_list(
        "file_id", "name", "level", "start", "x_min", "x_max"
    ):
        found.setdefault((file, name), {})[level, start] = low, high
    return found


def _head_of(rows: dict[tuple[int, int], tuple[float, float]]) -> int:
    """How far rows of level 1 reach without a hole."""
    head = 0
    while (1, head) in rows:
        head += SPANS[1]
    return head


def _behind(runs: list[int], names: list[str], skip: int) -> dict[Key, int]:
    """Where to begin: with the chunk that holds point `skip`, or else with the last one, which tells where pieces begin."""
    last = (
        SeriesChunk.objects.filter(file__run__in=runs, name__in=names)
        .order_by()
        .values_list("file_id", "name")
        .annotate(last=Max("start"))
    )
    return {(file, name): min(start, max(0, skip - CHUNK + 1)) for file, name, start in last}
