"""What a parser says of a log: the facts of the design's section 8, points and messages.

Everything here is plain values that survive JSON, since state and report are kept between two reads.
"""

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

Severity = Literal["note", "warning", "error", "fatal"]
Status = Literal["running", "normal", "error", "other"]
Cause = Literal[
    "licence",
    "missing file",
    "input error",
    "singular matrix",
    "no convergence",
    "time step too small",
    "negative volume",
    "energy error",
    "floating point error",
    "out of memory",
    "out of disk",
    "wall limit",
    "killed by user",
    "killed by system",
    "MPI failure",
    "crash",
    "unknown",
]
"""Why a run failed or was stopped."""

MESSAGES_KEPT = 500
"""Distinct messages a report holds; further ones are only counted."""


@dataclass
class Message:
    """A distinct message of the solver."""

    severity: Severity
    code: str | None
    text: str
    line: int
    """1-based line of the first one."""
    count: int = 1


@dataclass
class SeriesSummary:
    """A series without its points; `nan` is kept as the text "nan" by `to_json`."""

    unit: str | None
    x: str
    """What the points lie over: "time", "iteration" or "increment"."""
    n: int
    first: float
    last: float
    min: float
    max: float
    last_line: int | None = None
    """1-based line of the last point…"""
    min_line: int | None = None
    """…of the first smallest one, and of the first largest one; None where the parser does not tell."""
    max_line: int | None = None


@dataclass
class Report:
    """Facts of one log file; None means "not printed yet", never 0 or ""."""

    solver: str
    role: str
    solver_version: str | None = None
    title: str | None = None
    started_at: str | None = None
    """ISO 8601, naive when the log gives no zone."""
    ended_at: str | None = None
    host: str | None = None
    command: str | None = None
    status: Status | None = None
    status_reason: str | None = None
    """The line or words that the status rests on."""
    cause: Cause | None = None
    """Of an end that is not normal; None also where the file does not tell."""
    cause_text: str | None = None
    """The words that the cause rests on."""
    cause_line: int | None = None
    """1-based line of these words."""
    part: int | None = None
    """Number of this file's run in a chain of restarts, as printed; later parts go on from earlier ones."""
    continues: str | None = None
    """What the run says that it goes on from: a restart file, an earlier job's name."""
    progress: float | None = None
    time: float | None = None
    end_time: float | None = None
    cycle: int | None = None
    time_step: float | None = None
    eta_s: float | None = None
    wall_time_s: float | None = None
    cpu_time_s: float | None = None
    cores: int | None = None
    memory_bytes: int | None = None
    nodes: int | None = None
    elements: int | None = None
    warnings: int = 0
    errors: int = 0
    pace: list[tuple[float, float]] = field(default_factory=list)
    """(time, wall time in s) pairs of the recent past, for the estimate of the end; see `pace.Pace`."""
    messages: list[Message] = field(default_factory=list)
    series: dict[str, SeriesSummary] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values; a number that JSON has not (nan, inf) becomes its text."""
        return _plain_fields(self)


@dataclass
class News:
    """What one chunk added."""

    points: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    """Series name to (x, y), in order."""
    marks: list[tuple[int, Severity]] = field(default_factory=list)
    """Lines of the warnings and errors, each one's first, in the order in which they were complete."""


class Parser(Protocol):
    """Reads one kind of log of one solver, chunk by chunk; pure: no clock, no file, no network.

    Any split of the bytes into chunks gives the same report and points. The state is bounded (64 kB as JSON)
    however long the log. `claims` is true for exactly one parser for any log.
    """

    name: ClassVar[str]
    """Solver and role, e.g. "calculix.sta"; unique."""
    version: ClassVar[int]
    """Raised when a new version would read other facts from the same bytes."""
    solver: ClassVar[str]
    role: ClassVar[str]

    @staticmethod
    def claims(head: bytes) -> bool:
        """Whether the first bytes of a file (up to `HEAD_BYTES`) are of this kind."""
        ...

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        """Starts at the first byte, or goes on from what `state` returned."""
        ...

    def feed(self, chunk: bytes) -> News:
        """Takes the next bytes; a last line without newline is kept for later."""
        ...

    def finish(self) -> News:
        """Takes the kept last line as it stands: nothing more will come."""
        ...

    @property
    def state(self) -> dict[str, Any]:
        """JSON-able, at most 64 kB."""
        ...

    def report(self) -> Report:
        """The facts so far."""
        ...


HEAD_BYTES = 4096
PLAIN = frozenset([type(None), str, int, bool])


def _plain_fields(value: object) -> dict[str, Any]:
    # By hand: `dataclasses.asdict` copies deeply, and this is done for every line that a log grows by.
    return {
        name: inner if inner.__class__ in PLAIN else _plain(inner)
        for name, inner in vars(value).items()
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return _plain_fields(value)
