"""Lines of words in PostgreSQL: a tsvector with a GIN index, which knows no order.

What is common is found among the newest lines; what is not found there is rare enough to be gathered whole. The
planner cannot tell the two apart: it takes every word's beginning for that of one line in two hundred.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection

from pdfjobs.listing.count import COUNTED, Count, expected
from pdfjobs.listing.expression import Clause, Expression, Term

NEAR = 8_000
"""Lines that are looked at in the list's order."""


def write(rows: Iterable[tuple[int, list[str]]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO pdfjobs_jobline (number, line) VALUES (%s, array_to_tsvector(%s))"
            " ON CONFLICT (number) DO UPDATE SET line = excluded.line",
            list(rows),
        )


def erase(numbers: Collection[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pdfjobs_jobline WHERE number = ANY(%s)", [list(numbers)])


def numbers(
    asked: Expression, *, newest_first: bool, behind: int | None, most: int, skipped: int
) -> list[int]:
    """The first matches behind a number, in the order of numbers."""
    compared, order = ("<", "DESC") if newest_first else (">", "ASC")
    start = f"number {compared} %s" if behind is not None else "TRUE"
    values = [] if behind is None else [behind]
    found: list[int] = []
    if skipped < NEAR:
        found = _ask(
            "SELECT number FROM (SELECT number, line FROM pdfjobs_jobline"
            f" WHERE {start} ORDER BY number {order} LIMIT {NEAR}) AS near"
            f" WHERE line @@ %s::tsquery ORDER BY number {order} LIMIT %s OFFSET %s",
            [*values, question(asked), most, skipped],
        )
    if len(found) == most:
        return found
    return _ask(
        "WITH found AS MATERIALIZED"
        " (SELECT number FROM pdfjobs_jobline WHERE line @@ %s::tsquery)"
        f" SELECT number FROM found WHERE {start} ORDER BY number {order} LIMIT %s OFFSET %s",
        [question(asked), *values, most, skipped],
    )


def counts(asked: Expression, facets: list[str]) -> tuple[Count, list[Count]]:
    """How many match, and how many of them have each of these facets; two queries at most."""
    looked_at, lines, *near = _near(asked, facets)
    if looked_at < NEAR:
        return _said(near)
    share = lines / looked_at
    if near[0] * share > COUNTED * 3 / 2:
        total, *of_facets = (expected(number * share) for number in near)
        return total, of_facets
    return _said(_tally("", f"SELECT line FROM pdfjobs_jobline WHERE {_FITS}", asked, facets))


def exactly(asked: Expression) -> int:
    return _ask(f"SELECT count(*) FROM pdfjobs_jobline WHERE {_FITS}", [question(asked)])[0]


def question(asked: Expression) -> str:
    """The expression as a tsquery."""
    return " & ".join(f"{'' if clause.wanted else '!'}{_clause(clause)}" for clause in asked)


_FITS = "line @@ %s::tsquery"


def _near(asked: Expression, facets: list[str]) -> list[int]:
    """Of the newest lines: how many were looked at, how many there are in all, and what `_tally` says."""
    newest = f"(SELECT line FROM pdfjobs_jobline ORDER BY number DESC LIMIT {NEAR})"
    lines = "greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'pdfjobs_jobline'::regclass"
    return _tally(
        f"(SELECT count(*) FROM {newest} AS near), (SELECT {lines}),",
        f"SELECT line FROM {newest} AS near WHERE {_FITS}",
        asked,
        facets,
    )


def _tally(more: str, found: str, asked: Expression, facets: list[str]) -> list[int]:
    """`more`, the number of rows found, and of those with each facet."""
    of_facet = f"count(*) FILTER (WHERE {_FITS})"
    sql = (
        f"SELECT {more} {', '.join(['count(*)', *([of_facet] * len(facets))])} FROM ({found}) AS f"
    )
    words = [_term(Term(facet)) for facet in facets]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*words, question(asked)])
        return [int(value) for value in cursor.fetchone()]


def _said(numbers: list[int]) -> tuple[Count, list[Count]]:
    total, *of_facets = map(Count, numbers)
    return total, of_facets


def _clause(clause: Clause) -> str:
    return "(" + " | ".join(_term(term) for term in clause.terms) + ")"


def _term(term: Term) -> str:
    quoted = "'" + term.word.replace("\\", "\\\\").replace("'", "''") + "'"
    return f"{quoted}:*" if term.prefix else quoted


def _ask(sql: str, values: Iterable[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return [row[0] for row in cursor.fetchall()]
