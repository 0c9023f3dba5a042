"""Abaqus/Standard's message file: increments, attempts, residuals of each iteration, messages, summary."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from workers.parsers.abaqus.banner import products, seconds_between
from workers.parsers.abaqus.page import Page, cut, value_of
from workers.parsers.abaqus.residuals import Residuals
from workers.parsers.byline import ByLine
from workers.parsers.facts import restored
from workers.parsers.report import News, Report
from workers.parsers.text import integer

#  STEP    1     INCREMENT     1     STEP TIME    0.00
STEP_IN_HEAD = re.compile(rb"^ *STEP +\d+ +INCREMENT +\d+ +STEP TIME", re.MULTILINE)
#  STEP 1  ORIGIN 0.0000                              (all that Explicit writes)
_EXPLICIT_HEAD = re.compile(rb"\s*STEP +\d+ +ORIGIN +[-+\d.]")
_PAGE = re.compile(r" STEP +\d+ +INCREMENT +(\d+) +STEP TIME")
#   INCREMENT     2 STARTS. ATTEMPT NUMBER  3, TIME INCREMENT  6.989E-03
_ATTEMPT = re.compile(
    r" +INCREMENT +(\d+) +STARTS\. +ATTEMPT NUMBER +(\d+)(?:, +TIME INCREMENT +(\S+))?"
)
#  ITERATION SUMMARY FOR THE INCREMENT:   2 TOTAL ITERATIONS, OF WHICH
_SUMMARY = re.compile(r" ITERATION SUMMARY FOR THE INCREMENT: +(\d+) TOTAL")
#  STEP TIME COMPLETED       4.659E-02,  TOTAL TIME COMPLETED        4.659E-02
_COMPLETED = re.compile(r" STEP TIME COMPLETED +([^\s,]+) *, +TOTAL TIME COMPLETED +(\S+)")
#      ELEMENT OPERATIONS WILL BE CARRIED OUT IN PARALLEL USING   4 PROCESSORS
#  NUMBER OF CPUS USED BY DIRECT SOLVER     4
_PROCESSORS = re.compile(
    r".*\b(?:(?:USING|WITH) +(?=\d+ +PROCESSORS\b)|NUMBER OF CPUS USED BY DIRECT SOLVER +)(\d+)"
)
#  	1 HOST:        1 MPI RANK  x 1 THREAD         (2021; 2025: 1 HOST x 1 MPI RANK PER HOST x 4 THREADS PER RANK)
_HOSTS = re.compile(r"\s*(\d+) HOSTS?\b[:x ]+(\d+) MPI RANKS?(?: PER HOST)? +x +(\d+) THREADS?")
#                       11  CUTBACKS IN AUTOMATIC INCREMENTATION
_CUTBACKS = re.compile(r" *(\d+) +CUTBACKS IN AUTOMATIC INCREMENTATION")
#        TOTAL CPU TIME (SEC) =  0.80000            (a solver's own times begin with ELAPSED)
_TIME = re.compile(r" *(TOTAL CPU|WALLCLOCK) TIME \(SEC\) += +(\S+)")


@dataclass
class _Facts:
    explicit: bool = False
    completed: bool = False
    """Abaqus has said that the analysis is; the summaries that follow are still to come."""
    over: bool = False
    """The last summary has begun."""
    banner_at: str | None = None
    increment: int | None = None
    attempt: int = 0
    time_step: float | None = None
    solves: int = 0
    """Times the equations were solved in this attempt…"""
    checks: int = 0
    """…and times the residuals were checked."""
    all_checks: int = 0
    """Since the first step, the x of the residuals."""
    total: int = 0
    cutbacks: int = 0
    cores: int | None = None


class AbaqusMsg(ByLine):
    """Message file of Standard; Explicit's has nothing but a line per step."""

    name: ClassVar[str] = "abaqus.msg"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "abaqus"
    role: ClassVar[str] = "msg"

    @staticmethod
    def claims(head: bytes) -> bool:
        if _EXPLICIT_HEAD.match(head):
            return True
        found = products(head)
        return bool(found) and not any(found) and STEP_IN_HEAD.search(head) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._page = Page(state.get("page"), {"residual.*": "%"})
        self._messages, self._lines = self._page.messages, self._page
        self._facts: _Facts = restored(_Facts, state.get("facts"))
        self._residuals = Residuals(state.get("residuals"))

    @property
    def state(self) -> dict[str, Any]:
        return {
            "page": self._page.state,
            "facts": vars(self._facts).copy(),
            "residuals": self._residuals.state,
        }

    def _end_message(self) -> None:
        self._page.end_block()

    def report(self) -> Report:
        facts = self._facts
        report = self._page.report(
            Report(self.solver, self.role), None if facts.explicit else "running"
        )
        report.cycle, report.time_step, report.cores = (
            facts.increment,
            facts.time_step,
            facts.cores,
        )
        if report.status == "normal":
            report.progress = 1.0
        return report

    def _read(self, lines: Iterator[tuple[int, str]], news: News) -> None:
        """Most lines are told from those of interest by their first eight letters."""
        page, handler_of = self._page, _HANDLERS.get
        for number, line in lines:
            if page.block is not None and page.take_block(number, line):
                continue
            handler = handler_of(line[:8])
            if handler is not None:
                handler(self, number, line, news)

    def _take_message(self, number: int, line: str, news: News) -> None:
        self._page.begin_block(number, line)

    def _take_largest(self, number: int, line: str, news: News) -> None:
        found = self._residuals.share(line)
        if found is not None:
            tally = self._page.tally
            tally.line = number
            tally.add(news, found[0], self._facts.all_checks, found[1])

    def _take_average(self, number: int, line: str, news: News) -> None:
        self._residuals.take_average(line)

    def _take_deep(self, number: int, line: str, news: News) -> None:
        text = line.lstrip()
        handler = _DEEP_HANDLERS.get(text[:8])
        if handler is not None:
            handler(self, number, text, news)
        elif text[:1].isdigit() and (found := _CUTBACKS.match(line)):
            self._take_cutbacks(number, int(found[1][:9]), news)

    def _take_check(self, number: int, line: str, news: News) -> None:
        # CONVERGENCE CHECKS FOR EQUILIBRIUM ITERATION     1
        if line.startswith("CONVERGENCE CHECKS FOR"):
            self._facts.checks += 1
            self._facts.all_checks += 1

    def _take_solve(self, number: int, line: str, news: News) -> None:
        if "NUMBER OF EQUATIONS" in line:
            self._facts.solves += 1

    def _take_page(self, number: int, line: str, news: News) -> None:
        """Steps of one increment (geostatic, eigenmodes) do not say that it starts."""
        found = _PAGE.match(line)
        increment = integer(found[1]) if found else None
        if increment is not None:
            facts = self._facts
            facts.increment, facts.attempt = increment, 1
            facts.solves = facts.checks = facts.total = 0

    def _take_attempt(self, number: int, line: str, news: News) -> None:
        found = _ATTEMPT.match(line)
        if not found:
            return
        facts = self._facts
        increment, attempt = integer(found[1]), integer(found[2])
        if increment is None or attempt is None:
            return
        self._page.tally.line = number
        if attempt > 1:
            self._give_up(news)
        facts.increment, facts.attempt = increment, attempt
        facts.solves = facts.checks = facts.total = 0
        facts.time_step = value_of(found[3] or "") or facts.time_step

    def _give_up(self, news: News) -> None:
        """Counts the attempt that the one to begin, or the end, shows to have failed."""
        facts, tally = self._facts, self._page.tally
        time = self._page.head.time or 0.0
        facts.cutbacks += 1
        tally.add(news, "iterations", time, facts.solves or facts.checks)
        if facts.time_step is not None:
            tally.add(news, "time_step", time, facts.time_step)
        tally.add(news, "cutbacks", time, facts.cutbacks)

    def _take_cutbacks(self, number: int, printed: int, news: News) -> None:
        """The summary's count holds the last attempt too, after which none was begun."""
        if printed == self._facts.cutbacks + 1:
            self._page.tally.line = number
            self._give_up(news)

    def _take_summary(self, number: int, line: str, news: News) -> None:
        if found := _SUMMARY.match(line):
            self._facts.total = int(found[1][:9])

    def _take_completed(self, number: int, line: str, news: News) -> None:
        found = _COMPLETED.match(line)
        time = value_of(found[2]) if found else None
        if time is None:
            return
        facts, tally = self._facts, self._page.tally
        self._page.head.time, tally.line = time, number
        if facts.increment is not None:
            tally.add(news, "increments", time, facts.increment)
        tally.add(news, "iterations", time, facts.total or facts.checks)
        if facts.time_step is not None:
            tally.add(news, "time_step", time, facts.time_step)
        tally.add(news, "cutbacks", time, facts.cutbacks)

    def _take_processors(self, number: int, line: str, news: News) -> None:
        if found := _PROCESSORS.match(line):
            self._facts.cores = int(found[1][:9])

    def _take_hosts(self, number: int, line: str, news: News) -> None:
        if self._facts.cores is None and (found := _HOSTS.match(line)):
            ranks = int(found[1][:6]) * int(found[2][:6])
            self._facts.cores = ranks * int(found[3][:6])

    def _take_end(self, number: int, line: str, news: News) -> None:
        # THE ANALYSIS HAS BEEN COMPLETED
        if line.startswith("THE ANALYSIS HAS BEEN COMPLETED"):
            self._facts.completed = True

    def _take_job_time(self, number: int, line: str, news: News) -> None:
        facts, head = self._facts, self._page.head
        if not line.startswith("     JOB TIME SUMMARY"):
            return
        facts.over = True
        if facts.completed:
            head.ended = cut(line.strip())
        else:
            head.failed = (
                head.failed or "no word of a completed analysis before the JOB TIME SUMMARY"
            )

    def _take_time(self, number: int, line: str, news: News) -> None:
        found = _TIME.match(line) if self._facts.over else None
        seconds = value_of(found[2]) if found else None
        if found and found[1] == "WALLCLOCK":
            self._page.head.wall_time_s = seconds
        elif found:
            self._page.head.cpu_time_s = seconds

    def _take_banner(self, number: int, line: str, news: News) -> None:
        page, facts = self._page, self._facts
        if (found := page.banner(line)) is None:
            return
        if facts.over:
            page.begin_run()
            page.banner(line)
            self._facts, self._residuals = _Facts(), Residuals()
            facts = self._facts
        # Each step begins with one, and its date is the only clock of the file.
        facts.banner_at = facts.banner_at or found.started_at
        if facts.banner_at and found.started_at:
            page.pace.add(page.head.time or 0.0, seconds_between(facts.banner_at, found.started_at))

    def _take_origin(self, number: int, line: str, news: News) -> None:
        if line.startswith(" STEP ") and " ORIGIN " in line:
            self._facts.explicit = True


