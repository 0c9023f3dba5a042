"""What a deck reader says of a deck."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal, Protocol

Opener = Callable[[str], bytes | None]
"""Gives an include's bytes by the name the deck calls it; None when it is not there (or not allowed)."""


@dataclass
class Include:
    """An include as the deck names it."""

    name: str
    line: int
    """1-based, in `source`."""
    source: str
    """The file that names it: "" for the deck itself."""
    state: Literal["found", "missing", "outside", "unread"] = "found"
    """`outside`: absolute, or leaves the deck's folder; `unread`: beyond what is read of one deck."""


@dataclass
class Step:
    """An analysis step."""

    procedure: str
    """The keyword, e.g. "STATIC"."""
    period: float | None = None
    """Step time, None where the procedure has none."""
    increments: int | None = None
    """Most increments allowed."""
    nonlinear: bool = False


@dataclass
class DeckFacts:
    """Facts of one deck with its includes; None means "the deck does not say"."""

    solver: str
    title: str | None = None
    nodes: int = 0
    elements: int = 0
    steps: list[Step] = field(default_factory=list)
    end_time: float | None = None
    """Total time at the end of the last step."""
    includes: list[Include] = field(default_factory=list)
    runs_code: list[str] = field(default_factory=list)
    """What in the deck can run programs or read elsewhere, in words; empty for harmless decks."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class DeckReader(Protocol):
    """Reads decks of one solver; pure: includes come through the callable it is given."""

    solver: ClassVar[str]
    endings: ClassVar[tuple[str, ...]]
    """File endings of its decks, lower case, e.g. (".inp",)."""

    @staticmethod
    def claims(head: bytes) -> bool:
        """Whether the first bytes are of such a deck."""
        ...

    @staticmethod
    def read(deck: bytes, open_include: Opener) -> DeckFacts:
        """Reads the whole deck; never raises for what a user may have written."""
        ...
