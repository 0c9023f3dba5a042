"""Lines of words in PostgreSQL: a tsvector with a GIN index, which knows no order.

What is common is found among the newest lines; what is not found there is gathered whole. The planner cannot tell the
two apart: it takes every word's beginning for that of one line in two hundred.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection

from pdfjobs.listing.count import COUNTED, Count, capped
from pdfjobs.listing.expression import CURRENT as MAIN
from pdfjobs.listing.expression import JOB as ANY
from pdfjobs.listing.expression import Clause, Expression, Term
from pdfjobs.listing.words import CURRENT, facet
from pdfjobs.models import STATUSES

NEAR = 1_500
"""Lines that are looked at in the list's order."""
SAMPLED = 499
"""Of so many numbers one belongs to the sample, which has an index."""
ENOUGH = 3 * COUNTED // SAMPLED
"""Matches in the sample that stand for more than are counted."""

LEFT_OVER = "SELECT number FROM pdfjobs_jobline EXCEPT SELECT number FROM pdfjobs_job"
_FITS = "line @@ %s::tsquery"
BY_COLUMN = {ANY: "TRUE", MAIN: "current"}
"""What is asked so often that a column says it."""


def write(rows: Iterable[tuple[int, list[str]]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO pdfjobs_jobline (number, status, current, line)"
            " VALUES (%s, %s, %s, array_to_tsvector(%s)) ON CONFLICT (number) DO UPDATE"
            " SET status = excluded.status, current = excluded.current, line = excluded.line",
            [(number, *columns(words), words) for number, words in rows],
        )


def columns(words: Collection[str]) -> tuple[str, bool]:
    """What of a line stands in columns of its own: status, and whether it is current."""
    status = next(status for status in STATUSES if facet("status", status) in words)
    return status, CURRENT in words


def erase(numbers: Collection[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pdfjobs_jobline WHERE number = ANY(%s)", [list(numbers)])


def kept(numbers: Collection[int]) -> dict[int, set[str]]:
    """The lines of these jobs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, tsvector_to_array(line) FROM pdfjobs_jobline WHERE number = ANY(%s)",
            [list(numbers)],
        )
        return {number: set(words) for number, words in cursor.fetchall()}


def numbers(
    asked: Expression, *, newest_first: bool, behind: int | None, most: int, skipped: int
) -> list[int]:
    """The first matches behind a number, in the order of numbers."""
    compared, order = ("<", "DESC") if newest_first else (">", "ASC")
    start = f"number {compared} %s" if behind is not None else "TRUE"
    values = [] if behind is None else [behind]
    if which := BY_COLUMN.get(asked):
        return _column(
            f"SELECT number FROM pdfjobs_jobline WHERE {which} AND {start}"
            f" ORDER BY number {order} LIMIT %s OFFSET %s",
            [*values, most, skipped],
        )
    near = max(NEAR, 2 * most)
    if skipped + most <= near <= COUNTED:
        found = _column(
            "SELECT number FROM (SELECT number, line FROM pdfjobs_jobline"
            f" WHERE {start} ORDER BY number {order} LIMIT {near}) AS near"
            f" WHERE {_FITS} ORDER BY number {order} LIMIT %s OFFSET %s",
            [*values, question(asked), most, skipped],
        )
        if len(found) == most:
            return found
    return _column(
        f"WITH found AS MATERIALIZED (SELECT number FROM pdfjobs_jobline WHERE {_FITS})"
        f" SELECT number FROM found WHERE {start} ORDER BY number {order} LIMIT %s OFFSET %s",
        [question(asked), *values, most, skipped],
    )


def counts(asked: Expression) -> tuple[Count, dict[str, Count]]:
    """How many match, and how many of them have each status; two queries at most."""
    if which := BY_COLUMN.get(asked):
        return _all(which)
    sample = _tally(f"{_FITS} AND number %% {SAMPLED} = 0", question(asked))
    if sum(sample.values()) < ENOUGH:
        exact = _tally(_FITS, question(asked))
        return capped(sum(exact.values())), {each: capped(exact.get(each, 0)) for each in STATUSES}
    many = Count(COUNTED, at_least=True)
    few = [status for status in STATUSES if sample.get(status, 0) < ENOUGH]
    counted = _column(
        " UNION ALL ".join([f"SELECT count(*) FROM pdfjobs_jobline WHERE {_FITS}"] * len(few)),
        [question((*asked, Clause((Term(facet("status", status)),)))) for status in few],
    )
    exact = dict(zip(few, counted, strict=True))
    return many, {each: capped(exact[each]) if each in exact else many for each in STATUSES}


def _all(which: str) -> tuple[Count, dict[str, Count]]:
    """How many there are; nothing is counted beyond what is shown."""
    one = (
        "SELECT count(*) FROM (SELECT 1 FROM pdfjobs_jobline"
        f" WHERE status = %s AND {which} LIMIT {COUNTED + 1}) AS found"
    )
    counted = _column(" UNION ALL ".join([one] * len(STATUSES)), STATUSES)
    return capped(sum(counted)), dict(zip(STATUSES, map(capped, counted), strict=True))


def exactly(asked: Expression) -> int:
    if which := BY_COLUMN.get(asked):
        return _column(f"SELECT count(*) FROM pdfjobs_jobline WHERE {which}", [])[0]
    return _column(f"SELECT count(*) FROM pdfjobs_jobline WHERE {_FITS}", [question(asked)])[0]


def question(asked: Expression) -> str:
    """The expression as a tsquery."""
    return " & ".join(f"{'' if clause.wanted else '!'}{_clause(clause)}" for clause in asked)


def quoted(word: str) -> str:
    """A word as tsvector and tsquery take it."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _tally(which: str, value: str) -> dict[str, int]:
    """Matches of each status."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT status, count(*) FROM pdfjobs_jobline WHERE {which} GROUP BY status", [value]
        )
        return dict(cursor.fetchall())


def _clause(clause: Clause) -> str:
    return "(" + " | ".join(_term(term) for term in clause.terms) + ")"


def _term(term: Term) -> str:
    return f"{quoted(term.word)}:*" if term.prefix else quoted(term.word)


def _column(sql: str, values: Iterable[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return [row[0] for row in cursor.fetchall()]
