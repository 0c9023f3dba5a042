"""The watcher's one loop: take events, go on with looking, hand over what is due, show that it lives, sleep."""

import errno
import logging
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watcher.config import WatcherConfig
from watcher.habits import Habits
from watcher.hot import HotFolder
from watcher.limits import Limits, Use, advice
from watcher.memory import Memory, MemoryFullError
from watcher.mounts import MountBell, Mounts
from watcher.observe import CHECK_S, Bell, Reach
from watcher.pace import Pace
from watcher.publish import Hints, Publisher, QueueAwayError
from watcher.tree import RunTree
from watcher.trust import MOST_MISSED

IDLE_S = 0.5
"""The longest sleep."""
GATHER_S = 0.02
"""Events come in swarms, which the loop takes together; the first one of a swarm is not kept waiting."""
QUEUE_RETRY_S = 0.5
HEARTBEAT_S = 2.0
HINTS_S = 10.0
SWEEP_S = 10.0
RESCAN_S = 30.0

ITSELF = "the queue server, or the disk of the watcher's memory"
OURS = ("hotfolder", "runs")
"""Roots of the instance itself; others are never written to."""

logger = logging.getLogger(__name__)


class Loop:
    """Watches all roots of one instance until told to stop."""

    def __init__(
        self,
        config: WatcherConfig,
        memory: Memory,
        publisher: Publisher,
        bell: Bell,
        rescan_s: float = RESCAN_S,
        alive: Callable[[], object] = lambda: None,
    ) -> None:
        self._publisher, self._bell, self._memory = publisher, bell, memory
        self._alive, self._alive_at = alive, 0.0
        self.turns = 0
        self.busy_with = ITSELF
        """What is being looked at: a root, or what every turn needs."""
        pace = Pace(
            config.logs_quiet_s, config.logs_ceiling_s, config.readings_per_s, config.steady_s
        )
        habits = Habits(config.poll_s, config.stats_per_s, config.grace_s, rescan_s)
        self._places: list[tuple[Reach, HotFolder | RunTree]] = []
        for root in config.roots:
            place: HotFolder | RunTree
            if root.kind == "hot":
                place = HotFolder(root, config.intake_quiet_s, rescan_s, config.poll_s)
            else:
                place = RunTree(root, pace, habits, memory.tree(root.name))
            self._places.append((Reach(root, bell, root.name in OURS), place))
        self._gather_s = min(GATHER_S, config.logs_quiet_s / 2, config.intake_quiet_s / 2)
        self._mount_bell = MountBell()
        self._mounts = Mounts.read()
        self._has_other_mounts = False
        self._limits = Limits.read()
        self._started_at = time.time()
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
                self.turns, turned = self.turns + 1, time.monotonic()
                if turned >= self._alive_at:
                    self._alive()
                    self._alive_at = turned + HEARTBEAT_S
                due = self._next_due()
                if self._bell.wait(due - time.monotonic()) and not self._should_stop:
                    patience = min(turned + self._gather_s, due) - time.monotonic()
                    time.sleep(max(0.0, patience))
        finally:
            for reach, _ in self._places:
                reach.close()
            self._mount_bell.close()

    def turn(self, now: float) -> None:
        """One turn of the loop; never waits, except for the queue server's answers."""
        # At once: a folder that nothing is mounted on any more is no folder whose files were deleted.
        if self._mount_bell.rang():
            self._has_other_mounts = True
            self._check_at = now
        if now >= self._check_at:
            self._check_at = now + CHECK_S
            self._check(now)
        for reach, place in self._places:
            self.busy_with = f"the root {place.root.name}"
            place.take(reach.take())
            place.step(now)
        if now >= self._deliver_at:
            self._talk_to_queue(now)
        self.busy_with = ITSELF
        self._commit()

    def _check(self, now: float) -> None:
        if self._has_other_mounts:
            self._read_mounts()
        for reach, place in self._places:
            self.busy_with = f"the root {place.root.name}"
            if place.missed >= MOST_MISSED:
                reach.distrust("changes were found there that no event had told of")
            if not reach.check(self._mounts, place.mounts, place.was_used, now):
                continue
            if reach.state == "missing" or reach.place is None:
                place.end()
            else:
                place.begin(reach, self._mounts)

    def _read_mounts(self) -> None:
        try:
            self._mounts = Mounts.read()
            self._has_other_mounts = False
        except OSError as error:
            logger.warning("cannot read what is mounted: %s", error)

    def _talk_to_queue(self, now: float) -> None:
        try:
            if self._queue_is_away or now >= self._beat_at:
                self._show_life(now)
            for _, place in self._places:
                self.busy_with = f"the root {place.root.name}"
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
            for _, place in self._places:
                if isinstance(place, HotFolder):
                    place.forget_deliveries(now)
        if self._queue_is_away or now >= self._hints_at:
            for _, place in self._places:
                hints = self._publisher.hints(place.root.name)
                if isinstance(place, RunTree) and hints is not None:
                    self._check_diary(hints)
                    place.hint(hints)
            self._hints_at = now + HINTS_S
        self._publisher.heartbeat(self._words())
        self._answer()
        self._beat_at = now + HEARTBEAT_S

    def _answer(self) -> None:
        """Tells those who asked what is known of a path."""
        for question in self._publisher.questions():
            known = [place for _, place in self._places if place.root.name == question.root]
            self._publisher.answer(question, known[0].about(question.path) if known else {})

    def _check_diary(self, hints: Hints) -> None:
        """What was handed over to another diary says nothing of this one."""
        try:
            before = self._memory.diary
            if before == hints.diary:
                return
            if before is not None:
                logger.warning("the diary's database is another one: handing everything over anew")
                self._memory.forget()
                for _, place in self._places:
                    place.anew()
            self._memory.diary = hints.diary
        except MemoryFullError as error:
            logger.warning("cannot tell which diary this is for: %s", error)

    def _commit(self) -> None:
        try:
            self._memory.commit()
        except MemoryFullError as error:
            logger.warning("a restart hands over more than it must: %s", error)

    def _words(self) -> dict[str, Any]:
        roots = [self._root_words(reach, place) for reach, place in self._places]
        watches = sum(root["watches"] for root in roots)
        use = Use(
            watches,
            refused=sum(
                place.refused + (reach.refusal == errno.ENOSPC) for reach, place in self._places
            ),
            overflows=sum(root["overflows"] for root in roots),
            instance_refused=any(
                reach.refusal in (errno.EMFILE, errno.ENFILE) for reach, _ in self._places
            ),
        )
        return {
            "started_at": self._started_at,
            "rss_bytes": _resident_bytes(),
            "roots": roots,
            "limits": {"watches": watches, **vars(self._limits)},
            "advice": advice(self._limits, use),
        }

    def _root_words(self, reach: Reach, place: HotFolder | RunTree) -> dict[str, Any]:
        words = place.state()
        state: str = reach.state
        why = reach.why
        if state == "watched":
            if place.refused:
                state, why = "mixed", "the kernel gives no more watches"
            elif reach.silent:
                state, why = "mixed", f"no events from {', '.join(reach.silent)}"
            elif reach.away:
                state, why = "mixed", f"not mounted: {', '.join(reach.away)}"
        root = reach.root
        return {
            "name": root.name,
            "path": root.path,
            "kind": root.kind,
            "state": state,
            "why": why,
            "age_s": place.age_s(state),
            **words,
        }

    def _next_due(self) -> float:
        now = time.monotonic()
        due = min(self._beat_at, self._sweep_at, *(place.next_due() for _, place in self._places))
        # While the queue server is away, what is due cannot go anywhere.
        return min(now + IDLE_S, self._check_at, max(due, self._deliver_at))


def _resident_bytes() -> int:
    """0 where the kernel does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()
