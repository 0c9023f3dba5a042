"""Abaqus' printed output file: what the input processor found, the size of the model, modes, summaries."""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from workers.parsers.abaqus.banner import products
from workers.parsers.abaqus.msg import STEP_IN_HEAD
from workers.parsers.abaqus.page import MEGABYTE, Page, cut, value_of
from workers.parsers.byline import ByLine
from workers.parsers.facts import restored
from workers.parsers.report import News, Report, Status
from workers.parsers.text import integer

_MARKS = re.compile(
    rb"PROCESSING PART, INSTANCE|OPTIONS BEING PROCESSED|TIME COMPLETED IN THIS STEP"
    rb"|software is a product of|available (?:only )?(?:under|for) |BUILD ID:|you are authorized to run",
    re.IGNORECASE,
)
#           NUMBER OF ELEMENTS IS                                   189
_SIZE = re.compile(r"NUMBER OF (ELEMENTS|NODES) IS +(\d+)\s*")
#           AND A TOTAL TIME PERIOD OF                           0.200
#           TIME PERIOD IS                                        1.00      (fixed increments)
_PERIOD = re.compile(r"(?:AND A TOTAL TIME PERIOD OF|TIME PERIOD IS) +(\S+)")
#                         S T E P       1     S T A T I C   A N A L Y S I S
_STEP = re.compile(r"S T E P +(\d+) ")
#   *Step, name="Heating Step", nlgeom=NO
_NAME = re.compile(r"\bname *= *(\"[^\"]*\"|[^,\s]+)", re.IGNORECASE)
#           THE PROGRAM HAS DISCOVERED     9 FATAL ERRORS
_FATAL = re.compile(r"THE PROGRAM HAS DISCOVERED +\d+ FATAL ERRORS")
#                           On machine node-17.cluster
_MACHINE = re.compile(r"On machine (\S{1,200})\s*")
#      1          4.99E+06               17                 25
_MEMORY_ROW = re.compile(r" +\d+ +\S+ +(\d+) +(\d+)\s*")
#        1      5.06342E+05     711.58         113.25         1.0000        0.0000
_MODE_ROW = re.compile(r" +(\d+) +([-+.\dED]+)(?: +([-+.\dED]+) +([-+.\dED]+)(?: .*)?)?\s*")
#        WALLCLOCK TIME (SEC) =          1
_TIME = re.compile(r" *(TOTAL CPU|WALLCLOCK) TIME \(SEC\) += +(\S+)")
_STEPS_KEPT = 500


@dataclass
class _Facts:
    title: str | None = None
    host: str | None = None
    continues: str | None = None
    nodes: int | None = None
    elements: int | None = None
    memory_bytes: int | None = None
    table: str | None = None
    """What the lines to come hold: "title", "memory" or "modes"."""
    memory_mb: int = 0
    """Of the processes of the estimate that is read."""
    names: list[int] = field(default_factory=list)
    """Checksums of the steps' names, as the deck is gone over several times."""
    nameless: bool = False
    ended_steps: int = 0
    first_step: int | None = None
    steps: int = 0
    """Steps that have begun."""
    periods: float = 0.0
    """How long these are together."""
    processed: bool = False
    """The input processor is done."""
    completed: bool = False
    over: bool = False


