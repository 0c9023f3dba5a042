"""When a deck in the hot folder has settled: nothing about it changed for the quiet time, seen twice alike."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from watcher.alarms import Alarms
from watcher.filters import SIDECAR_SUFFIX
from watcher.look import DeckKind, Look

DOUBTFUL_QUIET_S = 60.0
"""For an empty folder, whose files may come later, and a sidecar whose deck has not come."""
OFFER_AGAIN_S = 60.0
"""A deck that still lies there is handed over again: the queue may have lost it, and taking it in twice does no harm."""
TELL_SIZE_S = 1.0
"""An arriving deck's growth is told at most so often."""
FOLDER_PAUSE_S = 0.25
"""A folder is looked through when its events pause, not at each of them."""


@dataclass
class News:
    """What the diary should hear of, by name in the hot folder."""

    arrived: dict[str, int] = field(default_factory=dict)
    """Decks seen for the first time or grown, with their size in bytes."""
    settled: dict[str, Look] = field(default_factory=dict)
    """Decks to take in; a lone sidecar under its own name."""
    withdrawn: list[str] = field(default_factory=list)
    """Decks that were told of as arriving and are gone."""

    def __bool__(self) -> bool:
        return bool(self.arrived or self.settled or self.withdrawn)


@dataclass
class _Candidate:
    changed_at: float
    baseline: Look | None = None
    """How it looked after its last known change; None: changed since, not looked at yet."""
    kind: DeckKind | None = None
    total_bytes: int = 0
    looked_at: float = float("-inf")
    is_told: bool = False
    """The diary shows it as arriving."""
    told_bytes: int | None = None
    told_at: float = float("-inf")
    handed: Look | None = None
    """How it looked when it was handed over."""
    handed_at: float = float("-inf")
    offer_at: float = float("-inf")
    """When it is handed over again, if it still lies there."""


