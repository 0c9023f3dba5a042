"""The points of a run's series, as many as a plot can show."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import CharField, Count, F, IntegerField, Max, Q, Sum, Value

from pdfjobs import chunks
from pdfjobs.models import Run, SeriesChunk, SeriesPiece

MOST_POINTS = 4000
"""Of one series in one answer; a plot has fewer pixels."""
MOST_NAMES = 40
"""Series in one answer."""

Points = tuple[list[float], list[float]]


class Stored(NamedTuple):
    """A row that holds points: a chunk, or a piece, which has no name."""

    file_id: int
    is_piece: int
    name: str
    start: int
    """Index of a chunk's first point; number of a piece."""
    points: int
    """Of a chunk; a piece says it itself."""
    data: bytes

    def columns(self) -> Iterator[tuple[str, list[float], list[float]]]:
        """Name, xs and ys of each series in it; raises ValueError or zlib.error when it is damaged."""
        if self.is_piece:
            yield from chunks.piece_columns(bytes(self.data))
        else:
            yield self.name, *chunks.columns(bytes(self.data), self.points)


def series_version(run: Run) -> str:
    """Changes whenever a point of the run comes or goes; one query.

    A log's points change with its generation, with how far it was read, and once more when its last line is taken
    as it stands.
    """
    seen = run.files.aggregate(
        rows=Count("id"),
        last=Max("id"),
        generation=Sum("generation"),
        offset=Sum("offset"),
        closed=Count("id", filter=Q(closed=True)),
    )
    return "-".join(str(value or 0) for value in seen.values())


def series_points(run: Run, names: list[str], since: int = 0) -> dict[str, dict[str, Any]]:
    """Name to unit, x ("time", "iteration" or "increment"), xs and ys; a value that is no number is None.

    Points before index `since` are left out. Where several files of a run give one series they are joined: see `_curve`.
    """
    wanted = names[:MOST_NAMES]
    summaries = run.facts.get("series") or {}
    return {
        name: {
            "unit": summaries.get(name, {}).get("unit"),
            "x": summaries.get(name, {}).get("x") or "index",
            "xs": [_plain(x) for x in xs],
            "ys": [_plain(y) for y in ys],
        }
        for name, (xs, ys) in _read(run, wanted, since).items()
    }


def stored(of: Q, names: list[str] | None = None) -> Iterator[Stored]:
    """The rows that hold the points of some logs: each series' chunks from its first point on, then all pieces.

    One statement, so that they are of one moment, also while pieces are moved into chunks. `of` says whose, by
    fields that chunk and piece have in common; without `names` every series.
    """
    columns = ("file_id", "is_piece", "name", "start", "count", "data")
    whole = SeriesChunk.objects.filter(of, *([Q(name__in=names)] if names is not None else ()))
    loose = SeriesPiece.objects.filter(of).annotate(
        is_piece=_number(1), name=Value("", CharField()), start=F("number"), count=_number(0)
    )
    rows = whole.annotate(is_piece=_number(0)).values_list(*columns)
    both = rows.union(loose.values_list(*columns), all=True)
    for row in both.order_by("file_id", "is_piece", "name", "start").iterator():
        yield Stored(*row)


def _number(value: int) -> Value:
    return Value(value, IntegerField())


def _read(run: Run, names: list[str], since: int) -> dict[str, Points]:
    """Each series as one curve, from its point `since` on."""
    places = _places(run)
    # A series that one file alone has can be read from the middle on; where files are joined each is needed whole.
    skip = since if len(places) < 2 else 0
    files: dict[str, dict[int, Points]] = {}
    known: dict[tuple[str, int], int] = {}
    for row in stored(Q(file__run=run), names):
        if not row.is_piece and row.start + row.points <= skip:
            known[row.name, row.file_id] = row.start + row.points
            continue
        for name, xs, ys in row.columns():
            if name not in names:
                continue
            start = known.get((name, row.file_id), 0) if row.is_piece else row.start
            known[name, row.file_id] = start + len(xs)
            skipped = max(0, skip - start)
            if skipped < len(xs):
                all_xs, all_ys = files.setdefault(name, {}).setdefault(row.file_id, ([], []))
                all_xs += xs[skipped:]
                all_ys += ys[skipped:]
    summaries = run.facts.get("series") or {}
    curves = {
        name: _curve(found, places, summaries.get(name, {}).get("path"))
        for name, found in files.items()
    }
    read = {}
    for name in names:
        xs, ys = curves.get(name, ([], []))
        if len(xs) > since - skip:
            read[name] = thinned(xs[since - skip :], ys[since - skip :])
    return read


class Place(NamedTuple):
    """Where a log stands in its run: logs of one role that differ in the rest continue each other."""

    role: str
    part: int
    started_at: str
    path: str


def _places(run: Run) -> dict[int, Place]:
    rows = run.files.values_list("id", "path", "report__role", "report__part", "report__started_at")
    return {
        pk: Place(role or "", part or 0, began or "", path) for pk, path, role, part, began in rows
    }


def _curve(found: dict[int, Points], places: dict[int, Place], believed: str | None) -> Points:
    """One curve of what several logs of a run have of a series.

    Of the role of the log that is `believed`, or else has the longest: its parts one after another, a later one
    instead of an earlier one where they overlap. Logs of the same part (ranks of one MPI run) repeat each other, so
    the longest is taken.
    """
    longest = max(found, key=lambda pk: len(found[pk][0]))
    first = next((pk for pk in found if pk in places and places[pk].path == believed), longest)
    if len(found) == 1 or first not in places:
        return found[first]
    parts: dict[tuple[int, str], Points] = {}
    for pk, points in found.items():
        place = places.get(pk)
        if place is None or place.role != places[first].role:
            continue
        key = place.part, place.started_at
        if len(points[0]) > len(parts.get(key, ([], []))[0]):
            parts[key] = points
    curve: Points = ([], [])
    for key in sorted(parts):
        curve = joined(curve, parts[key])
    return curve


def joined(earlier: Points, later: Points) -> Points:
    """Two curves over the same x as one: the later one from its first x on."""
    xs, ys = later
    begin = next((x for x in xs if not math.isnan(x)), None)
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


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
