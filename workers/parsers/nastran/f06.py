"""Nastran's .f06: echo of the deck, messages, tables; of NASTRAN-95 also what it prints instead of one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from workers.parsers.endings import Ending, ending
from workers.parsers.facts import kept, restored
from workers.parsers.nastran.banner import claims_f06, page_header, product_of, version_of
from workers.parsers.nastran.blocks import Block
from workers.parsers.nastran.parser import WORDS_LENGTH, NastranText, tell_cause
from workers.parsers.nastran.tables import (
    AXES,
    Progress,
    close_increment,
    cut_back,
    model_count,
    take_convergence,
    take_design,
    take_row,
    take_step,
    title_of,
)
from workers.parsers.report import News, Report, Status

_NOTES_IN_FULL = 60
"""Notes after so many keep their first line only: data blocks written make thousands."""
_END = "* * * END OF JOB * * *"
#      SOL 103                 SOL   6                 SOL SESTATIC
_SOL = re.compile(r" {1,8}SOL +(\w{1,16})\b.*")
_THROUGH_PAGES = ("history",)
_PAGES = 10
"""Pages whose headers are looked at: the title stands there from the case control on."""
_BATCH_BYTES = 250
"""Read line by line inside a message or table, before it is asked whether that goes on."""

_OUTSIDE = ("slurm", "forrtl", "fault", "PBS:", "oom-kill")
"""In a killed or crashed run that prints to the screen."""
# In every line that says something outside of tables and messages; most of a .f06 is results, without any of them.
# No word begins with an E, which results are full of: that would take thrice the time.
_WORDS = (
    rb"MESSAGE|I G E N V A L U E|I T E R A T I O N|M O D E L|X E C U T I V E|BJECTIVE|CONSTRAINT"
    rb"|FLUTTER  S|DESIGN CYCLE|\* JOB |D OF JOB|N a s t r a n|Nastran \d|N A S T R A N *(?:\* \*)? *\n|V(?:ERSION|ersion)"
    rb"|\n%|slurm|forrtl|fault|PBS:|oom-kill"
)
_IN_BOX = re.compile(r"N a s t r a n|Nastran \d|N A S T R A N *(?:\* \*)? *$|V(?:ERSION|ersion)")
_TELLING = re.compile(_WORDS)
_TELLING_OR_PAGE = re.compile(_WORDS + rb"|\n1")


@dataclass
class _Facts:
    product: str | None = None
    version: str | None = None
    printed_by: str | None = None
    """The product as page headers name it."""
    title: str | None = None
    date: str | None = None
    pages: int = 0
    """With a header, as far as they are looked at; a banner below one is that of a further run."""
    solution: str | None = None
    nodes: int | None = None
    elements: int | None = None
    notes: int = 0
    fatal: str | None = None
    ended: str | None = None
    killed: str | None = None
    crashed: str | None = None
    table: str | None = None
    progress: Progress = field(default_factory=Progress)


class NastranF06(NastranText):
    """The printed output; END OF JOB stands there after a fatal stop too."""

    name: ClassVar[str] = "nastran.f06"
    version: ClassVar[int] = 2
    role: ClassVar[str] = "f06"
    axes: ClassVar[dict[str, str]] = AXES

    @staticmethod
    def claims(head: bytes) -> bool:
        return claims_f06(head)

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        super().__init__(state)
        self._facts = restored(_Facts, (state or {}).get("facts"))
        if isinstance(self._facts.progress, dict):
            self._facts.progress = restored(Progress, self._facts.progress)

    @property
    def state(self) -> dict[str, Any]:
        facts = kept(self._facts) | {"progress": kept(self._facts.progress)}
        return {**super().state, "facts": facts}

    def report(self) -> Report:
        """The facts so far; a message that may still go on counts with the lines it has."""
        facts, messages = self._facts, self._all_messages()
        fatal = facts.fatal
        if fatal is None and self._block and self._block.severity == "fatal":
            fatal = self._block.text()[:WORDS_LENGTH]
        status, reason = _ending(facts, fatal)
        report = Report(
            self.solver,
            self.role,
            solver_version=_version(facts),
            title=facts.title,
            started_at=facts.date,
            status=status,
            status_reason=reason,
            time=facts.progress.time,
            cycle=facts.progress.design_cycle or facts.progress.increment,
            nodes=facts.nodes,
            elements=facts.elements,
            warnings=messages.count("warning"),
            errors=messages.count("error", "fatal"),
            messages=messages.kept(),
            series=self._tally.summaries(),
        )
        tell_cause(report)
        return report

    def feed(self, chunk: bytes) -> News:
        """As line by line, but over what tells nothing it passes at once."""
        news = News()
        text = chunk.replace(b"\r\n", b"\n") if b"\r" in chunk else chunk
        at, end = text.find(b"\n") + 1, text.rfind(b"\n") + 1
        if b"\r" in text or b"\0" in text or at == end:
            self._read(self._lines.feed(chunk), news)
            self._tell_marks(news)
            return news
        self._read(self._lines.feed(text[:at]), news)
        while at < end:
            stop = min(at + _BATCH_BYTES, end - 1)
            if self._block is None and self._facts.table is None:
                telling = _TELLING_OR_PAGE if self._facts.pages < _PAGES else _TELLING
                start = _line_of(telling.search(text, at - 1, end), text, at, end)
                self._lines.number += text.count(b"\n", at, start)
                at = stop = start
                if at == end:
                    break
            stop = text.find(b"\n", stop) + 1
            self._read(self._lines.feed(text[at:stop]), news)
            at = stop
        self._read(self._lines.feed(text[end:]), news)
        self._tell_marks(news)
        return news

    def _read(self, lines: Iterable[tuple[int, str]], news: News) -> None:
        for number, line in lines:
            if self._block is not None:
                self._tally.line = number
                if "*** " in line and "CONVERGE" in line:
                    take_convergence(line, self._facts.progress, self._tally, news)
                if self._block.takes(line):
                    if "DESIGN CYCLE" in line:
                        take_design(line, self._facts.progress, self._tally, news)
                    continue
                self._end_message()
            first = line[:1]
            if "MESSAGE" in line and (begun := Block.begun_by(line, number)):
                self._block = begun
                if begun.severity == "note":
                    begun.room = 1 if self._facts.notes < _NOTES_IN_FULL else 0
            elif first == "1" and "* *" not in line:
                self._take_page(line)
            elif first == "%":
                self._tally.line = number
                take_step(line, self._facts.progress, self._tally, news)
            elif self._facts.table:
                self._take_in_table(number, line, news)
            else:
                self._take_words(number, line, news)

    def _take_page(self, line: str) -> None:
        """A page's first line, which ends the table above it."""
        facts = self._facts
        if facts.table not in _THROUGH_PAGES:
            facts.table = None
        if facts.pages >= _PAGES or not (header := page_header(line)):
            return
        facts.pages += 1
        facts.title = facts.title or header.title
        facts.date = facts.date or header.date
        facts.printed_by = header.product

    def _take_in_table(self, number: int, line: str, news: News) -> None:
        facts, table = self._facts, self._facts.table
        if "*** " in line or "* *" in line or "DESIGN VARIABLE" in line or title_of(line):
            facts.table = None
            self._take_words(number, line, news)
        elif table == "model":
            if counted := model_count(line):
                name, count = counted
                setattr(facts, name, (getattr(facts, name) or 0) + count)
        elif table == "executive":
            if found := _SOL.fullmatch(line):
                facts.solution = found[1]
                self._messages.add("note", "SOL", f"SOL {found[1]}", number)
            elif line.strip() == "CEND":
                facts.table = None
        elif table:
            self._tally.line = number
            take_row(table, line, facts.progress, self._tally, news)

    def _take_words(self, number: int, line: str, news: News) -> None:
        """A line outside of tables and messages; it tells something only with a word of `TELLING`."""
        facts = self._facts
        self._tally.line = number
        if title := title_of(line):
            facts.table = title
        elif "END OF JOB" in line:
            facts.ended = _END if _END in line else facts.ended
            if not facts.fatal:
                close_increment(facts.progress, self._tally, news)
        elif "CONVERGE" in line and "*** JOB " in line:
            if "DOES NOT" in line:
                cut_back(facts.progress, self._tally, news)
                self._messages.add("note", None, line.strip(" *"), number)
            else:
                close_increment(facts.progress, self._tally, news)
        elif "OBJECTIVE" in line or "CONSTRAINT" in line or "DESIGN CYCLE" in line:
            take_design(line, facts.progress, self._tally, news)
        elif "*" in line and _IN_BOX.search(line):
            self._take_box(line)
        elif not line.isupper() and (outside := _from_outside(line)):
            words = outside.words[:WORDS_LENGTH]
            if outside.kind == "killed":
                facts.killed = facts.killed or words
            else:
                facts.crashed = facts.crashed or words

    def _take_box(self, line: str) -> None:
        if product := product_of(line):
            if self._facts.pages:
                self._forget()
                self._facts = _Facts()
            self._facts.product = self._facts.product or product
        elif self._facts.product and not self._facts.pages and (version := version_of(line)):
            self._facts.version = self._facts.version or version

    def _end_message(self) -> None:
        block, facts = self._block, self._facts
        if block is None:
            return
        if block.severity == "note":
            facts.notes += 1
        elif block.severity == "fatal":
            facts.fatal = facts.fatal or block.text()[:WORDS_LENGTH]
        if block.code == "5293":
            facts.table = "epsilon"
        super()._end_message()


def _line_of(found: re.Match[bytes] | None, text: bytes, at: int, end: int) -> int:
    """Where the line begins that a word was found in, from `at` on; the end if there is none."""
    if found is None:
        return end
    if text[found.start()] == 0x0A:  # the newline before a line is part of what was found
        return found.start() + 1
    return max(text.rfind(b"\n", at, found.start()) + 1, at)


def _from_outside(line: str) -> Ending | None:
    return ending(line) if any(word in line for word in _OUTSIDE) else None


def _ending(facts: _Facts, fatal: str | None) -> tuple[Status, str | None]:
    """Status and the words it rests on."""
    if fatal:
        return "error", fatal
    if facts.ended:
        return "normal", facts.ended
    if facts.killed:
        return "other", facts.killed
    return ("error", facts.crashed) if facts.crashed else ("running", None)


def _version(facts: _Facts) -> str | None:
    if facts.product and facts.version:
        return f"{facts.product} {facts.version}"
    return facts.printed_by or facts.product
