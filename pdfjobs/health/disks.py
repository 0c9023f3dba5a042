"""Room on the disks that the service writes to or reads from."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings

from pdfjobs.health.ask_queues import place as queue_place
from pdfjobs.patience import NoAnswerError, Probe

PATIENCE_S = 0.5
OURS = ("VAR", "hotfolder", "runs")
"""Places without which nothing works; foreign trees may come and go."""
POSTGRESQL, REDIS = Path("/var/lib/postgresql"), Path("/var/lib/redis")


@dataclass(frozen=True)
class Place:
    """A folder that matters, and what it is to us."""

    name: str
    path: str
    is_others: bool = False
    """Written by another account or only now and then, so that how it is mounted for us says nothing."""


@dataclass(frozen=True)
class Disk:
    """The file system that one or more places lie on; without an answer only `places`, `path` and `error` speak."""

    places: tuple[str, ...]
    """VAR, and names of roots."""
    path: str
    """Of the first of them."""
    error: str = ""
    hangs: bool = False
    """It neither answers nor refuses, as a share does whose server is gone."""
    device: int | None = None
    total_bytes: int | None = None
    free_bytes: int | None = None
    """For an ordinary account."""
    free_files: float | None = None
    """Share of inodes left, 0..1; None where the file system does not count them."""
    read_only: bool = False
    is_others: bool = False
    """Neither the instance nor a root lies on it."""

    @property
    def free_share(self) -> float | None:
        if self.free_bytes is None or not self.total_bytes:
            return None
        return self.free_bytes / self.total_bytes

    @property
    def used_share(self) -> float | None:
        return None if self.free_share is None else 1.0 - self.free_share


def places() -> list[Place]:
    """VAR and every root of the settings; then what others write without whom the diary stands still."""
    inst = settings.INSTANCE
    trees = [Place(tree.name, str(tree.path)) for tree in settings.PDFJOBS.trees]
    return [
        Place("VAR", str(inst.var)),
        Place("hotfolder", str(inst.hotfolder)),
        Place("runs", str(inst.runs)),
        *trees,
        *(Place(name, str(path), is_others=True) for name, path in _others().items()),
    ]


def _others() -> dict[str, Path]:
    """Servers that are reached by a socket file are this host's, and are where Debian puts them unless [disks] says."""
    inst, wanted = settings.INSTANCE, settings.PDFJOBS
    found = {}
    if wanted.database.engine == "postgresql" and wanted.database.host[:1] in ("", "/"):
        found["database"] = POSTGRESQL
    if queue_place().startswith("/") and queue_place() != str(inst.queue_socket):
        found["queue"] = REDIS
    found = {name: path for name, path in found.items() if path.is_dir()}
    if wanted.backup.to.startswith("/"):
        found["backups"] = Path(wanted.backup.to)
    return found | wanted.disks


class Disks:
    """Asks every place on its own, so that a share that hangs hides no other disk."""

    def __init__(self) -> None:
        self._probes: dict[str, Probe[Disk]] = {}

    def begin(self, max_age_s: float = 0.0) -> None:
        """Asks all of them at once."""
        for place in places():
            self._probe(place).begin(max_age_s)

    def answer(self, max_age_s: float = 0.0) -> tuple[Disk, ...]:
        """One entry a file system, in the order of the places."""
        self.begin(max_age_s)
        found: dict[object, Disk] = {}
        for place in places():
            try:
                disk = self._probe(place).answer(max_age_s)
            except NoAnswerError as error:
                disk = Disk(
                    (place.name,),
                    place.path,
                    error=str(error),
                    hangs=True,
                    is_others=place.is_others,
                )
            same = found.get(disk.device or place.path)
            found[disk.device or place.path] = (
                replace(same, places=(*same.places, place.name)) if same else disk
            )
        return tuple(found.values())

    def forget(self) -> None:
        self._probes.clear()

    def _probe(self, place: Place) -> Probe[Disk]:
        return self._probes.setdefault(place.path, Probe(lambda: measure(place), PATIENCE_S))


def measure(place: Place) -> Disk:
    """What the kernel says of the place's file system."""
    try:
        device = Path(place.path).stat().st_dev
        room = os.statvfs(place.path)
    except OSError as error:
        words = error.strerror or str(error)
        return Disk((place.name,), place.path, error=words, is_others=place.is_others)
    return Disk(
        (place.name,),
        place.path,
        device=device,
        total_bytes=room.f_blocks * room.f_frsize,
        free_bytes=room.f_bavail * room.f_frsize,
        free_files=room.f_favail / room.f_files if room.f_files else None,
        read_only=bool(room.f_flag & os.ST_RDONLY) and not place.is_others,
        is_others=place.is_others,
    )
