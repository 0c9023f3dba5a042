"""The watcher's one loop: take events, go on with scans, hand over what is due, show that it lives, sleep."""

import logging
import time
from typing import Any

from watcher.config import Root, WatcherConfig
from watcher.hot import HotFolder
from watcher.observe import CHECK_S, Bell, Observation
from watcher.publish import Publisher, QueueAwayError
from watcher.tree import Pace, RunTree

IDLE_S = 0.5
"""The longest sleep."""
GATHER_S = 0.02
"""Events come in swarms, which the loop takes together; the first one of a swarm is not kept waiting."""
QUEUE_RETRY_S = 0.5
HEARTBEAT_S = 2.0
HINTS_S = 30.0
SWEEP_S = 10.0
RESCAN_S = 30.0

logger = logging.getLogger(__name__)


class Loop:
    """Watches all roots of one instance until told to stop."""

    def __init__(
        self, config: WatcherConfig, publisher: Publisher, bell: Bell, rescan_s: float = RESCAN_S
    ) -> None:
        self._publisher = publisher
        self._bell = bell
        self._observation = Observation(config.roots, bell)
        pace = Pace(config.logs_quiet_s, config.logs_ceiling_s, rescan_s)
        self._places: list[HotFolder | RunTree] = [
            HotFolder(root, config.intake_quiet_s, rescan_s)
            if root.kind == "hot"
            else RunTree(root, pace)
            for root in config.roots
        ]
        self._gather_s = min(GATHER_S, config.logs_quiet_s / 2, config.intake_quiet_s / 2)
        self._should_stop = False
        self._check_at = 0.0
        self._beat_at = self._hints_at = self._sweep_at = 0.0
        self._queue_is_away = False
        self._deliver_at = 0.0

    def stop(self) -> None:
        """May be called from a signal handler."""
        self._should_stop = True
        self._bell.ring()

    def run(self) -> None:
        try:
            while not self._should_stop:
                self.turn(time.monotonic())
                turned = time.monotonic()
                due = self._next_due()
                if self._bell.wait(due - time.monotonic()) and not self._should_stop:
                    patience = min(turned + self._gather_s, due) - time.monotonic()
                    time.sleep(max(0.0, patience))
        finally:
            self._observation.stop()

    def turn(self, now: float) -> None:
        """One turn of the loop; never waits, except for the queue server's answers."""
        if now >= self._check_at:
            self._check_at = now + CHECK_S
            newly = self._observation.check(now)
            for place in self._places:
                if place.root in newly:
                    place.scan(now)
        for place in self._places:
            place.take(self._observation.take(place.root))
            place.step(now)
        if now >= self._deliver_at:
            self._talk_to_queue(now)

    def _talk_to_queue(self, now: float) -> None:
        try:
            if self._queue_is_away or now >= self._beat_at:
                self._show_life(now)
            for place in self._places:
                place.deliver(self._publisher, now)
            if now >= self._sweep_at:
                self._publisher.sweep()
                self._sweep_at = now + SWEEP_S
        except QueueAwayError as error:
            if not self._queue_is_away:
                logger.warning("the queue server is away, keeping what is due: %s", error)
            self._queue_is_away = True
            self._deliver_at = now + QUEUE_RETRY_S
            return
        if self._queue_is_away:
            logger.info("the queue server is back")
            self._queue_is_away = False

    def _show_life(self, now: float) -> None:
        if not self._publisher.still_knows_us():
            self._hints_at = now
            for place in self._places:
                place.forget_deliveries(now)
        if self._queue_is_away or now >= self._hints_at:
            for place in self._places:
                if isinstance(place, RunTree):
                    place.ignore(self._publisher.hints(place.root.name))
            self._hints_at = now + HINTS_S
        self._publisher.heartbeat([self._state(place) for place in self._places])
        self._beat_at = now + HEARTBEAT_S

    def _state(self, place: HotFolder | RunTree) -> dict[str, Any]:
        root: Root = place.root
        return {
            "name": root.name,
            "path": root.path,
            "kind": root.kind,
            "state": "watched" if self._observation.is_watched(root) else "missing",
            "pending": place.pending,
        }

    def _next_due(self) -> float:
        now = time.monotonic()
        due = min(self._beat_at, self._sweep_at, *(place.next_due() for place in self._places))
        # While the queue server is away, what is due cannot go anywhere.
        return min(now + IDLE_S, self._check_at, max(due, self._deliver_at))
