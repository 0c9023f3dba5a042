"""The SQLite file that the watcher's memory lies in: opened when needed, set aside when damaged, given up when full."""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from watcher.digest import HASHING

VERSION = 2
"""Of the schema; a file of another version is set aside, its paths are handed over anew."""
CACHE_KIB = 8192
"""What SQLite may hold in this process of a file of any size."""

CHECKPOINT_PAGES = 4000
"""So large may the write-ahead log grow (16 MB) before it is copied back: changes of many folders share that work."""
DISK_CODES = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOMEM,
}
"""What SQLite says of the machine; whatever else it says means a damaged file."""

SCHEMA = f"""
BEGIN;
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE folders (
    id INTEGER PRIMARY KEY,
    root TEXT NOT NULL,
    path BLOB NOT NULL,
    digest INTEGER NOT NULL,
    files INTEGER NOT NULL,
    handed_at INTEGER NOT NULL,
    UNIQUE (root, path)
);
CREATE TABLE files (
    folder INTEGER NOT NULL,
    name BLOB NOT NULL,
    inode NOT NULL,
    size NOT NULL,
    mtime_ns NOT NULL,
    handed_at INTEGER NOT NULL,
    PRIMARY KEY (folder, name)
) WITHOUT ROWID;
CREATE TABLE tickets (
    root TEXT NOT NULL,
    ticket TEXT NOT NULL,
    id INTEGER NOT NULL,
    paths BLOB NOT NULL,
    PRIMARY KEY (root, ticket, id)
) WITHOUT ROWID;
INSERT INTO settings VALUES ('hashing', '{HASHING}');
PRAGMA user_version = {VERSION};
COMMIT;
"""  # nosec B608 # our own names; values are bound

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class MemoryFullError(Exception):
    """The memory cannot be read or written now: a full or failing disk; `__cause__` is SQLite's own word for it.

    What was kept since the last commit is forgotten with it, so it will be handed over again.
    """


class MemoryFile:
    """One connection at most, for one process: the file is locked while it is open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    def read(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Does `work`, with an empty file when the one that was there is damaged. Raises MemoryFullError."""
        with self._lock:
            try:
                try:
                    return work(self._opened())
                except (sqlite3.DatabaseError, TypeError, ValueError) as error:
                    if not _is_damage(error) and not self._forbids_writing(error):
                        raise
                    self._begin_anew(str(error))
                return work(self._opened())
            except sqlite3.OperationalError as error:
                self.close()
                raise MemoryFullError(f"{self._path}: {error}") from error

    def write(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Does `work` within the transaction that `commit` ends. Raises MemoryFullError."""

        def begun(connection: sqlite3.Connection) -> None:
            if not connection.in_transaction:
                connection.execute("BEGIN")
            work(connection)

        self.read(begun)

    def commit(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            self.read(_commit)

    def close(self) -> None:
        """What is not committed is forgotten."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._set_aside_if_unreadable()
            connection = sqlite3.connect(
                self._path, timeout=1.0, isolation_level=None, check_same_thread=False
            )
            self._connection = connection
            # Alone with its file SQLite needs no shared memory beside it: it can be read on a full disk too.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            connection.execute(f"PRAGMA journal_size_limit = {CHECKPOINT_PAGES * 4096}")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            self._make_tables(connection)
        return self._connection

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == VERSION:
            return
        if connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
            raise sqlite3.DatabaseError(f"its version is {version}, ours is {VERSION}")
        connection.executescript(SCHEMA)

    def _set_aside_if_unreadable(self) -> None:
        is_usable = os.access(self._path, os.R_OK | os.W_OK) and not self._path.is_dir()
        # Where its folder cannot be written either, the disk is at fault and not the file.
        if os.path.lexists(self._path) and not is_usable and os.access(self._path.parent, os.W_OK):
            self._begin_anew("not a file that can be read and written")

    def _forbids_writing(self, error: Exception) -> bool:
        """Whether it is the file's contents that do, such as a format that is too new, where the disk and its rights let us."""
        code = getattr(error, "sqlite_errorcode", None)
        return code == sqlite3.SQLITE_READONLY and os.access(self._path, os.W_OK)

    def _begin_anew(self, reason: str) -> None:
        """The last one set aside is kept for whoever wants to know, none before it."""
        self.close()
        aside = f"{self._path}.damaged-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        logger.warning(
            "%s: %s; set aside as %s, everything is handed over anew", self._path, reason, aside
        )
        try:
            for older in self._path.parent.glob(f"{self._path.name}.damaged-*"):
                if older.is_file():
                    older.unlink()
            # The log first: alone it would be taken for the new file's.
            for suffix in ("-wal", ""):
                if os.path.lexists(f"{self._path}{suffix}"):
                    Path(f"{self._path}{suffix}").rename(f"{aside}{suffix}")
        except OSError as error:
            raise MemoryFullError(f"{self._path}: {error}") from error


def _commit(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("COMMIT")


def _is_damage(error: Exception) -> bool:
    """A TypeError or ValueError too: there are bytes where a number or a path was written."""
    if isinstance(error, sqlite3.ProgrammingError | UnicodeEncodeError):  # a fault of ours
        return False
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF not in DISK_CODES  # the bits above say more exactly what went wrong
