"""Abaqus' status file: a row per attempt (Standard), or per print interval with energies (Explicit)."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from workers.parsers.abaqus.banner import products
from workers.parsers.abaqus.page import MEGABYTE, Page, cut, value_of
from workers.parsers.byline import ByLine
from workers.parsers.facts import restored
from workers.parsers.report import News, Report
from workers.parsers.text import duration_s, fortran_float, integer

#  STEP  INC ATT SEVERE EQUIL TOTAL  TOTAL      STEP       INC OF       DOF    IF      (Standard)
#                DISCON ITERS ITERS  TIME/    TIME/LPF    TIME/LPF    MONITOR RIKS
#    1     5   1U    0     1     1  0.0534     0.0534     0.002635
_WIDTHS = ((0, 4), (4, 10), (10, 15), (15, 20), (20, 26), (26, 32))
_ATTEMPT = re.compile(r"(\d+)(U?)")

#               STEP     TOTAL      WALL      STABLE    CRITICAL    KINETIC      TOTAL    PERCENT
# INCREMENT     TIME      TIME      TIME   INCREMENT     ELEMENT     ENERGY     ENERGY  CHNG MASS
#        39  1.800E-04 1.800E-04  00:00:00 4.763E-06          88  1.071E+03  6.076E+01     (2022)
_NUMBER = r"([-+]?\d*\.\d+(?:[ED]?[-+]\d+)?|[-+]?nan|[-+]?inf\w*|\*+)"
_EXPLICIT_ROW = re.compile(
    rf"\s*(\d+)\s*{_NUMBER}\s*{_NUMBER}\s*(\d+:\d\d:\d\d)\s*{_NUMBER}\s*(\d+|\*+)\s*{_NUMBER}"
    rf"\s*{_NUMBER}(?:\s*{_NUMBER})?\s*",
    re.IGNORECASE,
)
# Output Field Frame Number  16, of   20, at step time 1.483E-04                           (2022)
# ODB Field Frame Number      1 of      4 requested intervals at  5.137395E-05             (6.14)
_FRAME = re.compile(r"(?:Output|ODB) Field Frame Number +(\d+),? +of +(\d+)\b")
#  STEP 1  ORIGIN 0.0000
_STEP = re.compile(r" *STEP +(\d+) +ORIGIN\b")
#   Total memory used for step 1 is approximately 1.0 megabytes.
#   Total memory used for step 1 is approximately 363.0 kilobytes.               (2023)
_MEMORY = re.compile(
    r" *Total memory used for step \d+ is approximately +(\S+) (kilo|mega|giga|tera)bytes"
)
_BYTES = {"kilo": 1 << 10, "mega": MEGABYTE, "giga": 1 << 30, "tera": 1 << 40}
#    Total mass in model = 78.000
#    Total mass (unscaled) in model = 1.11166E-02                                (2023)
_MASS = re.compile(r" *Total mass (?:\(unscaled\) )?in model = *(\S+)")
#        WALLCLOCK TIME (SEC) =            0
_TIME = re.compile(r" *(USER|SYSTEM|TOTAL CPU|WALLCLOCK) TIME \(SEC\) += +(\S+)")
# THE ANALYSIS HAS COMPLETED SUCCESSFULLY      THE ANALYSIS HAS NOT BEEN COMPLETED
_END = re.compile(r" *THE ANALYSIS HAS (NOT )?(?:BEEN COMPLETED|COMPLETED SUCCESSFULLY)")

_ROW_LENGTH = 200
_NO_TIME_STEP = 1e-30
"""Printed for the increment of a step without time (eigenmodes) as 1e-36."""


@dataclass
class _Facts:
    explicit: bool = False
    cpu_column: bool = False
    """Whether the clock in Explicit's rows is the processor's, as in old versions."""
    step: int = 1
    cycle: int | None = None
    time_step: float | None = None
    progress: float | None = None
    memory_bytes: int | None = None
    cutbacks: int = 0
    increments: int = 0
    """Converged ones of all steps, over which load factors lie."""
    user_s: float = 0.0


class AbaqusSta(ByLine):
    """Status file of Standard and of Explicit, which writes its messages here too."""

    name: ClassVar[str] = "abaqus.sta"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "abaqus"
    role: ClassVar[str] = "sta"

    @staticmethod
    def claims(head: bytes) -> bool:
        return any(product is not None for product in products(head))

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._page = Page(state.get("page"), {"mass_scaling.percent": "%"})
        self._messages = self._page.messages
        self._lines = self._page
        self._facts: _Facts = restored(_Facts, state.get("facts"))

    @property
    def state(self) -> dict[str, Any]:
        return {"page": self._page.state, "facts": vars(self._facts).copy()}

    def _end_message(self) -> None:
        self._page.end_block()

    def report(self) -> Report:
        facts = self._facts
        report = self._page.report(Report(self.solver, self.role), "running")
        report.progress = 1.0 if report.status == "normal" else facts.progress
        report.cycle, report.time_step = facts.cycle, facts.time_step
        report.memory_bytes = facts.memory_bytes
        return report

    def _take(self, number: int, line: str, news: News) -> None:
        page = self._page
        if page.take_block(number, line):
            return
        page.tally.line = number
        first = line.lstrip()[:1]
        if first.isdigit():
            self._take_row(line, news)
        elif first == "*":
            page.begin_block(number, line)
        elif " CPU " in line and "STABLE" in line:
            self._facts.cpu_column = True
        elif first and first in "AaOSTUW":
            self._take_text(line, news)

    def _take_row(self, line: str, news: News) -> None:
        if len(line) > _ROW_LENGTH:
            return
        words = line.split()
        if self._facts.explicit or (len(words) > 3 and ":" in words[3]):
            if found := _EXPLICIT_ROW.fullmatch(line):
                self._take_explicit(found, news)
            return
        if len(words) < 9 or len(words[0]) > 4 or not _ATTEMPT.fullmatch(words[2]):
            # A number that fills its field has no blank before it.
            words = [*(line[a:b].strip() for a, b in _WIDTHS), *line[32:].split()]
        if len(words) >= 9 and (attempt := _ATTEMPT.fullmatch(words[2])):
            self._take_attempt(words, attempt[2] == "U", news)

    def _take_attempt(self, words: list[str], given_up: bool, news: News) -> None:
        facts, tally = self._facts, self._page.tally
        step, increment, iterations = integer(words[0]), integer(words[1]), integer(words[5])
        time, size = value_of(words[6]), value_of(words[8])
        if step is None or increment is None or time is None or size is None:
            return
        facts.cycle, facts.step = increment, step
        riks = words[-1].isalpha() and len(words) > 9
        of_step = value_of(words[7]) or 0.0
        if of_step > 1.001 * time and not riks:
            # A linear step (modal dynamics) takes no part in the total time, which stands still.
            time += of_step if of_step > _NO_TIME_STEP else 0.0
        self._page.head.time = time
        facts.cutbacks += given_up
        if not given_up:
            facts.increments += 1
            tally.add(news, "increments", time, increment)
        if iterations is not None:
            tally.add(news, "iterations", time, iterations)
        if size > _NO_TIME_STEP:
            facts.time_step = size
            tally.add(news, "time_step", time, size)
        tally.add(news, "cutbacks", time, facts.cutbacks)
        # The last column marks rows of the Riks method, whose "step time" is the load's share.
        if riks and not given_up:
            tally.add(news, "load_factor", facts.increments, of_step)

    def _take_explicit(self, row: re.Match[str], news: News) -> None:
        facts, page = self._facts, self._page
        time, clock = value_of(row[3]), duration_s(row[4])
        if time is None or clock is None:
            return
        facts.explicit, facts.cycle, page.head.time = True, integer(row[1]), time
        add = page.tally.add
        if facts.cycle is not None:
            add(news, "increments", time, facts.cycle)
        if facts.cpu_column:
            page.head.cpu_time_s = clock
            add(news, "cpu_time_s", time, clock)
        else:
            page.head.wall_time_s = clock
            add(news, "wall_time_s", time, clock)
        page.pace.add(time, clock)
        facts.time_step = value_of(row[5]) or facts.time_step
        element = integer(row[6])
        named = (
            ("time_step", row[5]),
            ("energy.kinetic", row[7]),
            ("energy.total", row[8]),
            ("mass_scaling.percent", row[9]),
        )
        for name, text in named:
            value = None if text is None else fortran_float(text)
            if value is not None:
                add(news, name, time, value)
        if element is not None:
            add(news, "time_step_element", time, element)

    def _take_text(self, line: str, news: News) -> None:
        facts, page = self._facts, self._page
        if found := _FRAME.match(line):
            done, frames = int(found[1][:9]), int(found[2][:9])
            # Later steps count their frames anew, and how many steps there are is not printed.
            if facts.step == 1 and 0 < done <= frames:
                facts.progress = max(facts.progress or 0.0, done / frames)
        elif found := _END.match(line):
            words = cut(line.strip())
            if found[1]:
                page.head.failed = page.head.failed or words
            else:
                page.head.ended = words
        elif found := _STEP.match(line):
            facts.step = int(found[1][:9])
            facts.explicit = True
            facts.progress = facts.progress if facts.step == 1 else None
        elif found := _MEMORY.match(line):
            size = value_of(found[1])
            facts.memory_bytes = None if size is None else int(min(size, 1e12) * _BYTES[found[2]])
        elif found := _MASS.match(line):
            mass = value_of(found[1])
            if mass is not None:
                page.tally.add(news, "mass.total", 0.0, mass)
        else:
            self._take_banner(line)

    def _take_banner(self, line: str) -> None:
        page = self._page
        if "ba" not in line[:8].lower():
            self._take_time(line)
            return
        ended = page.head.ended or page.head.failed
        if (found := page.banner(line)) is None:
            return
        # Explicit begins pages with a banner, so only one after an end is that of a further run.
        if ended or (found.product == "standard" and self._facts.cycle is not None):
            page.begin_run()
            page.banner(line)
            self._facts = _Facts()
        self._facts.explicit = found.product == "explicit"

    def _take_time(self, line: str) -> None:
        found = _TIME.match(line)
        seconds = value_of(found[2]) if found else None
        if found is None or seconds is None:
            return
        head, facts = self._page.head, self._facts
        if found[1] == "WALLCLOCK":
            head.wall_time_s = seconds
        elif found[1] == "USER":
            facts.user_s = seconds
        elif found[1] == "SYSTEM":
            head.cpu_time_s = facts.user_s + seconds
        else:
            head.cpu_time_s = seconds
