"""Nastran's .f04: each module as it begins, with the clock, the processor time and the transfers; at the end the memory."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from workers.parsers.endings import ending
from workers.parsers.facts import kept, restored
from workers.parsers.nastran.banner import claims_f04, iso_date
from workers.parsers.nastran.blocks import Block
from workers.parsers.nastran.parser import (
    WORDS_LENGTH,
    NastranText,
    first_fatal,
    tell_cause,
)
from workers.parsers.report import News, Report, Status
from workers.parsers.text import duration_s, fortran_float

#  12:42:02     0:04      268.0         0.0         3.4        0.0    SEMODES 536     EXIT    BEGN    (MSC 2019)
#  12:41:58     0:00      266.0         0.0         0.2        0.0    IFPSTAR 31      DBDELETEBEGN
#  12:41:58     0:00        0.0         0.0        -0.0       -0.0    SEMTRN   BGN
#  14:03:51  1:02:15       97.0 …                                  (an hour and more; some print minutes alone, 62:15)
_ROW = re.compile(
    r" ?(\d{1,2}:\d\d:\d\d) +(\d+:\d\d(?::\d\d)?) +\S+ +\S+ +(-?[\d.]+|\*+) +(?:-?[\d.]+|\*+) +(\w{2,8}) *(\d{1,6})?(.*)"
)
#  Intel                            Xeon/3144 (Z440-63W1  Windows 10 Pro for Wor     i8 V2019.0.0  DEC 18, 2018       JUN  6, 2021
_MACHINE = re.compile(
    r" .*? (?:(i[48]) +)?(V?\d[\w.]*) +[A-Z]{3,9} +\d{1,2}, +\d{4} +([A-Z]{3})[A-Z]{0,6} +(\d{1,2}), +(\d{4})\s*"
)
#  MACHINE                          MODEL                 OPERATING SYSTEM       MSC Nastran       BUILD DATE         RUN DATE
_COLUMNS = re.compile(r" ?MACHINE +MODEL +OPERATING SYSTEM +(\S.*?) +BUILD DATE.*")
#         TOTAL MSC NASTRAN MEMORY LIMIT =       32726  MB
_LIMIT = re.compile(r" *TOTAL .*MEMORY LIMIT *= *(\d{1,15}) +(MB|GB|WORDS)\s*")
#     1080909958   12:42:02    XREAD      96  READ            251.750   12:42:02    SEMODES   536  EXIT
_HIGH_WATER = re.compile(r" *(\d{1,15}) +\d{1,2}:\d\d:\d\d +\S+ +\d+ +\S+ +.*")
_SCALES = {"MB": 1024**2, "GB": 1024**3, "WORDS": 8}


@dataclass
class _Facts:
    product: str | None = None
    version: str | None = None
    word_bytes: int = 8
    day: str | None = None
    clock: str | None = None
    """Time of the day of the first row."""
    main: str | None = None
    """The sub-DMAP that the run's own rows are of, e.g. "SESTATIC": the first one named."""
    step: str | None = None
    """The last row's words."""
    exited: str | None = None
    elapsed_s: float | None = None
    cpu_s: float | None = None
    limit_bytes: int | None = None
    used_bytes: int | None = None
    in_modules: bool = False
    in_usage: bool = False
    killed: str | None = None


class NastranF04(NastranText):
    """The execution summary; whether the run ended well it tells only by the module it ended with."""

    name: ClassVar[str] = "nastran.f04"
    version: ClassVar[int] = 1
    role: ClassVar[str] = "f04"

    @staticmethod
    def claims(head: bytes) -> bool:
        return claims_f04(head)

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        super().__init__(state)
        self._facts = restored(_Facts, (state or {}).get("facts"))

    @property
    def state(self) -> dict[str, Any]:
        return {**super().state, "facts": kept(self._facts)}

    def report(self) -> Report:
        facts, messages = self._facts, self._all_messages()
        status, reason = _ending(facts, first_fatal(messages))
        started = f"{facts.day}T{facts.clock}" if facts.day and facts.clock else facts.day
        report = Report(
            self.solver,
            self.role,
            solver_version=" ".join(filter(None, (facts.product, facts.version))) or None,
            started_at=started,
            status=status,
            status_reason=reason,
            wall_time_s=facts.elapsed_s,
            cpu_time_s=facts.cpu_s,
            memory_bytes=facts.used_bytes or facts.limit_bytes,
            warnings=messages.count("warning"),
            errors=messages.count("error", "fatal"),
            messages=messages.kept(),
            series=self._tally.summaries(),
        )
        tell_cause(report)
        return report

    def _read(self, lines: Iterable[tuple[int, str]], news: News) -> None:
        for number, line in lines:
            if ":" in line[2:4] and (row := _ROW.fullmatch(line)):
                self._end_message()
                self._take_row(number, row, news)
                continue
            if self._block is not None:
                if self._block.takes(line):
                    continue
                self._end_message()
            if "MESSAGE" in line and (begun := Block.begun_by(line, number)):
                self._block = begun
                begun.room = 2 if begun.severity == "note" else begun.room
            elif line and not line.isspace():
                self._take_frame(line)

    def _take_row(self, number: int, row: re.Match[str], news: News) -> None:
        facts = self._facts
        clock, elapsed_text, cpu_text, name, place, words = row.groups()
        elapsed, cpu = duration_s(elapsed_text), fortran_float(cpu_text)
        if facts.clock is None:
            facts.clock = clock.zfill(8)
        if elapsed is None:
            return
        facts.step = row.string[row.start(4) :].strip()[:WORDS_LENGTH]
        if place and facts.in_modules:
            facts.main = facts.main or name
            if " EXIT " in words + " " and name == facts.main:
                facts.exited = facts.step
        changed = facts.cpu_s != cpu and cpu is not None and cpu - cpu == 0
        facts.elapsed_s = elapsed
        if changed and cpu is not None:
            facts.cpu_s = cpu
            self._tally.line = number
            self._tally.add(news, "cpu_time_s", elapsed, cpu)

    def _take_frame(self, line: str) -> None:
        facts = self._facts
        if found := _COLUMNS.fullmatch(line):
            if facts.clock is not None:
                self._forget()
                self._facts = facts = _Facts()
            facts.product = found[1]
        elif facts.product and facts.day is None and (found := _MACHINE.fullmatch(line)):
            facts.version = found[2]
            facts.word_bytes = 4 if found[1] == "i4" else 8
            facts.day = iso_date(found[5], found[3], found[4])
        elif "SubDMAP" in line and "Day_Time" in line:
            facts.in_modules = True
        elif "MEMORY LIMIT" in line and (found := _LIMIT.fullmatch(line)):
            facts.limit_bytes = int(found[1]) * _SCALES[found[2]]
        elif "MAXIMUM DISK USAGE" in line:
            facts.in_usage = True
        elif facts.in_usage and (found := _HIGH_WATER.fullmatch(line)):
            facts.used_bytes, facts.in_usage = int(found[1]) * facts.word_bytes, False
        elif outside := ending(line):
            facts.killed = facts.killed or outside.words[:WORDS_LENGTH]


def _ending(facts: _Facts, fatal: str | None) -> tuple[Status | None, str | None]:
    """Status and the words it rests on; a sub-DMAP that exits has given up, which the .f06 explains."""
    if fatal:
        return "error", fatal
    if facts.exited:
        return "normal", facts.exited
    if facts.killed:
        return "other", facts.killed
    if facts.used_bytes is not None:
        return None, facts.step
    return "running", None
