"""Which jobs a page of the list shows, and how many there are.

Nothing here looks at more lines than it must; a count beyond `COUNTED` is not worth its price.
"""

import hashlib
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet

from pdfjobs.listing.count import COUNTED, Count, capped
from pdfjobs.listing.expression import Expression, Viewer, expression, is_narrow
from pdfjobs.listing.lines import engine
from pdfjobs.listing.order import COLUMNS, Order
from pdfjobs.listing.params import ListParams
from pdfjobs.models import STATUSES, Job

PAGE_SIZE = 50
NEAR_PAGES = 100
"""Pages up to this are reached from the list's begin without knowing its end."""
UNDER_WAY = "pending", "running"
KNOWN_FOR_S = 60
"""How long the counts of a large list are taken for right."""


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
    if params.after is None and params.page > NEAR_PAGES:
        return _far(params.page, asked, newest_first)
    skipped = (params.page - 1) * PAGE_SIZE if params.after is None else 0
    found = _numbers(asked, newest_first, params.after, skipped)
    if not found and skipped:
        return _far(params.page, asked, newest_first)
    return Found(found[:PAGE_SIZE], params.after is not None or skipped > 0, len(found) > PAGE_SIZE)


def _far(page: int, asked: Expression, newest_first: bool) -> Found:
    """A page that is reached from the nearer end; one behind the last is the last."""
    total = _length(asked)
    skipped = min((page - 1) * PAGE_SIZE, max(0, total - 1) // PAGE_SIZE * PAGE_SIZE)
    shown = min(PAGE_SIZE, total - skipped)
    behind = total - skipped - shown
    if behind < skipped:
        found = _numbers(asked, not newest_first, None, behind, shown)[::-1]
    else:
        found = _numbers(asked, newest_first, None, skipped, shown)
    return Found(found, newer=skipped > 0, older=behind > 0)


def _length(asked: Expression) -> int:
    """How many match; counting a million takes longer than showing fifty."""
    known: int | None = cache.get(key := _key("length", asked))
    if known is None:
        known = engine().exactly(asked) if is_narrow(asked) else _plain(asked).count()
        if known > COUNTED:
            cache.set(key, known, KNOWN_FOR_S)
    return known


def _key(about: str, asked: Expression) -> str:
    said = f"{connection.settings_dict['NAME']} {asked!r}"
    return f"{about}-{hashlib.sha256(said.encode()).hexdigest()}"


def counts(params: ListParams, viewer: Viewer) -> tuple[Count, dict[str, Count]]:
    """How many jobs the parameters let through whatever their status, and how many of each status.

    Where there are more than are counted, of each status those among the newest, and that there may be more, as they
    were a while ago; but all of those that are under way now.
    """
    asked = expression(params.but(status=""), viewer)
    if not is_narrow(asked):
        return _all_counted(asked)
    tally: dict[str, int] | None = cache.get(key := _key("tally", asked))
    if tally is None:
        tally = _tally(asked)
        total = sum(tally.values())
        if total <= COUNTED:
            return Count(total), {each: Count(tally.get(each, 0)) for each in STATUSES}
        cache.set(key, tally, KNOWN_FOR_S)
    going = expression(params.but(status=",".join(UNDER_WAY)), viewer)
    under_way = engine().tally(going, COUNTED + 1, newest=False)
    cut = sum(under_way.values()) > COUNTED
    return Count(COUNTED, at_least=True), {
        each: Count(under_way.get(each, 0), at_least=cut)
        if each in UNDER_WAY
        else Count(tally.get(each, 0), at_least=True)
        for each in STATUSES
    }


def _tally(asked: Expression) -> dict[str, int]:
    """Of the newest matches, as many as are counted; those of a list that was short lately are found without order."""
    if cache.get(key := _key("short", asked)):
        tally: dict[str, int] = engine().tally(asked, COUNTED + 1, newest=False)
        if sum(tally.values()) <= COUNTED:
            return tally
    tally = engine().tally(asked, COUNTED + 1)
    if sum(tally.values()) <= COUNTED:
        cache.set(key, True, KNOWN_FOR_S)
    return tally


def _all_counted(asked: Expression) -> tuple[Count, dict[str, Count]]:
    """As `counts`, by the jobs' own indexes; that there are more of a status than are counted stays so for a while."""
    which = " AND result_assessment <> 'obsolete'" if asked else ""
    one = (
        "SELECT %s, count(*) FROM"
        f" (SELECT 1 FROM pdfjobs_job WHERE status = %s{which} LIMIT {COUNTED + 1}) AS found"  # nosec B608 # our own words; values are bound
    )
    many: frozenset[str] = cache.get(key := _key("many", asked), frozenset())
    few = [status for status in STATUSES if status not in many]
    counted = dict.fromkeys(many, COUNTED + 1)
    if few:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join([one] * len(few)), [s for s in few for _ in range(2)])
            counted |= dict(cursor.fetchall())
    if new := {status for status in few if counted[status] > COUNTED}:
        cache.set(key, many | new, KNOWN_FOR_S)
    return capped(sum(counted.values())), {each: capped(counted[each]) for each in STATUSES}


