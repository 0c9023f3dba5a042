"""OptiStruct's .out, and the screen of `-out`: model, messages, one block for each iteration, modes, end and times."""

import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from workers.parsers.blocks import ByBlock
from workers.parsers.causes import find_cause
from workers.parsers.endings import ending
from workers.parsers.facts import kept, restored
from workers.parsers.fields import date
from workers.parsers.optistruct.blocks import Block
from workers.parsers.optistruct.causes import CAUSES
from workers.parsers.optistruct.facts import WORDS_LENGTH, Facts, how_it_ended
from workers.parsers.optistruct.tables import AXES, columns_of, take_row
from workers.parsers.report import News, Report
from workers.parsers.text import duration_s, fortran_float

#  **                    Altair OptiStruct(TM) 2021.1                    **
#  **                      Altair OptiStruct 11.0                        **
_BANNER = re.compile(
    r" *\*\*\s+(?:Altair )?OptiStruct(?:\(TM\)|\(R\))? +[vV]?(\d[\w.]*)\b.*\*\*\s*"
)
_BANNER_IN_HEAD = re.compile(
    rb"^ *\*\*[ \t]+(?:Altair )?OptiStruct(?:\(TM\)|\(R\))? +[vV]?\d[\w.]*[^\n]*\*\*[ \t\r]*$",
    re.MULTILINE,
)
#  **             Windows 10  (Build 9200)  DESKTOP-T8             **
#  **             Linux 3.10.0-957.el7.x86_64  node07              **
_SYSTEM = re.compile(r" *\*\* +(?:Windows|Linux|CYGWIN|Darwin|AIX|HP-UX|SunOS)\b.* (\S+) +\*\*\s*")

# ITERATION   0
_ITERATION = re.compile(r"ITERATION +(\d{1,9})\s*")
# Objective Function (Minimize WCOMP) =  1.96321E+01    % change =  -19.40
# Maximum Constraint Violation %      =  0.00000E+00
# Volume                              =  8.63746E+03   Mass     =  6.78041E-05
# Design Volume Fraction              =  3.00000E-01   Mass     =  1.32390E-01
_VALUE = re.compile(
    r"(?P<name>Objective Function|Maximum Constraint Violation|Volume|Total Volume|Design Volume)\b[^=]*="
    r" *(?P<value>\S+)(?:.*\bMass +=? *(?P<mass>[-+.\dEeDd]+))?.*"
)
#   Total # of Grids (Structural)        :      8741
#   Total # of Elements                  :      8410     (or: Elements Excluding Contact:)
_COUNT = re.compile(
    r"Total # of (Grids \(Structural\)|Elements(?: Excluding Contact)?) *: *(\d{1,15})\b.*"
)
#    Number of CPU processors        :          1
_CORES = re.compile(r"Number of CPU processors +: +(\d{1,9})\s*")
#  MAXIMUM MEMORY USED                                       800 MB
_MEMORY = re.compile(r"MAXIMUM MEMORY USED +(\d{1,12}) MB\s*")
#  EXECUTION STARTED                         Sat Oct 01 00:00:29 2022
#  ELAPSED TIME                                         02:50:37
_TIME = re.compile(
    r"(EXECUTION STARTED|EXECUTION COMPLETED|ELAPSED TIME|(?:TOTAL )?CPU TIME) +(\S.*)"
)
_DATE = "%a %b %d %H:%M:%S %Y"
#  FEASIBLE DESIGN (ALL CONSTRAINTS SATISFIED).
_DESIGN = re.compile(r"(?:IN)?FEASIBLE DESIGN\b.*")


