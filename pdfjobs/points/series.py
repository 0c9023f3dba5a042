"""The points of a run's series, as many as a plot can show."""

import math
from typing import Any

from django.db.models import Count, Max, Q, Sum

from pdfjobs import names as file_names
from pdfjobs.models import LogFile, Run
from pdfjobs.points.chains import Link, chain, places
from pdfjobs.points.curves import MOST_POINTS, Curve, Held, Place, of_run
from pdfjobs.points.extremes import Points, thinned
from pdfjobs.points.levels import SPANS
from pdfjobs.points.pointrows import stored as stored
from pdfjobs.points.sources import Source, sources

MOST_NAMES = 40
"""Series in one answer."""
TRIES = 3
"""Of one reading, while a log is begun anew."""
EVERYWHERE = -math.inf, math.inf


def series_version(run: Run, links: list[Link] | None = None) -> str:
    """Changes whenever a point of the run, or of one that it goes on from, comes or goes; one query.

    A log's points change with its generation, with how far it was read, and once more when its last line is taken
    as it stands.
    """
    runs = [link.run.pk for link in links or ()] or [run.pk]
    seen = LogFile.objects.filter(run__in=runs).aggregate(
        rows=Count("id"),
        last=Max("id"),
        generation=Sum("generation"),
        offset=Sum("offset"),
        closed=Count("id", filter=Q(closed=True)),
    )
    return "-".join(str(value or 0) for value in [*seen.values(), *runs[:-1]])


def series_points(
    run: Run,
    names: list[str],
    since: int = 0,
    links: list[Link] | None = None,
    *,
    window: tuple[float, float] = EVERYWHERE,
    most: int = MOST_POINTS,
) -> dict[str, dict[str, Any]]:
    """Name to unit, x ("time", "iteration" or "increment"), xs and ys; a value that is no number is None.

    `window`: lowest and highest x that are of interest; the points next to it come too. At most `most` points of each
    series: all there are (`exact`), or the lowest and highest of each pixel. Points before index `since` are left
    out; `n` counts all of the whole curve, where that is known. Where several runs, or several files of a run, give
    one series they are joined (see `curves`), and `borders` says where: x, number of the job, run, and log where a
    part of a run begins.
    """
    links = links or chain(run)
    summaries = run.facts.get("series") or {}
    found = {}
    for name, curve in series_curves(links, names[:MOST_NAMES], since).items():
        if since:
            (xs, ys), exact = _from(curve, since, most)
        else:
            (xs, ys), exact = curve.read(*window, most=most)
        if since and not xs:
            continue
        found[name] = {
            "unit": summaries.get(name, {}).get("unit"),
            "x": summaries.get(name, {}).get("x") or "index",
            "n": curve.count,
            "exact": exact,
            "xs": [_plain(x) for x in xs],
            "ys": [_plain(y) for y in ys],
        }
        if curve.borders:
            found[name]["borders"] = _borders(curve, links)
    return found


def series_curves(links: list[Link], names: list[str], since: int = 0) -> dict[str, Curve]:
    """Each series that has points as one curve; where one log alone has it, not all of those before `since` are read."""
    runs = [link.run for link in links]
    for _ in range(TRIES):
        logs = places(runs)
        before = _generations(logs) if (long := _has_long(runs, names)) else None
        read = sources([run.pk for run in runs], names, since if len(logs) < 2 else 0, long=long)
        curves = {name: _joined(name, runs, logs, read.get(name, {})) for name in names}
        if not long or _generations(logs) == before:
            break
    return {name: curve for name, curve in curves.items() if curve.stretches}


def _has_long(runs: list[Run], names: list[str]) -> bool:
    """Whether one may be so long that coarser copies of it are kept."""
    every = [run.facts.get("series") or {} for run in runs]
    return any(
        (series.get(name, {}).get("n") or 0) >= SPANS[1] for series in every for name in names
    )


def _generations(logs: dict[int, Place]) -> list[tuple[int, int]]:
    rows = LogFile.objects.filter(pk__in=logs).order_by("pk")
    return list(rows.values_list("pk", "generation"))


def _joined(name: str, runs: list[Run], logs: dict[int, Place], read: dict[int, Source]) -> Curve:
    counts = (runs[-1].facts.get("series") or {}).get(name, {}).get("x") == "iteration"
    curve = Curve()
    for run in runs:
        held: dict[int, Held] = {pk: one for pk, one in read.items() if one.run_id == run.pk}
        if held:
            believed = (run.facts.get("series") or {}).get(name, {}).get("path")
            curve.go_on(of_run(held, logs, believed, counts=counts), (run.pk, ""), counts=counts)
    return curve


def _from(curve: Curve, since: int, most: int) -> tuple[Points, bool]:
    """The points from index `since` on."""
    (xs, ys), _ = curve.read()
    skipped = since - max(0, (curve.count or 0) - len(xs))
    rest = xs[skipped:], ys[skipped:]
    return thinned(rest, most), len(rest[0]) <= most


def _borders(curve: Curve, links: list[Link]) -> list[dict[str, Any]]:
    """Where parts and runs go on, in the order of the curve."""
    runs = {link.run.pk: link.run for link in links}
    return [
        {
            "x": _plain(x),
            "job": runs[run].job.number,
            "run": runs[run].ordinal,
            "log": file_names.readable(file_names.from_stored(path)) or None,
        }
        for (run, path), x in sorted(curve.borders.items(), key=lambda border: border[1])
    ]


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
