"""The one table of series names, and the tally that keeps a series' summary without its points."""

import math
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
    "courant.*": SeriesKind(None, "time", "Courant number"),
    "continuity.*": SeriesKind(None, "time", "Continuity error"),
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

    `units` and `axes` say where this log differs from the table: CalculiX prints residuals in %.
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
        self._kept: dict[str, list[float]] = {
            name: [float(value) for value in values] for name, values in (state or {}).items()
        }

    @property
    def state(self) -> dict[str, list[Any]]:
        return {name: [json_number(v) for v in values] for name, values in self._kept.items()}

    def add(self, news: News, name: str, x: float, y: float) -> None:
        """Takes one point into the summary and into what the chunk adds."""
        x, y = float(x), float(y)
        kept = self._kept.get(name)
        if kept is None:
            if len(self._kept) >= SERIES_KEPT:
                return
            series_kind(name)  # a name outside the table is a fault of the parser
            self._kept[name] = [1, y, y, y, y]
        else:
            kept[0] += 1
            kept[2] = y
            # A nan is a point, but neither smallest nor largest while there is a number.
            kept[3] = y if math.isnan(kept[3]) or y < kept[3] else kept[3]
            kept[4] = y if math.isnan(kept[4]) or y > kept[4] else kept[4]
        news.points.setdefault(name, []).append((x, y))

    def summaries(self) -> dict[str, SeriesSummary]:
        """Series name to summary, in order of the first point."""
        summaries = {}
        for name, (n, first, last, low, high) in self._kept.items():
            kind = series_kind(name)
            unit, x = self._units.get(name, kind.unit), self._axes.get(name, kind.x)
            summaries[name] = SeriesSummary(unit, x, int(n), first, last, low, high)
        return summaries


def json_number(value: float) -> float | str:
    """The number, or its text ("nan", "inf", "-inf") where JSON has no number for it."""
    return value if math.isfinite(value) else repr(value)
