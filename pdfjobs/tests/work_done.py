"""How much of the database a piece of code touches: a measure that no loaded machine changes."""

import json
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connection


@contextmanager
def counted():
    """Yields a list that ends as [work]: steps of SQLite's machine, or rows that PostgreSQL's plans touch."""
    work: list[int] = [0]
    with ExitStack() as ways:
        ways.enter_context(_sqlite(work) if connection.vendor == "sqlite" else _postgresql(work))
        yield work


@contextmanager
def _sqlite(work: list[int]):
    every = 10

    def step() -> int:
        work[0] += every
        return 0

    connection.ensure_connection()
    connection.connection.set_progress_handler(step, every)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, 0)


@contextmanager
def _postgresql(work: list[int]):
    def explained(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith(("SELECT", "WITH")):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                (plan,) = cursor.fetchone()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            work[0] += _rows(plan[0]["Plan"])
        return run(sql, params, many, context)

    with connection.cursor() as cursor:
        # In a table as small as a test's it would read all of it, whatever was asked.
        for way in ("seqscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    with connection.execute_wrapper(explained):
        yield


def _rows(node: dict[str, Any]) -> int:
    kept = [node["Actual Rows"], node.get("Rows Removed by Filter", 0)]
    mine = round(sum(kept) * node["Actual Loops"])
    return mine + sum(_rows(child) for child in node.get("Plans", ()))
