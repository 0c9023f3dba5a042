"""Lines of words in PostgreSQL: a tsvector with a GIN index, which knows no order and is slow to gather beginnings.

So what is kept of a job is more than its line: each word's beginnings, as FTS5 keeps them for itself, and the blocks
of numbers that the job's lies in, so that matches are looked for block by block in the list's order. The function that
does it is in the database, where it leaves off as soon as enough is found, and where no planner's guess of a word's
frequency makes it read every line.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from pdfjobs.listing.expression import FIRST, NOTHING, Clause, Days, Expression, Term
from pdfjobs.listing.words import FACET, JOB, MARK, SERIES, facet
from pdfjobs.models import STATUSES

OURS = "\x1b"
"""Before what is kept beside the line; blank to Python, so in no word."""
BEGINNINGS = 13
"""Letters of the longest beginning that is kept."""
LEVELS = 12, 15, 18
"""Blocks of numbers hold 2 to the power of these; also in the function."""
DAY_LEVELS = 11, 9, 7
"""So do blocks of days."""
DAY = facet("day", "")

LEFT_OVER = "SELECT number FROM pdfjobs_jobline EXCEPT SELECT number FROM pdfjobs_job"


def write(rows: Iterable[tuple[int, list[str]]]) -> None:
    """A line that says the same is left alone: its index has hundreds of entries."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO pdfjobs_jobline AS kept (number, status, day, line)"
            " VALUES (%s, %s, %s, array_to_tsvector(%s)) ON CONFLICT (number) DO UPDATE"
            " SET status = excluded.status, day = excluded.day, line = excluded.line"
            " WHERE kept.line <> excluded.line",
            [(number, *columns(words), kept_words(number, words)) for number, words in rows],
        )


def columns(words: Collection[str]) -> tuple[str, int]:
    """What of a line stands in columns of its own: the status, and the day in days since 1970."""
    status = next(status for status in STATUSES if facet("status", status) in words)
    days = [word.removeprefix(DAY) for word in words if word.startswith(DAY)]
    return status, _day(date.fromisoformat(days[0])) if days else 0


def _day(day: date) -> int:
    return (day - FIRST).days


def kept_words(number: int, words: Collection[str]) -> list[str]:
    """A line, and what is kept beside it."""
    ours = {f"{OURS}{each}" for word in words for each in _beginnings(word)}
    _status, day = columns(words)
    ours |= {f"{OURS}{level}:{number >> level}" for level in LEVELS}
    ours |= {f"{OURS}d{level}:{day >> level}" for level in DAY_LEVELS}
    return [*words, *ours]


def _beginnings(word: str) -> Iterator[str]:
    before, rest = _parted(word)
    for length in range(1, min(BEGINNINGS, len(rest)) + 1):
        yield before + rest[:length]


def _parted(word: str) -> tuple[str, str]:
    """The mark of a word's field and its letters; no letters where it has no beginnings that are kept here."""
    before = word[:2] if word.startswith(MARK) and not word.startswith(SERIES) else ""
    rest = word[len(before) :]
    return (before, "") if rest.startswith((SERIES, FACET)) else (before, rest)


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
        return {
            number: {word for word in words if not word.startswith(OURS)}
            for number, words in cursor.fetchall()
        }


def numbers(
    asked: Expression, *, newest_first: bool, behind: int | None, most: int, skipped: int
) -> list[int]:
    """The first matches behind a number, in the order of numbers."""
    return [
        number
        for (number,) in _rows(
            "SELECT number FROM pdfjobs_found(%s::tsquery, %s, %s, %s, %s, %s) OFFSET %s",
            [question(asked), *_between(asked), newest_first, behind, most + skipped, skipped],
        )
    ]


def tally(asked: Expression, most: int, *, newest: bool = True) -> dict[str, int]:
    """How many matches, so many at most, have each status: of the newest, or, where few are expected, of any."""
    found = "pdfjobs_found(%s::tsquery, %s, %s, TRUE, NULL, %s)"
    if not newest:
        found = (
            "(SELECT status FROM pdfjobs_jobline WHERE line @@ %s::tsquery AND day BETWEEN %s AND %s"
            " LIMIT %s) AS found"
        )
    return dict(
        _rows(
            f"SELECT status, count(*) FROM {found} GROUP BY status",  # nosec B608 # our own words; values are bound
            [question(asked), *_between(asked), most],
        )
    )


def exactly(asked: Expression) -> int:
    ((number,),) = _rows(
        "SELECT count(*) FROM pdfjobs_jobline WHERE line @@ %s::tsquery AND day BETWEEN %s AND %s",
        [question(asked), *_between(asked)],
    )
    return int(number)


def among(numbers: Collection[int]) -> RawSQL:
    """That a job is one of these, which may be thousands."""
    return RawSQL('"pdfjobs_job"."number" = ANY(%s)', [[*numbers]], BooleanField())


def question(asked: Expression) -> str:
    """The expression as a tsquery, which wants something of a line."""
    clauses = [f"{'' if clause.wanted else '!'}{_clause(clause)}" for clause in asked]
    wants = any(clause.wanted for clause in asked)
    return " & ".join(clauses if wants else [quoted(JOB), *clauses])


def quoted(word: str) -> str:
    """A word as tsvector and tsquery take it."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _between(asked: Expression) -> tuple[int, int]:
    """The first and the last day that is asked for."""
    days = [clause for clause in asked if isinstance(clause, Days)]
    first = max((each.first for each in days), default=FIRST)
    return _day(first), _day(min((each.last for each in days), default=date.max))


def _clause(clause: Clause) -> str:
    """Of days, the blocks that they lie in: many terms of one clause are slow."""
    if isinstance(clause, Days) and clause.terms != (NOTHING,):
        blocks = _blocks(_day(clause.first), _day(clause.last), DAY_LEVELS)
        return "(" + " | ".join(quoted(f"{OURS}d{level}:{at}") for level, at in blocks) + ")"
    return "(" + " | ".join(_term(term) for term in clause.terms) + ")"


def _term(term: Term) -> str:
    if not term.prefix:
        return quoted(term.word)
    _before, rest = _parted(term.word)
    if rest and len(rest) <= BEGINNINGS:
        return quoted(f"{OURS}{term.word}")
    return f"{quoted(term.word)}:*"


def _blocks(first: int, last: int, levels: tuple[int, ...]) -> list[tuple[int, int]]:
    """The largest blocks between two days, and smallest ones at the ends that may reach beyond."""
    level, *finer = levels
    if not finer:
        return [(level, at) for at in range(first >> level, (last >> level) + 1)]
    begin, end = -(-first >> level), (last + 1) >> level
    if begin >= end:
        return _blocks(first, last, tuple(finer))
    found = [(level, at) for at in range(begin, end)]
    if first < begin << level:
        found += _blocks(first, (begin << level) - 1, tuple(finer))
    if last >= end << level:
        found += _blocks(end << level, last, tuple(finer))
    return found


def _rows(sql: str, values: Iterable[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())
