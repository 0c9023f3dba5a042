"""MAPDL's convergence file for graphs (.gst): a row per equilibrium iteration, its columns named as in XML."""

import functools
import re
from typing import Any, ClassVar

from workers.parsers.byline import ByLine
from workers.parsers.fields import quick_float
from workers.parsers.report import News, Report
from workers.parsers.series import Tally, json_number
from workers.parsers.text import Lines

# <SOLUTION>
# <LOADSTEPDATA>
# <HEADER>
#  <COLUMN ID="    1">Time</COLUMN>
#  <COLUMN ID="   10">F    L2 </COLUMN>
_START_IN_HEAD = re.compile(rb"\s*<SOLUTION>\s*<LOADSTEPDATA>\s*<HEADER>")
_COLUMN = re.compile(r' *<COLUMN ID=" *(\d{1,3})">(.*)</COLUMN>\s*')
_COLUMNS = 60
_KEPT = ("Cum Iter", "Time", "Time Incr")

# F    L2    U    INF    M    L2    (the norm by its name; CRIT stands in a column of its own)
_NORM = re.compile(r"(\w{1,8}) (?:L1|L2|INF)")
_FIELDS = {
    "F": "force",
    "M": "moment",
    "U": "displacement",
    "ROT": "rotation",
    "HEAT": "heat",
    "TEMP": "temperature",
    "PRES": "pressure",
}


class AnsysGst(ByLine):
    """Norms of the iterations and bisections."""

    name: ClassVar[str] = "ansys.gst"
    version: ClassVar[int] = 1
    solver: ClassVar[str] = "ansys"
    role: ClassVar[str] = "gst"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _START_IN_HEAD.match(head.replace(b"\0", b"")) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._tally = Tally(state.get("series"))
        self._columns: list[str] = list(state.get("columns", ()))
        self._cutbacks: int = state.get("cutbacks", 0)
        self._bisections: int = state.get("bisections", 0)
        self._values = {name: float(value) for name, value in state.get("values", {}).items()}
        self._wanted: dict[str, int] | None = None
        """Columns that are read, and where they stand; None after a header."""
        self._norms: list[tuple[str, str]] = []

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._lines.state,
            "series": self._tally.state,
            "columns": list(self._columns),
            "cutbacks": self._cutbacks,
            "bisections": self._bisections,
            "values": {name: json_number(value) for name, value in self._values.items()},
        }

    def report(self) -> Report:
        cycle = self._values.get("Cum Iter")
        return Report(
            *(self.solver, self.role),
            time=self._values.get("Time"),
            cycle=int(cycle) if cycle is not None and abs(cycle) < 1e15 else None,
            time_step=self._values.get("Time Incr"),
            series=self._tally.summaries(),
        )

    def _take(self, number: int, line: str, news: News) -> None:
        if "<" in line:
            self._take_tag(line)
            return
        cells = line.split()
        if len(cells) != len(self._columns) or not cells:
            return
        if self._wanted is None:
            self._norms = _norms(self._columns)
            names = {*_KEPT, "Bisection", *(column for column, _ in self._norms)}
            self._wanted = {name: at for at, name in enumerate(self._columns) if name in names}
        values = {name: quick_float(cells[at]) for name, at in self._wanted.items()}
        iteration, time = values.get("Cum Iter"), values.get("Time")
        if iteration is None or time is None:
            return
        self._tally.line = number
        for column, series in self._norms:
            if (value := values[column]) is not None:
                self._tally.add(news, series, iteration, value)
        self._take_step(values, time, news)
        for name in _KEPT:
            if (value := values.get(name)) is not None:
                self._values[name] = value

    def _take_tag(self, line: str) -> None:
        at, name = _column(line)
        if at:
            if at <= _COLUMNS:
                del self._columns[at - 1 :]
            if len(self._columns) == at - 1 < _COLUMNS:
                self._columns.append(name)
            self._wanted = None

    def _take_step(self, values: dict[str, float | None], time: float, news: News) -> None:
        """The step size where it changes, and the bisections."""
        size, bisections = values.get("Time Incr"), values.get("Bisection") or 0.0
        if size is not None and (time, size) != (
            self._values.get("Time"),
            self._values.get("Time Incr"),
        ):
            self._tally.add(news, "time_step", time, size)
        count = int(bisections) if 0 <= bisections < 1e6 else 0
        if count > self._bisections:
            self._cutbacks += count - self._bisections
            self._tally.add(news, "cutbacks", time, self._cutbacks)
        self._bisections = count


@functools.lru_cache(256)
def _column(line: str) -> tuple[int, str]:
    """Place and name of a column; the same ones stand above each load step."""
    found = _COLUMN.fullmatch(line)
    return (int(found[1]), " ".join(found[2].split())[:40]) if found else (0, "")


def _norms(columns: list[str]) -> list[tuple[str, str]]:
    """Columns that hold a norm, with their series."""
    found = [(name, _NORM.fullmatch(name)) for name in dict.fromkeys(columns)]
    return [
        (name, f"residual.{_FIELDS.get(norm[1], norm[1].lower())}") for name, norm in found if norm
    ]
