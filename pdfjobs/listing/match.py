"""Whether a job that is known by its line would be on somebody's list; without asking the database for each list."""

from collections.abc import Set

from pdfjobs.listing.expression import Expression, Term
from pdfjobs.listing.lines import engine


def line_of(number: int) -> Set[str]:
    """The words that the job of this number is found by."""
    kept: dict[int, set[str]] = engine().kept([number])
    return kept.get(number, set())


def lets_through(asked: Expression, line: Set[str]) -> bool:
    """As the list would: any of a clause's terms, or none of them where it is not wanted."""
    return all(clause.wanted == any(_has(line, term) for term in clause.terms) for clause in asked)


def _has(line: Set[str], term: Term) -> bool:
    if term.prefix:
        return any(word.startswith(term.word) for word in line)
    return term.word in line
