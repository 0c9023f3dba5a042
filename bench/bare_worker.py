"""The floor's worker: `python -m bench.bare_worker SOCKET`; each task is one write to a database, without Django."""

import os
import sqlite3
import sys
import time
from functools import cache
from typing import Any

from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

DATABASE = "BENCH_FLOOR_DATABASE"
"""Names a SQLite file, or holds libpq's words for a database (`host=…`)."""
TABLE = "CREATE TABLE seen (name TEXT PRIMARY KEY, heard_at DOUBLE PRECISION, begun_at DOUBLE PRECISION)"


def write(name: str, heard_at: float) -> None:
    """The task; one transaction, in SQLite an immediate one, as the diary's are."""
    begun_at = time.monotonic()
    connection = open_database(os.environ[DATABASE])
    if isinstance(connection, sqlite3.Connection):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO seen VALUES (?, ?, ?)", (name, heard_at, begun_at))
        connection.execute("COMMIT")
    else:
        connection.execute("INSERT INTO seen VALUES (%s, %s, %s)", (name, heard_at, begun_at))


@cache
def open_database(where: str) -> Any:
    """One connection a process, set up as the diary's settings have it."""
    if where.startswith("host="):
        import psycopg  # the floor of SQLite carries none

        return psycopg.connect(where, autocommit=True)
    connection = sqlite3.connect(where, isolation_level=None, timeout=20)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def main() -> None:
    connection = Redis(unix_socket_path=sys.argv[1])
    queue = Queue("floor", connection=connection, serializer=JSONSerializer)
    worker = SimpleWorker([queue], connection=connection, serializer=JSONSerializer)
    worker.work(logging_level="WARNING")


if __name__ == "__main__":
    main()
