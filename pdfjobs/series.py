"""The points of a run's series, as many as a plot can show."""

import math
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Max, Q, Sum

from pdfjobs import names as file_names
from pdfjobs.chains import Link, chain, places
from pdfjobs.curves import Curve, Points, of_run, thinned
from pdfjobs.models import LogFile, Run
from pdfjobs.pointrows import stored as stored

MOST_NAMES = 40
"""Series in one answer."""


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
    run: Run, names: list[str], since: int = 0, links: list[Link] | None = None
) -> dict[str, dict[str, Any]]:
    """Name to unit, x ("time", "iteration" or "increment"), xs and ys; a value that is no number is None.

    Points before index `since` are left out. Where several runs, or several files of a run, give one series they are
    joined (see `curves`), and `borders` says where: x, number of the job, run, and log where a part of a run begins.
    """
    links = links or chain(run)
    summaries = run.facts.get("series") or {}
    found = {}
    for name, curve in _read(links, names[:MOST_NAMES], since):
        xs, ys = thinned(*curve.points)
        found[name] = {
            "unit": summaries.get(name, {}).get("unit"),
            "x": summaries.get(name, {}).get("x") or "index",
            "xs": [_plain(x) for x in xs],
            "ys": [_plain(y) for y in ys],
        }
        if curve.borders:
            found[name]["borders"] = _borders(curve, links)
    return found


def _read(links: list[Link], names: list[str], since: int) -> Iterator[tuple[str, Curve]]:
    """Each series as one curve, from its point `since` on."""
    runs = [link.run for link in links]
    logs = places(runs)
    # A series that one file alone has can be read from the middle on; where files are joined each is needed whole.
    skip = since if len(logs) < 2 else 0
    read = _columns(runs, names, skip)
    summaries = runs[-1].facts.get("series") or {}
    for name in names:
        counts = summaries.get(name, {}).get("x") == "iteration"
        curve = Curve()
        for run in runs:
            if found := read.get(name, {}).get(run.pk):
                believed = (run.facts.get("series") or {}).get(name, {}).get("path")
                curve.go_on(
                    of_run(found, logs, believed, counts=counts), (run.pk, ""), counts=counts
                )
        xs, ys = curve.points
        if len(xs) > since - skip:
            curve.points = xs[since - skip :], ys[since - skip :]
            yield name, curve


def _columns(
    runs: list[Run], names: list[str], skip: int
) -> dict[str, dict[int, dict[int, Points]]]:
    """By series, run and log the points from `skip` on."""
    found: dict[str, dict[int, dict[int, Points]]] = {}
    known: dict[tuple[str, int], int] = {}
    for row in stored(Q(file__run__in=[run.pk for run in runs]), names):
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
                its = found.setdefault(name, {}).setdefault(row.run_id, {})
                all_xs, all_ys = its.setdefault(row.file_id, ([], []))
                all_xs += xs[skipped:]
                all_ys += ys[skipped:]
    return found


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
