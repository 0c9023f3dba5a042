"""PostgreSQL's own programs, and connections beside Django's."""

import os
import shutil
from pathlib import Path
from typing import Any

import psycopg

from pdfjobs.backups.errors import BackupError

DEBIAN = Path("/usr/lib/postgresql")
MOST_WORDS = 300


def program(name: str) -> str:
    """The newest on this machine; older ones refuse newer servers. Debian keeps them off the path."""
    found = sorted(DEBIAN.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    chosen = str(found[-1]) if found else shutil.which(name)
    if not chosen:
        raise BackupError(f"no {name} on this machine; apt-get install postgresql-client")
    return chosen


def environment(entry: dict[str, Any], database: str) -> dict[str, str]:
    """For those programs: no password stands in an argument list."""
    named = {
        "PGHOST": entry.get("HOST"),
        "PGPORT": entry.get("PORT"),
        "PGUSER": entry.get("USER"),
        "PGPASSWORD": entry.get("PASSWORD"),
        "PGDATABASE": database,
        "PGAPPNAME": "pdfjobs backup",
        "PGCONNECT_TIMEOUT": "10",
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith("PDFJOBS_")}
    return others | {name: str(value) for name, value in named.items() if value}


def connected(entry: dict[str, Any], database: str) -> "psycopg.Connection[tuple[Any, ...]]":
    """Each statement a transaction."""
    named = {
        "host": entry.get("HOST"),
        "port": entry.get("PORT"),
        "user": entry.get("USER"),
        "password": entry.get("PASSWORD"),
    }
    return psycopg.connect(
        dbname=database,
        autocommit=True,
        connect_timeout=10,
        application_name="pdfjobs backup",
        **{name: value for name, value in named.items() if value},
    )


def is_missing(error: psycopg.Error, database: str) -> bool:
    """Whether the server is there and the database is not: libpq has no code for it, only words."""
    return f'database "{database}" does not exist' in str(error)


def last_words(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return (lines[0] if lines else "no words")[:MOST_WORDS]
