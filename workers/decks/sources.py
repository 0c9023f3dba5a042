"""The text of a deck and the includes it is in: a line at a time, or a block of rows counted at once.

One chunk of each open file is kept, however long the deck or a line is.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from workers.decks.facts import TEXT_KEPT, DeckFacts, Include, Opener, Stream
from workers.decks.paths import folder_of, joined, leaves_folder

CHUNK_BYTES = 1 << 20
LINE_BYTES = 8192
"""Bytes of a line that are read."""
INCLUDES_KEPT = 1000
"""Includes that are looked at; a deck whose includes multiply would never end."""
READ_BYTES = 1 << 33
"""Bytes that are read, deck and includes together, before further includes are left out."""

BOM = b"\xef\xbb\xbf"
_BLANK_ENDS = (b"\n\n", b" \n", b"\n\r", b" \r\n", b"\t\n", b"\t\r\n")
"""How a blank line that is not the first ends, with what stands before it: without one of these there is none."""
_BLANK = re.compile(rb"\n[ \t\r]*(?=\n)")


class DeckText:
    """One open file."""

    def __init__(self, stream: Stream, name: str) -> None:
        self.name = name
        self.number = 0
        """Of the last line, 1-based."""
        self.bytes = 0
        self._stream = stream
        self._buffer, self._at = self._read().removeprefix(BOM), 0

    def close(self) -> None:
        self._stream.close()

    def line(self) -> bytes | None:
        """The next line without its end, cut to `LINE_BYTES`; None after the last one."""
        end = self._buffer.find(b"\n", self._at)
        if end < 0:
            return self._line_over_chunks()
        line = self._buffer[self._at : min(end, self._at + LINE_BYTES)]
        self._at = end + 1
        self.number += 1
        return line.rstrip(b"\r")

    def chunks(self) -> Iterator[bytes]:
        """The rest as it stands."""
        rest, self._buffer = self._buffer[self._at :], b""
        self._at = 0
        while rest:
            yield rest
            rest = self._read()

    def rows(self, keyword: bytes, comment: bytes, also: bytes = b"\0") -> int:
        """Skips to the next line that begins with the keyword's sign, or is one of `also`: the lines passed, without
        blank ones and comments."""
        rows = 0
        while True:
            last = self._buffer.rfind(b"\n", self._at) + 1
            if last == 0:
                line = self._peek()
                if line is None or line.startswith(also):
                    return rows
                if line.startswith(keyword) and not line.startswith(comment):
                    return rows
                self.line()
                rows += bool(line) and not line.startswith(comment)
                continue
            stop, inner = self._next_keyword(last, keyword, comment)
            sooner = self._buffer.find(b"\n" + also, self._at, stop) + 1 or stop
            if self._buffer.startswith(also, self._at):
                sooner = self._at
            if sooner < stop:
                stop, inner = self._next_keyword(sooner, keyword, comment)
            block = self._buffer[self._at : stop]
            lines = block.count(b"\n")
            self.number += lines
            rows += lines - inner - _blank_lines(block)
            if keyword != comment[:1]:
                rows -= block.count(b"\n" + comment) + block.startswith(comment)
            self._at = stop
            if stop < last:
                return rows

    def _next_keyword(self, last: int, keyword: bytes, comment: bytes) -> tuple[int, int]:
        """Where the next keyword line begins, at most `last`, and the comments before it that begin like one."""
        at, comments = self._at, 0
        while (found := self._buffer.find(keyword, at, last)) >= 0:
            start = self._buffer.rfind(b"\n", self._at, found) + 1 or self._at
            if not self._buffer[start:found].strip():
                if not self._buffer.startswith(comment, found):
                    return start, comments
                comments += 1
            at = self._buffer.find(b"\n", found) + 1
        return last, comments

    def _read(self) -> bytes:
        chunk = self._stream.read(CHUNK_BYTES)
        self.bytes += len(chunk)
        return chunk

    def _peek(self) -> bytes | None:
        """The begin of the line that the buffer ends in, without blanks before it; None at the end."""
        rest = self._buffer[self._at :]
        while b"\n" not in rest and len(rest) < LINE_BYTES and (chunk := self._read()):
            rest += chunk
        self._buffer, self._at = rest, 0
        line = rest[:LINE_BYTES].partition(b"\n")[0].strip()
        return line if rest else None

    def _line_over_chunks(self) -> bytes | None:
        line = self._buffer[self._at : self._at + LINE_BYTES]
        begun = self._at < len(self._buffer)
        self._buffer, self._at = b"", 0
        while chunk := self._read():
            begun = True
            end = chunk.find(b"\n")
            if len(line) < LINE_BYTES:
                line += chunk[
                    : LINE_BYTES - len(line) if end < 0 else min(end, LINE_BYTES - len(line))
                ]
            if end >= 0:
                self._buffer, self._at = chunk, end + 1
                break
        if not begun:
            return None
        self.number += 1
        return line.rstrip(b"\r")


def _blank_lines(block: bytes) -> int:
    if not block:
        return 0
    if not any(end in block for end in _BLANK_ENDS):
        return not block[: block.find(b"\n")].strip()
    return sum(1 for _ in _BLANK.finditer(block)) + (not block[: block.find(b"\n")].strip())


class Sources:
    """The deck's lines, with those of its includes in their place."""

    def __init__(
        self, deck: Stream, open_include: Opener, facts: DeckFacts, levels: int, folder: str = ""
    ) -> None:
        self._open, self._facts, self._levels = open_include, facts, levels
        self._folder = folder
        """Where the deck itself lies, from the folder that paths count from."""
        self._texts = [DeckText(deck, "")]
        self._bytes = 0

    @property
    def source(self) -> str:
        """The include that the last line is of; "" for the deck."""
        return self._texts[-1].name if self._texts else ""

    @property
    def number(self) -> int:
        return self._texts[-1].number if self._texts else 0

    @property
    def folder(self) -> str:
        """The folder of the file that the last line is of."""
        return folder_of(self.source) if self.source else self._folder

    @property
    def depth(self) -> int:
        """Files that are open, the deck among them."""
        return len(self._texts)

    def __iter__(self) -> Iterator[bytes]:
        while self._texts:
            line = self._texts[-1].line()
            if line is None:
                self.leave()
            else:
                yield line

    def lines_of_one(self) -> Iterator[bytes]:
        """The rest of the file that was opened last, which is left at its end."""
        depth = self.depth
        while self._texts and self.depth == depth:
            line = self._texts[-1].line()
            if line is None:
                self.leave()
            else:
                yield line

    def chunks(self) -> Iterator[bytes]:
        """The rest of the file that the last line is of, as it stands."""
        return self._texts[-1].chunks() if self._texts else iter(())

    def leave(self) -> None:
        """Reads no further in this file."""
        if not self._texts:
            return
        text = self._texts.pop()
        self._bytes += text.bytes
        if text.name:  # the deck is closed by whom it was opened
            text.close()

    def stop(self) -> None:
        """Reads no further at all."""
        while self._texts:
            self.leave()

    def rows(self, keyword: bytes, comment: bytes, also: bytes = b"\0") -> int:
        """As `DeckText.rows`, in the file that the last line is of."""
        return self._texts[-1].rows(keyword, comment, also) if self._texts else 0

    def include(
        self,
        name: str,
        folders: Sequence[str] = ("",),
        *,
        follow: bool = True,
        optional: bool = False,
        line: int | None = None,
    ) -> Include:
        """Notes an include, looked for in these folders in turn; its lines come next, unless it is only referred to.

        One that is open already, or lies deeper than the solver goes, is noted and not read again; one that is
        optional is noted only where it is there.
        """
        number, source = self.number if line is None else line, self.source[:TEXT_KEPT]
        include = Include(name[:TEXT_KEPT], number, source)
        opened, path = self._look_for(include, name, folders)
        if opened is not None or not optional:
            self._note(include)
        if opened is None:
            return include
        nested = len(self._texts) > self._levels
        if not follow or nested or any(text.name == path for text in self._texts):
            opened.close()
        else:
            self._texts.append(DeckText(opened, path))
        return include

    def _look_for(
        self, include: Include, name: str, folders: Sequence[str]
    ) -> tuple[Stream | None, str]:
        state: Literal["missing", "outside"] = "missing"
        if self._is_full():
            include.state = "unread"
            return None, ""
        for folder in dict.fromkeys(folders):
            path = joined(folder, name)
            if leaves_folder(path):
                state = "outside"
            elif name and (opened := self._open(path, self.source)) is not None:
                return opened, path
        include.state = state
        return None, ""

    def _is_full(self) -> bool:
        read = self._bytes + sum(text.bytes for text in self._texts)
        return self._facts.include_count >= INCLUDES_KEPT or read > READ_BYTES

    def _note(self, include: Include) -> None:
        facts = self._facts
        facts.include_count += 1
        known = len(facts.includes)
        if known < INCLUDES_KEPT or (known == INCLUDES_KEPT and include.state == "unread"):
            facts.includes.append(include)  # the last one says that there are more
