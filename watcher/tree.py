"""One run tree: its changed files are handed over when quiet, at the latest after the ceiling, once while they wait."""

import os
import time
from collections.abc import Callable
from itertools import islice
from typing import Any

from watcher.alarms import Alarms
from watcher.busy import BusyFolders
from watcher.config import Root
from watcher.delivery import BATCH, OLDEST_OF, Delivery
from watcher.filters import is_in_hidden_folder, unworthy, why_unworthy
from watcher.habits import Habits
from watcher.memory import MemoryFullError, TreeMemory
from watcher.mounts import Mounts
from watcher.observe import Place, Reach
from watcher.outbox import Outbox
from watcher.pace import Pace, Pacer
from watcher.publish import Hints, Publisher
from watcher.scan import FileStamp
from watcher.survey import Survey
from watcher.watches import Changes

FLOOD = 20_000
DUE_AT_ONCE = 20_000
DOUBTFUL_S = 600
"""What was handed over so shortly before a share went away may not have been read."""


class RunTree:
    """The files of one tree and what the queue knows of them. All times are the monotonic clock's."""

    def __init__(
        self,
        root: Root,
        pace: Pace,
        habits: Habits,
        memory: TreeMemory,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.root = root
        self.survey = Survey(root.path, memory, self, habits, clock)
        self._memory, self._clock = memory, clock
        self._pacer = Pacer(pace)
        self._delivery = Delivery(root.name, self.survey.looking, memory, self._pacer, clock())
        self._busy = BusyFolders(self.survey, self._pacer)
        self._ignored: list[str] = []
        self._is_unworthy: Callable[[str], object] = unworthy(())
        self._first_change: dict[str, float] = {}
        self._alarms = Alarms()
        self._is_there = False

    # What the loop wants

    @property
    def pending(self) -> int:
        """How many paths have news that are not in the queue."""
        return len(self._first_change) + self._delivery.pending

    @property
    def outbox(self) -> Outbox:
        return self._delivery.outbox

    def begin(self, reach: Reach, mounts: Mounts) -> None:
        """The root is there, or there again: looked through whole, and watched where its reach has watches."""
        if reach.place is None:
            return
        self._is_there = True
        looking = self.survey.looking
        looking.top, looking.away = reach.place.top, reach.away
        looking.listening.silent = reach.silent
        self._keep_mounts(reach.place, mounts)
        self.survey.begin(reach.watches)

    def end(self) -> None:
        """The root is out of reach. What was handed over just before may not have been read."""
        if not self._is_there:
            return
        self._is_there = False
        self.survey.end()
        try:
            doubtful = self._memory.since(int(time.time()) - DOUBTFUL_S)
        except MemoryFullError:
            doubtful = []
        self._delivery.hand_again(doubtful, self._clock())

    def hint(self, hints: Hints) -> None:
        """Takes the place of what was said before, for files with news already waiting too."""
        self.survey.hint(hints.unfinished)
        if hints.ignore == self._ignored:
            return
        self._ignored, before = list(hints.ignore), set(self._ignored)
        self._is_unworthy = unworthy(hints.ignore)
        for path in [*self._first_change, *self._delivery.waiting()]:
            if not path.endswith("/") and not self.is_worth(path.rpartition("/")[2]):
                self._drop(path)
        if before.difference(hints.ignore):
            self.survey.rules_changed()

    @property
    def mounts(self) -> list[str]:
        """Mount points once seen inside, relative; "" is the root itself."""
        try:
            return self._memory.mounts
        except MemoryFullError:
            return []

    def was_used(self) -> bool:
        """Whether files of it were handed over once."""
        return self.survey.is_known

    @property
    def missed(self) -> int:
        """Changes that no event told of, since it is followed as it is."""
        return self.survey.looking.suspects.missed

    @property
    def refused(self) -> int:
        """Folders that want a watch which the kernel has not got."""
        return self.survey.looking.listening.refused

    def age_s(self, state: str) -> float:
        """How old news may be at worst, where a run goes on."""
        pace, habits = self._pacer.pace, self.survey.habits
        reading_s = max(pace.ceiling_s, self._pacer.interval(self._clock()))
        return round(reading_s + (habits.poll_s if state in ("polled", "mixed") else 0.0), 1)

    def anew(self) -> None:
        """The memory was forgotten: everything is handed over once more."""
        self._delivery.anew()
        self.survey.anew()

    def next_due(self) -> float:
        delivery = self._delivery.next_due(is_there=self._is_there)
        if not self._is_there:
            return delivery
        if self._can_import():
            return float("-inf")
        due = self._alarms.next()
        return min(
            float("inf") if due is None else due,
            delivery,
            self._busy.next_due(),
            self.survey.next_due(),
        )

    def take(self, changes: Changes) -> None:
        for folder in changes.left:
            if not is_in_hidden_folder(folder):
                self.survey.vanish(folder)
        for path, at in changes.touched.items():
            folder, _, name = path.rpartition("/")
            self.survey.heard(path, at)
            self._busy.count(path, folder)
            if self.is_worth(name):
                self.changed(path, at, live=True)
        for folder, is_moved in changes.appeared.items():
            if not is_in_hidden_folder(folder):
                self.survey.appear(folder, moved=is_moved)
        if changes.lost:
            self.survey.lost()
        self._busy.mute(self._clock())

    def step(self, now: float) -> None:
        """Goes on with looking, for a while; finds what is due."""
        if not self._is_there:
            return
        self._busy.step(now)
        self.survey.step()
        if self._can_import():
            self.survey.take_imports(self.outbox.room("backlog"))
        for path in self._alarms.pop(now, DUE_AT_ONCE):
            self._delivery.add(path, self._first_change.pop(path))

    def deliver(self, publisher: Publisher, now: float) -> None:
        """Hands over what is ready, as far as there is room; a file that waits to be read stays with its ticket.

        Raises QueueAwayError; what was not delivered is ready again the next time.
        """
        for path, (first, last) in self._delivery.ask(publisher, now).items():
            if self.is_worth(path.rpartition("/")[2]):
                self._wait(path, first, last)
        if self._is_there:
            self._delivery.deliver(publisher, now)

    def is_worth(self, name: str) -> bool:
        """A file's name: not hidden, not temporary, not what a hint leaves out."""
        return bool(name) and not self._is_unworthy(name)

    # What the survey tells

    def worth(self, files: list[tuple[str, FileStamp]]) -> list[tuple[str, FileStamp]]:
        """Those whose names are worth a notice."""
        is_unworthy = self._is_unworthy
        return [file for file in files if not is_unworthy(file[0])]

    def is_flooded(self) -> bool:
        """Whether there is so much to hand over that looking for more can wait."""
        return self.pending > FLOOD

    def changed(self, path: str, at: float, *, live: bool) -> bool:
        """The file was made, written, renamed or replaced; False where its news were on their way already."""
        self._busy.found()
        if self._delivery.waits(path, at):
            return False
        if not live:
            self._delivery.add(path, at, "backlog")
            return True
        if self._busy.is_looking:
            self._delivery.add(path, at)  # looked at when it was its turn
            return False
        is_news = path not in self._first_change
        self._wait(path, at, at)
        return is_news

    def gone(self, paths: list[str]) -> None:
        """These files are no more."""
        self._delivery.gone(paths)

    def vanished(self, folder: str) -> None:
        """A folder from which files were handed over is no more."""
        self._delivery.owe(folder, self._clock())

    def _can_import(self) -> bool:
        """Whether some of what lay there before may go out."""
        has_room = self._delivery.ready("backlog") < BATCH and self.outbox.room("backlog") > 0
        return has_room and len(self.survey.looking.imports) > 0

    def _wait(self, path: str, first: float, last: float) -> None:
        """For its quiet time."""
        first = self._first_change.setdefault(path, first)
        self._alarms.set(path, self._pacer.due(path, first, last))

    def _drop(self, path: str) -> None:
        self._alarms.drop(path)
        self._first_change.pop(path, None)
        self._delivery.drop(path)

    def _keep_mounts(self, place: Place, mounts: Mounts) -> None:
        """Remembers what is mounted now, to tell an unmounted share from a deleted folder later."""
        now = {*mounts.below(place.top), *([""] if place.is_mount else [])}
        known = {one for one in self.mounts if os.path.lexists(os.path.join(place.top, one))}
        try:
            self._memory.mounts = sorted(now | known)
        except MemoryFullError:
            pass  # asked again at the next change of mounts

    # What people see

    def oldest(self) -> tuple[str, float] | None:
        """The path whose news wait longest, and since when."""
        waiting = [*islice(self._first_change.items(), OLDEST_OF), *self._delivery.oldest()]
        return min(waiting, key=lambda item: item[1], default=None)

    def about(self, path: str) -> dict[str, Any]:
        """What is known of one path, for people."""
        now = self._clock()
        first, due = self._first_change.get(path), self._alarms.due(path)
        quiet = (
            None if first is None or due is None else {"since_s": now - first, "in_s": due - now}
        )
        return {
            "ignored": why_unworthy(path, self._ignored),
            "settling": quiet,
            **self._delivery.about(path, now),
            **self.survey.about(path.rpartition("/")[0]),
        }

    def state(self) -> dict[str, Any]:
        """What the heartbeat says of this tree beside its reach."""
        looking = self.survey.looking
        oldest = self.oldest()
        return {
            "pending": self.pending,
            "outstanding": self.outbox.outstanding,
            "oldest_path": oldest[0] if oldest else None,
            "oldest_s": round(self._clock() - oldest[1], 3) if oldest else None,
            "folders": len(looking.folders),
            "watches": len(looking.listening.watches or ()),
            "polled": len(looking.polling),
            "overflows": looking.recovery.overflows,
            "rescans": looking.recovery.rounds,
            "handed": self._delivery.handed,
            "scan_at": self.survey.scanned_at,
            "scan_s": self.survey.scan_s,
            "import": looking.imports.words(),
        }
