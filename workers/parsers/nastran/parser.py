"""The part that the parsers of Nastran's three files have alike: lines, messages, points."""

from dataclasses import asdict
from typing import Any, ClassVar

from workers.parsers.causes import find_cause
from workers.parsers.messages import Messages
from workers.parsers.nastran.blocks import Block
from workers.parsers.nastran.causes import CAUSES
from workers.parsers.report import News, Report
from workers.parsers.series import Tally
from workers.parsers.text import Lines

WORDS_LENGTH = 200
"""Characters kept of words that a fact rests on."""


class NastranText:
    """Lines in, messages and points kept; `take` is the file's own."""

    solver: ClassVar[str] = "nastran"
    role: ClassVar[str]
    axes: ClassVar[dict[str, str]] = {}
    """Series that lie over something else than the table of series says."""

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self.lines = Lines(state.get("lines"))
        self.tally = Tally(state.get("series"), axes=self.axes)
        self.messages = Messages(state.get("messages"))
        block = state.get("block")
        self.block = Block(**block) if block else None

    def take(self, lines: Any, news: News) -> None:
        """Takes numbered lines."""
        raise NotImplementedError

    def feed(self, chunk: bytes) -> News:
        news = News()
        self.take(self.lines.feed(chunk), news)
        news.marks = self.messages.take_marks()
        return news

    def finish(self) -> News:
        news = News()
        self.take(self.lines.finish(), news)
        self._close()
        news.marks = self.messages.take_marks()
        return news

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self.lines.state,
            "series": self.tally.state,
            "messages": self.messages.state,
            "block": asdict(self.block) if self.block else None,
        }

    def all_messages(self) -> Messages:
        """With the one that may still go on, as far as it goes."""
        if self.block is None:
            return self.messages
        messages = Messages(self.messages.state)
        messages.add(self.block.severity, self.block.code, self.block.text(), self.block.line)
        return messages

    def close_block(self) -> None:
        if self.block is not None:
            self.messages.add(
                self.block.severity, self.block.code, self.block.text(), self.block.line
            )
            self.block = None

    def _close(self) -> None:
        """Takes what the message says that is being read, and counts it."""
        self.close_block()

    def forget(self) -> None:
        """A further run begins in this file."""
        self.tally, self.messages = Tally(axes=self.axes), self.messages.afresh()
        self.block = None


def first_fatal(messages: Messages) -> str | None:
    """The words of the first message that stops a run."""
    fatal = (one for one in messages.kept() if one.severity in ("fatal", "error"))
    found = next(fatal, None)
    return found.text[:WORDS_LENGTH] if found else None


def tell_cause(report: Report) -> None:
    """Why a run ended that did not end normally."""
    if report.status not in ("error", "other"):
        return
    if found := find_cause(CAUSES, report.messages, report.status_reason):
        report.cause, report.cause_text, report.cause_line = found
