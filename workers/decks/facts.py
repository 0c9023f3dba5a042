"""What a deck reader says of a deck."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

from workers.parsers.text import decode, fortran_float, integer

TEXT_KEPT = 500
STEPS_KEPT = 1000
CONTROLS_KEPT = 200
NOTES_KEPT = 100


class Stream(Protocol):
    """An open binary file."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


Opener = Callable[[str, str], Stream | None]
"""Opens an include by its path from the deck's folder; the second is the file that names it ("" for the deck).
None when it is not there (or not allowed)."""


@dataclass
class Include:
    """An include as the deck names it."""

    name: str
    line: int
    """1-based, in `source`; 0 where the solver takes the file along without being told."""
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


Control = str | float | int | bool


@dataclass
class DeckFacts:
    """Facts of one deck with its includes; None means "the deck does not say"."""

    solver: str
    solver_version: str | None = None
    """The version, or version of the format, that the deck says it is written for, e.g. "2022", "v2506"."""
    title: str | None = None
    nodes: int = 0
    elements: int = 0
    steps: list[Step] = field(default_factory=list)
    """The first `STEPS_KEPT`."""
    step_count: int = 0
    end_time: float | None = None
    """Total time at the end of the last step; iterations where the solver counts those."""
    controls: dict[str, Control] = field(default_factory=dict)
    """What steers the solver, under the solver's own names, e.g. "DT2MS", "solvers.p.tolerance"."""
    includes: list[Include] = field(default_factory=list)
    """The first thousand that are named."""
    include_count: int = 0
    runs_code: list[str] = field(default_factory=list)
    """What in the deck can run programs or read elsewhere, in words; empty for harmless decks."""

    def to_json(self) -> dict[str, Any]:
        """The facts as any database takes them: no bytes that are not UTF-8, no NUL."""
        return {name: _storable(value) for name, value in asdict(self).items()}

    def add_step(self, step: Step) -> Step:
        self.step_count += 1
        if len(self.steps) < STEPS_KEPT:
            self.steps.append(step)
        return step

    def control(self, name: str, value: Control | None) -> None:
        """Keeps a setting, the last one of its name; none for what the deck leaves to the solver."""
        if isinstance(value, str):
            value = _plain(value.strip()[:TEXT_KEPT])
        if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
            return
        name = name[:TEXT_KEPT]
        if name in self.controls or len(self.controls) < CONTROLS_KEPT:
            self.controls[name] = value

    def end_at(self, time: float | None) -> None:
        """Keeps the total time at the end, where it is known and a number."""
        if time is not None and math.isfinite(time):
            self.end_time = time

    def note(self, words: str) -> None:
        """Keeps a word on what the deck can do beyond itself."""
        words = words[:TEXT_KEPT]
        if words not in self.runs_code and len(self.runs_code) < NOTES_KEPT:
            self.runs_code.append(words)

    def entitle(self, text: str) -> None:
        """Keeps the first title that is more than blanks."""
        self.title = self.title or text.strip()[:TEXT_KEPT] or None


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return decode(value.encode("utf-8", "surrogateescape")).replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    return value


def _plain(text: str) -> Control:
    """The number that a text is; else the text."""
    whole = integer(text)
    number = fortran_float(text) if whole is None else whole
    return text if number is None or not math.isfinite(number) else number