class AbaqusDat(ByLine):
    """Data file; Explicit's ends with the input processor and says nothing of the run."""

    name: ClassVar[str] = "abaqus.dat"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "abaqus"
    role: ClassVar[str] = "dat"

    @staticmethod
    def claims(head: bytes) -> bool:
        found = products(head)
        if not found or any(found) or STEP_IN_HEAD.search(head):
            return False
        return _MARKS.search(head) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._page = Page(state.get("page"))
        self._messages = self._page.messages
        self._lines = self._page
        self._facts: _Facts = restored(_Facts, state.get("facts"))
        self._facts.names = list(self._facts.names)

    @property
    def state(self) -> dict[str, Any]:
        facts = vars(self._facts) | {"names": list(self._facts.names)}
        return {"page": self._page.state, "facts": facts}

    def _end_message(self) -> None:
        self._page.end_block()

    def report(self) -> Report:
        facts = self._facts
        begun: Status | None = None if facts.processed and not facts.steps else "running"
        report = self._page.report(Report(self.solver, self.role), begun)
        report.title, report.host, report.continues = facts.title, facts.host, facts.continues
        report.nodes, report.elements = facts.nodes, facts.elements
        report.memory_bytes = facts.memory_bytes
        report.end_time = self._end_time()
        if report.status == "normal":
            report.progress = 1.0
        if report.status == "error" and report.cause == "unknown" and not facts.steps:
            # Whatever the input processor finds wrong, it is in the input.
            first = next((one for one in report.messages if one.severity == "error"), None)
            report.cause, report.cause_text = "input error", report.status_reason
            report.cause_line = first.line if first else None
        return report

    def _end_time(self) -> float | None:
        """Time of all steps together, once the last of them has begun and said how long it is."""
        facts = self._facts
        steps = facts.ended_steps // 2 if facts.nameless or not facts.names else len(facts.names)
        known = facts.steps and facts.steps == steps and facts.first_step == 1
        return facts.periods if known and facts.periods > 0 else None

    def _read(self, lines: Iterator[tuple[int, str]], news: News) -> None:
        """Most lines are told from those of interest by their first eight letters."""
        page, handler_of = self._page, _HANDLERS.get
        for number, line in lines:
            if page.block is not None and page.take_block(number, line):
                continue
            if self._facts.table is not None and self._take_table(number, line, news):
                continue
            handler = handler_of(line[:8])
            if handler is not None:
                handler(self, number, line, news)

    def _take_table(self, number: int, line: str, news: News) -> bool:
        facts = self._facts
        if facts.table == "title":
            facts.table = None
            if not line.startswith(" " * 10) or not line.strip():
                return False
            facts.title = facts.title or cut(line.strip())
            return True
        if facts.table == "memory":
            return self._take_memory(line)
        row = _MODE_ROW.fullmatch(line)
        mode, eigenvalue = (integer(row[1]), value_of(row[2])) if row else (None, None)
        if row is None or mode is None or eigenvalue is None:
            # Headings and blanks stand before the rows; the next page or s p a c e d title ends the table.
            ends = line[:1] == "1" or line.lstrip()[1:4:2] == "  "
            facts.table = None if ends else facts.table
            return False
        self._page.tally.line = number
        self._page.tally.add(news, "eigenvalue", mode, eigenvalue)
        frequency = value_of(row[4]) if row[4] else None
        if frequency is not None:
            self._page.tally.add(news, "frequency", mode, frequency)
        return True

    def _take_memory(self, line: str) -> bool:
        facts = self._facts
        if row := _MEMORY_ROW.fullmatch(line):
            facts.memory_mb += int(row[2][:9])
            facts.memory_bytes = max(facts.memory_bytes or 0, facts.memory_mb * MEGABYTE)
            return True
        if "NOTE" in line or line[:1] == "1":
            facts.table = None
        return False

    def _take_message(self, number: int, line: str, news: News) -> None:
        self._page.begin_block(number, line)

    def _take_deep(self, number: int, line: str, news: News) -> None:
        text = line.lstrip()
        handler = _DEEP_HANDLERS.get(text[:8])
        if handler is not None:
            handler(self, number, text, news)

    def _take_size(self, number: int, text: str, news: News) -> None:
        if found := _SIZE.match(text):
            setattr(self._facts, found[1].lower(), integer(found[2]))

    def _take_step(self, number: int, text: str, news: News) -> None:
        found = _STEP.match(text)
        if found:
            step = int(found[1][:9])
            self._facts.first_step = self._facts.first_step or step
            self._facts.steps += 1
            # What was printed so far are the input processor's own times.
            self._page.head.wall_time_s = self._page.head.cpu_time_s = None

    def _take_period(self, number: int, text: str, news: News) -> None:
        found = _PERIOD.match(text)
        period = value_of(found[1]) if found else None
        if period is not None and 0 < period < 1e30:
            self._facts.periods = min(self._facts.periods + period, 1e30)

    def _take_end(self, number: int, text: str, news: News) -> None:
        head, facts = self._page.head, self._facts
        words = cut(text.strip())
        if text.startswith("THE ANALYSIS HAS BEEN COMPLETED"):
            facts.completed = True
        elif words == "ANALYSIS COMPLETE":
            facts.over = True
            head.ended = words if facts.completed else head.ended
            head.failed = head.failed if facts.completed else head.failed or words
        elif "ERROR MESSAGES ON THE MSG FILE" in words:
            head.failed = " ".join(words.split())
        elif text.startswith("END OF USER INPUT"):
            facts.processed = True
        elif _FATAL.match(text):
            facts.over = True
            head.failed = head.failed or words

    def _take_machine(self, number: int, text: str, news: News) -> None:
        if found := _MACHINE.match(text):
            self._facts.host = self._facts.host or found[1]

    def _begin_memory(self, number: int, text: str, news: News) -> None:
        if text.startswith("M E M O R Y   E S T I M A T E"):
            self._facts.table, self._facts.memory_mb = "memory", 0

    def _begin_modes(self, number: int, text: str, news: News) -> None:
        if text.startswith("E I G E N V A L U E    O U T P U T"):
            self._facts.table = "modes"

    def _take_option(self, number: int, line: str, news: News) -> None:
        facts, lower = self._facts, line.lower()
        if lower.startswith("  *heading"):
            facts.table = "title"
        elif lower.startswith("  *restart") and "read" in lower:
            facts.continues = facts.continues or cut(line.strip())
        elif lower.startswith(("  *endstep", "  *end step")):
            facts.ended_steps += 1
        elif lower.startswith("  *step"):
            found = _NAME.search(line)
            name = zlib.crc32(found[1].lower().encode()) if found else None
            facts.nameless = facts.nameless or name is None
            if name is not None and name not in facts.names and len(facts.names) < _STEPS_KEPT:
                facts.names.append(name)

    def _take_time(self, number: int, line: str, news: News) -> None:
        found = _TIME.match(line)
        seconds = value_of(found[2]) if found else None
        if found and found[1] == "WALLCLOCK":
            self._page.head.wall_time_s = seconds
        elif found:
            self._page.head.cpu_time_s = seconds

    def _take_banner(self, number: int, line: str, news: News) -> None:
        if self._page.banner(line) and self._facts.over:
            # Pages begin with banners too, but none follows the summary of a run.
            self._page.begin_run()
            self._page.banner(line)
            self._facts = _Facts()


