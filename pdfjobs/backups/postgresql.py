"""PostgreSQL: pg_dump and our own sums share one exported snapshot; a restored database takes the diary's name."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import psycopg
from psycopg import sql

from pdfjobs.backups import postgresqltools as tools
from pdfjobs.backups.errors import BackupError, DamagedError
from pdfjobs.backups.manifest import EngineName
from pdfjobs.backups.tablesums import Sum, Sums

SCRATCH = "_scratch_"
LONGEST = 63
"""Bytes of a database's name."""
TABLES = (
    "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
    " ORDER BY 1, 2"
)
LOCALE = "SELECT datcollate, datctype FROM pg_database WHERE datname = current_database()"
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)
LEFT_OVER = (
    "SELECT datname FROM pg_database WHERE left(datname, %s) = %s AND NOT EXISTS"
    " (SELECT 1 FROM pg_stat_activity a WHERE a.datname = pg_database.datname)"
)


class Postgresql:
    name: EngineName = "postgresql"

    def __init__(self, entry: dict[str, Any]) -> None:
        self._entry = entry
        self._database = str(entry["NAME"])

    @contextmanager
    def snapshot(self) -> Iterator["_Snapshot"]:
        try:
            with tools.connected(self._entry, self._database) as connection:
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield _Snapshot(self._entry, self._database, connection)
        except psycopg.Error as error:
            raise _refusal(self._database, error) from error

    @contextmanager
    def restored(self, dump: BinaryIO, place: str, locale: dict[str, str]) -> Iterator["_Restored"]:
        scratch = _beside(self._database, f"{SCRATCH}{secrets.token_hex(4)}")
        made = _Restored(self._entry, scratch, self._database)
        try:
            with self._anywhere() as connection:
                _create(connection, scratch, locale)
        except psycopg.Error as error:
            raise _refusal(scratch, error) from error
        try:
            command = [
                tools.program("pg_restore"),
                *("--exit-on-error", "--no-owner", "--no-privileges"),
                f"--dbname={scratch}",
            ]
            done = subprocess.run(
                command,
                stdin=dump,
                capture_output=True,
                env=tools.environment(self._entry, scratch),
            )
            if done.returncode:
                raise DamagedError(
                    f"{place}: no database comes of it: {tools.last_words(done.stderr)}"
                )
            yield made
        finally:
            if not made.has_taken_over:
                with self._anywhere() as connection:
                    _drop(connection, scratch)

    def holds_jobs(self) -> bool:
        try:
            with tools.connected(self._entry, self._database) as connection:
                found = connection.execute("SELECT to_regclass('pdfjobs_job')").fetchone()
                if found is None or found[0] is None:
                    return False
                row = connection.execute("SELECT EXISTS (SELECT 1 FROM pdfjobs_job)").fetchone()
                return row is None or bool(row[0])
        except psycopg.OperationalError as error:
            if tools.is_missing(error, self._database):
                return False
            raise _refusal(self._database, error) from error
        except psycopg.Error:
            return True

    def sweep(self) -> None:
        begin = _beside(self._database, SCRATCH)
        try:
            with self._anywhere() as connection:
                for (name,) in connection.execute(LEFT_OVER, (len(begin), begin)).fetchall():
                    _drop(connection, name)
        except psycopg.Error as error:
            raise _refusal(self._database, error) from error

    @contextmanager
    def _anywhere(self) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
        """A connection to the server, also when the diary's own database is not there."""
        try:
            opened = tools.connected(self._entry, self._database)
        except psycopg.OperationalError as error:
            if not tools.is_missing(error, self._database):
                raise
            opened = tools.connected(self._entry, "postgres")
        with opened as connection:
            yield connection


