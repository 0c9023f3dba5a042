"""What starter and engine write alike, into their listings and on the screen."""

import math
from dataclasses import asdict
from typing import Any, ClassVar, Self

from workers.parsers.byline import ByLine
from workers.parsers.causes import find_cause
from workers.parsers.endings import ending
from workers.parsers.facts import kept, restored
from workers.parsers.messages import Messages
from workers.parsers.pace import Pace
from workers.parsers.radioss.blocks import STOPPED, Block
from workers.parsers.radioss.causes import CAUSES
from workers.parsers.radioss.facts import (
    BANNER,
    BOX,
    WORDS_LENGTH,
    Facts,
    take_fact,
)
from workers.parsers.radioss.rows import (
    SERIES_UNITS,
    Row,
    cycle_row,
    elapsed,
    iterations,
    residuals,
    screen_row,
)
from workers.parsers.report import News, Report, Status
from workers.parsers.series import Tally
from workers.parsers.text import Lines

_TERMINATIONS = ("NORMAL TERMINATION", "TERMINATION WITH WARNING", "ERROR TERMINATION")
_NUMERIC = frozenset("0123456789-.")
_DIVERGED = 99.0
"""Percent of energy error at which the engine's balance has lost all meaning (it prints at most 99.9)."""


class Listing(ByLine):
    """The core of Radioss' parsers: a starter's or an engine's text, line by line.

    A further banner is a further run, which starts afresh; on the screen starter and engines follow each other and
    make one run.
    """

    solver: ClassVar[str] = "radioss"
    role: ClassVar[str]
    chained: ClassVar[bool] = False
    """Whether the programs of one run follow each other in this file."""

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._tally = Tally(state.get("series"), units=SERIES_UNITS)
        self._messages = Messages(state.get("messages"))
        self._pace = Pace(state.get("pace"))
        self._facts = restored(Facts, state.get("facts"))
        block = state.get("block")
        self._block = Block(**block) if block else None

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._lines.state,
            "series": self._tally.state,
            "messages": self._messages.state,
            "pace": self._pace.state,
            "facts": kept(self._facts),
            "block": asdict(self._block) if self._block else None,
        }

    def _end_message(self) -> None:
        if self._block:
            self._close(self._block)
            self._block = None

    def report(self) -> Report:
        """The facts so far; a message that may still go on counts with the lines it has."""
        ended = self._with_block_closed()
        facts, messages = ended._facts, ended._messages
        status, reason = self._ending(facts)
        report = Report(
            self.solver,
            self.role,
            solver_version=_version(facts),
            started_at=facts.started_at,
            ended_at=facts.ended_at,
            host=facts.host,
            status=status,
            status_reason=reason,
            part=facts.part,
            continues=_earlier(facts),
            progress=_progress(facts, status),
            time=facts.time,
            end_time=facts.end_time,
            cycle=facts.cycle,
            time_step=facts.time_step,
            eta_s=facts.eta_s if status == "running" else None,
            wall_time_s=facts.wall_time_s,
            cpu_time_s=facts.cpu_time_s,
            cores=facts.domains * (facts.threads or 1) if facts.domains else None,
            memory_bytes=facts.memory_bytes,
            nodes=facts.nodes,
            elements=facts.elements,
            warnings=messages.count("warning"),
            errors=messages.count("error", "fatal"),
            pace=self._pace.pairs(),
            messages=messages.kept(),
            series=self._tally.summaries(),
        )
        _tell_cause(report, facts)
        return report

    def _ending(self, facts: Facts) -> tuple[Status | None, str | None]:
        """Status and the words it rests on."""
        if facts.broken:
            return "other", facts.broken
        failed = facts.ended is not None and facts.ended.startswith("ERROR")
        if facts.ended and facts.confirmed and not failed:
            return self._normally_ended(facts)
        if facts.killed:
            return "other", facts.killed
        if failed or facts.crashed or facts.stopped_by_input:
            return "error", facts.stopped_by_input or facts.ended or facts.crashed
        return "running", None

    def _normally_ended(self, facts: Facts) -> tuple[Status | None, str | None]:
        return "normal", facts.ended

    def _with_block_closed(self) -> Self:
        if self._block is None:
            return self
        other = type(self)()
        other._facts = restored(Facts, kept(self._facts))
        other._messages = Messages(self._messages.state)
        other._close(self._block)
        return other

    def _take(self, number: int, line: str, news: News) -> None:
        if "%" in line and self._take_row(number, line, news):
            return
        if self._block:
            if self._block.takes(line):
                return
            self._close(self._block)
            self._block = None
        if not line or line.isspace():
            return
        self._block = Block.begun_by(line, number)
        if self._block is None and not (
            "ITERATION" in line and self._take_implicit(number, line, news)
        ):
            self._take_frame(line)

    def _take_frame(self, line: str) -> None:
        """What stands around the rows and messages: banner, model, end."""
        facts = self._facts
        if line.lstrip()[:1] in _NUMERIC and "/" not in line and ":" not in line:
            facts.confirmed = facts.ended is not None
            return  # a row of the model's echo, of which a starter's listing is full
        if facts.ended:
            facts.confirmed = True
            if line.strip() == "USER BREAK":
                facts.broken = facts.broken or "USER BREAK"
        if facts.hosts_follow:
            facts.hosts_follow, facts.host = False, line.split()[0][:WORDS_LENGTH]
        elif line.startswith("*") and (found := BANNER.match(line)):
            self._begin(found[1] is not None, found[2].lower(), found[3].strip("."))
        elif "TERMINATION" in line and (words := line.strip()) in _TERMINATIONS:
            facts.ended, facts.confirmed = words, False
        elif line.startswith(" HOSTNAME "):
            facts.hosts_follow = True
        elif "INPUT ERROR" in line and "RADIOSS STOP" in line:
            facts.stopped_by_input = line.strip()[:WORDS_LENGTH]
        elif "ELAPSED TIME=" in line and (used := elapsed(line)):
            facts.wall_time_s, facts.eta_s = used
            if facts.time is not None:
                self._pace.add(facts.time, facts.wall_time_s)
        elif not take_fact(facts, line):
            self._take_outside(line)

    def _take_outside(self, line: str) -> None:
        """What others say of an end: the machine, the batch system, the shell, or Radioss' own trap of signals."""
        facts = self._facts
        if "|" in line and (found := BOX.match(line)):
            facts.crashed = facts.crashed or found[1]
        elif "abort detected (CTRL-C)" in line and not facts.crashed:
            facts.killed = facts.killed or line.strip()[:WORDS_LENGTH]
        elif outside := ending(line):
            words = outside.words[:WORDS_LENGTH]
            if outside.kind == "killed":
                facts.killed = facts.killed or words
            else:
                facts.crashed = facts.crashed or words

    def _begin(self, is_open: bool, program: str, version: str) -> None:
        """A banner: of the first run, of the next program of a run, or of a further run."""
        old, facts = self._facts, Facts()
        if self.chained and program == "engine" and old.program:
            facts.nodes, facts.elements, facts.version = old.nodes, old.elements, old.version
            facts.cycle, facts.time, facts.time_step = old.cycle, old.time, old.time_step
        elif old.program:
            self._tally, self._messages = Tally(units=SERIES_UNITS), self._messages.afresh()
            self._pace = Pace()
        else:
            facts.root, facts.part = old.root, old.part
        facts.product, facts.program = "OpenRadioss" if is_open else "Radioss", program
        facts.version = version or facts.version
        self._facts = facts

    def _take_row(self, number: int, line: str, news: News) -> bool:
        row = cycle_row(line) or ("NC=" in line and screen_row(line)) or None
        if row:
            if self._block:
                self._close(self._block)
                self._block = None
            self._keep_row(number, row, news)
        return row is not None

    def _take_implicit(self, number: int, line: str, news: News) -> bool:
        """What an implicit step prints of its iterations; whether the line was of that kind."""
        facts, tally = self._facts, self._tally
        norms, solved = residuals(line), iterations(line)
        tally.line = number
        facts.iterations += bool(norms)
        for name, norm in norms:
            tally.add(news, name, facts.iterations, norm)
        if solved is not None:
            tally.add(news, "iterations", facts.time or 0.0, solved)
        return bool(norms) or solved is not None

    def _keep_row(self, number: int, row: Row, news: News) -> None:
        facts, tally = self._facts, self._tally
        tally.line = number
        facts.cycle = facts.cycle if row.cycle is None else row.cycle
        facts.time, facts.time_step = row.time, row.time_step
        facts.error, facts.error_line = row.error, number
        tally.add(news, "time_step", row.time, row.time_step)
        tally.add(news, "energy.error", row.time, row.error)
        for name, value in row.values:
            tally.add(news, name, row.time, value)
        if row.element is not None:
            tally.add(news, "time_step_element", row.time, row.element)

    def _close(self, block: Block) -> None:
        text, severity = block.text(), block.severity()
        self._messages.add(severity, block.code, text, block.line)
        if STOPPED.search(text):
            self._facts.broken = self._facts.broken or text[:WORDS_LENGTH]


