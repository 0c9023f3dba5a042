"""Whether the database answers, how fast, and whether it fits this program."""

import pkgutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from pdfjobs import migrations

IN_MEMORY = "memory"


@dataclass(frozen=True)
class Database:
    """The diary's database; without an answer only `engine`, `place` and `error` say something."""

    engine: str
    place: str
    """Its file, or name and host."""
    error: str = ""
    version: str = ""
    latency_s: float | None = None
    """Of one question, once connected."""
    size_bytes: int | None = None
    wal_bytes: int | None = None
    """SQLite: changes that are not in the main file yet."""
    migration: str = ""
    """The last one applied."""
    missing: tuple[str, ...] = ()
    """Migrations of this program that the database has not had."""
    unknown: tuple[str, ...] = ()
    """Migrations that it has had and this program does not know."""


def ask() -> Database:
    """Everything; an outage is an answer like any other. Closes the connection of the calling thread."""
    if connection.vendor == "sqlite" and (file := _file()) and not file.exists():
        return silent("there is no such file")  # asking would make it
    try:
        return _ask()
    except (DatabaseError, OSError) as error:
        return silent((str(error).splitlines() or [type(error).__name__])[0].rstrip("."))
    finally:
        connection.close()


def answers() -> bool:
    """Whether one question is answered. Closes the connection of the calling thread."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    finally:
        connection.close()
    return True


def silent(error: str) -> Database:
    """What is known when no answer comes: nothing but why."""
    return Database(*_name_and_place(), error=error)


def _name_and_place() -> tuple[str, str]:
    said = settings.DATABASES["default"]
    if connection.vendor == "sqlite":
        return "SQLite", str(said["NAME"])
    return "PostgreSQL", f"{said['NAME']} on {said.get('HOST') or 'this host'}"


def _file() -> Path | None:
    """SQLite's file; None for a database in memory."""
    name = str(connection.settings_dict["NAME"])
    return None if IN_MEMORY in name else Path(name)


def _ask() -> Database:
    with connection.cursor() as cursor:
        begun = time.monotonic()
        cursor.execute("SELECT 1")
        latency_s = time.monotonic() - begun
        version, size_bytes, wal_bytes = _figures(cursor)
    applied = list(
        MigrationRecorder.Migration.objects.filter(app="pdfjobs")
        .order_by("id")
        .values_list("name", flat=True)
    )
    ours = sorted(module.name for module in pkgutil.iter_modules(migrations.__path__))
    return Database(
        *_name_and_place(),
        version=version,
        latency_s=latency_s,
        size_bytes=size_bytes,
        wal_bytes=wal_bytes,
        migration=applied[-1] if applied else "",
        missing=tuple(name for name in ours if name not in applied),
        unknown=tuple(name for name in applied if name not in ours),
    )


def _figures(cursor: Any) -> tuple[str, int | None, int | None]:
    """Version, size, and what waits beside a SQLite file."""
    if connection.vendor == "sqlite":
        cursor.execute("SELECT sqlite_version()")
        (version,) = cursor.fetchone()
        file = _file()
        return version, _size(file), _size(file and file.with_name(f"{file.name}-wal"))
    cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
    version, size = cursor.fetchone()
    return version.split()[0], size, None


def _size(file: Path | None) -> int | None:
    try:
        return file.stat().st_size if file else None
    except OSError:
        return None
