"""What the lines of a log tell, one after the other: screen, messag, mes#### and d3hsp of LS-DYNA."""

import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from workers.parsers.endings import Ending, ending
from workers.parsers.facts import kept, restored
from workers.parsers.ls_dyna.blocks import Block, Folded
from workers.parsers.ls_dyna.cycles import Cycle
from workers.parsers.ls_dyna.energies import LABELS, UNITS
from workers.parsers.ls_dyna.facts import LogFacts, bounded
from workers.parsers.ls_dyna.frame import TAKERS, counted
from workers.parsers.ls_dyna.progress import Progress
from workers.parsers.pace import Pace
from workers.parsers.report import News, Severity
from workers.parsers.series import Tally

BLANK = " \t"
#      |  LS-DYNA, A Program for Nonlinear Dynamic         |
_BOX = "LS-DYNA, A Program for Nonlinear Dynamic"
NUMERIC = frozenset("0123456789-+.")

MARKS = (
    *(
        "slurm",
        "srun:",
        "PBS: job",
        "TERM_",
        "oom-kill",
        "emory: Kill",
        "forrtl:",
        "Segmentation f",
    ),
    *("MPI_A", "wallclock", "on signal "),
)
"""Words of endings that may be glued to any line; other lines are asked for one if they begin in column 1, where
LS-DYNA leaves a blank."""
HEADING = 3000
"""Lines of a run in which its title is looked for, the line above the version."""

#  *** termination time reached ***        *** termination due to sense switch: stop ***
_TERMINATES = re.compile(r"\*{3} *(?:.*terminat|.*sense switch)")
#  N o r m a l    t e r m i n a t i o n                          08/05/24 13:45:17
#  E r r o r   t e r m i n a t i o n                             08/05/24 13:44:44
#  Error termination                         (where no program for *CASE was found)
_TERMINATION = re.compile(
    r"((?:N o r m a l|E r r o r) +t e r m i n a t i o n\b|Error termination$)"
)
_ENDS = {"N", "E", "Error"}
#                     ls-dyna smp d R13 R13.1.1_27_8731a0 date 07/28/2023      (messag, below the title)
#                          ls-dyna smp.123264 d           date 01/12/2018      (R10)
#             code input version =1993                                         (d3hsp, below the title)
_TITLED = re.compile(r"ls-dyna (?:smp|mpp)[ .].* date \d\d/|code input version *=")
# [license/error] *** ANSYS LICENSE MANAGER ERROR ***
# LICENSE ERROR 210      ERROR: LSTC license server not responding      (words of LSTC's licence client)
_LICENCE = re.compile(r"\[license/error\]|LICEN[CS]E ERROR|(?:ERROR|Error|error)\b.*[Ll]icen[cs]e")
#  solid            751                   1  4.8761E-03
_SMALLEST = re.compile(r"(\w+) +(\d{1,18}) +(\d{1,18}) +(\S+)$")


def _take_number(progress: Progress, text: str, news: News) -> None:
    progress.take_converged(text, news)
    counted(progress.facts, text)


POINTS: dict[str, Callable[[Progress, str, News], None]] = {
    "dt": Progress.take_control,
    "BEGIN": Progress.take_step,
    "Iteration:": Progress.take_iteration,
    "ITERATION:": Progress.take_iteration,
    "Equilibrium": Progress.take_converged,
    "Number": _take_number,
    "average": Progress.take_zone_cycle,
    "Clock": Progress.take_zone_cycle,
    **{
        label.partition(" ")[0]: Progress.take_energy for label in (*LABELS, "ratio", "time " + "x")
    },
    "time" + "." * 27: Progress.take_energy,
}
"""First word of a line to what takes its points."""


