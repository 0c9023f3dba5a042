"""The distinct messages of a log, in bounded room."""

import json
from dataclasses import asdict, replace
from typing import Any, Self

from workers.parsers.report import MESSAGES_KEPT, Message, Severity

TEXT_LENGTH = 500
"""Characters of a message that are kept."""
ROOM = 30_000
"""Characters of JSON that all kept messages may take; further distinct ones are only counted."""
MARKS_KEPT = 100_000
"""Messages of one severity, in one run, whose lines are told."""

Marks = list[tuple[int, Severity]]
"""Line and severity of each message."""

_OVERHEAD = len(json.dumps(asdict(Message("warning", "", "", 0)))) + 20


class Messages:
    """Counts a log's messages and keeps the distinct ones in the order of the first."""

    def __init__(
        self, state: dict[str, Any] | None = None, marks: Marks | None = None, room: int = ROOM
    ) -> None:
        self._marks: Marks = [] if marks is None else marks
        """Since they were taken last."""
        self._room_at_first = room
        state = state or {"counts": {}, "kept": [], "room": room}
        self._counts: dict[str, int] = dict(state["counts"])
        self._kept = {_key(m): m for m in (Message(*values) for values in state["kept"])}
        self._room: int = state["room"]
        self._marked: dict[str, int] = dict(state.get("marked", {}))

    @property
    def state(self) -> dict[str, Any]:
        kept = [[m.severity, m.code, m.text, m.line, m.count] for m in self._kept.values()]
        state = {"counts": dict(self._counts), "kept": kept, "room": self._room}
        return {**state, "marked": dict(self._marked)} if self._marked else state

    def afresh(self) -> Self:
        """Counts from none on, for a further run in the same log; marks that were not taken yet stay."""
        return type(self)(None, self._marks, self._room_at_first)

    def take_marks(self) -> Marks:
        """Where warnings and errors stand that were added since this was asked last."""
        taken = self._marks[:]
        self._marks.clear()
        return taken

    def mark(self, severity: Severity, line: int) -> None:
        """Notes where a message stands; `add` does it for each."""
        marked = self._marked.get(severity, 0)
        if marked < MARKS_KEPT and severity != "note":
            self._marked[severity] = marked + 1
            self._marks.append((line, severity))

    def add(self, severity: Severity, code: str | None, text: str, line: int) -> None:
        """Takes one message; the same severity, code and text again only raises its count."""
        self._counts[severity] = self._counts.get(severity, 0) + 1
        self.mark(severity, line)
        code = code[:80] if code else None
        text = text if len(text) <= TEXT_LENGTH else text[: TEXT_LENGTH - 1] + "…"
        message = Message(severity, code, text, line)
        known = self._kept.get(_key(message))
        if known:
            known.count += 1
            return
        cost = len(json.dumps([code, text])) + _OVERHEAD
        if len(self._kept) < MESSAGES_KEPT and cost <= self._room:
            self._kept[_key(message)] = message
            self._room -= cost

    def count(self, *severities: Severity) -> int:
        """Messages of these severities, the repeated and the dropped ones too."""
        return sum(self._counts.get(severity, 0) for severity in severities)

    def kept(self) -> list[Message]:
        return [replace(message) for message in self._kept.values()]


def _key(message: Message) -> tuple[str, str | None, str]:
    return message.severity, message.code, message.text
