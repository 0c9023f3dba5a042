"""The columns of SU2's tables, on the screen and in the history file, and the curves they make."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from workers.parsers.pace import Pace
from workers.parsers.report import News, SeriesSummary
from workers.parsers.series import Tally, json_number

INNER = ("Inner_Iter", "Iter", "IntIter", "Iteration")
OUTER = ("Outer_Iter",)
STEP = ("Time_Iter", "ExtIter")
COUNTERS = frozenset((*INNER, *OUTER, *STEP))
"""Names of the columns that count; the first column of a table is one of them."""

COLUMNS = 60
NAME_LENGTH = 40

# rms[P]  rms[nu]  bgs[Rho]  max[RhoE]  avg[bgs][0]     (7.0 and later)
# Res[Rho]  Res[nu]  Res_Flow[0]  Res_Turb[0]  BGSRes[Rho]     (6.2 and before)
_RESIDUAL = re.compile(r"(rms|bgs|max|avg|Res|Res_\w+|BGSRes)\[(.+)\]")
_PREFIXES = {"rms": "", "Res": "", "bgs": "bgs_", "BGSRes": "bgs_", "max": "max_", "avg": ""}
# CL  CD  CSF  CMx  CFx  CEff  CL[wing]     (7.0 and later)
# CL(Total)  CLift(Total)  CDrag(Total)  CLift  CDrag  CSideForce     (6.2 and before)
# CpMin, CP, and names of a user are no forces.
_COEFFICIENT = re.compile(
    r"(C(?:L|D|SF|Eff|M[xyz]|F[xyz]|Lift|Drag|SideForce|T|Q|Merit|L/D)|L/D)(?:\(Total\))?((?:\[\w+\])?)"
)
_PLAIN = {
    "LinSolRes": "residual_final.linear",
    "LinSolResTurb": "residual_final.linear_turbulence",
    "LinSolIter": "solver_iterations.linear",
    "LinSolIterTurb": "solver_iterations.linear_turbulence",
    "Linear_Solver_Iterations": "solver_iterations.linear",
    "CFL_Number": "courant.mean",
    "Avg CFL": "courant.mean",
    "Min CFL": "courant.min",
    "Max CFL": "courant.max",
    "Time_Step": "time_step",
    "ComboObj": "objective",
}
_SECONDS = {"Time(sec)": 1.0, "Time(s)": 1.0, "Time(min)": 60.0}
"""Columns of the time used, and the seconds in their unit."""


def series_of(name: str) -> str | None:
    """The curve that a column makes; None for counters and for what is no curve of ours."""
    if found := _RESIDUAL.fullmatch(name):
        prefix = _PREFIXES.get(found[1], found[1][4:].lower() + "_")
        label = found[2].replace("][", "_")
        return f"residual.{prefix}{label}"[:NAME_LENGTH]
    if found := _COEFFICIENT.fullmatch(name):
        return f"force.{found[1]}{found[2]}"[:NAME_LENGTH]
    return _PLAIN.get(name)


@dataclass
class Rows:
    """A table's columns and where its last row stood."""

    names: list[str] = field(default_factory=list)
    inner: int | None = None
    outer: int | None = None
    step: int | None = None
    base: int = 0
    """Iterations of the time steps before this one."""
    row: int = 0
    """Iteration since the start, the x of the curves."""
    last: dict[str, float] = field(default_factory=dict)
    """Last values of "time", "time_step" and "wall" (s, if the table has such columns)."""

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        rows = cls(**state)
        rows.last = {name: float(value) for name, value in rows.last.items()}
        return rows

    def to_state(self) -> dict[str, Any]:
        state = dict(vars(self))
        state["names"] = list(self.names)
        state["last"] = {name: json_number(value) for name, value in self.last.items()}
        return state

    @property
    def cycle(self) -> int | None:
        """The time step where there are several, else the iteration."""
        if self.step:
            return self.step
        return self.inner if self.inner is not None else self.outer


