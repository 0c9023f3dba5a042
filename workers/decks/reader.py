"""What all deck readers are: told by the first bytes, then one pass over a deck and its includes."""

from abc import ABC, abstractmethod
from typing import ClassVar

from workers.decks.facts import DeckFacts, Opener, Stream
from workers.decks.sources import BOM, Sources

HEAD_BYTES = 1 << 20
"""The first bytes by which decks are told, enough for a long preamble of comments."""


class DeckReader(ABC):
    """Reads one deck of one solver; pure: includes come through the callable it is given."""

    solver: ClassVar[str]
    endings: ClassVar[tuple[str, ...]]
    """Ends of its decks' file names, lower case, e.g. (".inp",); their whole names where they lie in a `folder`."""
    folder: ClassVar[str] = ""
    """Where the deck lies in what is handed in: "", or e.g. "system" where the deck is a whole case folder."""
    levels: ClassVar[int]
    """How deep includes may nest; those deeper down are named and not read."""

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        self._facts = DeckFacts(self.solver)
        self._sources = Sources(deck, open_include, self._facts, self.levels, self.folder)

    @staticmethod
    @abstractmethod
    def claims(head: bytes) -> bool:
        """Whether the first bytes, of a text, are of such a deck and of no other solver's."""

    @classmethod
    def read(cls, deck: Stream, open_include: Opener) -> DeckFacts:
        """Reads the whole deck in one pass; never raises for what a user may have written."""
        return cls(deck, open_include).facts()

    @abstractmethod
    def facts(self) -> DeckFacts: ...


def first_line(head: bytes, comments: bytes | tuple[bytes, ...], *, indented: bool = True) -> bytes:
    """The first line that is neither blank nor a comment, without blanks after it; none before it if it may be indented."""
    for line in head.removeprefix(BOM).split(b"\n"):
        text = line.strip() if indented else line.rstrip()
        if text and not text.startswith(comments):
            return text
    return b""
