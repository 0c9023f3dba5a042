"""A parser that is a table of patterns: for sites' own logs, and for solvers that are known from their manuals alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from workers.parsers.causes import Table
from workers.parsers.patterns import LINE_LENGTH, needed_words
from workers.parsers.report import Cause, Severity, Status
from workers.parsers.text import decode

TEXTS = ("solver_version", "title", "host", "command", "continues")
NUMBERS = ("time", "end_time", "time_step")
DURATIONS = ("eta_s", "wall_time_s", "cpu_time_s")
COUNTS = ("cycle", "cores", "memory_bytes", "nodes", "elements", "part")
DATES = ("started_at", "ended_at")
FACTS = (*TEXTS, *NUMBERS, *DURATIONS, *COUNTS, *DATES, "percent", "end_cycle")
"""What a group of a pattern may be called; `percent` is the progress, `end_cycle` the last cycle there will be."""

Axis = Literal["time", "iteration", "increment"]


@dataclass(frozen=True)
class Line:
    """A line that the pattern finds, and what it tells beside the facts that its groups are named after."""

    pattern: re.Pattern[str]
    series: Mapping[str, str] = field(default_factory=dict)
    """Series name to the group that holds the value; `{field}` in the name is filled in from that group."""
    status: Status | None = None
    cause: Cause | None = None
    severity: Severity | None = None
    """The line is a message; its groups `code` and `text`, where there are any, are its code and words."""
    goes_on: re.Pattern[str] | None = None
    """Lines that the message goes on with."""
    begins: bool = False
    """A further run begins here: what stood above is of an earlier one."""
    date: str | None = None
    """How the groups `started_at` and `ended_at` are written, e.g. "%d.%m.%Y %H:%M:%S"."""
    needs: str = ""
    """Words that stand in every line that the pattern finds."""
    groups: tuple[str, ...] = ()
    """Facts among the pattern's groups."""

    def finds(self, text: str) -> re.Match[str] | None:
        return self.pattern.search(text) if self.needs in text else None


@dataclass(frozen=True)
class Columns:
    """A table whose header names its columns; its rows have at least as many numbers."""

    header: re.Pattern[str]
    facts: Mapping[str, str] = field(default_factory=dict)
    """Column to fact, e.g. "iter" to "cycle"."""
    series: Mapping[str, str] = field(default_factory=dict)
    """Column to series name; "*" stands for every other column, with `{column}` in the name."""
    separator: str | None = None
    """Between columns; blanks without it."""


@dataclass(frozen=True)
class Rules:
    """A kind of log."""

    claims: re.Pattern[str]
    """Found in one of the first lines, and in no other log."""
    lines: tuple[Line, ...] = ()
    tables: tuple[Columns, ...] = ()
    x: Axis | None = None
    """What the series lie over, where it is not what the table of series says."""
    causes: Table = ()
    tells_end: bool = True
    """Whether the file says how the run ended: else it has no status."""

    def claim(self, head: bytes) -> bool:
        """Whether the first bytes of a file are of this kind."""
        words = needed_words(self.claims)
        if words and words.isascii() and words.encode() not in head.replace(b"\0", b""):
            return False
        texts = decode(head.replace(b"\0", b"")).replace("\r", "\n").split("\n")
        return any(self.claims.search(text[:LINE_LENGTH]) for text in texts)


def line(
    pattern: str,
    *,
    series: Mapping[str, str] | None = None,
    status: Status | None = None,
    cause: Cause | None = None,
    severity: Severity | None = None,
    goes_on: str | None = None,
    begins: bool = False,
    date: str | None = None,
) -> Line:
    """A rule whose pattern is our own."""
    compiled = re.compile(pattern)
    return Line(
        compiled,
        series or {},
        status,
        cause,
        severity,
        re.compile(goes_on) if goes_on else None,
        begins,
        date,
        needed_words(compiled),
        tuple(name for name in compiled.groupindex if name in FACTS),
    )