class OptiStructOut(ByBlock):
    """Every run writes one; an error ends the run unless the analysis is completed after it."""

    name: ClassVar[str] = "optistruct.out"
    version: ClassVar[int] = 1
    solver: ClassVar[str] = "optistruct"
    role: ClassVar[str] = "out"
    block_type = Block
    axes = AXES

    @staticmethod
    def claims(head: bytes) -> bool:
        return _BANNER_IN_HEAD.search(head.replace(b"\0", b"")) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        super().__init__(state)
        self._facts = restored(Facts, (state or {}).get("facts"))

    @property
    def state(self) -> dict[str, Any]:
        return {**super().state, "facts": kept(self._facts)}

    def report(self) -> Report:
        facts, messages = self._facts, self._all_messages()
        status, reason = how_it_ended(facts, messages)
        report = Report(
            self.solver,
            self.role,
            solver_version=facts.version,
            started_at=facts.started_at,
            ended_at=facts.ended_at,
            host=facts.host,
            status=status,
            status_reason=reason,
            cycle=facts.cycle,
            wall_time_s=facts.wall_time_s,
            cpu_time_s=facts.cpu_time_s,
            cores=facts.cores,
            memory_bytes=facts.memory_bytes,
            nodes=facts.nodes,
            elements=facts.elements,
            warnings=messages.count("warning"),
            errors=messages.count("error", "fatal"),
            messages=messages.kept(),
            series=self._tally.summaries(),
        )
        if status in ("error", "other"):
            # Warnings name dangers that most runs pass by: "can lead to matrix singularities".
            errors = [one for one in report.messages if one.severity in ("error", "fatal")]
            if found := find_cause(CAUSES, errors, reason, (facts.killed, facts.crashed)):
                report.cause, report.cause_text, report.cause_line = found
        return report

    def _read(self, lines: Iterator[tuple[int, str]], news: News) -> None:
        # Most of a long file are rows of numbers that nothing is read of, and blank lines.
        for number, line in lines:
            row = line[-1:].isdigit() and line[:4].isspace() and ":" not in line
            if not row or "slurm" in line or self._block is not None or self._facts.columns:
                self._take(number, line, news)

    def _take(self, number: int, line: str, news: News) -> None:
        if self._block is not None:
            if self._block.takes(line):
                return
            self._end_message()
        text = line.lstrip()
        if not text:
            self._facts.columns = []
            return
        if text[0].isdigit() and self._facts.columns:
            self._tally.line = number
            take_row(self._facts.columns, self._facts.modes, text, self._tally, news)
            return
        if text[0] == "*" and self._take_stars(number, line, text):
            return
        take = _TAKERS.get(text.partition(" ")[0])
        if (take and take(self, number, text, news)) or self._take_message(number, line):
            return
        if told := ending(line):
            if told.kind == "killed":
                self._facts.killed = self._facts.killed or told.words
            else:
                self._facts.crashed = self._facts.crashed or line.strip()[:WORDS_LENGTH]

    def _take_message(self, number: int, line: str) -> bool:
        self._block = Block.begun_by(line, number) if "#" in line else None
        if self._block is not None and self._block.severity in ("error", "fatal"):
            self._facts.completed = None
        return self._block is not None

    def _take_stars(self, number: int, line: str, text: str) -> bool:
        """The banner's box and the rule at the end."""
        facts = self._facts
        if "OptiStruct" in text and (found := _BANNER.fullmatch(line)):
            if facts.version:
                self._forget()
                self._facts = facts = Facts()
            facts.version, facts.in_banner = found[1], True
        elif text.startswith("***** END OF REPORT"):
            facts.reported = text.strip()
        elif facts.in_banner and (found := _SYSTEM.fullmatch(line)):
            facts.host = found[1]
        elif facts.in_banner and "COPYRIGHT" in text:
            facts.in_banner = False
        else:
            return False
        return True

    def _take_iteration(self, number: int, text: str, news: News) -> bool:
        found = _ITERATION.fullmatch(text)
        if found:
            self._facts.cycle = int(found[1])
        return found is not None

    def _take_value(self, number: int, text: str, news: News) -> bool:
        found = _VALUE.fullmatch(text)
        value = fortran_float(found["value"]) if found else None
        if found is None or value is None:
            return False
        self._tally.line = number
        cycle = self._facts.cycle or 0
        if found["name"] == "Objective Function":
            self._tally.add(news, "objective", cycle, value)
        elif found["name"] == "Maximum Constraint Violation":
            self._tally.add(news, "constraint_violation", cycle, value)
        elif (mass := fortran_float(found["mass"] or "")) is not None:
            self._tally.add(news, "mass.total", cycle, mass)
        return True

    def _take_header(self, number: int, text: str, news: News) -> bool:
        self._facts.columns = columns_of(text)
        self._facts.modes = bool(self._facts.columns) and text.split()[1] == "Mode"
        return bool(self._facts.columns)

    def _take_count(self, number: int, text: str, news: News) -> bool:
        if found := _COUNT.fullmatch(text):
            name = "nodes" if found[1].startswith("Grids") else "elements"
            setattr(self._facts, name, int(found[2]))
        elif found := _CORES.fullmatch(text):
            self._facts.cores = int(found[1])
        elif found := _MEMORY.fullmatch(text):
            self._facts.memory_bytes = int(found[1]) * 2**20
        return found is not None

    def _take_time(self, number: int, text: str, news: News) -> bool:
        facts = self._facts
        found = _TIME.fullmatch(text)
        name, value = (found[1], found[2]) if found else ("", "")
        if name == "EXECUTION STARTED":
            facts.started_at = date(value, _DATE)
        elif name == "EXECUTION COMPLETED":
            facts.ended_at = date(value, _DATE)
            facts.reported = text.strip()[:WORDS_LENGTH]
        elif name == "ELAPSED TIME":
            facts.wall_time_s = duration_s(value)
        elif name.endswith("CPU TIME"):
            facts.cpu_time_s = duration_s(value)
        return found is not None

    def _take_end(self, number: int, text: str, news: News) -> bool:
        words = text.strip()
        if words == "ANALYSIS COMPLETED.":
            self._facts.completed = words
        elif words.startswith("OPTIMIZATION HAS CONVERGED"):
            self._facts.converged = words[:WORDS_LENGTH]
        elif _DESIGN.fullmatch(words):
            self._messages.add("note", None, words, number)
        else:
            return False
        return True


_Taker = Callable[[OptiStructOut, int, str, News], bool]
_TAKERS: dict[str, _Taker] = {
    "ITERATION": OptiStructOut._take_iteration,
    **dict.fromkeys(("Objective", "Maximum", "Volume", "Design"), OptiStructOut._take_value),
    "Subcase": OptiStructOut._take_header,
    **dict.fromkeys(("Total", "Number", "MAXIMUM"), OptiStructOut._take_count),
    **dict.fromkeys(("EXECUTION", "ELAPSED", "CPU", "TOTAL"), OptiStructOut._take_time),
    **dict.fromkeys(
        ("ANALYSIS", "OPTIMIZATION", "FEASIBLE", "INFEASIBLE"), OptiStructOut._take_end
    ),
}
"""First word of a line to what takes it."""
