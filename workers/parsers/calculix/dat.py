"""CalculiX's .dat: printed results; read are the time of the last block, and eigenvalues by mode."""

import re
from typing import Any, ClassVar

from workers.parsers.byline import ByLine
from workers.parsers.calculix.tables import kept, number_kept
from workers.parsers.report import News, Report
from workers.parsers.series import Tally
from workers.parsers.text import Lines, fortran_float, integer

#  displacements (vx,vy,vz) for set NLOAD and time  0.1000000E+01
#  contact print energy (slave node,energy) forall contact elements and time 0.1000000E+01
_TIME = re.compile(
    r" ?[A-Za-z].* (?:and|for) time *([-+]?\d?\.\d+[ED]?[+-]\d+|[-+]?NaN|[-+]?Inf\w*|\*+)\s*"
)
#      E I G E N V A L U E   O U T P U T
#      B U C K L I N G   F A C T O R   O U T P U T
_SPACED = re.compile(
    r" {3,}(?:E I G E N V A L U E   O U T P U T|E I G E N V A L U E    N U M B E R .*"
    r"|B U C K L I N G   F A C T O R   O U T P U T|S T E P  +\d+)\s*"
)
_HEADING = re.compile(r" {3,}(?:[A-Z] +){3,}")

#  MODE NO    EIGENVALUE                       FREQUENCY
#                           (RAD/TIME)      (CYCLES/TIME     (RAD/TIME)
#       1   0.3195707E+11   0.1787654E+06   0.2845140E+05   0.0000000E+00
_MODE = re.compile(r" *(\d{1,7}) +(\S+) +\S+ +(\S+) +\S+\s*")
#  MODE NO       BUCKLING
#                FACTOR
#       1   0.4512345E+02
_FACTOR = re.compile(r" *(\d{1,7}) +(\S+)\s*")


class CalculixDat(ByLine):
    """Printed results. Eigenmodes have their number or 0 for a time: from the first on, times say nothing."""

    name: ClassVar[str] = "calculix.dat"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "calculix"
    role: ClassVar[str] = "dat"

    @staticmethod
    def claims(head: bytes) -> bool:
        lines = [line for line in head.decode("latin-1").splitlines() if line.strip()]
        first = lines[0] if lines else ""
        return bool(_TIME.fullmatch(first) or _SPACED.fullmatch(first))

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._tally = Tally(state.get("series"))
        self._time: float | None = number_kept(state.get("time"))
        self._in_modes: bool = state.get("in_modes", False)
        self._table: str = state.get("table", "")
        """The table of modes that is being printed: "modes", "factors" or none."""

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._lines.state,
            "series": self._tally.state,
            "time": kept(self._time),
            "in_modes": self._in_modes,
            "table": self._table,
        }

    def report(self) -> Report:
        return Report(self.solver, self.role, time=self._time, series=self._tally.summaries())

    def _take(self, number: int, line: str, news: News) -> None:
        if " time" in line:
            printed = _TIME.fullmatch(line)
            time = fortran_float(printed[1]) if printed else None
            if time is not None and not self._in_modes:
                self._time = time
        elif line[:4] == "    " and _HEADING.match(line):
            self._in_modes = self._in_modes or "E I G E N V A L U E" in line
            modes, factors = "E I G E N V A L U E   O", "B U C K L I N G   F"
            self._table = "modes" if modes in line else "factors" if factors in line else ""
        elif self._table:
            self._take_mode(number, line, news)

    def _take_mode(self, number: int, line: str, news: News) -> None:
        row = (_MODE if self._table == "modes" else _FACTOR).fullmatch(line)
        mode = integer(row[1]) if row else None
        values = [fortran_float(text) for text in row.groups()[1:]] if row else []
        if mode is None or None in values:
            return
        self._tally.line = number
        for name, value in zip(("eigenvalue", "frequency"), values, strict=False):
            if value is not None:
                self._tally.add(news, name, mode, value)
