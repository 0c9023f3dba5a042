"""Where the lines of a log begin and which of them tell of trouble, kept beside its points.

They lie among a log's points under names of their own: `place.line` has the line number over the offset of its first
byte, one such pair for each `STEP` bytes; `mark.error` and `mark.warning` have the line of each message over 0, or
over 1 for one that stops the run.
"""

from typing import Any

from pdfjobs.logs.logmarks import ERROR, PLACE, WARNING
from pdfjobs.points.chunks import Points
from workers.parsers.messages import Marks

STEP = 1 << 16

_MARK = {"warning": (WARNING, 0.0), "error": (ERROR, 0.0), "fatal": (ERROR, 1.0)}


class Places:
    """Counts the lines of a log, whatever it holds, and notes the first that begins in each further `STEP` bytes."""

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {"lines": 0, "next": STEP}
        self._lines: int = state["lines"]
        """Ended so far."""
        self._next: int = state["next"]
        """The offset from which the next line is noted."""

    @property
    def state(self) -> dict[str, Any]:
        return {"lines": self._lines, "next": self._next}

    def feed(self, chunk: bytes, offset: int, points: Points) -> None:
        """Takes bytes that stand at `offset`; what lay between them and those before held no line end."""
        at = 0
        while (begin := max(at, self._next - 1 - offset)) < len(chunk):
            end = chunk.find(b"\n", begin) + 1
            if not end:
                break
            self._lines += chunk.count(b"\n", at, end)
            place = offset + end
            points.setdefault(PLACE, []).append((float(place), float(self._lines + 1)))
            self._next = (place // STEP + 1) * STEP
            at = end
        self._lines += chunk.count(b"\n", at)


def add_marks(marks: Marks, points: Points) -> None:
    """Puts the lines of messages among the points."""
    for line, severity in marks:
        name, x = _MARK[severity]
        points.setdefault(name, []).append((x, float(line)))
