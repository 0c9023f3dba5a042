"""Keeps which jobs base runs tie together.

A family is all jobs that lead to each other over base runs, also over one that is not in the diary (yet); it is called
after its lowest number, so that it comes out the same in whatever order jobs and base runs come.
"""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Q

from pdfjobs.models import BaseRun, Counter, Job

_LOCK = "families"


def lock() -> None:
    """Makes writers of base runs go one after another; to be taken before any job's row is locked."""
    Counter.objects.get_or_create(name=_LOCK, defaults={"value": 0})
    Counter.objects.select_for_update().get(name=_LOCK)


def set_base_runs(job: Job, numbers: Collection[int]) -> None:
    """Gives a job these base runs instead of those that it has; the caller writes the history."""
    with transaction.atomic():
        lock()
        was = set(job.base_runs.values_list("number", flat=True))
        wanted = set(numbers)
        BaseRun.objects.filter(job=job, number__in=was - wanted).delete()
        BaseRun.objects.bulk_create(
            BaseRun(job=job, number=number) for number in sorted(wanted - was)
        )
        if was - wanted:
            _part(job)
        if wanted - was:
            _tie(job, wanted)


def note_new(job: Job) -> None:
    """A job appeared, perhaps with base runs: other jobs may have named its number before."""
    bases = set(job.base_runs.values_list("number", flat=True))
    if bases or BaseRun.objects.filter(number=job.number).exists():
        with transaction.atomic():
            lock()
            _tie(job, bases)


def settle_all() -> int:
    """Says anew of every job what family it is of; how many were wrong."""
    with transaction.atomic():
        lock()
        edges = list(BaseRun.objects.values_list("job__number", "number"))
        tied = {number for edge in edges for number in edge}
        tied |= set(Job.objects.filter(family__isnull=False).values_list("number", flat=True))
        return _write(_families(edges, tied))


def _tie(job: Job, bases: Collection[int]) -> None:
    """Makes one family of those of a job, of its base runs, and of jobs that share one or name the job."""
    numbers = {job.number, *bases}
    # Jobs that name the same number are of one family already, so that any of them stands for all.
    named = BaseRun.objects.exclude(job=job)
    alike = {
        pk
        for number in numbers
        for pk in named.filter(number=number).values_list("job", flat=True)[:1]
    }
    near = list(
        Job.objects.filter(Q(number__in=numbers) | Q(pk__in=alike)).values_list("number", "family")
    )
    families = {family for _, family in near if family is not None}
    lone = {number for number, family in near if family is None}
    if len(families) + len(lone) > 1:
        lowest = min(families | lone)
        _rename(Q(family__in=families - {lowest}) | Q(number__in=lone), lowest)


def _part(job: Job) -> None:
    """Parts a job's family where nothing holds it together any more."""
    family = Job.objects.values_list("family", flat=True).get(pk=job.pk)
    if family is not None:
        members = set(Job.objects.filter(family=family).values_list("number", flat=True))
        edges = BaseRun.objects.filter(job__family=family).values_list("job__number", "number")
        _write(_families(edges, members))


def _families(edges: Iterable[tuple[int, int]], numbers: Collection[int]) -> dict[int, int | None]:
    """The family of each of these numbers that a job has; base runs lead only to numbers among them, or to no job."""
    parent: dict[int, int] = {}

    def top(number: int) -> int:
        root = number
        while (above := parent.get(root, root)) != root:
            root = above
        while (above := parent.get(number, number)) != root:
            parent[number], number = root, above
        return root

    for one, other in edges:
        parent[top(one)] = top(other)
    together: dict[int, list[int]] = {}
    for number in _existing(numbers):
        together.setdefault(top(number), []).append(number)
    found: dict[int, int | None] = {}
    for members in together.values():
        found |= dict.fromkeys(members, min(members) if len(members) > 1 else None)
    return found


def _existing(numbers: Collection[int]) -> list[int]:
    found: list[int] = []
    ordered = sorted(numbers)
    for at in range(0, len(ordered), 500):
        batch = ordered[at : at + 500]
        found += Job.objects.filter(number__in=batch).values_list("number", flat=True)
    return found


def _write(families: dict[int, int | None]) -> int:
    """Keeps what differs; how many jobs that were."""
    changed: dict[int | None, list[int]] = {}
    ordered = sorted(families)
    for at in range(0, len(ordered), 500):
        rows = Job.objects.filter(number__in=ordered[at : at + 500])
        for number, family in rows.values_list("number", "family"):
            if family != families[number]:
                changed.setdefault(families[number], []).append(number)
    for family, numbers in changed.items():
        for at in range(0, len(numbers), 500):
            _rename(Q(number__in=numbers[at : at + 500]), family)
    return sum(map(len, changed.values()))


def _rename(jobs: Q, family: int | None) -> None:
    """In the order in which every other writer locks jobs."""
    locked = Job.objects.select_for_update().filter(jobs).order_by("pk")
    pks = list(locked.values_list("pk", flat=True))
    for at in range(0, len(pks), 500):
        Job.objects.filter(pk__in=pks[at : at + 500]).update(family=family)
