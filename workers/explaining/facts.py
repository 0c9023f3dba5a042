"""Everything that is known of a path at one moment: all are asked at once, each with its own patience."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

from pdfjobs import health, names
from pdfjobs.health import Health
from pdfjobs.health.watcher import Root as WatchedRoot
from workers.explaining import diary, place, queued, reading, watcherword
from workers.explaining.diary import Known
from workers.explaining.place import OnDisk, Place
from workers.explaining.queued import Queued
from workers.explaining.reading import Head


@dataclass(frozen=True)
class Facts:
    """What was found out."""

    place: Place
    disk: OnDisk
    root_disk: OnDisk
    """Of the root's own folder."""
    health: Health
    known: Known
    queued: Queued
    head: Head | None = None
    """Of a file in a tree."""
    word: dict[str, Any] = field(default_factory=dict)
    """The watcher's, by `python -m watcher.explain`."""

    @property
    def watched(self) -> WatchedRoot | None:
        """The root as the watcher's last heartbeat tells of it."""
        root = self.place.root
        roots = self.health.watcher.roots
        return next((one for one in roots if root is not None and one.name == root.name), None)

    @property
    def not_asked(self) -> list[str]:
        """Parts of the service that did not answer, and why."""
        found = []
        if self.known.trouble:
            found.append(f"the diary: {self.known.trouble}")
        if self.queued.trouble:
            found.append(f"the queues: {names.readable(self.queued.trouble)}")
        if trouble := self.word.get("trouble"):
            found.append(f"the watcher: {names.readable(trouble)}")
        if trouble := self.word.get("memory_trouble"):
            found.append(f"the watcher's memory: {names.readable(trouble)}")
        if self.disk.trouble:
            found.append(f"the disk: {self.disk.trouble}")
        return found

    def to_json(self) -> dict[str, Any]:
        """For programs; names as they stand, so JSON's escapes carry bytes that are not UTF-8."""
        watched = self.watched
        return {
            "place": asdict(self.place),
            "disk": asdict(self.disk),
            "root": asdict(watched) if watched else None,
            "watcher_running": self.health.watcher.running,
            "word": self.word,
            "queued": asdict(self.queued),
            "known": asdict(self.known),
            "head": asdict(self.head) if self.head else None,
        }


def gather(said: str) -> Facts:
    """Everything about the path that somebody names."""
    at = place.locate(said)
    root = at.root
    with ThreadPoolExecutor(max_workers=3) as pool:
        word = pool.submit(watcherword.ask, root.name, at.relative) if root else None
        whole = pool.submit(health.look, 0.0, at_database=False)
        disk = place.look(at.path)
        root_disk = place.look(root.path) if root else disk
        known = diary.find(at)
        found = queued.find(at, known.rows)
        is_log = disk.kind == "file" and root is not None and root.kind == "tree"
        return Facts(
            at,
            disk,
            root_disk,
            whole.result(),
            known,
            found,
            reading.look(at) if is_log else None,
            word.result() if word else {},
        )
