"""What the pages read of base runs: relatives of a job, its family, and rejected bases.

People see of a family what they see of the diary; a number that they do not see looks as one that is not in the diary.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from pdfjobs.listing.count import Count
from pdfjobs.models import BaseRun, Job

REJECTED = ("not_ok", "obsolete")
"""Assessments after which nothing should be built on a job."""
DRAWN = 240
"""Jobs of one picture; of a larger family those nearest to the job that is looked at."""
VARIANTS_SHOWN = 50
LOOKED_AT = 500
"""Variants of a job and members of its family that its page looks at."""
SHOWN = ("number", "name", "status", "result_assessment", "info", "family")


@dataclass(frozen=True)
class Rejected:
    """A job that another one descends from, and that people turned down."""

    number: int
    assessment: str


@dataclass
class Relatives:
    """The jobs next to a job."""

    bases: list[tuple[int, Job | None]]
    """Numbers in order; without a job where it is not in the diary, or not for this person."""
    variants: list[Job]
    """The newest."""
    variant_count: Count
    family_size: Count

    @property
    def more(self) -> int:
        return self.variant_count.number - len(self.variants)


@dataclass
class Family:
    """Jobs and the base runs between them."""

    jobs: dict[int, Job]
    edges: list[tuple[int, int]] = field(default_factory=list)
    """Base and variant; a base may be none of `jobs`."""
    size: int = 0
    """Of the whole family."""

    @property
    def left_out(self) -> int:
        return max(0, self.size - len(self.jobs))


def relatives(job: Job, seen: QuerySet[Job]) -> Relatives:
    """What stands beside a job, of the jobs that a person sees; in a large family only some are looked at."""
    numbers = list(job.base_runs.order_by("number").values_list("number", flat=True))
    bases = {base.number: base for base in seen.filter(number__in=numbers).only(*SHOWN)}
    below = BaseRun.objects.filter(number=job.number).exclude(job=job).order_by("-job")
    variants = seen.filter(pk__in=(newest := _some(below.values_list("job", flat=True))))
    shown = list(variants.order_by("-number").only(*SHOWN)[:VARIANTS_SHOWN]) if newest else []
    members = Job.objects.filter(family=job.family).order_by("number")
    known = _some(members.values_list("pk", flat=True)) if job.family is not None else []
    return Relatives(
        [(number, bases.get(number)) for number in numbers],
        shown,
        _count(variants, newest) if len(shown) == VARIANTS_SHOWN else Count(len(shown)),
        _count(seen.filter(pk__in=known), known),
    )


def _some(pks: QuerySet[Any, int]) -> list[int]:
    return list(pks[:LOOKED_AT])


def _count(seen: QuerySet[Job], looked_at: list[int]) -> Count:
    """How many of those that were looked at; of as many as that there may be more."""
    return Count(seen.count() if looked_at else 0, at_least=len(looked_at) == LOOKED_AT)


def family_of(job: Job, seen: QuerySet[Job], most: int = DRAWN) -> Family:
    """The job's family; of one with more than `most` members those nearest to the job."""
    shown = seen.only(*SHOWN)
    size = seen.filter(family=job.family).count() if job.family is not None else 1
    if job.family is None:
        jobs = {job.number: job}
    elif size <= most:
        jobs = {each.number: each for each in shown.filter(family=job.family)}
    else:
        jobs = _nearest(job, shown, most)
    edges = BaseRun.objects.filter(job__in=[each.pk for each in jobs.values()])
    pairs = edges.order_by("number", "job__number").values_list("number", "job__number")
    return Family(jobs, [pair for pair in pairs if pair[0] != pair[1]], size)


def _nearest(job: Job, shown: QuerySet[Job], most: int) -> dict[int, Job]:
    """By steps over base runs; at each step its bases before its variants, the newest first."""
    jobs, ring = {job.number: job}, [job.number]
    while ring and len(jobs) < most:
        room = most - len(jobs)
        above = BaseRun.objects.filter(job__number__in=ring).exclude(number__in=jobs)
        bases = shown.filter(number__in=above.values("number"))
        found = list(bases.order_by("-number")[:room])
        if len(found) < room:
            below = shown.filter(base_runs__number__in=ring).exclude(number__in=jobs).distinct()
            found += list(below.order_by("-number")[: room - len(found)])
        ring = [each.number for each in found if each.number not in jobs]
        jobs |= {each.number: each for each in found}
    return jobs


def rejected_bases(jobs: Iterable[Job]) -> dict[int, list[Rejected]]:
    """Rejected jobs that these descend from, however far up; by number, those with none left out.

    One query at most, which reads no other members of the families than those above.
    """
    numbers = [job.number for job in jobs if job.family is not None]
    bases: dict[int, list[int]] = {}
    rejected: dict[int, str] = {}
    for number, base, assessment in _above(numbers) if numbers else ():
        bases.setdefault(number, []).append(base)
        if assessment in REJECTED:
            rejected[base] = assessment
    found = {}
    for number in numbers if rejected else ():
        if its := sorted(_reached(number, bases) & rejected.keys()):
            found[number] = [Rejected(base, rejected[base]) for base in its]
    return found


def mark_rejected(jobs: Collection[Any]) -> None:
    """Gives each job of a page `rejected_bases`, a list that is mostly empty."""
    found = rejected_bases(jobs)
    for job in jobs:
        job.rejected_bases = found.get(job.number, [])


def _reached(number: int, bases: dict[int, list[int]]) -> set[int]:
    """All that one descends from; itself never, also where base runs go in a circle."""
    reached, open_ones = {number}, [number]
    while open_ones:
        fresh = {base for each in open_ones for base in bases.get(each, ())} - reached
        reached |= fresh
        open_ones = list(fresh)
    return reached - {number}


def _above(numbers: list[int]) -> list[tuple[int, int, str]]:
    """Every step from these to a base that is in the diary, and on from there: number, base, its assessment."""
    marks = ", ".join(["%s"] * len(numbers))
    # UNION keeps each step once, so that base runs in a circle come to an end. CROSS JOIN, which SQLite never turns round:
    # since 3.46 it would read every job to look for each among those above.
    sql = f"""
        WITH RECURSIVE up (variant, number) AS (
            SELECT job.number, base.number FROM pdfjobs_job job
            JOIN pdfjobs_baserun base ON base.job_id = job.id WHERE job.number IN ({marks})
            UNION
            SELECT job.number, base.number FROM up
            CROSS JOIN pdfjobs_job job JOIN pdfjobs_baserun base ON base.job_id = job.id
            WHERE job.number = up.number
        )
        SELECT up.variant, up.number, job.result_assessment FROM up
        CROSS JOIN pdfjobs_job job WHERE job.number = up.number"""  # nosec B608 # our own names; values are bound
    with connection.cursor() as cursor:
        cursor.execute(sql, numbers)
        rows: list[tuple[int, int, str]] = cursor.fetchall()
    return rows
