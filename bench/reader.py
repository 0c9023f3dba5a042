"""A second pair of eyes on a database: when does a row become visible to somebody else?"""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

POLL_S = 0.001
PATIENCE_S = 60.0


class Reader:
    """Its own connection, to a SQLite file or by libpq's words; each question sees what is committed now."""

    def __init__(self, database: Path | str) -> None:
        self._mark = "?" if isinstance(database, Path) else "%s"
        self._connection: Any
        if isinstance(database, Path):
            self._connection = sqlite3.connect(
                f"{database.as_uri()}?mode=ro", uri=True, isolation_level=None
            )
        else:
            import psycopg  # a benchmark of SQLite needs none

            self._connection = psycopg.connect(database, autocommit=True)

    def first(self, question: str, *values: Any) -> tuple[Any, ...] | None:
        """Its first row; `?` stands for a value, whatever the database."""
        asked = question.replace("?", self._mark)
        row: tuple[Any, ...] | None = self._connection.execute(asked, values).fetchone()
        return row

    def await_row(self, question: str, *values: Any) -> tuple[tuple[Any, ...], float]:
        """The first row that answers, and when it was there; for questions without an answer until then."""
        return wait_until(lambda: self.first(question, *values), question)

    def close(self) -> None:
        self._connection.close()


def wait_until(what: Callable[[], Any], about: str) -> tuple[Any, float]:
    """The first true answer, asked about every ms, and the monotonic time of it."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        answer, now = what(), time.monotonic()
        if answer:
            return answer, now
        if now > deadline:
            raise TimeoutError(f"not within {PATIENCE_S:g} s: {about}")
        time.sleep(POLL_S)
