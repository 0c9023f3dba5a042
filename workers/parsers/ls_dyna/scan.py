"""Finds the lines of a log that tell something, without cutting the others out of it.

Most of a d3hsp is rows of numbers: they are passed over by one search in the bytes.
"""

import re

from workers.parsers.ls_dyna.frame import TAKERS
from workers.parsers.ls_dyna.reader import BLANK, MARKS, POINTS, Reader
from workers.parsers.report import News, Severity
from workers.parsers.text import LINE_BYTES, Lines, decode


def _alternatives(words: set[str]) -> bytes:
    """The words, those of one letter together behind it: most lines are refused by their first letter."""
    letters = sorted({word[0] for word in words})
    groups = [(one, sorted(word[1:] for word in words if word[0] == one)) for one in letters]
    parts = [f"{re.escape(one)}(?:{'|'.join(map(re.escape, rest))})" for one, rest in groups]
    return "|".join(parts).encode()


# The newline before the line stands first: the search for one byte is the fastest there is.
_TELLING = re.compile(
    rb"\n(?:[ \t]*+(?:"
    rb"(\d++ t )"  #      236 t 4.9789E-02 dt 2.12E-04 write d3plot file
    rb"|\*\*"  #  *** Warning 30131 (INI+131), or a cycle that outgrew its field
    rb"|>|100 smallest|[NE] [or] r |\[license|LICEN|(?:ERROR|Error|error)\b"
    rb"|(?:" + _alternatives({*TAKERS, *POINTS}) + rb")[ \n])"
    rb"|(?!total #|\*\*)[^ \t\n\d+.\-])"  # column 1
)
_MARKS = tuple(mark.encode() for mark in MARKS)

#  *** Warning 30226 (INI+226)
#      node 1 (rigidwall 1) init. penetration= 3.9500E+01
#                                                            (a line of one blank)
_SHORT = re.compile(
    rb"[ \t]*\*\*\* (Warning|Error) (\d{1,9} \([A-Z]\w{0,9}\+\d{1,9}\))\n"
    rb" {5}([a-z][a-z]+ [ -~]{1,160}[.\w#)])\n[ \t]*\n"
)


def pieces(chunk: bytes) -> tuple[bytes, bytes, bytes] | None:
    """The rest of a line, whole lines, the begin of a line; None where only `Lines` cuts as it must."""
    if b"\0" in chunk:
        return None
    first = chunk.find(b"\n") + 1
    last = chunk.rfind(b"\n") + 1
    whole = chunk[first:last]
    if b"\r" in whole:
        whole = whole.replace(b"\r\n", b"\n")
    if not whole or b"\r" in whole or any(mark in whole for mark in _MARKS):
        return None
    return chunk[:first], whole, chunk[last:]


def scan(reader: Reader, number: int, whole: bytes, news: News) -> None:
    """Hands the telling ones of these whole lines to the reader; `number` lines are above them."""
    data, at = b"\n" + whole, 1
    size, count, search, index = len(data), data.count, _TELLING.search, data.index
    while at < size:
        found = None
        if reader.block is None and not reader.expects and not reader.in_heading(number + 1):
            found = search(data, at - 1)
            if found is None:
                return
            start = found.start() + 1
            if start > at:
                number += count(b"\n", at, start)
                at = start
            while short := _SHORT.match(data, at):
                word, code, text = short.groups()
                reader.tally.line = number + 2
                severity: Severity = "error" if word == b"Error" else "warning"
                words = text.decode()
                words = " ".join(words.split()) if "  " in words else words
                reader.add(severity, code.decode(), words, number + 1)
                number, at, found = number + 3, short.end(), None
            if found is None:
                continue
        end = index(b"\n", at)
        number += 1
        line = _text(data[at:end])
        at = end + 1
        if found and found[1]:
            reader.tally.line = number
            if reader.progress.takes_cycle(line.strip(BLANK), news):
                continue
        reader.take(number, line, news, marked=False)


def _text(raw: bytes) -> str:
    if len(raw) <= LINE_BYTES:
        return decode(raw)
    return next(text for _, text in Lines().feed(raw + b"\n"))
