"""Finds words in a text file, block by block, for so long as one request may take."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import re2

from pdfjobs.jobfiles import OpenFile

BLOCK = 4 << 20
LONGEST = 64 * 1024
"""Bytes of a line that an expression is looked for in as one; what it finds in longer ones may be cut."""
WORDS_LENGTH = 500
HITS = 100
"""In one row that stand out."""
SECONDS = 2.0
EXPRESSION_BYTES = 4 << 20
"""That an expression may take in memory once it is made ready."""

Clock = Callable[[], float]
_compiled: Any = re2.compile


class ExpressionError(ValueError):
    """The words are no regular expression that can be looked for."""


@dataclass(frozen=True)
class Query:
    """What is looked for."""

    words: str
    regex: bool = False
    exact: bool = False
    """Small and capital letters differ."""

    @property
    def finder(self) -> Any:
        """A pattern over bytes, of which each search takes a time that grows with the text's length only.

        Raises ExpressionError.
        """
        options = re2.Options()
        options.never_nl = True
        options.log_errors = False
        options.max_mem = EXPRESSION_BYTES
        options.case_sensitive = self.exact
        options.literal = not self.regex
        try:
            # `^` and `$` are those of a line.
            before = b"(?m)" if self.regex else b""
            return _compiled(before + self.words.encode("utf-8", "replace"), options)
        except re2.error as error:
            reason = error.args[0] if error.args else ""
            words = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
            raise ExpressionError(words) from error


@dataclass(frozen=True)
class Found:
    """How a search ended."""

    span: tuple[int, int] | None
    """Offsets of what was found; None when nothing was, so far."""
    upto: int
    """How far the file was looked through: from here a further search goes on."""
    over: bool
    """The file's end (or begin) was reached."""


def forwards(
    file: OpenFile, query: Query, at: int, seconds: float = SECONDS, clock: Clock = time.monotonic
) -> Found:
    """The first place from a line's begin `at` on."""
    find, until = _finder(query), clock() + seconds
    while at < file.size:
        at = max(at, file.next_data(at))
        raw = file.read(at, BLOCK)
        if not raw:
            break
        is_end = at + len(raw) >= file.size
        whole = len(raw) if is_end else _whole(raw)
        if span := find(raw, 0, whole):
            return Found((at + span[0], at + span[1]), at + span[1], False)
        at += whole
        if clock() >= until and at < file.size:
            return Found(None, at, False)
    return Found(None, file.size, True)


def backwards(
    file: OpenFile, query: Query, at: int, seconds: float = SECONDS, clock: Clock = time.monotonic
) -> Found:
    """The first place in the last line before a line's begin `at` that has any."""
    find, until = _finder(query), clock() + seconds
    end = min(at, file.size)
    while end > 0:
        begin = max(0, end - BLOCK)
        raw = file.read(begin, end - begin)
        cut = 0 if not begin else _rest(raw)
        if span := _last(find, raw, cut):
            return Found((begin + span[0], begin + span[1]), begin + span[0], False)
        end = begin + cut
        if clock() >= until and end > 0:
            return Found(None, end, False)
    return Found(None, 0, True)


def spans(text: str, query: Query) -> list[tuple[int, int]]:
    """Where in a shown row the words stand, by characters: the first `HITS`, those side by side as one."""
    raw = text.encode("utf-8", "surrogatepass")
    found: list[tuple[int, int]] = []
    for match in islice(query.finder.finditer(raw), HITS):
        begin, end = match.span()
        if found and found[-1][1] >= begin:
            found[-1] = found[-1][0], end
        elif end > begin:
            found.append((begin, end))
    if len(raw) == len(text):
        return found
    return [(_characters(raw[:begin]), _characters(raw[:end])) for begin, end in found]


def _characters(raw: bytes) -> int:
    return len(raw.decode("utf-8", "replace"))


Span = tuple[int, int]


def _finder(query: Query) -> Callable[[bytes, int, int], Span | None]:
    if not query.regex and query.exact:
        words = query.words.encode("utf-8", "replace")

        def find_bytes(raw: bytes, begin: int, end: int) -> Span | None:
            place = raw.find(words, begin, end)
            return None if place < 0 else (place, place + len(words))

        return find_bytes
    pattern = query.finder

    def find(raw: bytes, begin: int, end: int) -> Span | None:
        while match := pattern.search(raw, begin, end):
            span: Span = match.span()
            if span[1] > span[0]:
                return span
            # An expression that nothing satisfies too: the next line may have more.
            begin = max(raw.find(b"\n", span[1], end), span[1]) + 1
            if begin > end:
                break
        return None

    return find


def _last(find: Callable[[bytes, int, int], Span | None], raw: bytes, begin: int) -> Span | None:
    """The first place in the last line of a block that has any; looked for from the back, part by part."""
    end = len(raw)
    while end > begin:
        first = raw.rfind(b"\n", begin, max(begin, end - LONGEST)) + 1 or begin
        last, at = None, first
        while at < end and (span := find(raw, at, end)):
            last, at = span, raw.find(b"\n", span[1], end) + 1 or end
        if last:
            return last
        end = first
    return None


def _whole(raw: bytes) -> int:
    """Length of the block's whole lines; of a line without end, all but what may belong to the next block."""
    end = raw.rfind(b"\n") + 1
    return end if end else max(1, len(raw) - LONGEST)


def _rest(raw: bytes) -> int:
    """Length of the rest of a line that a block begins with; the block before it ends there."""
    end = raw.find(b"\n") + 1
    return end if 0 < end < len(raw) else min(LONGEST, len(raw) // 2)
