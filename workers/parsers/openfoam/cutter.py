"""Chunks cut into lists of lines, as `Lines` cuts them but many at once."""

from collections.abc import Iterable, Iterator, Sequence

from workers.parsers.openfoam.facts import BANNER
from workers.parsers.text import LINE_BYTES, Lines, decode

Batch = tuple[Sequence[int], str]
"""1-based numbers of lines, and the lines, joined by newlines."""

PIECE = 1 << 18
"""Bytes taken at once: what is made of so many stays in the processor's cache."""
_WINDOW = LINE_BYTES // 2


class Cutter(Lines):
    """`Lines` that hands out all lines of a chunk at once; the same lines, and the same state."""

    def batch(self, chunk: bytes) -> Batch:
        """The lines that the chunk completes."""
        data = self._rest + chunk
        if b"\0" in data or b"\r" in data or self._begun or self._may_be_cut(data):
            return _listed(self.feed(chunk))
        body, newline, rest = data.rpartition(b"\n")
        self._keep(rest)
        if not newline:
            return (), ""
        # Decoded line by line where a byte is not ASCII: one odd line says nothing of the others' encoding.
        text = body.decode("ascii") if body.isascii() else "\n".join(map(decode, body.split(b"\n")))
        start = self.number + 1
        self.number += body.count(b"\n") + 1
        return range(start, self.number + 1), text

    def last(self) -> Batch:
        """The kept last line, if any."""
        return _listed(self.finish())

    @staticmethod
    def _may_be_cut(data: bytes) -> bool:
        """Whether a line may be longer than is read: it would fill one of these windows."""
        find = data.find
        return any(
            find(b"\n", at, at + _WINDOW) < 0 for at in range(0, len(data) - _WINDOW + 1, _WINDOW)
        )


def _listed(numbered: Iterable[tuple[int, str]]) -> Batch:
    pairs = list(numbered)
    return [number for number, _ in pairs], "\n".join(line for _, line in pairs)


def pieces(chunk: bytes) -> Iterator[int]:
    """Where pieces begin and end: before a time step, so that whole steps are taken at once."""
    at = 0
    while at < len(chunk):
        yield at
        at = chunk.rfind(b"\nTime = ", at, at + PIECE) + 1 or at + PIECE
    yield len(chunk)


def cuts(text: str) -> list[int]:
    """Where lines begin whose text is read otherwise than that before: with a banner, and behind the program's name."""
    places = {text.rfind("\n", 0, at) + 1 for at in _places(text, BANNER)}
    named = [at + 1 for at in _places(text, "\nExec ")] + [0] * text.startswith("Exec ")
    places |= {text.find("\n", at) + 1 for at in named}
    return sorted(places - {0})


def _places(text: str, words: str) -> Iterator[int]:
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + len(words))
