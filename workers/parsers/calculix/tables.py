"""CalculiX's table files: .sta (attempts) and .cvg (iterations).

Neither of them says how the run ended; the screen log does.
"""

import re
from typing import Any, ClassVar

from workers.parsers.byline import ByLine
from workers.parsers.report import News, Report
from workers.parsers.series import Tally, json_number
from workers.parsers.text import Lines, fortran_float, integer

# SUMMARY OF JOB INFORMATION
# (Abaqus' .sta has the words too, but below its own title and with a colon)
_STA_TITLE = re.compile(rb"\s*SUMMARY OF JOB INFORMATION[ \t]*(?:\r?\n|\Z)")
# SUMMARY OF C0NVERGENCE INFORMATION     (spelt with a zero)
_CVG_TITLE = re.compile(rb"\s*SUMMARY OF C[0O]NVERGENCE INFORMATION[ \t]*(?:\r?\n|\Z)")

#   STEP      INC     ATT  ITRS     TOT TIME     STEP TIME      INC TIME
#      1          1     2U    5  0.000000E+00  0.000000E+00  0.250000E-01
# U: the attempt did not converge; a network that fails before iterating prints -1 iterations.
_STA_ROW = re.compile(
    r"\s*(?:\d+|\*+)\s+(\d+|\*+)\s+(?:\d+|\*+)(U?)\s*(-?\d+|\*+)\s+(\S+)\s+(\S+)\s+(\S+)\s*"
)
#   STEP   INC  ATT   ITER     CONT.   RESID.        CORR.      RESID.      CORR.
#                               EL.    FORCE         DISP       FLUX        TEMP.
#      1     1     1     1        0  0.3377E+03  0.1000E+03  0.0000E+00  0.0000E+00
_CVG_ROW = re.compile(r"\s*(?:(?:\d+|\*+)\s+){4}(-?\d+|\*+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*")
_CVG_FIELDS = ("force", "displacement", "flux", "temperature")


class CalculixSta(ByLine):
    """Attempts of increments, one row each; linear steps and headers alone have none."""

    name: ClassVar[str] = "calculix.sta"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "calculix"
    role: ClassVar[str] = "sta"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _STA_TITLE.match(head) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._tally = Tally(state.get("series"))
        self._cutbacks: int = state.get("cutbacks", 0)
        self._cycle: int | None = state.get("cycle")
        self._time: float | None = number_kept(state.get("time"))
        self._time_step: float | None = number_kept(state.get("time_step"))

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._lines.state,
            "series": self._tally.state,
            "cutbacks": self._cutbacks,
            "cycle": self._cycle,
            "time": kept(self._time),
            "time_step": kept(self._time_step),
        }

    def report(self) -> Report:
        return Report(
            self.solver,
            self.role,
            time=self._time,
            cycle=self._cycle,
            time_step=self._time_step,
            series=self._tally.summaries(),
        )

    def _take(self, number: int, line: str, news: News) -> None:
        row = _STA_ROW.fullmatch(line)
        if not row:
            return
        increment, given_up, iterations = integer(row[1]), row[2] == "U", integer(row[3])
        time, step_time, time_step = (fortran_float(row[at]) for at in (4, 5, 6))
        if time is None or step_time is None or time_step is None:
            return
        self._tally.line = number
        # A column that overflowed (*****) says nothing: what stood above stays.
        self._cycle = self._cycle if increment is None else increment
        self._time, self._time_step = time, time_step
        self._cutbacks += given_up
        if increment is not None and not given_up:
            self._tally.add(news, "increments", time, increment)
        if iterations is not None:
            self._tally.add(news, "iterations", time, max(iterations, 0))
        self._tally.add(news, "time_step", time, time_step)
        self._tally.add(news, "cutbacks", time, self._cutbacks)


class CalculixCvg(ByLine):
    """Convergence of the iterations, one row each; x is the row's number."""

    name: ClassVar[str] = "calculix.cvg"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "calculix"
    role: ClassVar[str] = "cvg"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _CVG_TITLE.match(head) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._tally = Tally(state.get("series"), units=RESIDUAL_UNITS)
        self._rows: int = state.get("rows", 0)
        self._begun: list[str] = list(state.get("begun", ("force", "displacement")))

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._lines.state,
            "series": self._tally.state,
            "rows": self._rows,
            "begun": list(self._begun),
        }

    def report(self) -> Report:
        return Report(self.solver, self.role, series=self._tally.summaries())

    def _take(self, number: int, line: str, news: News) -> None:
        row = _CVG_ROW.fullmatch(line)
        values = [fortran_float(row[at]) for at in (2, 3, 4, 5)] if row else []
        if not row or None in values:
            return
        self._tally.line = number
        self._rows += 1
        for field, value in zip(_CVG_FIELDS, values, strict=True):
            # Flux and temperature are printed as zeros where the step has no heat in it.
            if value and field not in self._begun:
                self._begun.append(field)
            if value is not None and field in self._begun:
                self._tally.add(news, f"residual.{field}", self._rows, value)
        contact_elements = integer(row[1])
        if contact_elements is not None:
            self._tally.add(news, "contact_elements", self._rows, contact_elements)


RESIDUAL_UNITS = {f"residual.{field}": "%" for field in _CVG_FIELDS}
"""CalculiX prints residuals in percent of the average force or flux, corrections of the increment."""


def kept(value: float | None) -> float | str | None:
    """A number of a parser's state as JSON has it."""
    return None if value is None else json_number(value)


def number_kept(value: float | str | None) -> float | None:
    """What `kept` kept."""
    return None if value is None else float(value)