_Handler = Callable[[AbaqusMsg, int, str, News], None]

_HANDLERS: dict[str, _Handler] = {
    " STEP   ": AbaqusMsg._take_page,
    " NUMBER ": AbaqusMsg._take_processors,
    "  INCREM": AbaqusMsg._take_attempt,
    " LARGEST": AbaqusMsg._take_largest,
    " AVERAGE": AbaqusMsg._take_average,
    "        ": AbaqusMsg._take_deep,
    "  NUMBER": AbaqusMsg._take_solve,
    " \tNUMBER": AbaqusMsg._take_solve,
    " ITERATI": AbaqusMsg._take_summary,
    " STEP TI": AbaqusMsg._take_completed,
    "     ELE": AbaqusMsg._take_processors,
    "  USING ": AbaqusMsg._take_processors,
    "     JOB": AbaqusMsg._take_job_time,
    "       T": AbaqusMsg._take_time,
    "       W": AbaqusMsg._take_time,
    "   Abaqu": AbaqusMsg._take_banner,
    "   ABAQU": AbaqusMsg._take_banner,
    **{f" \t{hosts} HOST": AbaqusMsg._take_hosts for hosts in range(1, 10)},
    **{f" \t{hosts} HOS": AbaqusMsg._take_hosts for hosts in range(10, 100)},
    **{f" STEP {step} ": AbaqusMsg._take_origin for step in range(1, 10)},
    **{f" STEP {step}": AbaqusMsg._take_origin for step in range(10, 100)},
    **{
        (blanks + words)[:8]: AbaqusMsg._take_message
        for blanks in ("", " ", "  ")
        for words in ("***WARNING", "***ERROR:", "***NOTE: ", "*** ABAQUS")
    },
}
"""By a line's first eight letters."""

_DEEP_HANDLERS: dict[str, _Handler] = {
    "CONVERGE": AbaqusMsg._take_check,
    "NUMBER O": AbaqusMsg._take_solve,
    "THE ANAL": AbaqusMsg._take_end,
}
"""By the first eight letters after eight blanks or more."""
