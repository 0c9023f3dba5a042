"""What was handed over and is not yet read: the tickets of its tasks, followed until each is done or known to be lost."""

from dataclasses import dataclass, field
from typing import Any, Literal

from watcher.publish import Fate, Publisher

Lane = Literal["ingest", "backlog"]

ROOM: dict[Lane, int] = {"ingest": 1600, "backlog": 800}
"""Paths that may be on their way at once: the rest waits here, where no run's flood gets before another's first line."""
ASK_S = 0.05
"""How often we ask what became of the tickets, while something waits for the answer."""
SOON_S = 0.005
"""After a change of a file that, for all we know, waits to be read: most often it just was. For each ticket, since
with many the question itself costs."""
IDLE_ASK_S = 1.0
LOST_AFTER = 2
"""A task is taken for lost when it was missing so often in a row: one that ends meanwhile looks so once."""
AGAIN_S = 600.0
"""A task that failed is left to the workers' own retries so long; then its paths are handed over anew."""
ON_THEIR_WAY = ("waiting", "begun")

Times = tuple[float, float]
"""Of a file's first and last change."""


@dataclass(slots=True)
class _Ticket:
    paths: list[str]
    lane: Lane
    sent_at: float
    fate: Fate = "waiting"
    missed: int = 0
    changed: dict[str, Times] = field(default_factory=dict)
    """Files of it that have changed again; they go out when its task has begun."""


@dataclass
class Answers:
    """What became of tickets."""

    done: list[str] = field(default_factory=list)
    free: dict[str, Times] = field(default_factory=dict)
    """Files that changed while they waited, and may go out again."""
    lost: dict[str, list[str]] = field(default_factory=dict)
    """Ticket -> its paths."""


class Outbox:
    """One root's. All times are the monotonic clock's."""

    def __init__(self) -> None:
        self.outstanding = 0
        """Paths handed over and not yet read."""
        self.parked = 0
        """Files that changed while they waited to be read."""
        self._tickets: dict[str, _Ticket] = {}
        self._ticket_of: dict[str, str] = {}
        """File -> the ticket it waits with."""
        self._used: dict[Lane, int] = dict.fromkeys(ROOM, 0)
        self._seen_done: list[str] = []
        """Deleted from the queue with the next question: by then the memory has forgotten them for good."""
        self._ask_at = 0.0

    def room(self, lane: Lane) -> int:
        """How many more paths may go out."""
        return max(0, ROOM[lane] - self._used[lane])

    def add(self, ticket: str, paths: list[str], lane: Lane, now: float) -> None:
        self._tickets[ticket] = _Ticket(paths, lane, now)
        self._ticket_of.update(dict.fromkeys(paths, ticket))
        self.outstanding += len(paths)
        self._used[lane] += len(paths)
        self._ask_at = min(self._ask_at, now + ASK_S)

    def park(self, path: str, at: float) -> bool:
        """Whether the file waits to be read anyway; if so its change goes out when that has begun."""
        name = self._ticket_of.get(path)
        if name is None:
            return False
        changed = self._tickets[name].changed
        self.parked += path not in changed
        changed[path] = (changed.get(path, (at, at))[0], at)
        self._ask_at = min(self._ask_at, at + SOON_S * len(self._tickets))
        return True

    def oldest(self) -> tuple[str, float] | None:
        """Of the changes that wait for their file to be read: the first, and since when."""
        firsts = [
            (path, first)
            for ticket in self._tickets.values()
            for path, (first, _) in list(ticket.changed.items())[:1]
        ]
        return min(firsts, key=lambda item: item[1], default=None)

    def about(self, path: str, now: float) -> dict[str, Any] | None:
        """The task that a path waits with; None: with none."""
        name = self._ticket_of.get(path) or next(
            (name for name, ticket in self._tickets.items() if path in ticket.paths), None
        )
        if name is None:
            return None
        ticket = self._tickets[name]
        return {
            "ticket": name,
            "fate": ticket.fate,
            "sent_s": now - ticket.sent_at,
            "changed_again": path in ticket.changed,
        }

    def next_due(self) -> float:
        return self._ask_at if self._tickets or self._seen_done else float("inf")

    def ask(self, publisher: Publisher, now: float) -> Answers:
        """Raises QueueAwayError; then nothing has changed."""
        answers = Answers()
        if now < self.next_due():
            return answers
        publisher.forget(self._seen_done)
        self._seen_done = []
        for name, fate in publisher.fates(self._tickets).items():
            self._note(name, self._tickets[name], fate, now, answers)
        self._seen_done = list(answers.done)
        busy = any(t.fate in ON_THEIR_WAY for t in self._tickets.values())
        # With many tickets the question itself costs.
        self._ask_at = now + (ASK_S * (1 + len(self._tickets) // 20) if busy else IDLE_ASK_S)
        return answers

    def _note(self, name: str, ticket: _Ticket, fate: Fate, now: float, answers: Answers) -> None:
        ticket.missed = ticket.missed + 1 if fate == "lost" else 0
        if fate == "lost" and ticket.missed < LOST_AFTER:
            return
        if fate == "failed" and now - ticket.sent_at > AGAIN_S:
            fate = "lost"
        self._used[ticket.lane] += len(ticket.paths) * (
            (fate in ON_THEIR_WAY) - (ticket.fate in ON_THEIR_WAY)
        )
        ticket.fate = fate
        if fate not in ("waiting", "later"):
            answers.free |= ticket.changed
            self._release(name, ticket)
        if fate == "done":
            answers.done.append(name)
        elif fate == "lost":
            answers.lost[name] = ticket.paths
        if fate in ("done", "lost"):
            self.outstanding -= len(ticket.paths)
            del self._tickets[name]

    def _release(self, name: str, ticket: _Ticket) -> None:
        for path in ticket.paths:
            if self._ticket_of.get(path) == name:
                del self._ticket_of[path]
        self.parked -= len(ticket.changed)
        ticket.changed = {}
