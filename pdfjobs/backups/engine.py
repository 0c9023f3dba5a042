"""What a database must be able to do to be backed up; both do it while the service writes."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from pdfjobs.backups.manifest import EngineName
from pdfjobs.backups.tablesums import Sums


class Snapshot(Protocol):
    """The database as it was at one moment, for as long as the context lasts."""

    locale: dict[str, str]

    def sums(self) -> Sums: ...

    def rows(self, query: str) -> list[tuple[Any, ...]]: ...

    def dump(self, target: BinaryIO) -> None:
        """All of it, compressed; `target` is a file of this machine. Nothing can be asked afterwards."""


class Restored(Protocol):
    """A database beside the diary's, gone with its context unless it took the diary's place."""

    def sums(self) -> Sums: ...

    def for_django(self) -> dict[str, Any]:
        """Django's entry for it."""

    def take_over(self, aside: Path) -> str:
        """Becomes the diary's; the words say where the former one is, empty where there was none."""


class Engine(Protocol):
    name: EngineName

    def snapshot(self) -> AbstractContextManager[Snapshot]: ...

    def restored(
        self, dump: BinaryIO, place: str, locale: dict[str, str]
    ) -> AbstractContextManager[Restored]:
        """From a dump; DamagedError with its place for one that is none."""

    def holds_jobs(self) -> bool:
        """Also true of a database that cannot be read: what it holds nobody knows."""

    def sweep(self) -> None:
        """Removes scratch databases that a killed process left."""


def engine_of(entry: dict[str, Any], spool: Path) -> Engine:
    """For Django's entry; `spool` is a folder for what is in between."""
    if "sqlite" in entry["ENGINE"]:
        from pdfjobs.backups.sqlite import Sqlite

        return Sqlite(Path(entry["NAME"]), spool)
    from pdfjobs.backups.postgresql import Postgresql

    return Postgresql(entry)
