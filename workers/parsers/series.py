"""The one table of series names, and the tally that keeps a series' summary without its points."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from workers.parsers.report import News, SeriesSummary

SERIES_KEPT = 100
"""Series a tally holds; further names (rubbish in a broken log) are dropped."""


class SeriesKind(NamedTuple):
    unit: str | None
    """None: without dimension, or in the units of the deck."""
    x: str
    """What the points lie over: "time", "iteration" or "increment"."""
    meaning: str


SERIES: dict[str, SeriesKind] = {
    "increments": SeriesKind(None, "time", "Number of the converged increment in its step"),
    "iterations": SeriesKind(None, "time", "Iterations an increment's attempt took"),
    "cutbacks": SeriesKind(None, "time", "Attempts given up so far"),
    "time_step": SeriesKind(None, "time", "Solver's time increment"),
    "contact_elements": SeriesKind(None, "iteration", "Contact elements in the iteration"),
    "residual.*": SeriesKind(None, "iteration", "Residual of a field"),
    "energy.*": SeriesKind(None, "time", "Energy of a kind"),
    "mass.*": SeriesKind(None, "time", "Mass of a kind"),
    "force.*": SeriesKind(None, "time", "Force or coefficient of a kind"),
    "mass_scaling.*": SeriesKind(None, "time", "Mass added to keep the time step"),
    "time_step_element": SeriesKind(
        None, "time", "Number of the element that controls the time step"
    ),
    "residual_final.*": SeriesKind(None, "iteration", "Residual of a field after its linear solve"),
    "solver_iterations.*": SeriesKind(None, "iteration", "Iterations of a field's linear solve"),
    "frequency": SeriesKind("Hz", "increment", "Eigenfrequency by mode"),
    "eigenvalue": SeriesKind(None, "increment", "Eigenvalue by mode"),
    "load_factor": SeriesKind(None, "time", "Share of the load that is applied"),
    "objective": SeriesKind(None, "iteration", "Objective of an optimisation"),
    "constraint_violation": SeriesKind("%", "iteration", "Worst violation of a constraint"),
    "zone_cycle_ns": SeriesKind("ns", "time", "Time per zone and cycle"),
    "courant.*": SeriesKind(None, "time", "Courant number"),
    "continuity.*": SeriesKind(None, "time", "Continuity error"),
    "field.*": SeriesKind(None, "time", "Smallest, largest or mean value of a field"),
    "flutter.*": SeriesKind(None, "velocity", "Damping or frequency of a flutter point"),
    "motion.*": SeriesKind(None, "time", "Place or velocity of a moving body"),
    "parcels": SeriesKind(None, "time", "Parcels in the system"),
    "wall_time_s": SeriesKind("s", "time", "Wall time used so far"),
    "cpu_time_s": SeriesKind("s", "time", "Processor time used so far"),
}
"""Name to kind; a name that ends in `.*` stands for a family (`residual.force`, `residual.p`)."""


def series_kind(name: str) -> SeriesKind:
    """The kind of a series; KeyError for a name the table does not hold."""
    found = SERIES.get(name)
    if found:
        return found
    family, dot, _ = name.partition(".")
    return SERIES[family + ".*"] if dot else SERIES[name]


class Tally:
    """Summaries of the series of one log.

    `units` and `axes` say where this log differs from the table: CalculiX prints residuals in %. Their names are
    those of series, or of families as in the table.
    """

    def __init__(
        self,
        state: dict[str, list[Any]] | None = None,
        *,
        units: dict[str, str] | None = None,
        axes: dict[str, str] | None = None,
    ) -> None:
        self._units = units or {}
        self._axes = axes or {}
        self.line: int | None = None
        """1-based line of the points that are added now; the parser sets it."""
        self._kept: dict[str, list[float]] = {}
        """n, first, last, min, max of each series…"""
        self._lines: dict[str, list[int | None]] = {}
        """…and the lines of the last, smallest and largest point."""
        for name, values in (state or {}).items():
            self._kept[name] = [float(value) for value in values[:5]]
            self._lines[name] = [*values[5:]] or [None, None, None]

    @property
    def state(self) -> dict[str, list[Any]]:
        return {
            name: [*(json_number(value) for value in values), *self._lines[name]]
            for name, values in self._kept.items()
        }

    def add(self, news: News, name: str, x: float, y: float) -> None:
        """Takes one point into the summary and into what the chunk adds."""
        x, y = float(x), float(y)
        kept = self._kept.get(name)
        if kept is None:
            if len(self._kept) >= SERIES_KEPT:
                return
            series_kind(name)  # a name outside the table is a fault of the parser
            self._kept[name] = [1, y, y, y, y]
            self._lines[name] = [self.line] * 3
        else:
            lines = self._lines[name]
            kept[0] += 1
            kept[2] = y
            lines[0] = self.line
            # A nan is a point, but neither smallest nor largest while there is a number.
            if not kept[3] <= y <= kept[4]:
                if y < kept[3] or kept[3] != kept[3]:
                    kept[3], lines[1] = y, self.line
                if y > kept[4] or kept[4] != kept[4]:
                    kept[4], lines[2] = y, self.line
        try:
            news.points[name].append((x, y))
        except KeyError:
            news.points[name] = [(x, y)]

    def extend(
        self,
        news: News,
        name: str,
        xs: Sequence[float],
        ys: Sequence[float],
        line_of: Callable[[int], int | None],
    ) -> None:
        """Takes many points of one series, as `add` does one after the other; all numbers are floats.

        `line_of` gives the 1-based line of the point with this index; it is asked for a few of them only.
        """
        if not ys:
            return
        kept = self._kept.get(name)
        if kept is None or math.isnan(
            sum(ys)
        ):  # inf less inf is nan too: then each one is looked at
            before = self.line
            for at, (x, y) in enumerate(zip(xs, ys, strict=True)):
                self.line = line_of(at)
                self.add(news, name, x, y)
            self.line = before
            return
        lines = self._lines[name]
        kept[0] += len(ys)
        kept[2], lines[0] = ys[-1], line_of(len(ys) - 1)
        low, high = min(ys), max(ys)
        if low < kept[3] or kept[3] != kept[3]:
            kept[3], lines[1] = low, line_of(ys.index(low))
        if high > kept[4] or kept[4] != kept[4]:
            kept[4], lines[2] = high, line_of(ys.index(high))
        news.points.setdefault(name, []).extend(zip(xs, ys, strict=True))

    def takes(self, name: str) -> bool:
        """Whether points of the series are kept: it is known, or there is room for it."""
        return name in self._kept or len(self._kept) < SERIES_KEPT

    def __contains__(self, name: str) -> bool:
        return name in self._kept

    def summaries(self) -> dict[str, SeriesSummary]:
        """Series name to summary, in order of the first point."""
        summaries = {}
        for name, (n, first, last, low, high) in self._kept.items():
            kind = series_kind(name)
            family = name.partition(".")[0] + ".*"
            unit = self._units.get(name) or self._units.get(family, kind.unit)
            x = self._axes.get(name) or self._axes.get(family, kind.x)
            summaries[name] = SeriesSummary(
                *(unit, x, int(n), first, last, low, high),
                *self._lines[name],
            )
        return summaries


def json_number(value: float) -> float | str:
    """The number, or its text ("nan", "inf", "-inf") where JSON has no number for it."""
    return value if math.isfinite(value) else repr(value)
