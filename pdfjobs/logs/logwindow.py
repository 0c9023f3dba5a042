"""A part of a text file as rows, read by offset: of any file, however long, whatever its lines are like.

A row is a line, or a piece of one that is longer than `ROW_BYTES`; pieces are cut at multiples of that from the line's
begin, or from the file's where the line is so long that its begin is not looked for.
"""

import re
import unicodedata
from dataclasses import dataclass

from pdfjobs.jobfiles import OpenFile
from pdfjobs.names import TURNS_TEXT

ROWS = 400
ROW_BYTES = 4096
MOST_BYTES = 512 * 1024
"""Of the file, in one window."""
LONG_LINE = 256 * 1024
"""How far back the begin of a line is looked for."""

_NULS = re.compile("\0{9,}")


@dataclass(frozen=True)
class Row:
    at: int
    """Offset of its first byte."""
    raw: bytes
    """Without the line's end."""
    goes_on: bool = False
    """It is not the first piece of its line."""
    ended: bool = True
    """A line's end stands behind it, or a further piece; else more may be written to it."""


@dataclass(frozen=True)
class Window:
    """Consecutive rows of a file."""

    begin: int
    end: int
    """Behind the last row and its line end."""
    size: int
    """Of the whole file."""
    rows: list[Row]

    @property
    def is_first(self) -> bool:
        return self.begin == 0

    @property
    def is_last(self) -> bool:
        return self.end >= self.size

    @property
    def settled(self) -> int:
        """The end without a last line that may still grow."""
        return self.end if not self.rows or self.rows[-1].ended else self.rows[-1].at


def after(file: OpenFile, begin: int, rows: int = ROWS) -> Window:
    """The rows from one on that begins at `begin`."""
    raw = file.read(begin, min(MOST_BYTES, max(0, file.size - begin)))
    found = _rows(raw, begin, begun=_is_begun(file, begin))
    kept = found[:rows]
    end = found[rows].at if len(found) > rows else begin + len(raw)
    if len(found) <= rows and end < file.size and len(kept) > 1:
        end = kept.pop().at  # it may be the rest of what was read only
    return Window(begin, end, file.size, kept)


def before(file: OpenFile, end: int, rows: int = ROWS) -> Window:
    """The rows that end where one begins, at `end`."""
    end = min(end, file.size)
    most = min(end, MOST_BYTES - ROW_BYTES)
    begin = row_begin(file, end - most)
    raw = file.read(begin, end - begin)
    found = _rows(raw, begin, begun=_is_begun(file, begin))
    found = found[-rows:]
    return Window(found[0].at if found else end, begin + len(raw), file.size, found)


def around(file: OpenFile, at: int, above: int = 12, rows: int = ROWS) -> Window:
    """The rows around the one that an offset lies in, which is not the first where there are some above it."""
    begin = row_begin(file, at)
    if begin and above:
        begin = before(file, begin, above).begin
    window = after(file, begin, rows)
    return window if not window.is_last else before(file, file.size, rows)


def row_begin(file: OpenFile, at: int) -> int:
    """Where the row begins that an offset lies in."""
    at = max(0, min(at, file.size))
    if at == file.size and at:
        at -= 1  # the last row, also where a line end is the last byte
    line = line_begin(file, at)
    if line is None:
        return at // ROW_BYTES * ROW_BYTES
    return line + (at - line) // ROW_BYTES * ROW_BYTES


def line_begin(file: OpenFile, at: int) -> int | None:
    """Where the line of an offset begins; None when that is too far off to be looked for."""
    step, end = 8192, at
    while end > 0:
        begin = max(0, end - step)
        found = file.read(begin, end - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        if at - begin > LONG_LINE:
            return None
        end, step = begin, step * 4
    return 0


def _is_begun(file: OpenFile, begin: int) -> bool:
    """Whether a row that begins there goes on a line."""
    return begin > 0 and file.read(begin - 1, 1) != b"\n"


def _rows(raw: bytes, begin: int, *, begun: bool) -> list[Row]:
    rows: list[Row] = []
    at, lines = begin, raw.split(b"\n")
    last = lines.pop()
    for number, line in enumerate([*lines, last]):
        is_last = number == len(lines)
        if is_last and not line:
            break
        for cut in range(0, max(1, len(line)), ROW_BYTES):
            more = cut + ROW_BYTES < len(line)
            piece = line[cut : cut + ROW_BYTES]
            goes_on = cut > 0 or (begun and number == 0)
            rows.append(Row(at + cut, piece, goes_on, more or not is_last))
        at += len(line) + 1
    return rows


def shown(raw: bytes) -> str:
    """The text of a row without anything that acts: control characters as their pictures, what turns text as �."""
    text = raw.removesuffix(b"\r").decode("utf-8", "replace")
    if text.isascii() and text.isprintable():
        return text
    if "\0" in text:
        text = _NULS.sub(lambda found: f"[{len(found[0])} NUL bytes]", text)
    return "".join(c if c.isprintable() or c == "\t" else _picture(c) for c in text)


def _picture(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if character in TURNS_TEXT or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
        return "\ufffd"
    return character
