"""A row's curve: the one series that tells most of a run, small enough for a line of the list."""

import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import BinaryField, Case, F, Q, Value, When

from pdfjobs.models import Run, SeriesChunk, SeriesPiece
from pdfjobs.points import chunks

WIDTH, HEIGHT = 80, 20
COLUMNS = 32
"""Of the picture; each is drawn from its lowest to its highest value."""
WHOLE = 20_000
"""Points up to which a series is read whole; of a longer one the bounds of its chunks tell enough."""
KEPT = 4000
"""Pictures that a process remembers."""

PREFERRED = {
    "ls-dyna": ("energy.ratio", "energy.total", "time_step"),
    "radioss": ("energy.error", "energy.total", "time_step"),
    "pam-crash": ("energy.ratio", "energy.total", "time_step"),
    "openfoam": ("residual.p", "residual.p_rgh", "residual.Ux", "courant.max"),
    "su2": ("residual.rms_rho", "residual.rms_p", "residual.bgs_p"),
    "fluent": ("residual.continuity",),
    "calculix": ("residual.force", "time_step", "iterations"),
    "abaqus": ("time_step", "iterations", "residual.force"),
    "optistruct": ("objective", "residual.epsilon"),
}
"""Series by solver, the most telling first."""
USUAL = ("energy.ratio", "energy.error", "residual.p", "residual.force")
FAMILIES = ("residual.", "objective", "energy.", "time_step", "iterations", "load_factor", "force.")
LOGARITHMIC = ("residual", "time_step", "courant")

_known: dict[tuple[object, ...], str] = {}


@dataclass(frozen=True)
class Spark:
    """A small picture of a series."""

    name: str
    path: str
    """Of an SVG of `WIDTH` by `HEIGHT`."""
    last: float | None


def main_series(run: Run, solver: str) -> str | None:
    """The series that a row shows; None where the run has none of two points."""
    series: dict[str, dict[str, Any]] = run.facts.get("series") or {}
    names = [name for name in series if (series[name].get("n") or 0) > 1]
    for wanted in (*PREFERRED.get(solver, ()), *USUAL):
        if wanted in names:
            return wanted
    for family in FAMILIES:
        if found := min((name for name in names if name.startswith(family)), default=None):
            return found
    return min(names, default=None)


def sparklines(runs: Iterable[tuple[Run, str]]) -> dict[int, Spark]:
    """The pictures of these runs (with their solvers) by primary key; at most two queries, none where all are known.

    A run that goes on is drawn anew when its series has grown by some per cent.
    """
    found, missing = {}, {}
    for run, solver in runs:
        name = main_series(run, solver)
        if name is None:
            continue
        key = _key(run, name)
        if key not in _known:
            missing[run.pk] = run, name, key
        found[run.pk] = name, key, run.facts["series"][name].get("last")
    if missing:
        if len(_known) + len(missing) > KEPT:
            _known.clear()
        points = _points({pk: (run, name) for pk, (run, name, _) in missing.items()})
        for pk, (_, name, key) in missing.items():
            _known[key] = _path(points.get(pk, []), logarithmic=name.startswith(LOGARITHMIC))
    return {
        pk: Spark(name, path, last if isinstance(last, int | float) else None)
        for pk, (name, key, last) in found.items()
        if (path := _known.get(key))
    }


def forget() -> None:
    """For tests: their rows come and go under the same keys."""
    _known.clear()


def _key(run: Run, name: str) -> tuple[object, ...]:
    one = run.facts["series"][name]
    n = int(one["n"])
    grown = 10 ** max(0, len(str(n)) - 2)
    over = () if not run.finished else (one.get("last"), one.get("min"), one.get("max"))
    return run.pk, name, n // grown * grown, one.get("first"), run.finished, *map(str, over)


Bounds = tuple[int, float, float]
"""Number of points, lowest and highest value."""


def _points(wanted: dict[int, tuple[Run, str]]) -> dict[int, list[Bounds]]:
    """By run what its series has, in order; of the log that has most of it."""
    of = Q(pk__in=())
    whole = []
    for pk, (run, name) in wanted.items():
        of |= Q(file__run=pk, name=name)
        if run.facts["series"][name]["n"] <= WHOLE:
            whole.append(pk)
    nothing = Value(None, BinaryField())
    rows = SeriesChunk.objects.filter(of).annotate(
        points=Case(When(file__run__in=whole, then=F("data")), default=nothing)
    )
    read: dict[tuple[int, int], list[Bounds]] = {}
    for run_id, file_id, count, low, high, data in rows.order_by("file_id", "start").values_list(
        "file__run_id", "file_id", "count", "y_min", "y_max", "points"
    ):
        read.setdefault((run_id, file_id), []).extend(_bounds(data, count, low, high))
    for run_id, file_id, data in (
        SeriesPiece.objects.filter(file__run__in=list(wanted))
        .order_by("file_id", "number")
        .values_list("file__run_id", "file_id", "data")
    ):
        try:
            pieces = list(chunks.piece_columns(bytes(data)))
        except ValueError:
            continue
        for name, _, ys in pieces:
            if name == wanted[run_id][1]:
                read.setdefault((run_id, file_id), []).extend((1, y, y) for y in ys)
    found: dict[int, list[Bounds]] = {}
    for (run_id, _), points in read.items():
        kept = found.get(run_id, [])
        if sum(point[0] for point in points) > sum(point[0] for point in kept):
            found[run_id] = points
    return found


def _bounds(data: bytes | None, count: int, low: float | None, high: float | None) -> list[Bounds]:
    if data is not None:
        try:
            return [(1, y, y) for y in chunks.columns(bytes(data), count)[1]]
        except (ValueError, zlib.error):
            pass
    return [(count, low, high)] if low is not None and high is not None else []


def _path(points: list[Bounds], *, logarithmic: bool) -> str:
    """Lines through each column's lowest and highest value; empty for less than two values."""
    columns = _columns(points)
    values = [y for column in columns for y in column[1:]]
    if logarithmic and all(y > 0 for y in values):
        columns = [(x, math.log10(low), math.log10(high)) for x, low, high in columns]
        values = [y for column in columns for y in column[1:]]
    if len(columns) < 2:
        return ""
    lowest, highest = min(values), max(values)
    scale = (HEIGHT - 2) / (highest - lowest) if highest > lowest else 0.0
    if not math.isfinite(scale):
        return ""
    told = []
    for x, low, high in columns:
        at = round(x * WIDTH, 1)
        top, bottom = (
            round(HEIGHT - 1 - (y - lowest) * scale if scale else HEIGHT / 2, 1)
            for y in (high, low)
        )
        told.append(f"{at:g} {top:g}" if top == bottom else f"{at:g} {top:g} {at:g} {bottom:g}")
    return "M" + " ".join(told)


def _columns(points: list[Bounds]) -> list[tuple[float, float, float]]:
    """Place from 0 to 1, lowest and highest, of as many columns as are drawn."""
    total = sum(point[0] for point in points)
    found: dict[int, tuple[float, float]] = {}
    seen = 0
    for count, low, high in points:
        if math.isfinite(low) and math.isfinite(high):
            at = min(COLUMNS - 1, seen * COLUMNS // max(1, total))
            was = found.get(at, (low, high))
            found[at] = min(was[0], low), max(was[1], high)
        seen += count
    last = max(found, default=0) or 1
    return [(at / last, *found[at]) for at in sorted(found)]
