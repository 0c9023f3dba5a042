"""Finds the lines of a log that tell something, without cutting the others out of it.

Most of a d3hsp is rows of numbers: they are passed over by one search in the bytes. Cycle lines and short messages
that follow one another are taken at once.
"""

import re

from workers.parsers.ls_dyna.blocks import NUMBERS, Block
from workers.parsers.ls_dyna.cycles import FEWEST, Cycles, alike, cycle_at
from workers.parsers.ls_dyna.frame import TAKERS
from workers.parsers.ls_dyna.reader import BLANK, MARKS, NUMERIC, Reader, is_cycle
from workers.parsers.ls_dyna.telling import telling
from workers.parsers.report import News, Severity
from workers.parsers.text import LINE_BYTES, Lines, decode

_MARKS = tuple(mark.encode() for mark in MARKS)
_LONGEST = max(map(len, _MARKS))
_AHEAD = 8192
"""Bytes in which marks are searched for at once."""
_STAR, _BLANK = 0x2A, b" \t"

#  *** Warning 30226 (INI+226)
#      node 1 (rigidwall 1) init. penetration= 3.9500E+01
#                                                            (a line of one blank)
# Then nothing, where they end.
_SHORT = re.compile(
    rb"[ \t]*\*\*\* ((?:Warning|Error) \d{1,9} \([A-Z]\w{0,9}\+\d{1,9}\))\n"
    rb" {5}([a-z][a-z]+ [ -~]{1,160}[.\w#)])\n[ \t]*\n|"
)

