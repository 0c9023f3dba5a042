"""Which jobs a page of the list shows, and how many there are.

Nothing here looks at more lines than it must; a count beyond `COUNTED` is not worth its price.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Left

from pdfjobs.listing.count import COUNTED, Count
from pdfjobs.listing.expression import JOB, Expression, Viewer, expression, is_narrow
from pdfjobs.listing.lines import engine
from pdfjobs.listing.params import ListParams
from pdfjobs.listing.words import facet
from pdfjobs.models import STATUSES, Job

PAGE_SIZE = 50
COLUMNS: dict[str, Any] = {
    **{name: F(name) for name in ("status", "solver", "owner", "project", "family")},
    "name": Left("name", 100),
    "submitted": F("submitted_at"),
    "ended": F("ended_at"),
}
"""What the list can be ordered by beside the number."""


@dataclass(frozen=True)
class Found:
    """A page's job numbers in their order."""

    numbers: list[int]
    newer: bool
    """There are more in front…"""
    older: bool
    """…and behind."""
    unsorted: bool = False
    """Too many match to be put into the order that was asked for."""


def page(params: ListParams, viewer: Viewer) -> Found:
    """The page that the parameters ask for; one behind the last is the last."""
    asked = expression(params, viewer)
    if params.sort.removeprefix("-") in COLUMNS:
        return _sorted(params, asked)
    newest_first = params.sort != "number"
    if params.before is not None:
        found = _numbers(asked, not newest_first, params.before)
        return Found(found[:PAGE_SIZE][::-1], len(found) > PAGE_SIZE, older=True)
    skipped = (params.page - 1) * PAGE_SIZE if params.after is None else 0
    found = _numbers(asked, newest_first, params.after, skipped)
    if not found and skipped:
        skipped = max(0, engine().exactly(asked or JOB) - 1) // PAGE_SIZE * PAGE_SIZE
        found = _numbers(asked, newest_first, None, skipped)
    return Found(found[:PAGE_SIZE], params.after is not None or skipped > 0, len(found) > PAGE_SIZE)


def counts(params: ListParams, viewer: Viewer) -> tuple[Count, dict[str, Count]]:
    """How many jobs the parameters let through whatever their status, and how many of each status."""
    asked = expression(params.but(status=""), viewer) or JOB
    total, of_status = engine().counts(asked, [facet("status", status) for status in STATUSES])
    return total, dict(zip(STATUSES, of_status, strict=True))


def matching(params: ListParams, viewer: Viewer, most: int = 2**31) -> list[int]:
    """Numbers of the jobs that the parameters let through, whatever the page, in the list's order."""
    asked = expression(params, viewer)
    found = _numbers(asked, params.sort != "number", None, most=most)
    if params.sort.removeprefix("-") not in COLUMNS:
        return found
    return list(_in_order(Job.objects.filter(number__in=found), params.sort))


def _numbers(
    asked: Expression,
    newest_first: bool,
    behind: int | None,
    skipped: int = 0,
    most: int = PAGE_SIZE + 1,
) -> list[int]:
    if asked:
        found: list[int] = engine().numbers(
            asked, newest_first=newest_first, behind=behind, most=most, skipped=skipped
        )
        return found
    jobs = Job.objects.order_by("-number" if newest_first else "number")
    if behind is not None:
        jobs = jobs.filter(**{"number__lt" if newest_first else "number__gt": behind})
    return list(jobs.values_list("number", flat=True)[skipped : skipped + most])


def _sorted(params: ListParams, asked: Expression) -> Found:
    """In the order of a column: all jobs by its index, matches as long as they are not too many."""
    jobs: QuerySet[Job] = Job.objects.all()
    if is_narrow(asked):
        found = _numbers(asked, newest_first=True, behind=None, most=COUNTED + 1)
        if len(found) > COUNTED:
            return Found(found[:PAGE_SIZE], newer=False, older=True, unsorted=True)
        jobs = jobs.filter(number__in=found)
    elif asked:
        jobs = jobs.exclude(result_assessment="obsolete")
    skipped = (params.page - 1) * PAGE_SIZE
    rows = list(_in_order(jobs, params.sort)[skipped : skipped + PAGE_SIZE + 1])
    return Found(rows[:PAGE_SIZE], newer=skipped > 0, older=len(rows) > PAGE_SIZE)


def _in_order(jobs: QuerySet[Job], sort: str) -> Any:
    column, last_first = COLUMNS[sort.removeprefix("-")], sort.startswith("-")
    order = column.desc() if last_first else column.asc()
    return jobs.order_by(order, "-number" if last_first else "number").values_list(
        "number", flat=True
    )
