"""Who did what to a job, people and machine, newest first, with the runs that it happened in."""

import difflib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from pdfjobs.models import History, Job, Run
from pdfjobs.services.review import current_review
from pdfjobs.services.undo import ATTACHMENT, is_undoable
from pdfjobs.templatetags import kept
from pdfjobs.wording import ANALYSIS_WORDS, ASSESSMENT_WORDS, STATUS_NAMES

SHORT = 60
"""Characters of a value that is shown within its line."""
MOST_CHARACTERS = 20_000
"""Of longer texts their difference is not worked out."""
MOST_LINES = 60
"""Of a difference."""
WHO = ("people", "machine")
WORDS: dict[str, Mapping[str, str]] = {
    "status": STATUS_NAMES,
    "analysis_status": ANALYSIS_WORDS,
    "result_assessment": ASSESSMENT_WORDS,
}


@dataclass(frozen=True)
class Entry:
    """A row of history as it is shown."""

    row: History
    border: Run | int | None
    """Here, going back in time, a run begins: the run, or its number where it has left the diary."""
    can_undo: bool
    before: str = ""
    after: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    """("del", "ins" or "", line) of a longer text that changed."""
    more: int = 0
    """Lines of the difference that are not shown."""

    @property
    def note(self) -> str:
        return noted(self.row)


@dataclass(frozen=True)
class Page:
    """A stretch of the timeline."""

    entries: list[Entry]
    older: int | None
    """Its next one begins below this id."""


def noted(row: History) -> str:
    """Its note as people read it: without an attachment's fingerprint, which is there for the undo alone."""
    if row.field == "status":
        return kept.reason(row.note)
    return kept.note(row.note.partition(", sha256 ")[0] if row.field == ATTACHMENT else row.note)


def page(
    job: Job, *, who: str = "", below: int | None = None, most: int, may_undo: bool = False
) -> Page:
    """The newest entries below an id; four queries at most, and the runs where they were not fetched before."""
    rows = list(_of(job, who, below)[: most + 1])
    older = rows[most - 1].pk if len(rows) > most else None
    stands = _standing(job) if may_undo and any(map(is_undoable, rows)) else {}
    return Page(_entries(job, rows[:most], stands), older)


def _of(job: Job, who: str, below: int | None) -> QuerySet[History]:
    rows = job.history.order_by("-id")
    if who in WHO:
        rows = rows.exclude(actor="") if who == "people" else rows.filter(actor="")
    return rows if below is None else rows.filter(pk__lt=below)


def _standing(job: Job) -> dict[str, Any]:
    return {
        **current_review(job),
        "status": job.status,
        ATTACHMENT: set(job.attachments.values_list("name", flat=True)),
    }


def _entries(job: Job, rows: list[History], stands: dict[str, Any]) -> list[Entry]:
    runs = {run.ordinal: run for run in job.runs.all()}
    retries = sorted(job.history.filter(field="retry").values_list("pk", flat=True))
    found, former = [], None
    for row in rows:
        run = 1 + bisect_right(retries, row.pk)
        border = (runs.get(run) or run) if retries and run != former else None
        former = run
        found.append(_entry(row, border, can_undo=_stands(row, stands)))
    return found


def _stands(row: History, stands: dict[str, Any]) -> bool:
    """Whether this change is still what one sees, so that it can be taken back by itself."""
    if row.field not in stands or not is_undoable(row):
        return False
    if row.field == ATTACHMENT:
        return (
            (row.after or row.before) in stands[ATTACHMENT]
            if row.after
            else (row.before not in stands[ATTACHMENT])
        )
    return bool(stands[row.field] == row.after)


def _entry(row: History, border: Run | int | None, *, can_undo: bool) -> Entry:
    words = WORDS.get(row.field, {})
    before, after = words.get(row.before, row.before), words.get(row.after, row.after)
    if max(len(before), len(after)) <= SHORT and "\n" not in before + after:
        return Entry(row, border, can_undo, before, after)
    lines = _difference(before, after)
    shown = tuple((kind, line[:500]) for kind, line in lines[:MOST_LINES])
    return Entry(row, border, can_undo, lines=shown, more=len(lines) - len(shown))


def _difference(before: str, after: str) -> list[tuple[str, str]]:
    if len(before) + len(after) > MOST_CHARACTERS:
        return [("del", line) for line in before.splitlines()] + [
            ("ins", line) for line in after.splitlines()
        ]
    was, now = before.splitlines(), after.splitlines()
    lines: list[tuple[str, str]] = []
    for tag, i, j, k, m in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            kept = was[i:j]
            lines += [("", line) for line in (kept if len(kept) < 4 else [kept[0], "…", kept[-1]])]
        else:
            lines += [("del", line) for line in was[i:j]] + [("ins", line) for line in now[k:m]]
    return lines
