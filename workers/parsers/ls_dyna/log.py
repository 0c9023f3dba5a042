"""LS-DYNA's logs: screen, messag, mes#### (MPP, one per rank) and d3hsp.

Since R11 they begin with the same banner, longer than the head that `claims` sees: where that does not tell them
apart, one parser reads them all, and the report says which of them it is.
"""

import re
from typing import Any, ClassVar

from workers.parsers.ls_dyna.facts import ending
from workers.parsers.ls_dyna.failures import cause_of
from workers.parsers.ls_dyna.reader import Reader
from workers.parsers.ls_dyna.scan import Scan, pieces
from workers.parsers.report import News, Report
from workers.parsers.text import Lines

#      |  LS-DYNA, A Program for Nonlinear Dynamic         |
#  License option : check ansys licenses only            (screen, before the banner)
#  allocating  memory to    20000000 d     1975081 Initial allocation       (mes0001 without a banner)
_LOG = re.compile(
    rb"^ *\| +LS-DYNA, A Program for Nonlinear Dynamic"
    rb"|^ {0,2}License option : check \w+ licenses? only"
    rb"|^ (?:allocating|expanding|contracting) +memory to +\d+ [a-z] +\d+",
    re.MULTILINE,
)
# A deck or a page that quotes a log begins otherwise.
_NOT_A_LOG = re.compile(rb"\A\s*(?:\*(?:KEYWORD|TITLE)|\$|#!)", re.IGNORECASE)
#  License option : check network license only
#  Executing with LSTC network license
#  ctrl-c interrupts ls-dyna and prompts for a sense  switch.
_SCREEN = re.compile(
    rb"^ {0,2}(?:License option :|Executing with |ctrl-c interrupts )", re.MULTILINE
)
#             L I S T   O F   K E Y W O R D   C O U N T S
_D3HSP = re.compile(
    rb"^ *(?:L I S T   O F   K E Y|c o n t r o l   i n f o r)|^total # of \*", re.MULTILINE
)


def _role(head: bytes) -> str | None:
    """What the head shows it to be; messag where it shows nothing. A shell may write each character as two bytes."""
    head = head.replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xef\xbb\xbf")
    if _LOG.search(head) is None or _NOT_A_LOG.match(head):
        return None
    if _D3HSP.search(head):
        return "d3hsp"
    return "screen" if _SCREEN.search(head) else "messag"


class LsDynaMessag:
    """Messages, cycle lines and the end of one run."""

    name: ClassVar[str] = "ls-dyna.messag"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "ls-dyna"
    role: ClassVar[str] = "messag"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _role(head) == "messag"

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._reader = Reader(self.role, state)

    @property
    def state(self) -> dict[str, Any]:
        return {"lines": self._lines.state, **self._reader.state}

    def feed(self, chunk: bytes) -> News:
        news = News()
        if parts := pieces(chunk):
            first, whole, last = parts
            self._take(first, news)
            Scan(self._reader, self._lines.number, whole, news).run()
            self._lines.number += whole.count(b"\n")
            chunk = last
        self._take(chunk, news)
        news.marks = self._reader.folded.messages.take_marks()
        return news

    def finish(self) -> News:
        news = News()
        for number, line in self._lines.finish():
            self._reader.take(number, line, news)
        self._reader.close_block()
        news.marks = self._reader.folded.messages.take_marks()
        return news

    def _take(self, chunk: bytes, news: News) -> None:
        for number, line in self._lines.feed(chunk):
            self._reader.take(number, line, news)

    def report(self) -> Report:
        """The facts so far; a message that may still go on counts with the lines it has."""
        reader = Reader(self.role, self._reader.state)
        reader.close_block()
        facts, messages = reader.facts, reader.folded.messages.kept()
        status, reason = ending(facts)
        cause = cause_of(facts, status, messages)
        words = facts.memory_words
        return Report(
            self.solver,
            facts.role,
            solver_version=facts.version,
            title=facts.title,
            started_at=facts.started_at,
            ended_at=facts.ended_at,
            host=facts.host,
            command=facts.command,
            status=status,
            status_reason=reason,
            cause=cause.cause if cause else None,
            cause_text=cause.text if cause else None,
            cause_line=cause.line if cause else None,
            continues=facts.continues,
            progress=1.0 if status == "normal" else facts.progress,
            time=facts.time,
            end_time=facts.end_time,
            cycle=facts.cycle,
            time_step=facts.time_step,
            eta_s=facts.eta_s,
            wall_time_s=facts.wall_s if facts.elapsed_s is None else facts.elapsed_s,
            cpu_time_s=facts.cpu_s,
            cores=facts.processes,
            memory_bytes=int(words * facts.word_bytes) if words and facts.word_bytes else None,
            nodes=facts.nodes,
            elements=facts.elements,
            warnings=reader.folded.messages.count("warning"),
            errors=reader.folded.messages.count("error"),
            pace=self._reader.pace.pairs(),
            messages=messages,
            series=self._reader.tally.summaries(),
        )


class LsDynaScreen(LsDynaMessag):
    """What stands on the screen: no more than fifty messages of a kind, then what a batch system adds."""

    name: ClassVar[str] = "ls-dyna.screen"
    role: ClassVar[str] = "screen"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _role(head) == "screen"


class LsDynaD3hsp(LsDynaMessag):
    """The echo of the model with what messag has, known by its head up to R10."""

    name: ClassVar[str] = "ls-dyna.d3hsp"
    role: ClassVar[str] = "d3hsp"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _role(head) == "d3hsp"
