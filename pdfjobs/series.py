"""The points of a run's series, as many as a plot can show."""

import math
from typing import Any

from django.db.models import Count, Max, Sum

from pdfjobs.chunks import columns
from pdfjobs.models import Run, SeriesChunk

MOST_POINTS = 4000
"""Of one series in one answer; a plot has fewer pixels."""
MOST_NAMES = 40
"""Series in one answer."""

Points = tuple[list[float], list[float]]


def series_version(run: Run) -> str:
    """Changes whenever a point of the run comes or goes; one query."""
    chunks = SeriesChunk.objects.filter(file__run=run)
    seen = chunks.aggregate(
        rows=Count("id"), points=Sum("count"), last=Max("id"), generation=Max("file__generation")
    )
    return "-".join(str(seen[name] or 0) for name in ("rows", "points", "last", "generation"))


def series_points(run: Run, names: list[str], since: int = 0) -> dict[str, dict[str, Any]]:
    """Name to unit, x ("time", "iteration" or "increment"), xs and ys; a value that is no number is None.

    Points before index `since` are left out. Where two files of a run give one series, the longer is taken.
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


def _read(run: Run, names: list[str], since: int) -> dict[str, Points]:
    files: dict[str, dict[int, Points]] = {}
    chunks = SeriesChunk.objects.filter(file__run=run, name__in=names).order_by("name", "start")
    for chunk in chunks.iterator():
        if chunk.start + chunk.count <= since:
            continue
        xs, ys = columns(bytes(chunk.data), chunk.count)
        skipped = max(0, since - chunk.start)
        all_xs, all_ys = files.setdefault(chunk.name, {}).setdefault(chunk.file_id, ([], []))
        all_xs += xs[skipped:]
        all_ys += ys[skipped:]
    longest = {
        name: max(found.values(), key=lambda points: len(points[0]))
        for name, found in files.items()
    }
    return {name: thinned(*longest[name]) for name in names if name in longest}


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
