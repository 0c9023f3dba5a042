"""What is kept of a MAPDL output between two reads, and what it says of the end."""

import re
from dataclasses import dataclass, field

from workers.parsers.ansys.blocks import Block
from workers.parsers.causes import Table, find_cause
from workers.parsers.messages import Messages
from workers.parsers.report import Message, Report, Status

REASON_LENGTH = 200
"""Characters kept of the words that a status rests on."""

# Solution not converged at time 0.514934108 (load step 1 substep 18).  Run terminated.
# (with "Run continued at user request." it is a warning)
_STOPS = re.compile(
    r"(?i)not converged|did not converge|will terminate|(?:is|been|was|run|solution|analysis) terminat"
    r"|unable to recover|has aborted|is aborted|cannot continue"
)
# The number of iterations exceeds 1.  The run is terminated at the user's request.
# An ABORT file was found …
# An unexpected error ( SIG$BREAK ) has occurred...          (control-C, or its window was closed; 15.0)
_USER_STOPS = re.compile(
    r"(?i)SIG\$(?:BREAK|INT|TERM)\b|\babort(?:ed)? file|\.abt\b|terminated (?:at|by|upon) (?:the )?user|user'?s? (?:abort|stop) request"
    r"|stopped by (?:the )?user"
)
_USER_LIMIT = re.compile(r"(?i)exceeds .*terminated at the user")

CAUSES: Table = (
    (r"(?i)licen[sc]e", "licence"),
    (r"(?i)exceeds .*terminated at the user", "wall limit"),
    (r"(?i)\.abt\b|abort file|SIG\$(?:BREAK|INT|TERM)\b|terminated by|by the user", "killed by user"),
    (r"(?i)not enough memory|memory (?:allocation|required)|insufficient .*memory", "out of memory"),
    (r"(?i)disk (?:space|is full|write)|no space|unable to write|write error", "out of disk"),
    (
        r"(?i)highly distorted|excessive(?:ly)? (?:distort|thickness)|turning inside out|inside out"
        r"|negative (?:jacobian|volume|area|determinant)|zero or negative|element shape",
        "negative volume",
    ),
    (
        r"(?i)pivot|singular|unconstrained|insufficient(?:ly)? constrain|rigid body motion"
        r"|(?:value of|greater than the current) .*limit",
        "singular matrix",
    ),
    (r"(?i)time (?:step|increment) .*(?:small|minimum)|minimum time", "time step too small"),
    (r"(?i)not converge|no convergence|diverg", "no convergence"),
    (r"(?i)does not exist|could not be (?:opened|found)|unable to (?:open|read)|while attempting to open", "missing file"),
    (r"(?i)SIG\$|segmentation|unexpected error", "crash"),
    (
        r"(?i)undefined|not (?:yet )?(?:been )?defined|(?:is|are) no\b|has no\b|not (?:a )?(?:recognized|valid|allowed|available)"
        r"|invalid|missing|must be|requires|cannot|illegal|ignored|incorrect|input",
        "input error",
    ),
)  # fmt: skip


@dataclass
class Facts:
    version: str | None = None
    title: str | None = None
    title_next: bool = False
    started_at: str | None = None
    ended_at: str | None = None
    host: str | None = None
    hosts_next: bool = False
    arguments: bool = False
    """Whether the command line was echoed: a second echo begins a further run."""
    ended: str | None = None
    """The words of the closing box that say so."""
    end_clock: str | None = None
    killed: str | None = None
    crashed: str | None = None
    licence: str | None = None
    stopped: str | None = None
    """The first error that says it ends the run…"""
    stopped_line: int | None = None
    open_error: str | None = None
    """…or the first since the last substep that was solved."""
    open_error_line: int | None = None
    post: bool = False
    """Whether results are looked at now."""
    cores: int | None = None
    nodes: int | None = None
    elements: int | None = None
    sizes_told: bool = False
    memory_bytes: int | None = None
    step: int | None = None
    steps: int | None = None
    """Load steps in all, which Workbench announces."""
    load_step: int | None = None
    substep: int | None = None
    iterations: int | None = None
    """Cumulative, as printed with the substeps."""
    attempt: int = 0
    """Iterations of the last attempt."""
    equilibrium: int = 0
    """Equilibrium iterations so far, the x of the residuals."""
    solved: int = 0
    """Substeps."""
    cutbacks: int = 0
    modes: str | None = None
    """Series of the list of modes that is read now."""
    first_clock: float | None = None
    """Time of day of the start in s."""
    clock_is_new: bool = False
    values: dict[str, float] = field(default_factory=dict)
    """time, begin and end of the load step, time_step, wall, cpu."""


def take_message(block: Block, messages: Messages, facts: Facts) -> None:
    """Counts a message and keeps what it says of the end."""
    text = block.text()
    messages.add(block.severity, None, text, block.line)
    if block.severity not in ("error", "fatal"):
        return
    stops = block.severity == "fatal" or _STOPS.search(text) or _USER_STOPS.search(text)
    text = text[:REASON_LENGTH]
    if stops and facts.stopped is None:
        facts.stopped, facts.stopped_line = text, block.line
    # Errors in the results of a solved model do not undo the solution.
    if facts.open_error is None and not (facts.post and facts.solved):
        facts.open_error, facts.open_error_line = text, block.line


def solve(facts: Facts) -> None:
    """A substep is solved: MAPDL got over the errors before it."""
    facts.solved += 1
    facts.open_error = facts.licence = None


def ending_of(facts: Facts) -> tuple[Status, str | None]:
    """Status and the words it rests on; MAPDL calls a run completed that stopped at an error, too."""
    if facts.stopped:
        by_user = _USER_STOPS.search(facts.stopped) or _USER_LIMIT.search(facts.stopped)
        return "other" if by_user else "error", facts.stopped
    if facts.ended and facts.open_error:
        return "error", facts.open_error
    if facts.ended:
        return "normal", facts.ended
    if facts.killed:
        return "other", facts.killed
    failed = facts.crashed or facts.licence
    return ("error", failed) if failed else ("running", None)


def tell_cause(report: Report, facts: Facts) -> None:
    words, line = facts.stopped, facts.stopped_line
    if not words:
        words, line = facts.open_error, facts.open_error_line
    told = report.status == "error" or facts.stopped
    said = [Message("error", None, words, line or 0)] if words and told else []
    found = find_cause(CAUSES, said, report.status_reason, (facts.crashed, facts.licence))
    report.cause, report.cause_text, report.cause_line = found or ("unknown", None, None)
