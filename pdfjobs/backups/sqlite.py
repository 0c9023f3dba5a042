"""SQLite: a snapshot is a read transaction, which writers do not wait for; a dump is the file's pages, compressed."""

import gzip
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from pdfjobs.backups.errors import BackupError, DamagedError
from pdfjobs.backups.manifest import EngineName
from pdfjobs.backups.store import BLOCK
from pdfjobs.backups.tablesums import Sum, Sums
from pdfjobs.database import SQLITE

LEVEL = 3
"""Of gzip: of what a diary holds, more time buys hardly less bytes."""
PATIENCE_S = 30.0
BESIDE = ("", "-wal", "-shm")
TABLES = (
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " AND sql NOT LIKE 'CREATE VIRTUAL %' ORDER BY name"
)
"""A virtual table's rows lie in tables of its own, which are among these."""


class Sqlite:
    name: EngineName = "sqlite"

    def __init__(self, file: Path, spool: Path) -> None:
        self._file, self._spool = file, spool

    @contextmanager
    def snapshot(self) -> Iterator["_Snapshot"]:
        if not self._file.exists():
            raise BackupError(f"{self._file}: there is no diary yet; start the service once")
        try:
            with closing(_connected(self._file)) as connection:
                connection.execute("BEGIN")
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
                yield _Snapshot(connection, self._spool)
        except sqlite3.Error as error:
            raise BackupError(f"{self._file}: {error}") from error

    @contextmanager
    def restored(self, dump: BinaryIO, place: str, locale: dict[str, str]) -> Iterator["_Restored"]:
        with tempfile.TemporaryDirectory(dir=self._spool) as folder:
            file = Path(folder, "diary.sqlite3")
            file.touch(mode=0o600)
            try:
                with gzip.open(dump) as pages, file.open("wb") as target:
                    shutil.copyfileobj(pages, target, BLOCK)
                with closing(_connected(file)) as connection:
                    (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            except (sqlite3.DatabaseError, EOFError, OSError) as error:
                raise DamagedError(f"{place}: no database comes of it: {error}") from error
            if said != b"ok":
                raise DamagedError(f"{place}: no sound database comes of it: {said.decode()}")
            yield _Restored(file, self._file)

    def holds_jobs(self) -> bool:
        if not self._file.exists() or not self._file.stat().st_size:
            return False
        try:
            with closing(_connected(self._file)) as connection:
                if "pdfjobs_job" not in _tables(connection):
                    return False
                return bool(
                    connection.execute("SELECT EXISTS (SELECT 1 FROM pdfjobs_job)").fetchone()[0]
                )
        except sqlite3.DatabaseError:
            return True

    def sweep(self) -> None:
        for left in self._spool.glob("tmp*"):
            shutil.rmtree(left, ignore_errors=True)


class _Snapshot:
    def __init__(self, connection: sqlite3.Connection, spool: Path) -> None:
        self._connection, self._spool = connection, spool
        self.locale: dict[str, str] = {}

    def sums(self) -> Sums:
        return _sums(self._connection)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        found = self._connection.execute(query).fetchall()
        return [
            tuple(each.decode() if isinstance(each, bytes) else each for each in row)
            for row in found
        ]

    def dump(self, target: BinaryIO) -> None:
        with tempfile.TemporaryDirectory(dir=self._spool) as folder:
            copy = Path(folder, "diary.sqlite3")
            copy.touch(mode=0o600)
            with closing(sqlite3.connect(copy)) as other:
                self._connection.backup(other)
            self._connection.execute(
                "ROLLBACK"
            )  # while it stands, the log of what is written grows
            packed = gzip.GzipFile("", "wb", LEVEL, cast(Any, target), mtime=0)
            with copy.open("rb") as pages, packed:
                shutil.copyfileobj(pages, packed, BLOCK)


class _Restored:
    def __init__(self, file: Path, diary: Path) -> None:
        self._file, self._diary = file, diary

    def sums(self) -> Sums:
        with closing(_connected(self._file)) as connection:
            return _sums(connection)

    def for_django(self) -> dict[str, Any]:
        return {**SQLITE, "NAME": str(self._file)}

    def take_over(self, aside: Path) -> str:
        _complete(self._file)
        kept = ""
        if self._diary.exists():
            _complete(self._diary)
            for ending in BESIDE:
                old = self._diary.with_name(self._diary.name + ending)
                if old.exists():
                    old.rename(aside / old.name)
            kept = str(aside / self._diary.name)
        self._diary.parent.mkdir(parents=True, exist_ok=True)
        self._file.rename(self._diary)
        return kept


def _complete(file: Path) -> None:
    """Makes the one file all of its database: what waits beside it goes in. Only who is alone with it can do that.

    A file that is no database any more stays as it is.
    """
    with closing(_connected(file, patience_s=0)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE").fetchall()
        except sqlite3.OperationalError as error:
            raise BackupError(
                f"{file}: somebody works with it ({error}); end the service first"
            ) from error
        except sqlite3.DatabaseError:
            pass


def _connected(file: Path, patience_s: float = PATIENCE_S) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(file))}?mode=rw", timeout=patience_s, isolation_level=None, uri=True
    )
    connection.text_factory = bytes  # whatever a file held, also what is no UTF-8
    return connection


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [name.decode() for (name,) in connection.execute(TABLES)]


def _sums(connection: sqlite3.Connection) -> Sums:
    found = {}
    for table in _tables(connection):
        total = Sum()
        quoted = table.replace('"', '""')
        for row in connection.execute(f'SELECT * FROM "{quoted}"'):  # nosec B608 # quoted; a table of the copy
            total.add(repr(row).encode())
        found[table] = total.value()
    return found