class Reader:
    """Facts, messages and points of one run; a second banner begins a further run."""

    def __init__(self, role: str, state: dict[str, Any]) -> None:
        self.tally = Tally(state.get("series"), units=UNITS)
        self.pace = Pace(state.get("pace"))
        self.folded = Folded(state.get("messages"))
        facts = restored(LogFacts, {"role": role} | state.get("facts", {}))
        self.progress = Progress(facts, self.tally, self.pace)
        self.progress.element = state.get("element")
        block = state.get("block")
        self.block = Block(**block) if block else None
        self._before: str = state.get("before", "")
        """The line of text above, which is the title where a line with the version follows."""
        self.expects: str = state.get("expects", "")
        """What the next lines may be: "command" (its options go on) or "smallest" (time steps)."""
        self.begun: int = state.get("begun", 0)
        """Lines before the run's banner."""

    @property
    def facts(self) -> LogFacts:
        return self.progress.facts

    @property
    def state(self) -> dict[str, Any]:
        return {
            "series": self.tally.state,
            "pace": self.pace.state,
            "messages": self.folded.state,
            "facts": kept(self.facts),
            "element": self.progress.element,
            "block": asdict(self.block) if self.block else None,
            "before": self._before,
            "expects": self.expects,
            "begun": self.begun,
        }

    def in_heading(self, number: int) -> bool:
        """Whether the title may still come: only there does a line mean something to the one below."""
        return self.facts.title is None and number - self.begun < HEADING

    def pass_over(self, text: str) -> None:
        """Lines of a heading that tell nothing stand above the next one; `text` is the last of them with words."""
        self._before = bounded(text)

    def take(self, number: int, line: str, news: News, marked: bool = True) -> None:
        """Takes one line; outside of the heading only those that `scan` finds tell something.

        `marked` is False where it is known that the line has none of MARKS.
        """
        text = line.strip(BLANK)
        if not text:
            if self.block:
                self.close_block()
            if self.expects == "command":
                self.expects = ""
            return
        numeric = text[0] in NUMERIC
        if numeric and self.block is None and text.upper() == text:
            return  # a row of coordinates, connectivities, loads: most lines of d3hsp
        self.tally.line = number
        if self._is_foreign(line, marked) and (told := ending(text)):
            self._take_ending(number, told)
        elif self.block and not is_cycle(text) and self.block.takes(text):
            return
        else:
            if self.block:
                self.close_block()
            if not numeric:
                self._take_text(number, text, news)
            elif not self.progress.takes_cycle(text, news) and text.startswith("100 smallest"):
                self.expects = "smallest"

    def take_cycle(self, number: int, cycle: Cycle, news: News) -> None:
        """As `take` of a line that has been read, where no message is open."""
        self.tally.line = number
        self.progress.take_cycle(*cycle[:5], news)

    def _is_foreign(self, line: str, marked: bool) -> bool:
        if (
            line[0] not in BLANK
            and line[0] not in NUMERIC
            and not line.startswith(("total #", "**"))
        ):
            return True
        return marked and any(mark in line for mark in MARKS)

    def _take_ending(self, number: int, told: Ending) -> None:
        facts = self.facts
        if told.kind == "killed" and facts.killed is None:
            facts.killed, facts.killed_line = bounded(told.words), number
        elif told.kind == "crashed" and facts.crashed is None:
            facts.crashed, facts.crashed_line = bounded(told.words), number

    def _take_text(self, number: int, text: str, news: News) -> None:
        """A line that begins with a word, a bar or stars."""
        first = text.partition(" ")[0]
        if text.startswith("termination due to"):
            self.facts.stopped, self.facts.stopped_line = bounded(text), number
        elif taker := TAKERS.get(first):
            if first == "|" and _BOX in text:
                self._begin_run(number)
            taker(self.facts, text)
            self.expects = "command" if first == "Command" else self.expects
            return
        if points := POINTS.get(first):
            points(self.progress, text, news)
        elif first[0] == ">":
            TAKERS[">"](self.facts, text)
        elif self.expects and self._take_expected(number, text):
            return
        elif text.startswith("***"):
            self._take_stars(number, text, news)
        elif found := _TERMINATION.match(text) if first in _ENDS else None:
            self._take_end(first[0], found[1])
        elif _LICENCE.match(text):
            self._take_licence(number, text)
        if self.in_heading(number):
            if _TITLED.match(text):
                self.facts.title = bounded(self._before) or None
            self._before = bounded(text)

    def _take_expected(self, number: int, text: str) -> bool:
        """Lines that have a meaning only where they stand: further options, the smallest time step."""
        if self.expects == "command":
            self.facts.command = bounded(f"{self.facts.command} {text}")
            return True
        if found := _SMALLEST.match(text):
            kind, element, part, time_step = found.groups()
            words = bounded(f"smallest time step {time_step}: {kind} {element} of part {part}")
            self.folded.messages.add("note", "100 smallest timesteps", words, number)
            self.expects = ""
            return True
        if not text.startswith(("---", "element")):
            self.expects = ""
        return False

    def _take_stars(self, number: int, text: str, news: News) -> None:
        """The head of a message, the reason of a termination, or a cycle that outgrew its field."""
        self.block = Block.begun_by(text, number)
        if self.block or self.progress.takes_cycle(text, news):
            return
        if _TERMINATES.match(text):
            self.facts.stopped, self.facts.stopped_line = bounded(text), number

    def _take_end(self, first: str, words: str) -> None:
        if first == "N":
            self.facts.finished = self.facts.finished or words
        else:
            self.facts.failed = self.facts.failed or words

    def _take_licence(self, number: int, text: str) -> None:
        self.folded.messages.add("note", "license", bounded(text), number)
        if self.facts.licence is None:
            self.facts.licence, self.facts.licence_line = bounded(text), number

    def _begin_run(self, number: int) -> None:
        """A banner: what stands above it, in a file that was begun by an earlier run, is that run's."""
        facts = self.facts
        if facts.release is None:
            return
        self.folded, self._before, self.expects = self.folded.afresh(), "", ""
        self.begun = number
        self.pace = Pace()
        fresh = LogFacts(role=facts.role, started_at=facts.begun_at, started_s=facts.begun_s)
        self.progress = Progress(fresh, self.tally, self.pace)

    def close_block(self) -> None:
        """The message has all its lines."""
        block, self.block = self.block, None
        if block:
            self.add(block.severity, block.code, block.text(), block.line)

    def add(self, severity: Severity, code: str | None, text: str, line: int) -> None:
        """Counts the message, and keeps the first error's words."""
        self.folded.add(severity, code, text, line)
        if severity == "error" and self.facts.first_error is None:
            self.facts.first_error = bounded(f"{code} {text}" if code else text)
            self.facts.first_error_line = line


def is_cycle(text: str) -> bool:
    """Whether a message ends above the line, since it is a cycle's."""
    return " t " in text and " dt " in text and text[0].isdigit()
