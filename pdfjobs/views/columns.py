"""The columns of the job list: what they are called, which are shown, and what they sort by."""

from collections.abc import Collection
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pdfjobs.listing.params import ListParams


@dataclass(frozen=True)
class Column:
    name: str
    label: str | Promise
    sort: str = ""
    """Of `SORTS`; empty where the list cannot be ordered by it."""
    usual: bool = True
    last_first: bool = False
    """The first click puts the last value on top."""


COLUMNS = (
    Column("number", _("Number"), "number", last_first=True),
    Column("status", _("Status"), "status"),
    Column("name", _("Job"), "name"),
    Column("progress", _("Progress")),
    Column("left", _("Left")),
    Column("curve", _("Curve")),
    Column("messages", _("Messages")),
    Column("solver", _("Solver"), "solver"),
    Column("version", _("Version"), usual=False),
    Column("folder", _("Folder"), usual=False),
    Column("owner", _("Owner"), "owner"),
    Column("project", _("Project"), "project"),
    Column("tags", _("Tags"), usual=False),
    Column("review", _("Review")),
    Column("summary", _("Summary"), usual=False),
    Column("reviewer", _("Reviewer"), usual=False),
    Column("submitted", _("Submitted"), "submitted", last_first=True),
    Column("ended", _("Ended"), "ended", last_first=True),
    Column("took", _("Wall time"), usual=False),
    Column("base", _("Base runs"), usual=False),
    Column("family", _("Family"), "family", usual=False, last_first=True),
)
ALWAYS = ("number", "name")
"""What a row is known by."""
USUAL = tuple(column.name for column in COLUMNS if column.usual)


def chosen(words: str) -> tuple[str, ...]:
    """The columns that an address or a cookie names, in the list's order; the usual ones where it names none."""
    wanted = {*words.split(",")} & {column.name for column in COLUMNS}
    if not wanted:
        return USUAL
    return tuple(column.name for column in COLUMNS if column.name in wanted | {*ALWAYS})


def said(names: Collection[str]) -> str:
    """What the address says for these columns; empty for the usual ones."""
    found = chosen(",".join(names))
    return "" if found == USUAL else ",".join(found)


@dataclass(frozen=True)
class Head:
    """A column's head."""

    column: Column
    href: str
    """Puts the list into its order; empty where it has none."""
    order: str
    """ascending or descending, where the list is in its order now."""


def heads(params: ListParams, shown: Collection[str], *, sorted_now: bool = True) -> list[Head]:
    """`sorted_now`: the list has the order that was asked for."""
    return [_head(params, column, sorted_now) for column in COLUMNS if column.name in shown]


def _head(params: ListParams, column: Column, sorted_now: bool) -> Head:
    if not column.sort:
        return Head(column, "", "")
    is_now = params.sort.removeprefix("-") == column.sort
    descending = params.sort.startswith("-")
    first = f"-{column.sort}" if column.last_first else column.sort
    turned = column.sort if descending else f"-{column.sort}"
    href = params.address(sort=turned if is_now else first)
    order = ("descending" if descending else "ascending") if is_now and sorted_now else ""
    return Head(column, href, order)


def cookie(name: str, session_cookie: str) -> str:
    """Where a browser remembers what it was last set to; each instance of the service has its own."""
    return f"{session_cookie}_{name}"


def remembered(request: HttpRequest, name: str, session_cookie: str) -> str:
    return request.COOKIES.get(cookie(name, session_cookie), "")[:500]