class DeckSettler:
    """All decks of one hot folder.

    `step` looks at what is due and returns news; only `sent` makes the settler believe that the news were delivered,
    and what was not sent comes again with the next step, looked at anew. All times are the caller's monotonic clock's.
    """

    def __init__(self, quiet_s: float, look: Callable[[str], Look | None]) -> None:
        self._quiet_s = quiet_s
        self._look = look
        self._candidates: dict[str, _Candidate] = {}
        self._alarms = Alarms()
        self._is_backlogged: Callable[[], bool] = lambda: False

    @property
    def pending(self) -> int:
        """How many decks have come and are not handed over."""
        return sum(candidate.handed is None for candidate in self._candidates.values())

    def about(self, deck: str, now: float) -> dict[str, Any] | None:
        """What is known of a deck, for people; None for one that was never seen, or is taken in."""
        candidate = self._candidates.get(deck)
        if candidate is None:
            return None
        due = self._alarms.due(deck)
        return {
            "kind": candidate.kind.name if candidate.kind else None,
            "since_s": now - candidate.changed_at,
            "in_s": None if due is None else due - now,
            "handed_s": None if candidate.handed is None else now - candidate.handed_at,
        }

    def next_due(self) -> float | None:
        return self._alarms.next()

    def touch(self, deck: str, at: float) -> None:
        """Something about the deck, its contents or its sidecar changed."""
        candidate = self._candidates.get(deck)
        if candidate is None:
            self._candidates[deck] = _Candidate(changed_at=at)
            self._alarms.set(deck, at)
            return
        candidate.changed_at = max(candidate.changed_at, at)
        candidate.baseline = None
        if candidate.kind is DeckKind.FILE:
            self._alarms.set(deck, at)
        else:
            latest = max(at, candidate.looked_at + TELL_SIZE_S)
            self._alarms.set(deck, min(at + min(FOLDER_PAUSE_S, self._quiet_s / 4), latest))

    def see(self, deck: str, at: float) -> None:
        """The deck is there; news only if it was unknown."""
        if deck not in self._candidates:
            self.touch(deck, at)

    def forget_deliveries(self, at: float) -> None:
        """The queue lost everything: tell and hand over anew."""
        for deck, candidate in self._candidates.items():
            candidate.told_bytes = candidate.handed = None
            candidate.told_at = candidate.handed_at = float("-inf")
            self._alarms.set(deck, at)

    def step(self, now: float, is_backlogged: Callable[[], bool] = lambda: False) -> News:
        """`is_backlogged` says whether so much waits to be taken in that what still lies there most likely waits, too."""
        news = News()
        self._is_backlogged = is_backlogged
        for deck in self._alarms.pop(now):
            candidate = self._candidates[deck]
            try:
                seen = self._look(deck)
            except OSError:  # cannot be told now: neither there nor gone
                candidate.changed_at = now
                candidate.baseline = None
                self._alarms.set(deck, now + self._quiet_s)
                continue
            if seen is None or (_is_lone(seen) and candidate.is_told):
                # A sidecar left behind is found again by the next scan, as a name of its own.
                self._note_gone(deck, candidate, now, news)
            else:
                self._note_seen(deck, candidate, seen, now, news)
        return news

    def sent(self, news: News, now: float) -> None:
        """The news are in the queue."""
        for deck, size in news.arrived.items():
            if deck in self._candidates:
                self._candidates[deck].is_told = True
                self._candidates[deck].told_bytes = size
                self._candidates[deck].told_at = now
        for name, look in news.settled.items():
            deck = _deck(name, look)
            self._candidates[deck].handed = look
            self._candidates[deck].handed_at = now
            self._candidates[deck].offer_at = now + OFFER_AGAIN_S
            self._alarms.set(deck, now + OFFER_AGAIN_S)
        for deck in news.withdrawn:
            self._alarms.drop(deck)
            self._candidates.pop(deck, None)

    def _note_gone(self, deck: str, candidate: _Candidate, now: float, news: News) -> None:
        # After a hand-over it is intake that moved the deck away, and the diary knows better than we do.
        if not candidate.is_told or candidate.handed is not None:
            del self._candidates[deck]
            return
        news.withdrawn.append(deck)
        self._alarms.set(deck, now)

    def _note_seen(
        self, deck: str, candidate: _Candidate, seen: Look, now: float, news: News
    ) -> None:
        is_alike = seen == candidate.baseline
        if candidate.baseline is not None and not is_alike:
            candidate.changed_at = now  # a change without an event
        candidate.baseline, candidate.kind, candidate.looked_at = seen, seen.kind, now
        if seen == candidate.handed:
            self._offer_again(deck, candidate, seen, now, news)
            return
        if candidate.handed is not None and not seen.is_same_thing(candidate.handed):
            candidate.handed, candidate.is_told, candidate.told_bytes = None, False, None
        settles_at = candidate.changed_at + self._quiet_for(seen)
        if is_alike and now >= settles_at:
            news.settled[_name(deck, seen)] = seen
            self._alarms.set(deck, now)
        elif is_alike:
            self._alarms.set(deck, settles_at)
        else:
            # However late this look is, the second one comes a while after it.
            self._alarms.set(deck, max(settles_at, now + self._quiet_s / 2))
        self._tell_size(deck, candidate, seen, now, news)

    def _offer_again(
        self, deck: str, candidate: _Candidate, seen: Look, now: float, news: News
    ) -> None:
        if now >= candidate.offer_at and self._is_backlogged():
            # Else thousands that wait for hours would be queued again every minute.
            candidate.offer_at = now + OFFER_AGAIN_S
        if now >= candidate.offer_at:
            news.settled[_name(deck, seen)] = seen
        self._alarms.set(deck, max(candidate.offer_at, now))

    def _tell_size(
        self, deck: str, candidate: _Candidate, seen: Look, now: float, news: News
    ) -> None:
        if _is_lone(seen) or seen.total_bytes == candidate.told_bytes:
            return
        if candidate.handed is None and now >= candidate.told_at + TELL_SIZE_S:
            news.arrived[deck] = seen.total_bytes

    def _quiet_for(self, seen: Look) -> float:
        if seen.kind in (DeckKind.EMPTY_FOLDER, DeckKind.LONE_SIDECAR):
            return max(DOUBTFUL_QUIET_S, self._quiet_s)
        return self._quiet_s


def _is_lone(look: Look) -> bool:
    return look.kind is DeckKind.LONE_SIDECAR


def _name(deck: str, look: Look) -> str:
    return deck + SIDECAR_SUFFIX if _is_lone(look) else deck


def _deck(name: str, look: Look) -> str:
    return name.removesuffix(SIDECAR_SUFFIX) if _is_lone(look) else name