def _version(facts: Facts) -> str | None:
    return f"{facts.product} {facts.version}" if facts.product and facts.version else facts.product


def _earlier(facts: Facts) -> str | None:
    """The run whose restart file this one reads: the numbers say so, the listing does not."""
    return (
        f"{facts.root}_{facts.part - 1:04d}"
        if facts.root and (facts.part or 0) > 1 and facts.part
        else None
    )


def _progress(facts: Facts, status: Status | None) -> float | None:
    if status == "normal":
        return 1.0
    if facts.time is None or not facts.end_time or not math.isfinite(facts.time):
        return None
    return min(max(facts.time / facts.end_time, 0.0), 1.0)


def _tell_cause(report: Report, facts: Facts) -> None:
    """Why a run ended that did not end normally; an energy balance that is lost tells too."""
    if report.status not in ("error", "other"):
        return
    found = find_cause(CAUSES, report.messages, report.status_reason, (facts.crashed,))
    refused = next((one for one in report.messages if one.severity == "error"), None)
    if found:
        report.cause, report.cause_text, report.cause_line = found
    elif facts.stopped_by_input or (facts.program == "starter" and refused):
        report.cause = "input error"
        report.cause_text = refused.text[:WORDS_LENGTH] if refused else facts.stopped_by_input
        report.cause_line = refused.line if refused else None
    elif facts.error is not None and abs(facts.error) >= _DIVERGED:
        report.cause = "energy error"
        report.cause_text = f"ERROR {facts.error}% at cycle {facts.cycle}"
        report.cause_line = facts.error_line
    else:
        report.cause, report.cause_text = "unknown", report.status_reason
