"""What a job's line must hold for a list's parameters: clauses, all of which must be true."""

from dataclasses import dataclass
from datetime import date, timedelta

from pdfjobs.listing import words
from pdfjobs.listing.language import Word, understand
from pdfjobs.listing.params import ListParams
from pdfjobs.listing.words import facet


@dataclass(frozen=True)
class Term:
    """A word of a job's line, or the beginning of one."""

    word: str
    prefix: bool = False


@dataclass(frozen=True)
class Clause:
    """Any of these terms; or, where it is not `wanted`, none of them."""

    terms: tuple[Term, ...]
    wanted: bool = True


@dataclass(frozen=True)
class Days(Clause):
    """That a job was submitted on one of these days, both inclusive; the terms say the same."""

    first: date = date.min
    last: date = date.max


Expression = tuple[Clause, ...]
"""Empty: every job."""


@dataclass(frozen=True)
class Viewer:
    """Whose list it is."""

    user: str
    projects: tuple[str, ...] | None = None
    """The jobs of these and the viewer's own are seen; None: all."""


EVERYBODY = Viewer("")
"""Who sees all jobs and has none of them."""


def expression(params: ListParams, viewer: Viewer) -> Expression:
    """What lets a job through; the empty expression where nothing narrows."""
    clauses = [_clause(word) for word in understand(params.q)]
    for name in ("user", "project", "tag"):
        if value := getattr(params, name):
            clauses.append(_only(facet(name, value)))
    for name in ("status", "solver", "analysis", "assessment", "cause"):
        if value := getattr(params, name):
            clauses.append(_only(*(facet(name, each) for each in value.split(",") if each)))
    if params.since or params.until:
        clauses.append(_days(params.since, params.until))
    if params.mine:
        clauses.append(_only(facet("for", viewer.user)))
    if params.review:
        clauses.append(_only(words.UNREVIEWED))
    if params.warned:
        clauses.append(_only(words.WARNED))
    if viewer.projects is not None:
        seen = [facet("project", name) for name in viewer.projects]
        seen.append(facet("user", viewer.user))
        clauses.append(_only(*seen))
    if not params.show_obsolete and "obsolete" not in params.assessment.split(","):
        clauses += CURRENT
    return tuple(clauses)


def is_narrow(asked: Expression) -> bool:
    """Whether it lets through less than all jobs that are not obsolete."""
    return asked not in ((), CURRENT)


def _only(*facets: str) -> Clause:
    """One of them."""
    return Clause(tuple(Term(word) for word in facets) or (NOTHING,))


FIRST = date(1970, 1, 1)
NOTHING = Term(f"{words.FACET}nothing")
CURRENT: Expression = (Clause((Term(words.OBSOLETE),), wanted=False),)
"""Jobs that are not obsolete. They are most of all, so their lists of matches are the longest, and no word says it."""


def _clause(word: Word) -> Clause:
    ways = (words.start(start, field) for start in word.starts for field in word.fields)
    terms = [Term(*way) for each in ways for way in each]
    return Clause(tuple(terms), word.wanted)


def _days(since: date | None, until: date | None) -> Days:
    """The days between two, both inclusive, in as few terms as there are: years, months, days."""
    # No job was submitted before solvers were, nor is one after next year.
    first = at = max(since or FIRST, FIRST)
    last = min(until or date.max, date(date.today().year + 1, 12, 31))
    terms: list[Term] = []
    while at <= last:
        year_end, month_end = date(at.year, 12, 31), _month_end(at)
        if (at.month, at.day) == (1, 1) and year_end <= last:
            span, end = "year", year_end
        elif at.day == 1 and month_end <= last:
            span, end = "month", month_end
        else:
            span, end = "day", at
        terms.append(Term(facet(span, f"{at:{words.SPANS[span]}}")))
        at = end + timedelta(days=1)
    return Days(tuple(terms) or (NOTHING,), first=first, last=last)


def _month_end(at: date) -> date:
    return (at.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
