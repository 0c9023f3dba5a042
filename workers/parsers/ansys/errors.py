"""MAPDL's error files: jobname.err, file0.err and its kin of each process.

Sessions are appended one after another; the last one is this run's. They only hold messages: of an end they know
nothing but an error that says so itself.
"""

import re
from dataclasses import asdict
from typing import Any, ClassVar

from workers.parsers.ansys.blocks import Block
from workers.parsers.ansys.facts import (
    Facts,
    ending_of,
    take_message,
    tell_cause,
)
from workers.parsers.ansys.frame import set_clock
from workers.parsers.byline import ByLine
from workers.parsers.facts import kept, restored
from workers.parsers.messages import Messages
from workers.parsers.report import News, Report
from workers.parsers.text import Lines

# /COM,ANSYS RELEASE 2022 R1           BUILD 22.1      UP20211129       13:44:02
# /COM,ANSYS RELEASE Release 16.0      BUILD 16.0      UP20141203       18:46:10
_SESSION = re.compile(
    r"/COM,(?:ANSYS|MAPDL) RELEASE +(?:Release +)?(\d{4} ?R\d(?:\.\d+)?|[\d.]{1,12}\w{0,10}).*",
    re.IGNORECASE,
)
_HEAD = re.compile(rb"\s*/COM,(?:ANSYS|MAPDL) RELEASE [^\n]*(?:\n|\Z)", re.IGNORECASE)
# A .cdb and a session's .log begin with the same line; what follows there are commands.
_NEXT = re.compile(rb"\s*(?:\Z|\*\*\* ?(?:W|E|N|F|\Z)|\*{1,3}\Z|/(?:\Z|C))")


class AnsysErr(ByLine):
    """The messages of the last session."""

    name: ClassVar[str] = "ansys.err"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "ansys"
    role: ClassVar[str] = "err"

    @staticmethod
    def claims(head: bytes) -> bool:
        head = head.replace(b"\0", b"")
        first = _HEAD.match(head)
        return first is not None and _NEXT.match(head, first.end()) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._messages = Messages(state.get("messages"))
        self._facts = restored(Facts, state.get("facts"))
        block = state.get("block")
        self._block = Block(**block) if block else None

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._lines.state,
            "messages": self._messages.state,
            "facts": kept(self._facts),
            "block": asdict(self._block) if self._block else None,
        }

    def _end_message(self) -> None:
        if self._block:
            take_message(self._block, self._messages, self._facts)
            self._block = None

    def report(self) -> Report:
        """The facts so far; a message that may still go on counts with the lines it has."""
        messages, facts = Messages(self._messages.state), restored(Facts, kept(self._facts))
        if self._block:
            take_message(self._block, messages, facts)
        status, reason = ending_of(facts)
        report = Report(
            *(self.solver, self.role, facts.version),
            cpu_time_s=facts.values.get("cpu"),
            warnings=messages.count("warning"),
            errors=messages.count("error", "fatal"),
            messages=messages.kept(),
        )
        if status in ("error", "other"):
            report.status, report.status_reason = status, reason
            tell_cause(report, facts)
        return report

    def _take(self, number: int, line: str, news: News) -> None:
        stripped = line.strip()
        if self._block:
            if self._block.takes(stripped):
                return
            take_message(self._block, self._messages, self._facts)
            self._block = None
        if not stripped:
            return
        if stripped.startswith("***"):
            self._block = Block.begun_by(line, number)
            if self._block:
                set_clock(self._facts, self._block.cpu)
        elif stripped[:5].upper() == "/COM," and (found := _SESSION.fullmatch(stripped)):
            self._facts, self._messages = Facts(version=found[1]), self._messages.afresh()
