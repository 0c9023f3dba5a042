"""Abaqus' job log: phases with dates, licences, and the words of the end."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from workers.parsers.abaqus.banner import clock, seconds_between
from workers.parsers.abaqus.page import Page, cut
from workers.parsers.byline import ByLine
from workers.parsers.endings import crash_words, killed_words
from workers.parsers.facts import restored
from workers.parsers.messages import TEXT_LENGTH
from workers.parsers.report import News, Report, Status

# Analysis initiated from SIMULIA established products
# Abaqus JOB Job-1
# Abaqus Student Edition 2021
_HEAD = re.compile(
    rb"^(?:Analysis initiated from SIMULIA|Abaqus JOB [^\r\n]{1,200}\r?\n\s*Abaqus )",
    re.IGNORECASE | re.MULTILINE,
)
_JOB = re.compile(r"Abaqus JOB (\S.*?)( COMPLETED)?\s*", re.IGNORECASE)
_VERSION = re.compile(r"Abaqus (?:Version )?(\S.{0,60}?)\s*", re.IGNORECASE)
# Begin Abaqus/Standard Analysis
_PHASE = re.compile(r"(Begin|End) (\S.{0,100}?)\s*")
# Abaqus/Analysis exited with errors
_FAILED = re.compile(
    r"Abaqus/\S+ (?:exited with|aborted|terminated|completed with)\b.*", re.IGNORECASE
)
# Abaqus Error: Abaqus/Standard Analysis exited with an error - Please see the
#  message file for possible error messages if the file exists.
_MESSAGE = re.compile(r"(?:\*{0,3} ?)Abaqus (Error|Warning)s?: ?(.*)", re.IGNORECASE)
# Licensed number of users already reached.                              (and, lines below it:)
# FlexNet Licensing error:-4,132
_LICENCE = re.compile(
    r"(?:FlexNet|FLEXlm|DSLS).{0,40}error.*|.*Failed to .{0,40}licens.*"
    r"|(?:Licensed number of users already|Checkout exceeds MAX specified|Cannot connect to license server"
    r"|License server (?:machine is down|system does not)|No such feature exists|Feature has expired"
    r"|All licenses are reserved)\b.*",
    re.IGNORECASE,
)
# "standard" license request queued for the License Server on lic1.
_QUEUED = re.compile(r'"?\S+"? licenses? requests? queued\b.*', re.IGNORECASE)
_SIGNAL = re.compile(r"\*\*\* (?:ABAQUS/\w+ rank \d+|ERROR CATEGORY:).*", re.IGNORECASE)
_STOPPED = re.compile(
    r".*(?:by external request|SIGTERM or SIGINT|terminated by (?:the )?user).*", re.IGNORECASE
)
# Abaqus Error: The executable explicit_dp
# aborted with system error code 15.              (of a signal: SIGKILL, SIGTERM)
_KILLED = re.compile(r"aborted with system error code (?:9|15)\.")
# vumat.for(12): error #5082: Syntax error, found '*' when expecting one of: <LABEL> …
# standardU.lib : fatal error LNK1120: 2 unresolved externals
_COMPILER = re.compile(
    r"\S.*?(?:\(\d+\): (?:catastrophic |internal )?error(?: (#\d+))?|: (?:fatal )?error (LNK\d+)): .*"
)
_BUILDING = ("Begin Compiling", "Begin Linking")
_NO_MORE = re.compile(r"(?:Begin|End|Run|Abaqus|Analysis initiated)\b.*", re.IGNORECASE)
# For further information, refer to the FlexNet Licensing documentation,
# ValueError: not enough values to unpack (expected 2, got 1)            (of the driver itself)
_ASIDE = re.compile(
    r"(?:For further information, |ValueError:|During handling of |Exception:|Traceback ).*"
)


@dataclass
class _Facts:
    named: bool = False
    """The job's name was printed, so the next line has the version."""
    phase: str | None = None
    queued: str | None = None
    ended_at: str | None = None
    message: str | None = None
    """Text of a message that may go on."""
    severity: str = "error"
    line: int = 0
    over: bool = False