_Handler = Callable[[AbaqusDat, int, str, News], None]

_HANDLERS: dict[str, _Handler] = {
    "        ": AbaqusDat._take_deep,
    "       T": AbaqusDat._take_time,
    "       W": AbaqusDat._take_time,
    "   Abaqu": AbaqusDat._take_banner,
    "   ABAQU": AbaqusDat._take_banner,
    **{
        ("  *" + word + after)[:8]: AbaqusDat._take_option
        for option in ("heading", "restart", "endstep", "end step", "step")
        for word in (option, option.upper(), option.capitalize())
        for after in ("", ",", " ")
    },
    **{
        (blanks + words)[:8]: AbaqusDat._take_message
        for blanks in ("", " ", "  ")
        for words in ("***WARNING", "***ERROR:", "***NOTE: ")
    },
}
"""By a line's first eight letters."""

_DEEP_HANDLERS: dict[str, _Handler] = {
    "NUMBER O": AbaqusDat._take_size,
    "S T E P ": AbaqusDat._take_step,
    "AND A TO": AbaqusDat._take_period,
    "TIME PER": AbaqusDat._take_period,
    "THE ANAL": AbaqusDat._take_end,
    "ANALYSIS": AbaqusDat._take_end,
    "END OF U": AbaqusDat._take_end,
    "THE PROG": AbaqusDat._take_end,
    "WITH    ": AbaqusDat._take_end,
    "On machi": AbaqusDat._take_machine,
    "M E M O ": AbaqusDat._begin_memory,
    "E I G E ": AbaqusDat._begin_modes,
}
"""By the first eight letters after eight blanks or more."""
