"""The diary that is backed up or brought back: its folder and its database, and that only one does it at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pdfjobs import passwordfile
from pdfjobs.backups.engine import Engine, engine_of
from pdfjobs.backups.errors import BackupError
from pdfjobs.backups.key import Key, key_of
from pdfjobs.backups.setting import Backup
from pdfjobs.backups.store import Store, open_store
from pdfjobs.config import Instance


@dataclass(frozen=True)
class Diary:
    """One instance."""

    inst: Instance
    engine: Engine
    is_mirror: bool
    spool: Path
    """A private folder for what lies between database and store."""

    @classmethod
    def of(cls, inst: Instance, entry: dict[str, Any], *, is_mirror: bool) -> "Diary":
        spool = inst.var / "backup-spool"
        spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(inst, engine_of(entry, spool), is_mirror, spool)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other backup or restore of this instance meanwhile."""
        with _locked(self.inst.var / "backup.lock", "a backup or restore of it is under way"):
            yield

    @contextmanager
    def without_service(self) -> Iterator[None]:
        """No service on this instance meanwhile."""
        with _locked(self.inst.var / "service.lock", "its service runs; end it first"):
            yield


@dataclass(frozen=True)
class Shelf:
    """Where backups lie, and the key to them."""

    store: Store
    key: Key

    @classmethod
    def of(
        cls,
        setting: Backup,
        inst: Instance,
        *,
        to: str = "",
        key_file: Path | None = None,
        without_key: bool = False,
    ) -> "Shelf":
        """As the settings say, but for what is given; ConfigError and BackupError for what cannot be used."""
        if key_file is not None:
            text = passwordfile.read(key_file.absolute(), "--key-file", "")
        else:
            text = "" if without_key else setting.key()
        place = to or setting.to or str(inst.backups)
        if not place.startswith("s3://"):
            place = str(Path(place).absolute())
        return cls(open_store(setting, place), key_of(text))


@contextmanager
def _locked(path: Path, words: str) -> Iterator[None]:
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"{path.parent}: {words}") from None
        yield
