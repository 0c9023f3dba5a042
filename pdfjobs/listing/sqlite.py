"""Lines of words in SQLite: one FTS5 table whose rowid is the job's number.

Matches come in the list's order, and only as many as are asked for are looked at.
"""

import json
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from pdfjobs.listing.expression import Clause, Expression, Term
from pdfjobs.listing.words import JOB

LEFT_OVER = "SELECT rowid FROM pdfjobs_jobline EXCEPT SELECT number FROM pdfjobs_job"


def write(rows: Iterable[tuple[int, list[str]]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT OR REPLACE INTO pdfjobs_jobline (rowid, line) VALUES (%s, %s)",
            [(number, " ".join(words)) for number, words in rows],
        )


def erase(numbers: Collection[int]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany("DELETE FROM pdfjobs_jobline WHERE rowid = %s", [(n,) for n in numbers])


def kept(numbers: Collection[int]) -> dict[int, set[str]]:
    """The lines of these jobs."""
    found: dict[int, set[str]] = {}
    with connection.cursor() as cursor:
        for number in numbers:
            cursor.execute("SELECT line FROM pdfjobs_jobline WHERE rowid = %s", [number])
            for (line,) in cursor.fetchall():
                found[number] = set(line.split(" "))
    return found


def numbers(
    asked: Expression, *, newest_first: bool, behind: int | None, most: int, skipped: int
) -> list[int]:
    """The first matches behind a number, in the order of numbers."""
    compared, order = ("<", "DESC") if newest_first else (">", "ASC")
    start = f" AND rowid {compared} %s" if behind is not None else ""
    return _ask(
        f"SELECT rowid FROM pdfjobs_jobline WHERE pdfjobs_jobline MATCH %s{start}"
        f" ORDER BY rowid {order} LIMIT %s OFFSET %s",  # nosec B608 # our own words; values are bound
        [question(asked), *([] if behind is None else [behind]), most, skipped],
    )


def tally(asked: Expression, most: int, *, newest: bool = True) -> dict[str, int]:
    """How many of the newest matches, so many at most, have each status; no others are quicker to find."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status, count(*) FROM pdfjobs_job WHERE number IN"
            " (SELECT rowid FROM pdfjobs_jobline WHERE pdfjobs_jobline MATCH %s"
            " ORDER BY rowid DESC LIMIT %s) GROUP BY status",
            [question(asked), most],
        )
        return dict(cursor.fetchall())


def exactly(asked: Expression) -> int:
    return _ask(
        "SELECT count(*) FROM pdfjobs_jobline WHERE pdfjobs_jobline MATCH %s", [question(asked)]
    )[0]


def among(numbers: Collection[int]) -> RawSQL:
    """That a job is one of these, which may be thousands."""
    one = '"pdfjobs_job"."number" IN (SELECT value FROM json_each(%s))'
    return RawSQL(one, [json.dumps([*numbers])], BooleanField())  # nosec B611 # bound


def question(asked: Expression) -> str:
    """The expression as FTS5 takes it, which wants something of a line."""
    wanted = " AND ".join(_clause(clause) for clause in asked if clause.wanted)
    wanted = wanted or _term(Term(JOB))
    return " NOT ".join([f"({wanted})", *(_clause(each) for each in asked if not each.wanted)])


def _clause(clause: Clause) -> str:
    return "(" + " OR ".join(_term(term) for term in clause.terms) + ")"


def _term(term: Term) -> str:
    quoted = '"' + term.word.replace('"', '""') + '"'
    return f"{quoted} *" if term.prefix else quoted


def _ask(sql: str, values: Iterable[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return [row[0] for row in cursor.fetchall()]
