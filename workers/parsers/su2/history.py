"""SU2's history file, history.csv or .dat: a row per iteration with the columns that the deck asks for.

It does not say how the run ended; the screen does.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any, ClassVar

from workers.parsers.byline import ByLine
from workers.parsers.pace import Pace
from workers.parsers.report import News, Report
from workers.parsers.series import Tally
from workers.parsers.su2.columns import COLUMNS, COUNTERS, Columns, Rows, series_of, summaries
from workers.parsers.su2.runs import table
from workers.parsers.text import Lines, fortran_float

# "Time_Iter","Outer_Iter","Inner_Iter",     "rms[P]"     ,     "rms[U]"     (7.0 and later, csv)
# "Iteration","CL","CD","CSF","CMx",…,"Res_Flow[0]",…,"CFL_Number","Time(min)"     (6.2, csv)
# TITLE = "SU2 Simulation"                                              (.dat, for Tecplot)
# VARIABLES = "Iteration","CLift","CDrag",…,"Res_Flow[0]",…,"Time(min)"
# ZONE T= "Convergence history"
_HEADER = re.compile(r'\s*(?:VARIABLES *= *)?("[^"]*"(?:\s*,\s*"[^"]*")+)\s*(?:,\s*)?')
_NAME = re.compile(r'"([^"]*)"')
_HEADER_LINES = 4
_NUMBERS = frozenset("0123456789 +-.\t")


def header_names(line: str) -> list[str] | None:
    """The columns' names if the line is a history file's header."""
    found = _HEADER.fullmatch(line) if '"' in line else None
    names = [name.strip() for name in _NAME.findall(found[1])[:COLUMNS]] if found else []
    counts = bool(names) and names[0] in COUNTERS
    return names if counts and any(series_of(name) for name in names) else None


class Su2History(ByLine):
    """history.csv, history.dat and their kin of one zone (history_00000.csv)."""

    name: ClassVar[str] = "su2.history"
    version: ClassVar[int] = 1
    solver: ClassVar[str] = "su2"
    role: ClassVar[str] = "history"

    @staticmethod
    def claims(head: bytes) -> bool:
        lines = [line for line in head.decode("latin-1").splitlines() if line.strip("\0 \t")]
        return any(header_names(line.strip("\0")) for line in lines[:_HEADER_LINES])

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._tally = Tally(state.get("series"))
        self._pace = Pace(state.get("pace"))
        rows = Rows.from_state(state.get("rows", {}))
        self._columns = Columns(rows, self._tally, self._pace)

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._lines.state,
            "series": self._tally.state,
            "pace": self._pace.state,
            "rows": self._columns.rows.to_state(),
        }

    def report(self) -> Report:
        rows = self._columns.rows
        time = rows.last.get("time")
        return Report(
            self.solver,
            self.role,
            time=time if time is not None or rows.cycle is None else float(rows.cycle),
            cycle=rows.cycle,
            time_step=rows.last.get("time_step"),
            wall_time_s=rows.last.get("wall"),
            pace=self._columns.pace(),
            series=summaries(self._tally),
        )

    def _read(self, lines: Iterator[tuple[int, str]], news: News) -> None:
        for rows, run in groupby(lines, key=lambda pair: pair[1][:1] in _NUMBERS):
            self._take_run([*run], rows, news)

    def _take_run(self, run: list[tuple[int, str]], rows: bool, news: News) -> None:
        columns = table(run, ",", self._columns.rows.names) if rows else None
        if not columns or not self._columns.take_many(columns, lambda at: run[at][0], news):
            for number, line in run:
                self._take(number, line, news)

    def _take(self, number: int, line: str, news: News) -> None:
        if line[:1] not in _NUMBERS:
            if names := header_names(line):
                self._columns.name_columns(names)
            return
        cells = line.split(",")
        values = numbers(cells, len(self._columns.rows.names))
        if values:
            self._tally.line = number
            self._columns.take(values, news)


def numbers(cells: list[str], columns: int) -> list[float] | None:
    """The cells as numbers; None for a row that is none, or is cut."""
    if len(cells) != columns:
        return None
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        pass
    values = [fortran_float(cell) for cell in cells]
    return None if None in values else [value for value in values if value is not None]
