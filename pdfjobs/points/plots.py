"""What belongs together in a plot: sets of curves for a kind of analysis, axes that curves share, limits."""

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MOST_CURVES = 8
"""Of one set: a plot has so many colours."""
Range = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """A y axis that curves share; with their unit it is one scale."""

    name: str | Promise
    log: bool = False
    """Its curves are looked at over powers of ten."""


@dataclass(frozen=True)
class Preset:
    """Curves that are looked at together."""

    key: str
    name: str | Promise
    curves: tuple[str, ...]
    """Names, or families that end in `*`."""
    without: tuple[str, ...] = ()
    """Not of interest where the run has one of these."""
    needs: tuple[str, ...] = ()
    """Of interest only where the run has one of these; else one of its curves will do."""


AXES: dict[str, Axis] = {
    "energy": Axis(_("energy")),
    "energy.ratio": Axis(_("ratio")),
    "energy.ratio_without_eroded": Axis(_("ratio")),
    "energy.error": Axis(_("energy error")),
    "residual": Axis(_("residual"), log=True),
    "residual_final": Axis(_("residual"), log=True),
    "continuity": Axis(_("continuity error")),
    "time_step": Axis(_("time step"), log=True),
    "courant": Axis(_("Courant number"), log=True),
    "force": Axis(_("force")),
    "mass": Axis(_("mass")),
    "mass_scaling": Axis(_("added mass")),
    "iterations": Axis(_("iterations, attempts")),
    "cutbacks": Axis(_("iterations, attempts")),
    "increments": Axis(_("increments")),
    "solver_iterations": Axis(_("iterations")),
    "objective": Axis(_("objective")),
    "constraint_violation": Axis(_("violation")),
    "frequency": Axis(_("frequency")),
    "eigenvalue": Axis(_("eigenvalue")),
    "wall_time_s": Axis(_("clock")),
    "cpu_time_s": Axis(_("clock")),
    "zone_cycle_ns": Axis(_("time per zone and cycle")),
    "load_factor": Axis(_("load factor")),
    "field": Axis(_("field")),
    "motion": Axis(_("motion")),
    "flutter": Axis(_("flutter")),
}
"""By series, or by family."""

PRESETS = (
    Preset(
        "energies",
        _("Energies"),
        (
            *("energy.kinetic", "energy.internal", "energy.total", "energy.external_work"),
            *("energy.external", "energy.hourglass", "energy.artificial", "energy.sliding"),
            *("energy.contact", "energy.ratio"),
        ),
        needs=("energy.kinetic", "energy.internal", "energy.total"),
    ),
    Preset("energy error", _("Energy error"), ("energy.error", "mass_scaling.error")),
    Preset("residuals", _("Residuals"), ("residual.*",)),
    Preset(
        "increments",
        _("Increments and cutbacks"),
        ("time_step", "iterations", "cutbacks"),
        needs=("iterations", "cutbacks"),
    ),
    Preset("time step", _("Time step"), ("time_step",), without=("iterations", "cutbacks")),
    Preset("courant", _("Courant number"), ("courant.max", "courant.mean", "courant.*")),
    Preset("continuity", _("Continuity"), ("continuity.*",)),
    Preset("forces", _("Forces"), ("force.*",)),
    Preset("mass", _("Added mass"), ("mass_scaling.*", "mass.total")),
    Preset("fields", _("Fields"), ("field.*",)),
    Preset("motion", _("Motion"), ("motion.*",)),
    Preset("final residuals", _("Final residuals"), ("residual_final.*",)),
    Preset("linear solver", _("Linear solver"), ("solver_iterations.*",)),
    Preset("optimisation", _("Optimisation"), ("objective", "constraint_violation")),
    Preset("modes", _("Modes"), ("frequency", "eigenvalue")),
    Preset("flutter", _("Flutter"), ("flutter.*",)),
    Preset("speed", _("Speed"), ("wall_time_s", "cpu_time_s", "zone_cycle_ns")),
)

LIMITS: dict[str, tuple[Range, Range]] = {
    "energy.ratio": ((0.95, 1.05), (0.9, 1.1)),
    "energy.error": ((-15.0, 2.0), (-30.0, 5.0)),
    "mass_scaling.percent": ((-1e9, 1.0), (-1e9, 5.0)),
    "mass_scaling.error": ((-1e9, 0.01), (-1e9, 0.05)),
    "continuity.local": ((-1e-3, 1e-3), (-1e-1, 1e-1)),
    "continuity.sum_local": ((-1e-3, 1e-3), (-1e-1, 1e-1)),
    "continuity.*.local": ((-1e-3, 1e-3), (-1e-1, 1e-1)),
    "continuity.*.sum_local": ((-1e-3, 1e-3), (-1e-1, 1e-1)),
    "courant.max": ((0.0, 5.0), (0.0, 50.0)),
}
"""Lowest and highest value that an early warning takes for well, and that it does not call red."""
LIMITS_OF: dict[str, frozenset[str]] = {"energy.error": frozenset({"radioss"})}
"""Solvers that the limits are for, where not for all."""
NO_END = 1e8
"""A limit so far out is none."""


CLOCKS = ("wall_time_s", "cpu_time_s")
"""Series that tell the clock of a run, the better one first."""


def clock_of(series: Mapping[str, Any]) -> str | None:
    return next((name for name in CLOCKS if name in series), None)


def axis_of(name: str) -> Axis:
    family = name.partition(".")[0]
    return AXES.get(name) or AXES.get(family) or Axis(family.replace("_", " "))


def series_rows(series: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A run's series with the axis that each belongs to, those over iterations first."""
    rows = []
    for name, summary in sorted(series.items()):
        axis, unit = axis_of(name), summary.get("unit")
        label = f"{axis.name} [{unit}]" if unit else str(axis.name)
        row = {"name": name, "axis": label, "log": axis.log, **summary}
        rows.append(row | {"x": summary.get("x") or "index", "unit": unit})
    return sorted(rows, key=lambda row: row["x"] != "iteration")


def presets(series: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The sets that a run has curves of: key, name, curves and x; the one to begin with comes first."""
    found = []
    for preset in PRESETS:
        curves = _curves(preset, series)
        wanted = [
            name for needed in preset.needs or preset.curves for name in _named(needed, series)
        ]
        if curves and wanted and not any(name in series for name in preset.without):
            x = series[curves[0]].get("x") or "index"
            its = [name for name in curves if (series[name].get("x") or "index") == x]
            found.append(
                {"key": preset.key, "name": str(preset.name), "curves": its[:MOST_CURVES], "x": x}
            )
    # Energies tell how an explicit run does; where there are residuals, those do.
    has_residuals = any(name.startswith("residual.") for name in series)
    return sorted(found, key=lambda each: has_residuals and each["key"] != "residuals")


def limits(series: Mapping[str, Mapping[str, Any]], solver: str) -> dict[str, dict[str, Any]]:
    """By series the values at which an early warning says something: yellow and red."""
    found = {}
    for wanted, ranges in LIMITS.items():
        yellow, red = ([end for end in ends if abs(end) < NO_END] for ends in ranges)
        for name in fnmatch.filter(series, wanted):
            if solver in LIMITS_OF.get(wanted, {solver}):
                found[name] = {"yellow": yellow, "red": red}
    return found


def _curves(preset: Preset, series: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(name for each in preset.curves for name in _named(each, series)))


def _named(wanted: str, series: Mapping[str, Any]) -> list[str]:
    if not wanted.endswith("*"):
        return [wanted] if wanted in series else []
    return sorted(name for name in series if name.startswith(wanted[:-1]))