class Columns:
    """Takes the rows of tables into curves."""

    def __init__(self, rows: Rows, tally: Tally, pace: Pace) -> None:
        self.rows = rows
        self._tally = tally
        self._pace = pace
        self.name_columns(rows.names)

    def name_columns(self, names: list[str]) -> None:
        """Takes a table's header."""
        names = [name[:NAME_LENGTH] for name in names[:COLUMNS]]
        self.rows.names = names
        where = {name: at for at, name in enumerate(names)}
        self._inner = next((where[name] for name in INNER if name in where), None)
        self._outer = next((where[name] for name in OUTER if name in where), None)
        self._step = next((where[name] for name in STEP if name in where), None)
        self._curves = [
            (at, series) for at, name in enumerate(names) if (series := series_of(name))
        ]
        self._clock = next(
            ((where[name], unit) for name, unit in _SECONDS.items() if name in where), None
        )
        self._averaged = self._clock is not None and names[self._clock[0]] != "Time(min)"
        self._time = where.get("Cur_Time")
        self._once = len({series for _, series in self._curves}) == len(self._curves)

    def take(self, values: list[float], news: News) -> None:
        """Takes a row's numbers, in order of the columns."""
        rows = self.rows
        step = None if self._step is None else _count(values[self._step])
        inner = None if self._inner is None else _count(values[self._inner])
        outer = None if self._outer is None else _count(values[self._outer])
        if step is not None and rows.step is not None and step != rows.step:
            rows.base = rows.row + 1
        rows.step, rows.inner, rows.outer = step, inner, outer
        counted = inner if self._inner is not None else outer
        rows.row = rows.base + (counted or 0)
        for at, series in self._curves:
            self._tally.add(news, series, rows.row, values[at])
            if series == "time_step":
                rows.last["time_step"] = values[at]
        if self._time is not None:
            rows.last["time"] = values[self._time]
        if self._clock:
            self._take_clock(values[self._clock[0]] * self._clock[1])

    def take_many(
        self, columns: list[list[float]], line_of: Callable[[int], int | None], news: News
    ) -> bool:
        """Takes many rows at once, given column by column; False where they must be taken one by one."""
        rows = self.rows
        steps = None if self._step is None else _counts(columns[self._step])
        inners = None if self._inner is None else _counts(columns[self._inner])
        outers = None if self._outer is None else _counts(columns[self._outer])
        if not self._once or [] in (steps, inners, outers):
            return False
        xs = self._xs(len(columns[0]), steps, inners or outers)
        for at, series in self._curves:
            self._tally.extend(news, series, xs, columns[at], line_of)
            if series == "time_step":
                rows.last["time_step"] = columns[at][-1]
        if self._time is not None:
            rows.last["time"] = columns[self._time][-1]
        if self._clock:
            self._take_clocks(columns[self._clock[0]], xs, steps, inners, outers)
        rows.step, rows.inner, rows.outer = (
            counts[-1] if counts else None for counts in (steps, inners, outers)
        )
        return True

    def _xs(self, count: int, steps: list[int] | None, counted: list[int] | None) -> list[float]:
        """The x of the curves for each of these rows; see `take`."""
        rows, xs = self.rows, []
        counted = counted or [0] * count
        if steps and (steps[0] != steps[-1] or rows.step != steps[0] or set(steps) != {steps[0]}):
            base, row, before = rows.base, rows.row, rows.step
            for step, number in zip(steps, counted, strict=True):
                if step != before and before is not None:
                    base = row + 1
                before, row = step, base + number
                xs.append(float(row))
            rows.base = base
        else:
            xs = [float(rows.base + number) for number in counted]
        rows.row = int(xs[-1])
        return xs

    def _take_clocks(
        self,
        clocks: list[float],
        xs: list[float],
        steps: list[int] | None,
        inners: list[int] | None,
        outers: list[int] | None,
    ) -> None:
        rows, unit = self.rows, self._clock[1] if self._clock else 1.0
        count = len(clocks)
        walls = [clock * unit for clock in clocks]
        if self._averaged:
            pairs = zip(inners or [0] * count, outers or [0] * count, strict=True)
            walls = [
                wall * ((inner + 1) * (outer + 1))
                for wall, (inner, outer) in zip(walls, pairs, strict=True)
            ]
        if steps and any(steps):
            kept = [at for at, step in enumerate(steps) if not step and math.isfinite(walls[at])]
            if kept and not any(steps[kept[-1] :]):
                rows.last["wall"] = walls[kept[-1]]
            else:
                rows.last.pop("wall", None)
        else:
            kept = [at for at, wall in enumerate(walls) if math.isfinite(wall)]
            if kept:
                rows.last["wall"] = walls[kept[-1]]
        self._pace.extend([xs[at] for at in kept], [walls[at] for at in kept])

    def pace(self) -> list[tuple[float, float]]:
        """Of a steady run; in another the clock starts anew with each time step."""
        return [] if self.rows.step else self._pace.pairs()

    def _take_clock(self, seconds: float) -> None:
        """SU2 prints seconds per iteration since the start of the (steady) run, or of the time step."""
        rows = self.rows
        if rows.step:
            rows.last.pop("wall", None)
        if rows.step or not math.isfinite(seconds):
            return
        done = ((rows.inner or 0) + 1) * ((rows.outer or 0) + 1) if self._averaged else 1
        rows.last["wall"] = seconds * done
        self._pace.add(float(rows.row), rows.last["wall"])


def summaries(tally: Tally) -> dict[str, SeriesSummary]:
    """SU2's residuals are logarithms, and all of its curves lie over the iterations."""
    found = tally.summaries()
    for name, summary in found.items():
        summary.x = "iteration"
        if name.startswith(("residual.", "residual_final.")):
            summary.unit = "log10"
    return found


def _counts(values: list[float]) -> list[int]:
    """Of a column that counts; [] where one of them is no count."""
    sound = min(values) > -1e15 and max(values) < 1e15 and not math.isnan(sum(values))
    return [int(value) for value in values] if sound else []


def _count(value: float) -> int | None:
    return int(value) if abs(value) < 1e15 else None
