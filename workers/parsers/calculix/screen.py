"""What CalculiX prints on the screen: the only file of it that says how the run ended.

Written to a file, the C and the Fortran half of ccx each keep a buffer of their own: their texts come
in blocks, out of order, and may meet in the middle of a line. So nothing here rests on the order of a
message and the progress around it.
"""

import re
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from workers.parsers.byline import ByLine
from workers.parsers.calculix import causes
from workers.parsers.calculix.blocks import Block
from workers.parsers.calculix.energies import ENERGY_UNITS, energy
from workers.parsers.calculix.tables import RESIDUAL_UNITS
from workers.parsers.endings import crash_words, killed_words
from workers.parsers.facts import kept, restored
from workers.parsers.messages import Messages
from workers.parsers.report import News, Report, Status
from workers.parsers.series import Tally
from workers.parsers.text import Lines, fortran_float

REASON_LENGTH = 200
"""Characters kept of the words that a status rests on."""

# CalculiX Version 2.20, Copyright(C) 1998-2022 Guido Dhondt
# CalculiX Version 2.17 i8, Copyright(C) 1998-2020 Guido Dhondt     (built with 64-bit integers)
_BANNER = re.compile(r" *CalculiX Version ([^\s,][^,]{0,39}), Copyright.*")
_BANNER_IN_HEAD = re.compile(rb"^ *CalculiX Version [^\s,][^,\n]{0,39}, Copyright", re.MULTILINE)

#  Job finished
# Total CalculiX Time: 0.034358
_FINISHED = re.compile(r" ?Job finished\s*")
_TOTAL_TIME = re.compile(r" ?Total CalculiX Time: *(\S+)\s*")

_NODES = re.compile(r" {2,}nodes: +(\d{1,18})\s*")
_ELEMENTS = re.compile(r" {2,}elements: +(\d{1,18})\s*")
_CORES = re.compile(r" Using up to (\d{1,9}) cpu\(s\) for .*")
#  increment 1 attempt 2
_ATTEMPT = re.compile(r" increment (\d{1,18}) attempt \d+\s*")
#  iteration 1
_ITERATION = re.compile(r" iteration (\d{1,18})\s*")
#  increment size= 2.500000e-02           actual total time=2.500000e-02
#  average force= 284.136101              largest residual force= 959.430808 in node 22 and dof 2
_VALUE = re.compile(
    r" (increment size|actual total time|time avg\. forc|time avg\. flux"
    r"|largest residual (?:force|flux)|largest increment of (?:disp|temp)"
    r"|largest correction to (?:disp|temp))= *(\S+)(?: in node .*)?\s*"
)
#  convergence           convergence; the increment size is increased to 3.750000e-01
# convergence            (no blank before it after face-to-face contact that took many iterations)
_CONVERGED = re.compile(r" ?convergence(?:;.*)?\s*")
#  the increment is reattempted
_REATTEMPTED = re.compile(r" the increment is reattempted\s*")

# Printed value to the value it is a share of, and the series of that share.
_SHARES = {
    "largest residual force": ("time avg. forc", "residual.force"),
    "largest residual flux": ("time avg. flux", "residual.flux"),
    "largest correction to disp": ("largest increment of disp", "residual.displacement"),
    "largest correction to temp": ("largest increment of temp", "residual.temperature"),
}


@dataclass
class _Facts:
    version: str | None = None
    finished: str | None = None
    killed: str | None = None
    crashed: str | None = None
    stopped: str | None = None
    first_error: str | None = None
    wall_time_s: float | None = None
    nodes: int | None = None
    elements: int | None = None
    cores: int | None = None
    increment: int | None = None
    iteration: int = 0
    iterations: int = 0
    """Since the first step, the x of the residuals."""
    cutbacks: int = 0
    time: float | None = None
    values: dict[str, float] = field(default_factory=dict)
    """Last printed value by its name, e.g. "increment size"."""


