"""The floor's worker: `python -m bench.bare_worker SOCKET`; each task is one write to SQLite, without Django."""

import os
import sqlite3
import sys
import time
from functools import cache

from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

DATABASE = "BENCH_FLOOR_DATABASE"
TABLE = "CREATE TABLE seen (name TEXT PRIMARY KEY, heard_at REAL, begun_at REAL)"


def write(name: str, heard_at: float) -> None:
    """The task; one immediate transaction, as the diary's are."""
    begun_at = time.monotonic()
    connection = open_database(os.environ[DATABASE])
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO seen VALUES (?, ?, ?)", (name, heard_at, begun_at))
    connection.execute("COMMIT")


@cache
def open_database(path: str) -> sqlite3.Connection:
    """One connection a process, set up as the diary's settings have it."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=20)
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
