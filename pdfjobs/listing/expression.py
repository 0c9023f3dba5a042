"""What a job's line must hold for a list's parameters: clauses, all of which must be true."""

from dataclasses import dataclass
from datetime import date, timedelta

from pdfjobs.listing.language import Word, understand
from pdfjobs.listing.params import ListParams
from pdfjobs.listing.words import FIELDS, SERIES, facet


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
    for name in ("status", "user", "project", "solver", "analysis", "assessment", "tag", "cause"):
        if value := getattr(params, name):
            clauses.append(_facet(facet(name, value)))
    if params.since or params.until:
        clauses.append(Clause(tuple(_days(params.since, params.until))))
    if params.mine:
        clauses.append(_facet(facet("for", viewer.user)))
    if params.review:
        clauses.append(_facet("is=unreviewed"))
    if params.warned:
        clauses.append(_facet("is=warned"))
    if viewer.projects is not None:
        seen = [facet("project", name) for name in viewer.projects]
        seen.append(facet("user", viewer.user))
        clauses.append(Clause(tuple(Term(word) for word in seen)))
    if not params.show_obsolete and params.assessment != "obsolete":
        clauses += CURRENT
    if clauses and not any(clause.wanted for clause in clauses):
        clauses += JOB
    return tuple(clauses)


def is_narrow(asked: Expression) -> bool:
    """Whether it lets through less than all jobs that are not obsolete."""
    return any((clause,) not in (CURRENT, JOB) for clause in asked)


def _facet(word: str) -> Clause:
    return Clause((Term(word),))


CURRENT: Expression = (_facet("is=current"),)
JOB: Expression = (_facet("is=job"),)
"""Every job."""


def _clause(word: Word) -> Clause:
    before = f"{FIELDS[word.field]}=" if word.field else ""
    return Clause(
        (Term(f"{before}{word.start}", prefix=True), Term(f"{before}{SERIES}{word.start}")),
        word.wanted,
    )


def _days(since: date | None, until: date | None) -> list[Term]:
    """The days between two, both inclusive, in as few terms as there are: years, months, days."""
    first, last = since or date(1970, 1, 1), until or date(2199, 12, 31)
    terms: list[Term] = []
    at = first
    while at <= last and len(terms) < 400:
        for begin, end, form in (
            ((1, 1), date(at.year, 12, 31), "%Y-"),
            (None, _month_end(at), "%Y-%m-"),
        ):
            whole = (at.month, at.day) == begin if begin else at.day == 1
            if whole and end <= last:
                terms.append(Term(facet("day", at.strftime(form)), prefix=True))
                at = end + timedelta(days=1)
                break
        else:
            terms.append(Term(facet("day", at.isoformat())))
            at += timedelta(days=1)
    return terms or [Term("day=none")]


def _month_end(at: date) -> date:
    return (at.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
