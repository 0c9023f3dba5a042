"""Rows put into a table in bulk, in the words of each database."""

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from django.db import connection


def insert(table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", _naive(rows))
            return
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _naive(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[Any]]:
    """With times as Django keeps them in SQLite."""
    for row in rows:
        yield [
            str(value.astimezone(UTC).replace(tzinfo=None))
            if hasattr(value, "astimezone")
            else value
            for value in row
        ]