class AbaqusLog(ByLine):
    """The driver's log, or the screen of a run in the foreground, which has the same lines."""

    name: ClassVar[str] = "abaqus.log"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "abaqus"
    role: ClassVar[str] = "log"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _HEAD.search(head) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._page = Page(state.get("page"))
        self._messages = self._page.messages
        self._lines = self._page.lines
        self._facts: _Facts = restored(_Facts, state.get("facts"))

    @property
    def state(self) -> dict[str, Any]:
        return {"page": self._page.state, "facts": vars(self._facts).copy()}

    def _end_message(self) -> None:
        if self._facts.message is not None:
            self._close()

    def report(self) -> Report:
        facts, head = self._facts, self._page.head
        reached: Status = "running"
        copy = AbaqusLog(self.state) if facts.message is not None else self
        if copy is not self:
            copy._close()
        report = copy._page.report(Report(self.solver, self.role), reached)
        if report.status == "running":
            report.status_reason = facts.queued or facts.phase
        if report.status == "normal":
            report.progress = 1.0
        if facts.over:
            report.ended_at = facts.ended_at
        if facts.over and head.started_at and facts.ended_at:
            report.wall_time_s = max(seconds_between(head.started_at, facts.ended_at), 0.0)
        return report

    def _take(self, number: int, line: str, news: News) -> None:
        facts, head = self._facts, self._page.head
        if words := killed_words(line):
            head.killed = head.killed or cut(words)
            return
        text = line.strip()
        if facts.message is not None:
            if text and not _ends_message(text) and clock(text) is None and self._goes_on(text):
                return
            self._close()
        if not text:
            return
        if found := _MESSAGE.fullmatch(text):
            self._begin(number, "error" if found[1].lower() == "error" else "warning", found[2])
        elif _SIGNAL.fullmatch(text) or _LICENCE.fullmatch(text):
            self._begin(number, "error", text)
        elif found := _JOB.fullmatch(text):
            self._take_job(text, found[2] is not None)
        elif found := _PHASE.fullmatch(text):
            facts.phase, facts.queued = text, None
        elif not self._take_compiler(number, text):
            self._take_rest(text, line)

    def _take_job(self, text: str, completed: bool) -> None:
        facts, page = self._facts, self._page
        if completed:
            page.head.ended, facts.over = cut(text), True
            return
        if facts.over:
            page.begin_run()
            self._facts = facts = _Facts()
        facts.named = True

    def _take_rest(self, text: str, line: str) -> None:
        facts, head = self._facts, self._page.head
        if _FAILED.fullmatch(text):
            head.failed, facts.over = cut(text), True
        elif facts.named and (found := _VERSION.fullmatch(text)):
            head.version, facts.named = found[1], False
        elif (at := clock(text)) is not None:
            head.started_at = head.started_at or at
            facts.ended_at = at
        elif _QUEUED.fullmatch(text):
            facts.queued = cut(text)
        elif "checked out" in text:
            facts.queued = None
        elif _STOPPED.fullmatch(text):
            head.stopped = head.stopped or cut(text)
        elif words := crash_words(line):
            head.crashed = head.crashed or cut(words)

    def _take_compiler(self, number: int, text: str) -> bool:
        """Whether the line is a compiler's or a linker's error in a user subroutine."""
        building = (self._facts.phase or "").startswith(_BUILDING)
        found = _COMPILER.fullmatch(text) if building and "error" in text else None
        if found is None:
            return False
        text = text[:TEXT_LENGTH]
        self._page.messages.add("error", found[1] or found[2], text, number)
        self._page.head.first_error = self._page.head.first_error or cut(text)
        return True

    def _begin(self, number: int, severity: str, text: str) -> None:
        facts = self._facts
        facts.message, facts.severity, facts.line = text[:TEXT_LENGTH], severity, number

    def _goes_on(self, text: str) -> bool:
        facts = self._facts
        if facts.message is None or _SIGNAL.fullmatch(text) or _FAILED.fullmatch(text):
            return False
        if len(facts.message) + len(text) > TEXT_LENGTH:
            return False
        facts.message = f"{facts.message} {text}".strip()
        return True

    def _close(self) -> None:
        facts, page = self._facts, self._page
        text = " ".join((facts.message or "").split())[:TEXT_LENGTH]
        facts.message = None
        page.messages.add(
            "error" if facts.severity == "error" else "warning", None, text, facts.line
        )
        if facts.severity == "error":
            page.head.first_error = page.head.first_error or cut(text)
            if _STOPPED.fullmatch(text):
                page.head.stopped = page.head.stopped or cut(text)
            if _KILLED.search(text):
                page.head.killed = page.head.killed or cut(text)


def _ends_message(text: str) -> bool:
    """Whether the line is no further line of the message before it."""
    return _NO_MORE.match(text) is not None or _ASIDE.match(text) is not None