#  Iteration:   2     *|du|/|u| =  5.0250723E-04     *Ei/E0 =  1.5855524E-06
_ITERATION = re.compile(
    rb"[ \t]*+(?:Iteration|ITERATION): *+\d{1,9} +\*?\|du\|/\|u\| *= *(\d\.\d++E[+-]\d\d)"
    rb" +\*?Ei/E0 *= *(\d\.\d++E[+-]\d\d)\n|"
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
    if not whole or b"\r" in whole:
        return None
    return chunk[:first], whole, chunk[last:]


class Scan:
    """Hands the telling ones of whole lines to the reader; `number` lines are above them."""

    def __init__(self, reader: Reader, number: int, whole: bytes, news: News) -> None:
        self._reader, self._number, self._news = reader, number, news
        self._data, self._at = b"\n" + whole, 1
        self._numberless: bytes | None = None
        self._clear = 0
        """No mark begins before this place, and behind the lines that are taken…"""
        self._marked = 0
        """…and this is the end of lines with one, each of which is looked at."""

    def run(self) -> None:
        """Takes all of them."""
        reader, data, size = self._reader, self._data, len(self._data)
        while self._at < size:
            if reader.block or reader.expects or self._at < self._marked:
                if reader.block:
                    self._take_rest(reader.block)
                self._take_line()
                continue
            facts = reader.progress.facts
            heading = facts.title is None and reader.in_heading(self._number + 1)
            found = telling(facts.role, heading).search(data, self._at - 1)
            start = found.start() + 1 if found else size
            if self._is_clear(start):
                self._pass_over(start, heading)
                if found:
                    self._take_found(found, heading)

    def _is_clear(self, end: int) -> bool:
        """Whether no line up to there has a mark."""
        if self._at < self._marked:
            return False
        if end > self._clear:
            data, begin = self._data, max(self._clear, self._at)
            self._clear = max(end, begin + _AHEAD)
            last = self._clear + _LONGEST
            for mark in _MARKS:  # a third faster than any() where there is none
                if data.find(mark, begin, last) >= 0:
                    self._marked = data.find(b"\n", last) + 1 or len(data)
                    break
        return self._at >= self._marked

    def _take_found(self, found: re.Match[bytes], heading: bool) -> None:
        if found[1]:
            self._take_cycles()
        elif found[2]:
            self._take_iterations()
        elif self._data[found.end() - 1] != _STAR or heading or not self._takes_messages():
            self._take_line()

    def _pass_over(self, start: int, heading: bool) -> None:
        data, at = self._data, self._at
        if start == at:
            return
        self._number += data.count(b"\n", at, start)
        self._at = start
        while heading and start > at:
            end = start - 1
            start = data.rfind(b"\n", 0, end) + 1
            text = _text(data[start:end]).strip(BLANK)
            if text and text[0] not in NUMERIC and text.partition(" ")[0] not in TAKERS:
                self._reader.pass_over(text)
                return

    def _take_cycles(self) -> None:
        """Takes the cycle line, together with those below that are printed as it is."""
        count = alike(self._data, self._at)
        end = self._at
        if count >= FEWEST:
            end += count * (self._data.index(b"\n", self._at) + 1 - self._at)
            cycles = Cycles.of(self._data[self._at : end], count, _MARKS)
            if cycles and self._reader.progress.takes_cycles(cycles, self._number + 1, self._news):
                self._number += count
                self._at = end
                return
        for _ in range(count):
            cycle = cycle_at(self._data, self._at)
            if cycle is None or not self._is_clear(cycle.end):
                self._take_line()
                continue
            self._number += 1
            self._at = cycle.end
            self._reader.take_cycle(self._number, cycle, self._news)

    def _take_rest(self, block: Block) -> None:
        """Takes what the message goes on with, all but its last line."""
        data, last = self._data, len(self._data) - 1
        while (end := data.index(b"\n", self._at)) < last:
            if data[self._at] not in _BLANK or not self._is_clear(end):
                return
            text = _text(data[self._at : end]).strip(BLANK)
            if not text or is_cycle(text) or not block.takes(text):
                return
            self._number += 1
            self._at = end + 1

    def _take_iterations(self) -> None:
        """Takes the iteration, together with those below that are printed as it is."""
        norms, number, at = [], self._number, self._at
        for found in _ITERATION.finditer(self._data, at):
            if found[1] is None:
                break
            norms.append(found.groups())
            self._at = found.end()
        if not norms:
            self._take_line()
            return
        self._number += len(norms)
        displacements, energies = zip(*norms, strict=True)
        self._reader.progress.take_iterations(
            [*map(float, displacements)], [*map(float, energies)], number + 1, self._news
        )

    def _takes_messages(self) -> bool:
        """Whether there were short ones, of which those of the same folded text are counted at once."""
        reader, number, begun = self._reader, self._number, self._at
        if self._numberless is None:
            self._numberless = self._data.translate(NUMBERS)
        numberless = self._numberless
        further: dict[tuple[bytes, bytes], int] = {}
        mark = reader.folded.messages.mark
        for short in _SHORT.finditer(self._data, begun):
            head = short[1]
            if head is None or not self._is_clear(short.end()):
                break
            start, end = short.span(2)
            key = head, numberless[start:end]
            if key in further:
                further[key] += 1
                mark("error" if head.startswith(b"E") else "warning", number + 1)
            else:
                severity, code = _named(head)
                if reader.folded.folds(code):
                    further[key] = 0
                words = short[2].decode()
                words = " ".join(words.split()) if "  " in words else words
                reader.add(severity, code, words, number + 1)
            number += 3
            self._at = short.end()
        for (head, words), times in further.items():
            if times:
                reader.folded.repeat(*_named(head), words, times)
        self._number = number
        return self._at > begun

    def _take_line(self) -> None:
        end = self._data.index(b"\n", self._at)
        marked = not self._is_clear(end)
        line = _text(self._data[self._at : end])
        self._number += 1
        self._at = end + 1
        self._reader.take(self._number, line, self._news, marked)


def _named(head: bytes) -> tuple[Severity, str]:
    """Severity and code of `Warning 30226 (INI+226)`."""
    word, _, code = head.decode().partition(" ")
    return "error" if word == "Error" else "warning", code


def _text(raw: bytes) -> str:
    if len(raw) <= LINE_BYTES:
        return decode(raw)
    return next(text for _, text in Lines().feed(raw + b"\n"))
