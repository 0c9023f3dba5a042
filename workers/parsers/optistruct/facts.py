"""What OptiStruct's .out has told so far, and how the run ended by it."""

from dataclasses import dataclass, field

from workers.parsers.messages import Messages
from workers.parsers.report import Status

WORDS_LENGTH = 200
"""Characters kept of words that a fact rests on."""


@dataclass
class Facts:
    """Kept from one read to the next."""

    version: str | None = None
    host: str | None = None
    in_banner: bool = False
    nodes: int | None = None
    elements: int | None = None
    cores: int | None = None
    memory_bytes: int | None = None
    started_at: str | None = None
    ended_at: str | None = None
    wall_time_s: float | None = None
    cpu_time_s: float | None = None
    cycle: int | None = None
    completed: str | None = None
    """Words of an analysis that came to its end…"""
    converged: str | None = None
    """…of an optimisation that did…"""
    reported: str | None = None
    """…and of a report that is whole, whatever it says."""
    killed: str | None = None
    crashed: str | None = None
    columns: list[str] = field(default_factory=list)
    """Series of the columns of the table that is being printed."""
    modes: bool = False


def how_it_ended(facts: Facts, messages: Messages) -> tuple[Status, str | None]:
    """Status and the words it rests on."""
    if facts.completed:
        return "normal", facts.completed
    errors = (one for one in messages.kept() if one.severity in ("error", "fatal"))
    if error := next(errors, None):
        return "error", error.text[:WORDS_LENGTH]
    if facts.reported:
        return "normal", facts.converged or facts.reported
    if facts.killed:
        return "other", facts.killed
    return ("error", facts.crashed) if facts.crashed else ("running", None)
