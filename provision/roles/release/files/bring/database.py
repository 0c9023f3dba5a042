"""The diary's database beside a change of release; runs in a release's Python, as the service's account.

database.py RELEASE plan               how its migrations and the release's differ
database.py RELEASE size               how large it is, and how much a copy would write
database.py RELEASE copy               makes a copy beside it, while nobody works with it
database.py RELEASE back [keep]        the copy takes its place; it is dropped, or kept by a name that is said
database.py RELEASE drop               removes the copy
"""

import json
import os
import sys
import time
from typing import Any

sys.path.insert(0, sys.argv[1])
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pdfjobs.settings")

import django
import psycopg
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

DIARY = settings.DATABASES["default"]["NAME"]
COPY = f"{DIARY}_before_release"
ALONE_WITHIN_S = 30.0
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)
IS_THERE = "SELECT 1 FROM pg_database WHERE datname = %s"
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
SIZES = (
    "SELECT pg_database_size(current_database()),"
    " (SELECT coalesce(sum(pg_table_size(oid)), 0) FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace),"
    " pg_size_bytes(current_setting('max_wal_size'))"
)
"""Of all of it, of its tables without their indexes, and what the server's log may take."""
NUMBER = "SELECT value FROM pdfjobs_counter WHERE name = 'job number'"
NO_NUMBER_TWICE = "UPDATE pdfjobs_counter SET value = %s WHERE name = 'job number' AND value < %s"


def plan() -> None:
    """`back`: apps with migrations that the release does not know, each with the last that it knows; `on`: whether the
    release has further ones."""
    loader = MigrationLoader(None)
    applied = set(MigrationRecorder(connection).applied_migrations())
    known = set(loader.disk_migrations or ())
    shared = {
        app: step
        for leaf in loader.graph.leaf_nodes()
        for app, step in loader.graph.forwards_plan(leaf)
        if (app, step) in applied
    }
    foreign = {app: shared.get(app, "zero") for app, _ in sorted(applied - known)}
    sys.stdout.write(json.dumps({"back": foreign, "on": bool(known - applied)}))


def size() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SIZES)
        whole, tables, log = cursor.fetchone()
    sys.stdout.write(json.dumps({"whole": whole, "tables": int(tables), "log": log}))


def copy() -> None:
    with _connected("postgres") as server:
        _drop(server, COPY)
        until = time.monotonic() + ALONE_WITHIN_S
        while (others := server.execute(OTHERS, (DIARY,)).fetchone()) and others[0]:
            if time.monotonic() > until:
                sys.exit(f"database {DIARY}: somebody works with it ({others[0]} connections)")
            time.sleep(0.2)
        _do(server, "CREATE DATABASE {} TEMPLATE {}", COPY, DIARY)


def back(*how: str) -> None:
    """Numbers of jobs that were given meanwhile are not given a second time: their run folders are there."""
    with _connected("postgres") as server:
        if not server.execute(IS_THERE, (COPY,)).fetchone():
            return  # taken back already
        server.execute(END, (DIARY,))
        if server.execute(IS_THERE, (DIARY,)).fetchone():
            number = _number(DIARY)
            if number is not None:
                with _connected(COPY) as copied:
                    copied.execute(NO_NUMBER_TWICE, (number, number))
            if how:
                kept = f"{DIARY}_failed_{int(time.time())}"
                _do(server, "ALTER DATABASE {} RENAME TO {}", DIARY, kept)
                sys.stdout.write(kept)
            else:
                _drop(server, DIARY)
        _do(server, "ALTER DATABASE {} RENAME TO {}", COPY, DIARY)


def drop() -> None:
    with _connected("postgres") as server:
        _drop(server, COPY)


def _number(database: str) -> int | None:
    with _connected(database) as diary:
        try:
            found = diary.execute(NUMBER).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return found[0] if found else None


def _connected(database: str) -> "psycopg.Connection[tuple[Any, ...]]":
    given = {**connection.get_connection_params(), "dbname": database}
    keys = ("dbname", "host", "port", "user", "password", "sslmode", "sslrootcert")
    return psycopg.connect(**{key: given[key] for key in keys if key in given}, autocommit=True)


def _drop(server: "psycopg.Connection[tuple[Any, ...]]", name: str) -> None:
    _do(server, "DROP DATABASE IF EXISTS {} (FORCE)", name)


def _do(server: "psycopg.Connection[tuple[Any, ...]]", words: str, *names: str) -> None:
    server.execute(sql.SQL(words).format(*map(sql.Identifier, names)))


django.setup()
{"plan": plan, "size": size, "copy": copy, "back": back, "drop": drop}[sys.argv[2]](*sys.argv[3:])