class _Snapshot:
    def __init__(
        self,
        entry: dict[str, Any],
        database: str,
        connection: "psycopg.Connection[tuple[Any, ...]]",
    ) -> None:
        self._entry, self._database, self._connection = entry, database, connection
        (exported,), *_ = connection.execute("SELECT pg_export_snapshot()").fetchall()
        self._exported = str(exported)
        (collate, ctype), *_ = connection.execute(LOCALE).fetchall()
        self.locale = {"collate": collate, "ctype": ctype}

    def sums(self) -> Sums:
        return _sums(self._connection)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query.encode()).fetchall()

    def dump(self, target: BinaryIO) -> None:
        command = [
            tools.program("pg_dump"),
            *("--format=custom", "--no-owner", "--no-privileges"),
            *(f"--snapshot={self._exported}", "--no-password"),
        ]
        environment = tools.environment(self._entry, self._database)
        done = subprocess.run(command, stdout=target, stderr=subprocess.PIPE, env=environment)
        if done.returncode:
            raise BackupError(f"pg_dump: {tools.last_words(done.stderr)}")


class _Restored:
    def __init__(self, entry: dict[str, Any], scratch: str, diary: str) -> None:
        self._entry, self._scratch, self._diary = entry, scratch, diary
        self.has_taken_over = False

    def sums(self) -> Sums:
        with tools.connected(self._entry, self._scratch) as connection:
            return _sums(connection)

    def for_django(self) -> dict[str, Any]:
        return {**self._entry, "NAME": self._scratch}

    def take_over(self, aside: Path) -> str:
        kept = ""
        try:
            # Nobody can rename the database that they are connected to.
            with tools.connected(self._entry, self._scratch) as connection:
                if _exists(connection, self._diary):
                    kept = _beside(self._diary, f"_{aside.name}")
                    self._check_alone(connection)
                    _rename(connection, self._diary, kept)
            try:
                with tools.connected(self._entry, kept or "postgres") as connection:
                    _rename(connection, self._scratch, self._diary)
            except psycopg.Error:
                if kept:
                    with tools.connected(self._entry, self._scratch) as connection:
                        _rename(connection, kept, self._diary)
                raise
        except psycopg.Error as error:
            raise _refusal(self._diary, error) from error
        self.has_taken_over = True
        return f"database {kept}" if kept else ""

    def _check_alone(self, connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
        (others,), *_ = connection.execute(OTHERS, (self._diary,)).fetchall()
        if others:
            raise BackupError(
                f"database {self._diary}: somebody works with it ({others} connections);"
                " end the service first"
            )


def _sums(connection: "psycopg.Connection[tuple[Any, ...]]") -> Sums:
    found = {}
    for schema, table in connection.execute(TABLES).fetchall():
        total = Sum()
        copy = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(schema, table))
        with connection.cursor().copy(copy) as rows:
            for row in rows:
                total.add(bytes(row))
        found[table if schema == "public" else f"{schema}.{table}"] = total.value()
    return found


def _create(
    connection: "psycopg.Connection[tuple[Any, ...]]", name: str, locale: dict[str, str]
) -> None:
    plain = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(
        sql.Identifier(name)
    )
    ordered = sql.SQL(" LC_COLLATE {} LC_CTYPE {}").format(
        locale.get("collate", "C"), locale.get("ctype", "C")
    )
    try:
        connection.execute(plain + ordered)
    except psycopg.errors.WrongObjectType:  # this host does not know that locale
        connection.execute(plain)


def _drop(connection: "psycopg.Connection[tuple[Any, ...]]", name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} (FORCE)").format(sql.Identifier(name)))


def _rename(connection: "psycopg.Connection[tuple[Any, ...]]", old: str, new: str) -> None:
    names = sql.Identifier(old), sql.Identifier(new)
    connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))


def _exists(connection: "psycopg.Connection[tuple[Any, ...]]", name: str) -> bool:
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
    return found.fetchone() is not None


def _beside(name: str, ending: str) -> str:
    """A database's name with an ending; what is too long is cut from the name."""
    room = LONGEST - len(ending.encode())
    return name.encode()[:room].decode("utf-8", "ignore") + ending


def _refusal(database: str, error: psycopg.Error) -> BackupError:
    words = " ".join(str(error).split())
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        words += (
            "; backups are tried in a database of their own: let the role make them,"
            " ALTER ROLE … CREATEDB, and own the diary's, ALTER DATABASE … OWNER TO …"
        )
    return BackupError(f"database {database}: {words}")