def matching(params: ListParams, viewer: Viewer, most: int = 2**31) -> list[int]:
    """Numbers of the jobs that the parameters let through, whatever the page, in the list's order."""
    asked = expression(params, viewer)
    found = _numbers(asked, params.sort != "number", None, most=most)
    if params.sort.removeprefix("-") not in COLUMNS:
        return found
    return Order.of(params.sort).numbers(Job.objects.filter(engine().among(found)))


def _numbers(
    asked: Expression,
    newest_first: bool,
    behind: int | None,
    skipped: int = 0,
    most: int = PAGE_SIZE + 1,
) -> list[int]:
    if is_narrow(asked):
        found: list[int] = engine().numbers(
            asked, newest_first=newest_first, behind=behind, most=most, skipped=skipped
        )
        return found
    jobs = _plain(asked).order_by("-number" if newest_first else "number")
    if most < 1:
        return []
    if behind is not None:
        jobs = jobs.filter(**{"number__lt" if newest_first else "number__gt": behind})
    return list(jobs.values_list("number", flat=True)[skipped : skipped + most])


def _plain(asked: Expression) -> QuerySet[Job]:
    """The jobs of a list that nothing narrows, with or without the obsolete ones."""
    return Job.objects.exclude(result_assessment="obsolete") if asked else Job.objects.all()


def _sorted(params: ListParams, asked: Expression) -> Found:
    """In the order of a column: all jobs by its index, matches as long as they are not too many."""
    jobs = _plain(asked)
    if is_narrow(asked):
        found, too_many = _matches(asked)
        if too_many:
            return Found(found[:PAGE_SIZE], newer=False, older=True, unsorted=True)
        jobs = Job.objects.filter(engine().among(found))
    order = Order.of(params.sort)
    if params.before is not None:
        rows = order.behind(jobs, params.before, PAGE_SIZE + 1, backwards=True)
        return Found(rows[:PAGE_SIZE][::-1], len(rows) > PAGE_SIZE, older=True)
    if params.after is not None:
        rows = order.behind(jobs, params.after, PAGE_SIZE + 1)
        return Found(rows[:PAGE_SIZE], newer=True, older=len(rows) > PAGE_SIZE)
    skipped = min(params.page - 1, COUNTED // PAGE_SIZE - 1) * PAGE_SIZE
    rows = order.numbers(jobs, skipped, PAGE_SIZE + 1)
    if not rows and skipped:
        skipped = max(0, jobs.count() - 1) // PAGE_SIZE * PAGE_SIZE
        rows = order.numbers(jobs, skipped, PAGE_SIZE + 1)
    return Found(rows[:PAGE_SIZE], newer=skipped > 0, older=len(rows) > PAGE_SIZE)


def _matches(asked: Expression) -> tuple[list[int], bool]:
    """All of them; or the newest, and that there are too many to be sorted, as is taken for right for a while."""
    is_long = cache.get(key := _key("long", asked))
    most = PAGE_SIZE if is_long else COUNTED
    found = _numbers(asked, newest_first=True, behind=None, most=most + 1)
    if not is_long and len(found) > COUNTED:
        cache.set(key, True, KNOWN_FOR_S)
    return found, len(found) > most
