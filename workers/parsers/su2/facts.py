"""What is kept of an SU2 screen log between two reads."""

from dataclasses import dataclass, field

from workers.parsers.endings import Kind
from workers.parsers.messages import TEXT_LENGTH, Messages
from workers.parsers.report import Severity

_LINES = 10
REASON_LENGTH = 200
"""Characters kept of the words that a status rests on."""


@dataclass
class Facts:
    version: str | None = None
    success: str | None = None
    error_exit: str | None = None
    error: str | None = None
    error_line: int | None = None
    interrupted: str | None = None
    outcome: str | None = None
    """What "Solver Exit" says: converged, or out of iterations."""
    killed: str | None = None
    crashed: str | None = None
    nodes: int | None = None
    elements: int | None = None
    cores: int | None = None
    wall_time_s: float | None = None
    limits: dict[str, int] = field(default_factory=dict)
    """Iterations and time steps asked for, by the words of the log."""

    def end_from_outside(self, kind: Kind, words: str) -> None:
        if kind == "killed":
            self.killed = self.killed or words
        else:
            self.crashed = self.crashed or words


@dataclass
class Block:
    """A warning or an error whose lines may still go on."""

    severity: Severity
    line: int
    code: str | None
    """The function that complains."""
    lines: list[str]

    def takes(self, line: str) -> bool:
        """Takes the line if the message goes on with it.

        A warning ends at a blank line or a table; an error's text stands between two rules.
        """
        stripped = line.strip()
        if len(self.lines) >= _LINES:
            return False
        if self.severity == "error":
            # Error in "void CSolver::SetResidual_RMS(…)":
            # -------------------------------------------------------------------------
            # SU2 has diverged (NaN detected).
            # ------------------------------ Error Exit -------------------------------
            if stripped.startswith("---"):
                return not self.lines and not stripped.strip("-")
            if not stripped:
                return not self.lines
            self.lines.append(stripped[:TEXT_LENGTH])
            return True
        goes_on = self.lines[0].startswith("WARNING") and stripped and line[0] not in "-+|"
        if goes_on and not stripped.lower().startswith(("warning", "error")):
            self.lines.append(stripped[: max(TEXT_LENGTH - sum(map(len, self.lines)), 0)])
            return True
        return False

    def text(self) -> str:
        return " ".join(" ".join(self.lines).split())[:TEXT_LENGTH]


def function_of(signature: str) -> str | None:
    """void CSolver::SetResidual_RMS(const CGeometry*, const CConfig*)"""
    words = signature.partition("(")[0].split()
    return words[-1][:80] if words else None


def close(block: Block | None, messages: Messages, facts: Facts) -> None:
    """Counts a message, and keeps what it says of the end."""
    if block is None:
        return
    text = block.text()
    messages.add(block.severity, block.code, text, block.line)
    if block.severity == "error" and facts.error is None:
        facts.error, facts.error_line = text[:REASON_LENGTH] or block.code or "Error in", block.line
