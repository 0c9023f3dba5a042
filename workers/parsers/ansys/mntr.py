"""MAPDL's monitor file, a row per substep; it does not say how the run ended."""

import re
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any, ClassVar

from workers.parsers.ansys.clock import numbered_date
from workers.parsers.byline import ByLine
from workers.parsers.pace import Pace
from workers.parsers.report import News, Report
from workers.parsers.series import Tally, json_number
from workers.parsers.text import Lines, fortran_float, integer

#  SOLUTION HISTORY INFORMATION FOR JOB: file.mntr
#  ANSYS RELEASE 2022 R1          BUILD 22.1        13:44:04    06/01/2022
_TITLE = "SOLUTION HISTORY INFORMATION FOR JOB"
_TITLE_IN_HEAD = re.compile(rb"^ ?SOLUTION HISTORY INFORMATION FOR JOB:", re.MULTILINE)
_RELEASE = re.compile(
    r"(?:ANSYS|MAPDL) RELEASE +(?:Release +)?(\d{4} ?R\d(?:\.\d+)?|[\d.]{1,12}\w{0,10}) .*?(\d\d:\d\d:\d\d) +(\d\d/\d\d/\d{4})"
)
#   LOAD   SUB-  NO.  NO.    TOTL  INCREMENT    TOTAL         VARIAB 1     VARIAB 2     VARIAB 3     VARIAB 4
#   STEP   STEP ATTMP ITER   ITER  TIME/LFACT   TIME/LFACT    MONITOR      MONITOR      MONITOR     MONITOR
#                                                              Wall         MxDs         MxPl         MxRe
# (16.0: CPU in place of Wall; a user's MONITOR command may put others there)
_CLOCKS = {"Wall": "wall_time_s", "CPU": "cpu_time_s"}
#      1      1    1     6      6     1.0000       1.0000       40.065      0.21578E-03   0.0000       2.1491
_ROW = re.compile(
    r" *(\d+|\*+) +(\d+|\*+) +(\d+|\*+) +(\d+|\*+) +(\d+|\*+) +(\S+) +(\S+)(?: +(\S+))?(?: .*)?"
)


_DIGITS = frozenset("0123456789")
_SHORT = 8
"""Rows of a run that are taken one by one."""
_ODD = frozenset("\t\v\f\x1c\x1d\x1e\x1f_*")
"""What only a row of another kind holds."""


class AnsysMntr(ByLine):
    """Substeps with their attempts, iterations and the time used."""

    name: ClassVar[str] = "ansys.mntr"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "ansys"
    role: ClassVar[str] = "mntr"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _TITLE_IN_HEAD.search(head) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._tally = Tally(state.get("series"))
        self._pace = Pace(state.get("pace"))
        self._version: str | None = state.get("version")
        self._started_at: str | None = state.get("started_at")
        self._clock: str | None = state.get("clock")
        self._cutbacks: int = state.get("cutbacks", 0)
        self._iterations: int | None = state.get("iterations")
        self._values = {name: float(value) for name, value in state.get("values", {}).items()}

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._lines.state,
            "series": self._tally.state,
            "pace": self._pace.state,
            "version": self._version,
            "started_at": self._started_at,
            "clock": self._clock,
            "cutbacks": self._cutbacks,
            "iterations": self._iterations,
            "values": {name: json_number(value) for name, value in self._values.items()},
        }

    def report(self) -> Report:
        values = self._values
        return Report(
            *(self.solver, self.role, self._version),
            started_at=self._started_at,
            time=values.get("time"),
            cycle=self._iterations,
            time_step=values.get("time_step"),
            wall_time_s=values.get("wall_time_s"),
            cpu_time_s=values.get("cpu_time_s"),
            pace=self._pace.pairs(),
            series=self._tally.summaries(),
        )

    def _read(self, lines: Iterator[tuple[int, str]], news: News) -> None:
        run: list[tuple[int, str]] = []
        for pair in lines:
            if pair[1].lstrip(" ")[:1] in _DIGITS:
                run.append(pair)
                continue
            self._take_run(run, news)
            run = []
            self._take(*pair, news)
        self._take_run(run, news)

    def _take_run(self, run: list[tuple[int, str]], news: News) -> None:
        """Rows that follow each other, column by column where all are plain."""
        columns = plain_columns([line for _, line in run]) if len(run) > _SHORT else None
        if columns is None:
            for number, line in run:
                self._take(number, line, news)
        else:
            self._take_columns(columns, lambda at: run[at][0], news)

    def _take_columns(
        self, columns: list[list[float]], line_of: Callable[[int], int | None], news: News
    ) -> None:
        """As `_take_row` for one after the other."""
        _, substeps, attempts, iterations, totals, time_steps, times, *used = columns
        self._values["time"], self._values["time_step"] = times[-1], time_steps[-1]
        self._iterations = int(totals[-1])
        cutbacks = [
            *accumulate((max(int(one or 1) - 1, 0) for one in attempts), initial=self._cutbacks)
        ]
        self._cutbacks = cutbacks[-1]
        curves = [
            ("increments", substeps),
            ("iterations", iterations),
            ("time_step", time_steps),
            ("cutbacks", [float(count) for count in cutbacks[1:]]),
        ]
        if self._clock and used:
            self._values[self._clock] = used[0][-1]
            curves.append((self._clock, used[0]))
            self._pace.extend(times, used[0])
        for name, values in curves:
            self._tally.extend(news, name, times, values, line_of)

    def _take(self, number: int, line: str, news: News) -> None:
        if row := _ROW.fullmatch(line):
            self._tally.line = number
            self._take_row(row, news)
        elif _TITLE in line:
            self._cutbacks, self._iterations, self._values = 0, None, {}
        elif found := _RELEASE.search(line):
            self._version = found[1]
            self._started_at = numbered_date(found[3], found[2])
        elif line.startswith("   ") and (words := line.split()):
            self._clock = _CLOCKS.get(words[0], self._clock)

    def _take_row(self, row: re.Match[str], news: News) -> None:
        substep, attempts, iterations, total = (integer(row[at]) for at in (2, 3, 4, 5))
        time_step, time = fortran_float(row[6]), fortran_float(row[7])
        if time is None or time_step is None:
            return
        self._values["time"], self._values["time_step"] = time, time_step
        # A column that overflowed (*****) says nothing: what stood above stays.
        self._iterations = self._iterations if total is None else total
        self._cutbacks += max((attempts or 1) - 1, 0)
        if substep is not None:
            self._tally.add(news, "increments", time, substep)
        if iterations is not None:
            self._tally.add(news, "iterations", time, iterations)
        self._tally.add(news, "time_step", time, time_step)
        self._tally.add(news, "cutbacks", time, self._cutbacks)
        used = fortran_float(row[8] or "")
        if self._clock and used is not None:
            self._values[self._clock] = used
            self._tally.add(news, self._clock, time, used)
            self._pace.add(time, used)


def plain_columns(rows: list[str]) -> list[list[float]] | None:
    """Five counters, two numbers and perhaps a third, column by column; None if a row is not that plain."""
    text = "".join(rows)
    if not text.isascii() or any(char in text for char in _ODD):
        return None
    cells = [row.split(None, 8)[:8] for row in rows]
    widths = {*map(len, cells)}
    if widths not in ({7}, {8}):
        return None
    columns = [*zip(*cells, strict=True)]
    counters = columns[:5]
    if any(not "".join(column).isdigit() or len(max(column, key=len)) > 15 for column in counters):
        return None
    try:
        return [[*map(float, column)] for column in columns]
    except ValueError:
        return None
