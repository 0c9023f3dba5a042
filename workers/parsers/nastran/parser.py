"""The part that the parsers of Nastran's three files have alike: messages and causes."""

from typing import ClassVar

from workers.parsers.blocks import ByBlock
from workers.parsers.causes import find_cause
from workers.parsers.messages import Messages
from workers.parsers.nastran.blocks import Block
from workers.parsers.nastran.causes import CAUSES
from workers.parsers.report import Report

WORDS_LENGTH = 200
"""Characters kept of words that a fact rests on."""


class NastranText(ByBlock):
    """Facts, and what a line says, are the file's own."""

    solver: ClassVar[str] = "nastran"
    role: ClassVar[str]
    block_type = Block


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
