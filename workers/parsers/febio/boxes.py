"""FEBio's messages: a title and a text in a box of asterisks."""

from dataclasses import dataclass, field

from workers.parsers.messages import TEXT_LENGTH
from workers.parsers.report import Severity

#  *************************************************************************
#  *                               WARNING                                 *
#  *                                                                       *
#  * Problem is diverging. Stiffness matrix will now be reformed           *
#  *                                                                       *
#  *************************************************************************
# (3.8; the same since 1.x)
SEVERITIES: dict[str, Severity] = {
    "WARNING": "warning",
    "ERROR": "error",
    "FATAL ERROR": "fatal",
    "NOTE": "note",
    "INFO": "note",
}
_EDGE = 30
"""Asterisks that make an edge; the widest run inside of a box is shorter."""
_LINES = 40


def is_edge(stripped: str) -> bool:
    return len(stripped) >= _EDGE and not stripped.strip("*")


@dataclass
class Box:
    """A message whose box may still go on."""

    line: int
    title: str | None = None
    lines: list[str] = field(default_factory=list)
    closed: bool = False

    def takes(self, stripped: str) -> bool:
        """Takes the line if the box goes on with it."""
        if self.closed or not stripped.startswith("*"):
            return False
        if is_edge(stripped):
            self.closed = True
            return True
        text = stripped.strip("*").strip()
        if self.title is None:
            self.title = text[:TEXT_LENGTH] or None
        elif text and len(self.lines) < _LINES:
            self.lines.append(text[: max(TEXT_LENGTH - sum(map(len, self.lines)), 0)])
        return True

    def severity(self) -> Severity | None:
        """None for a box that is no message."""
        return SEVERITIES.get(self.title or "")

    def text(self) -> str:
        return " ".join(line for line in self.lines if line)[:TEXT_LENGTH]
