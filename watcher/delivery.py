"""Hands over what is due of one root, and keeps in the memory what was handed over with which ticket."""

import logging
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from watcher.looking import Looking
from watcher.memory import MemoryFullError, TreeMemory
from watcher.outbox import Lane, Outbox, Times
from watcher.pace import Pacer
from watcher.publish import Publisher, QueueAwayError
from watcher.ready import Ready
from watcher.scan import FileStamp, file_stamp

BATCH = 100
"""Paths of one task at most."""
TICK_NS = 10_000_000
"""Two changes within one tick of the kernel's clock leave the same mtime."""
MOST_YOUNG = 10_000
OWED = "owed "
"""Before the name of a vanished folder: in place of a ticket until that is handed over."""
OLDEST_OF = 1000

Stamps = Mapping[str, FileStamp | None]

logger = logging.getLogger(__name__)


class Delivery:
    """One root's. A path that ends with "/" is a folder that vanished. All times are the monotonic clock's."""

    def __init__(
        self, name: str, looking: Looking, memory: TreeMemory, pacer: Pacer, now: float
    ) -> None:
        self.handed = 0
        self.outbox = Outbox()
        self._name, self._looking, self._memory, self._pacer = name, looking, memory, pacer
        self._ready: dict[Lane, Ready] = {"ingest": Ready(), "backlog": Ready()}
        self._since: dict[str, float] = {}
        """When a path that is ready changed first."""
        self._young: OrderedDict[str, None] = OrderedDict()
        """Files handed over within a tick of their last change: the next one may not show in their stamps."""
        self._is_memory_full = False
        self._resume(now)

    @property
    def pending(self) -> int:
        """How many paths have news that are not in the queue."""
        return sum(map(len, self._ready.values())) + self.outbox.parked

    def oldest(self) -> list[tuple[str, float]]:
        """Paths among which are those whose news wait longest, and since when."""
        parked = self.outbox.oldest()
        return [*islice(self._since.items(), OLDEST_OF), *([parked] if parked else [])]

    def about(self, path: str, now: float) -> dict[str, Any]:
        """For people: whether it is due, in which lane, with which task it waits, what was handed over of it."""
        try:
            memory, trouble = self._memory.about(path), ""
        except MemoryFullError as error:
            memory, trouble = None, str(error)
        since = self._since.get(path)
        return {
            "due": next((lane for lane, ready in self._ready.items() if path in ready), None),
            "due_s": None if since is None else now - since,
            "task": self.outbox.about(path, now),
            "memory": memory,
            "memory_trouble": trouble,
        }

    def waits(self, path: str, at: float) -> bool:
        """Whether the news of a file that has changed are on their way already."""
        if path in self._ready["ingest"] or path in self._ready["backlog"]:
            return True
        return self.outbox.park(path, at)

    def add(self, path: str, since: float, lane: Lane = "ingest") -> None:
        """It is due."""
        self._since.setdefault(path, since)
        self._ready[lane].add(path)

    def ready(self, lane: Lane) -> int:
        return len(self._ready[lane])

    def waiting(self) -> list[str]:
        """All paths that are due."""
        return [*self._ready["ingest"], *self._ready["backlog"]]

    def drop(self, path: str) -> None:
        self._since.pop(path, None)
        for ready in self._ready.values():
            ready.discard(path)

    def anew(self) -> None:
        """Nothing was handed over, it turns out."""
        self.outbox = Outbox()

    def next_due(self, *, is_there: bool) -> float:
        lanes = self._ready if is_there else ()
        if any(self._ready[lane] and self.outbox.room(lane) for lane in lanes):
            return float("-inf")
        return self.outbox.next_due()

    def owe(self, folder: str, now: float) -> None:
        """A folder from which files were handed over is gone: told even after a kill."""
        self._remember({f"{folder}/": None}, _owed(f"{folder}/"))
        self.add(f"{folder}/", now)

    def gone(self, paths: Iterable[str]) -> None:
        """These files are no more; their facts stay, so nobody has to be told."""
        self._forget(paths)

    def hand_again(self, paths: Iterable[str], now: float) -> None:
        """Whatever the memory says of them."""
        self._forget(path for path in paths if not path.endswith("/"))
        for path in paths:
            if path.endswith("/"):
                self.owe(path[:-1], now)
            else:
                self.add(path, now)

    def ask(self, publisher: Publisher, now: float) -> dict[str, Times]:
        """Files that changed while they waited to be read, and may go out again. Raises QueueAwayError."""
        answers = self.outbox.ask(publisher, now)
        for paths in answers.lost.values():
            logger.warning(
                "%s: the queue lost %d paths, handing them over anew", self._name, len(paths)
            )
            self.hand_again(paths, now)
        for ticket in [*answers.done, *answers.lost]:
            self._confirm(ticket)
        return answers.free

    def deliver(self, publisher: Publisher, now: float) -> None:
        """Hands over what is ready, as far as there is room. Raises QueueAwayError; the rest stays ready."""
        for lane in self._ready:
            self._deliver(publisher, lane, now)

    def _deliver(self, publisher: Publisher, lane: Lane, now: float) -> None:
        ready = self._ready[lane]
        chosen = ready.take(self.outbox.room(lane))
        while chosen:
            batch = chosen[:BATCH]
            # Looked at before the task is queued: a later change makes a difference that is seen.
            stamps, before = self._news_of(batch)
            try:
                ticket = publisher.ingest(self._name, list(stamps), lane) if stamps else ""
            except QueueAwayError:
                ready.put_back(chosen)
                raise
            if stamps:
                self._keep(stamps, before, ticket)
                self.outbox.add(ticket, list(stamps), lane, now)
                self._note(stamps, lane, now)
            for path in batch:
                self._since.pop(path, None)
            del chosen[:BATCH]

    def _note(self, stamps: Stamps, lane: Lane, now: float) -> None:
        self.handed += len(stamps)
        now_ns = time.time_ns()
        for path, stamp in stamps.items():
            if stamp is None:
                self._confirm(_owed(path))
                continue
            if lane == "ingest":
                self._pacer.handed(path, now)
            self._young.pop(path, None)
            if now_ns - stamp[2] < TICK_NS:
                self._young[path] = None
        while len(self._young) > MOST_YOUNG:
            self._young.popitem(last=False)

    def _news_of(self, paths: list[str]) -> tuple[Stamps, Stamps]:
        """Stamps of those that differ from what was handed over, a vanished folder's is None; and the stamps that
        were handed over."""
        stamps: dict[str, FileStamp | None] = {}
        handed: dict[str, FileStamp | None] = {}
        gone = []
        for path in paths:
            if path.endswith("/"):
                stamps[path] = None
                continue
            try:
                stamp = file_stamp(self._looking.place(path))
            except OSError:
                continue  # cannot be told now; the next scan finds it different
            handed[path] = self._handed_stamp(path)
            if stamp is None:
                gone += [path] if handed[path] else []
            elif stamp != handed[path] or path in self._young:
                stamps[path] = stamp
        if gone:
            self._keep(dict.fromkeys(gone), handed, "")
        return stamps, handed

    def _handed_stamp(self, path: str) -> FileStamp | None:
        entry = self._looking.folders.get(path.rpartition("/")[0])
        if entry is not None and not entry.digest:
            return None
        try:
            return self._memory.stamp(path)
        except MemoryFullError:
            return None

    def _forget(self, paths: Iterable[str]) -> None:
        """What was handed over of these files."""
        handed = {path: self._handed_stamp(path) for path in paths}
        self._keep(dict.fromkeys(handed), handed, "")

    def _keep(self, stamps: Stamps, before: Stamps, ticket: str) -> None:
        for path, stamp in stamps.items():
            if not path.endswith("/"):
                self._looking.count(path, before[path], stamp)
        self._remember(stamps, ticket)

    def _remember(self, stamps: Stamps, ticket: str) -> None:
        try:
            self._memory.keep(stamps, ticket, int(time.time()))
            self._is_memory_full = False
        except MemoryFullError as error:
            if not self._is_memory_full:
                logger.warning("a restart hands over more than it must: %s", error)
            self._is_memory_full = self._looking.has_doubts = True

    def _confirm(self, ticket: str) -> None:
        try:
            self._memory.confirm(ticket)
        except MemoryFullError:
            pass  # asked about again after the next start

    def _resume(self, now: float) -> None:
        """Takes up the tickets of the watcher before us."""
        try:
            tickets = self._memory.tickets()
        except MemoryFullError as error:
            logger.warning("%s: cannot tell what was read: %s", self._name, error)
            return
        for ticket, paths in tickets.items():
            if ticket.startswith(OWED):
                for path in paths:
                    self.add(path, now)
            else:
                self.outbox.add(ticket, paths, "ingest", now)


def _owed(path: str) -> str:
    return f"{OWED}{path!a}"