class CalculixScreen(ByLine):
    """Standard output of ccx, with what the machine or batch system may have added to it."""

    name: ClassVar[str] = "calculix.screen"
    version: ClassVar[int] = 3
    solver: ClassVar[str] = "calculix"
    role: ClassVar[str] = "screen"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _BANNER_IN_HEAD.search(head) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._tally = Tally(state.get("series"), units=RESIDUAL_UNITS | ENERGY_UNITS)
        self._messages = Messages(state.get("messages"))
        self._facts = restored(_Facts, state.get("facts"))
        block = state.get("block")
        self._block = Block(**block) if block else None

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._lines.state,
            "series": self._tally.state,
            "messages": self._messages.state,
            "facts": kept(self._facts),
            "block": asdict(self._block) if self._block else None,
        }

    def _end_message(self) -> None:
        _close(self._block, self._messages, self._facts)
        self._block = None

    def report(self) -> Report:
        """The facts so far; a message that may still go on counts with the lines it has."""
        messages, facts = Messages(self._messages.state), restored(_Facts, kept(self._facts))
        _close(self._block, messages, facts)
        status, reason = _ending(facts)
        failed = status in ("error", "other")
        began = facts.iterations > 0 or facts.increment is not None
        found = (
            causes.cause(messages.kept(), reason, facts.crashed, began=began) if failed else None
        )
        return Report(
            self.solver,
            self.role,
            solver_version=facts.version,
            status=status,
            status_reason=reason,
            cause=(found.cause if found else "unknown") if failed else None,
            cause_text=found.text if found else reason if failed else None,
            cause_line=found.line if found else None,
            time=facts.time,
            cycle=facts.increment,
            time_step=facts.values.get("increment size"),
            wall_time_s=facts.wall_time_s,
            cores=facts.cores,
            nodes=facts.nodes,
            elements=facts.elements,
            warnings=messages.count("warning"),
            errors=messages.count("error"),
            messages=messages.kept(),
            series=self._tally.summaries(),
        )

    def _take(self, number: int, line: str, news: News) -> None:
        self._tally.line = number
        if words := killed_words(line):
            # Glued to half a line of ccx, which is better not read than read wrongly.
            self._facts.killed = self._facts.killed or words[:REASON_LENGTH]
            return
        if self._block and self._block.takes(line):
            return
        if self._block:
            _close(self._block, self._messages, self._facts)
            self._block = None
        if not line or line.isspace():
            return
        self._block = Block.begun_by(line, number)
        if self._block:
            return
        if not self._take_progress(line, news):
            self._take_frame(line)

    def _take_frame(self, line: str) -> None:
        """What is printed around the increments: banner, sizes, end."""
        facts = self._facts
        if found := _BANNER.fullmatch(line):
            # A second banner: the log of a further run, appended to that of the first.
            self._facts = _Facts(version=found[1])
        elif _FINISHED.fullmatch(line):
            facts.finished = line.strip()
        elif found := _TOTAL_TIME.fullmatch(line):
            facts.finished = facts.finished or line.strip()
            facts.wall_time_s = fortran_float(found[1])
        elif found := _CORES.fullmatch(line):
            facts.cores = max(facts.cores or 0, int(found[1]))
        elif found := _NODES.fullmatch(line):
            facts.nodes = int(found[1])
        elif found := _ELEMENTS.fullmatch(line):
            facts.elements = int(found[1])
        elif words := crash_words(line):
            facts.crashed = facts.crashed or words[:REASON_LENGTH]

    def _take_progress(self, line: str, news: News) -> bool:
        """What is printed per increment and iteration; whether the line was of that kind."""
        facts = self._facts
        if found := _VALUE.fullmatch(line):
            self._take_value(found[1], found[2], news)
        elif found := _ITERATION.fullmatch(line):
            facts.iteration = int(found[1])
            facts.iterations += 1
        elif found := _ATTEMPT.fullmatch(line):
            facts.increment, facts.iteration = int(found[1]), 0
        elif _CONVERGED.fullmatch(line):
            time = facts.values.get("actual total time")
            facts.time = facts.time if time is None else time
            if facts.increment is not None and facts.time is not None:
                self._tally.add(news, "increments", facts.time, facts.increment)
            self._take_attempt(news)
        elif _REATTEMPTED.fullmatch(line):
            facts.cutbacks += 1
            self._take_attempt(news)
        elif facts.time is not None and (found_energy := energy(line)):
            self._tally.add(news, found_energy[0], facts.time, found_energy[1])
        else:
            return False
        return True

    def _take_value(self, name: str, text: str, news: News) -> None:
        value = fortran_float(text)
        if value is None:
            return
        self._facts.values[name] = value
        whole_name, series = _SHARES.get(name, ("", ""))
        whole = self._facts.values.get(whole_name)
        if whole and self._facts.iterations:
            self._tally.add(news, series, self._facts.iterations, 100 * value / whole)

    def _take_attempt(self, news: News) -> None:
        facts = self._facts
        time = facts.time or 0.0
        self._tally.add(news, "iterations", time, facts.iteration)
        if (time_step := facts.values.get("increment size")) is not None:
            self._tally.add(news, "time_step", time, time_step)
        self._tally.add(news, "cutbacks", time, facts.cutbacks)


def _close(block: Block | None, messages: Messages, facts: _Facts) -> None:
    if block is None:
        return
    text = block.text()
    messages.add(block.severity, block.code(), text, block.line)
    if block.severity == "error":
        text = text[:REASON_LENGTH]
        facts.first_error = facts.first_error or text
        if block.stops_the_run():
            facts.stopped = facts.stopped or text


def _ending(facts: _Facts) -> tuple[Status, str | None]:
    """Status and the words it rests on.

    ccx stops at nearly every *ERROR without an end mark, so an error without one has ended the run;
    where ccx went on (an error in a step that it skips), the end mark overrules it.
    """
    if facts.finished:
        return "normal", facts.finished
    if facts.killed:
        return "other", facts.killed
    error = facts.stopped or facts.first_error or facts.crashed
    return ("error", error) if error else ("running", None)
