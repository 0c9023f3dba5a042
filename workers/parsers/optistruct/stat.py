"""OptiStruct's .stat: the modules as they run, with processor and wall time, and the sum of both at the end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from workers.parsers.byline import ByLine
from workers.parsers.endings import killed_words
from workers.parsers.facts import kept, restored
from workers.parsers.fields import date
from workers.parsers.report import News, Report
from workers.parsers.text import Lines, fortran_float

COMMAND_LENGTH = 500
"""Characters kept of the command line."""

#  Program execution started at Sat Oct 01 00:00:29 2022                      (2021.1)
# 	process id = 3392
#  Command line arguments:
_STARTED = re.compile(r" *Program execution started at (\w{3} \w{3} +\d.*?)\s*")
_STARTED_IN_HEAD = re.compile(rb"^ *Program execution started at \w{3} \w{3} +\d", re.MULTILINE)
_PROCESS_IN_HEAD = re.compile(rb"^\s*process id *= *\d", re.MULTILINE)
# TIME SPENT IN MODULE :    READ;  CPU=       0.08;  WALL=      0.09
# CUMULATIVE RUN TIME:     CPU=        4.55;     WALL=        2.85
_TIMES = re.compile(
    r"(TIME SPENT IN MODULE|CUMULATIVE RUN TIME) *:.*?\bCPU= *(\S+?); +WALL= *(\S+)\s*"
)
# ITERATION   0 (times since start:      1.17     -1.17)
_ITERATION = re.compile(r"ITERATION +(\d{1,9})\b.*")
#    Start running section :  PRDMGR ...      START RUNNING MODULE :  SOLVER ...
_SECTIONS = frozenset(("   Start", "   Time ", "START RU"))
_ENDS = ("ANALYSIS COMPLETED.", "OPTIMIZATION HAS CONVERGED")


@dataclass
class _Facts:
    started_at: str | None = None
    command: list[str] = field(default_factory=list)
    in_command: bool = False
    cycle: int | None = None
    cpu_time_s: float | None = None
    wall_time_s: float | None = None
    completed: str | None = None
    killed: str | None = None


class OptiStructStat(ByLine):
    """Times are sums over the modules so far. Errors stand in the .out alone."""

    name: ClassVar[str] = "optistruct.stat"
    version: ClassVar[int] = 1
    solver: ClassVar[str] = "optistruct"
    role: ClassVar[str] = "stat"

    @staticmethod
    def claims(head: bytes) -> bool:
        head = head.replace(b"\0", b"")
        begins = _STARTED_IN_HEAD.search(head)
        return begins is not None and _PROCESS_IN_HEAD.search(head) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._facts = restored(_Facts, state.get("facts"))

    @property
    def state(self) -> dict[str, Any]:
        return {"lines": self._lines.state, "facts": kept(self._facts)}

    def report(self) -> Report:
        facts = self._facts
        report = Report(
            self.solver,
            self.role,
            started_at=facts.started_at,
            command=" ".join(facts.command) or None,
            cycle=facts.cycle,
            wall_time_s=facts.wall_time_s,
            cpu_time_s=facts.cpu_time_s,
        )
        if facts.completed:
            report.status, report.status_reason = "normal", facts.completed
        elif facts.killed:
            report.status, report.status_reason = "other", facts.killed
        else:
            report.status = "running"
        return report

    def _read(self, lines: Iterator[tuple[int, str]], news: News) -> None:
        # Most of the file are sections of modules, and blank lines.
        for number, line in lines:
            if (line and line[:8] not in _SECTIONS) or self._facts.in_command:
                self._take(number, line, news)

    def _take(self, number: int, line: str, news: News) -> None:
        facts = self._facts
        text = line.strip()
        if facts.in_command:
            self._take_argument(text)
        elif not text:
            return
        elif text.startswith(("TIME SPENT", "CUMULATIVE")):
            self._take_times(text)
        elif text.startswith("ITERATION") and (found := _ITERATION.fullmatch(text)):
            facts.cycle = int(found[1])
        elif text.startswith(_ENDS):
            facts.completed = text[:200]
        elif found := _STARTED.fullmatch(line):
            self._facts = _Facts(date(found[1], "%a %b %d %H:%M:%S %Y"))
        elif text == "Command line arguments:":
            facts.in_command = True
        elif not facts.killed:
            facts.killed = killed_words(line)

    def _take_argument(self, text: str) -> None:
        facts = self._facts
        facts.in_command = bool(text)
        if text and sum(map(len, facts.command)) + len(text) < COMMAND_LENGTH:
            facts.command.append(text)

    def _take_times(self, text: str) -> None:
        found = _TIMES.fullmatch(text)
        cpu, wall = (fortran_float(found[2]), fortran_float(found[3])) if found else (None, None)
        if found is None or cpu is None or wall is None:
            return
        facts = self._facts
        if found[1].startswith("TIME"):
            cpu, wall = cpu + (facts.cpu_time_s or 0.0), wall + (facts.wall_time_s or 0.0)
        facts.cpu_time_s, facts.wall_time_s = round(cpu, 3), round(wall, 3)
