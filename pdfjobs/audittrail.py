"""What people did, over the three tables that keep it: logins, jobs' history and administration; each act stands in one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pdfjobs import timeline
from pdfjobs.models import History, LoginRecord
from pdfjobs.numerals import whole_number
from pdfjobs.services.audit import KINDS
from pdfjobs.services.logins import folded
from pdfjobs.templatetags import diary, kept

Row = LoginRecord | History | LogEntry
LOGIN_WORDS = {
    "login": gettext_lazy("logged in"),
    "failed": gettext_lazy("failed to log in"),
    "held_up": gettext_lazy("was held up"),
    "logout": gettext_lazy("logged out"),
}
KIND_WORDS = {
    "made": gettext_lazy("made"),
    "changed": gettext_lazy("changed"),
    "removed": gettext_lazy("removed"),
}


@dataclass(frozen=True)
class Entry:
    at: datetime
    source: str
    pk: int
    by: str
    act: str
    about: str = ""
    """What it was done to, or where from."""
    number: int | None = None
    """Of the job."""
    detail: str = ""


@dataclass(frozen=True)
class Page:
    entries: list[Entry]
    older: str
    """What `below` asks for the next page by; empty on the last."""


def page(*, source: str, by: str, below: str, most: int) -> Page:
    """The newest first; of one source or all, of one account or everybody, older than a page before."""
    marks = _marks(below)
    found: list[list[Entry]] = []
    for name, of in SOURCES.items():
        if source in ("", name):
            rows = of.rows(by)
            if name in marks:
                rows = rows.filter(pk__lt=marks[name])
            found.append([of.entry(row) for row in rows.order_by("-pk")[: most + 1]])
    # Each source in the order of its keys, which `below` counts by, also where a clock was set back.
    first = list(islice(merge(*found, key=attrgetter("at"), reverse=True), most + 1))
    shown = first[:most]
    for entry in shown:
        marks[entry.source] = entry.pk
    older = ",".join(f"{name}-{pk}" for name, pk in marks.items())
    return Page(shown, older if len(first) > most else "")


@dataclass(frozen=True)
class _Source:
    label: Any
    rows: Callable[[str], QuerySet[Any]]
    entry: Callable[[Any], Entry]


def _marks(below: str) -> dict[str, int]:
    pairs = (word.partition("-") for word in below.split(","))
    read = {name: whole_number(number) for name, _dash, number in pairs if name in SOURCES}
    return {name: pk for name, pk in read.items() if pk is not None}


def _logins(by: str) -> QuerySet[LoginRecord]:
    rows = LoginRecord.objects.all()
    return rows.filter(folded=folded(by)) if by else rows


def _login(row: LoginRecord) -> Entry:
    detail = _("by link") if row.how == "link" else ""
    act = str(LOGIN_WORDS[row.act])
    return Entry(row.at, "logins", row.pk, row.account, act, row.address, detail=detail)


def _history(by: str) -> QuerySet[History]:
    rows = History.objects.select_related("job")
    return rows.filter(actor=by) if by else rows.exclude(actor="")


def _change(row: History) -> Entry:
    words = timeline.WORDS.get(row.field, {})
    before, after = (words.get(each, each) for each in (row.before, row.after))
    said = f"{before} → {after}" if before or after else ""
    detail = " · ".join(part for part in (said, timeline.noted(row)) if part)
    return Entry(
        row.at,
        "jobs",
        row.pk,
        row.actor,
        diary.field_words(row.field),
        row.job.name,
        number=row.job.number,
        detail=detail,
    )


def _administration(by: str) -> QuerySet[LogEntry]:
    rows = LogEntry.objects.select_related("user", "content_type")
    return rows.filter(user__username=by) if by else rows


def _act(row: LogEntry) -> Entry:
    kind = str(KIND_WORDS[KINDS[row.action_flag]])
    what = str(row.content_type) if row.content_type else ""
    return Entry(
        row.action_time,
        "administration",
        row.pk,
        row.user.get_username(),
        kind,
        f"{what}: {row.object_repr}",
        detail=kept.note(row.get_change_message()),
    )


SOURCES = {
    "logins": _Source(gettext_lazy("Logins"), _logins, _login),
    "jobs": _Source(gettext_lazy("Jobs and reviews"), _history, _change),
    "administration": _Source(gettext_lazy("Administration"), _administration, _act),
}
