"""What all of Abaqus' files share: lines, messages, the banner, and words of an end from outside."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from workers.parsers.abaqus.banner import Banner, banner
from workers.parsers.abaqus.blocks import Block
from workers.parsers.abaqus.causes import name_cause
from workers.parsers.endings import crash_words, killed_words
from workers.parsers.facts import restored
from workers.parsers.messages import Messages
from workers.parsers.pace import Pace
from workers.parsers.report import Report, Status
from workers.parsers.series import Tally
from workers.parsers.text import Lines, fortran_float

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Kept = TypeVar("Kept", bound="DataclassInstance")

REASON_LENGTH = 200
"""Characters kept of the words that a status rests on."""
_STOPPED = (
    "BY EXTERNAL REQUEST",
    "SIGTERM OR SIGINT",
    "TERMINATED BY USER",
    "TERMINATED BY THE USER",
)
"""One of them is in a message that says that the run was stopped on request."""

# These files are written by the solver alone, so words of others are rare: a chunk is asked before its lines.
_OUTSIDE = ("slurm", "srun:", "PBS:", "oom-kill", "TERM_", "forrtl", "Segmentation")
_OUTSIDE_BYTES = tuple(word.encode() for word in _OUTSIDE)
_CARRY = 16
"""Bytes of the last chunk that may hold the first part of such a word."""

_PLAIN = 4096
"""Bytes between newlines from which it is worth to look at them together."""

MEGABYTE = 1 << 20


@dataclass
class Head:
    """Facts that any of the files may hold."""

    version: str | None = None
    started_at: str | None = None
    ended: str | None = None
    """Words of a regular end."""
    failed: str | None = None
    """Words of an end with errors."""
    stopped: str | None = None
    killed: str | None = None
    crashed: str | None = None
    first_error: str | None = None
    wall_time_s: float | None = None
    cpu_time_s: float | None = None
    time: float | None = None


class Page:
    """The part of a parser's state that is the same in all of Abaqus' parsers."""

    def __init__(self, state: dict[str, Any] | None, units: dict[str, str] | None = None) -> None:
        state = state or {}
        self.lines = Lines(state.get("lines"))
        self.tally = Tally(state.get("series"), units=units, axes={"load_factor": "increment"})
        self.messages = Messages(state.get("messages"))
        self.pace = Pace(state.get("pace"))
        self.head: Head = restored(Head, state.get("head"))
        block = state.get("block")
        self.block = Block(**block) if block else None
        self._carry = bytes.fromhex(state.get("carry", ""))
        self._wary: bool = state.get("wary", False)

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self.lines.state,
            "series": self.tally.state,
            "messages": self.messages.state,
            "pace": self.pace.state,
            "head": vars(self.head).copy(),
            "block": asdict(self.block) if self.block else None,
            "carry": self._carry.hex(),
            "wary": self._wary,
        }

    def feed(self, chunk: bytes) -> Iterator[tuple[int, str]]:
        """The chunk's lines without those that tell of an end from outside."""
        edge = self._carry + chunk[:_CARRY]
        found = any(word in chunk or word in edge for word in _OUTSIDE_BYTES)
        was_wary = self._wary
        self._carry = (self._carry + chunk[-_CARRY:])[-_CARRY:]
        # An unfinished line may hold the word, so the line that the next chunks end is looked at too.
        self._wary = found or (was_wary and b"\n" not in chunk and b"\r" not in chunk)
        lines = self.lines.feed(chunk)
        return self._own(lines) if found or was_wary else lines

    def finish(self) -> Iterator[tuple[int, str]]:
        return self._own(self.lines.finish())

    def take_block(self, number: int, line: str) -> bool:
        """Whether the line belongs to the message before it; one that does not ends the message."""
        if self.block is None:
            return False
        if self.block.takes(line):
            return True
        self.end_block()
        return False

    def end_block(self) -> None:
        """Counts the message that is being read."""
        self._close(self.messages, self.head)
        self.block = None

    def begin_block(self, number: int, line: str) -> None:
        """Takes the first line of a message."""
        self.block = Block.begun_by(line, number)

    def banner(self, line: str) -> Banner | None:
        """The banner in the line; its version and the first date are kept."""
        found = banner(line)
        if found:
            self.head.version = found.version
            self.head.started_at = self.head.started_at or found.started_at
        return found

    def begin_run(self) -> None:
        """Forgets the facts of the run before: a further one was appended to the file."""
        self.head = Head()

    def report(self, report: Report, reached: Status | None) -> Report:
        """The report with what the page knows; `reached` is its status while no end is printed."""
        messages, head = Messages(self.messages.state), Head(**vars(self.head))
        if self.block:
            self._close(messages, head)
        report.solver_version, report.started_at = head.version, head.started_at
        report.wall_time_s, report.cpu_time_s = head.wall_time_s, head.cpu_time_s
        report.time = head.time
        report.warnings, report.errors = messages.count("warning"), messages.count("error")
        report.messages, report.series = messages.kept(), self.tally.summaries()
        report.pace = self.pace.pairs()
        report.status, report.status_reason = _ending(head, reached)
        return name_cause(report, head.stopped, head.killed, head.crashed)

    def _own(self, lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        for number, line in lines:
            if any(word in line for word in _OUTSIDE):
                if words := killed_words(line):
                    self.head.killed = self.head.killed or cut(words)
                    continue
                if not line.startswith(("***", " ***")) and (words := crash_words(line)):
                    self.head.crashed = self.head.crashed or cut(words)
                    continue
            yield number, line

    def _close(self, messages: Messages, head: Head) -> None:
        if self.block is None:
            return
        text = self.block.text()
        messages.add(self.block.severity, None, text, self.block.line)
        if self.block.severity == "error":
            text = cut(text)
            head.first_error = head.first_error or text
            if any(word in text.upper() for word in _STOPPED):
                head.stopped = head.stopped or text


def _ending(head: Head, reached: Status | None) -> tuple[Status | None, str | None]:
    if head.ended:
        return "normal", head.ended
    if head.stopped or head.killed:
        return "other", head.killed or head.stopped
    error = head.first_error or head.failed or head.crashed
    return ("error", error) if error else (reached, None)


def cut(words: str) -> str:
    """Words as they are kept; letters beyond ASCII take more room in JSON."""
    return words[: REASON_LENGTH if words.isascii() else REASON_LENGTH // 2]


def value_of(text: str) -> float | None:
    """The number in a field; None for other text, and where it has no finite value."""
    found: float | None
    try:
        found = float(text)
    except ValueError:
        found = fortran_float(text)
    return found if found is not None and math.isfinite(found) else None
