"""What the pages read of base runs: relatives of a job, its family, and rejected bases.

People see of a family what they see of the diary; a number that they do not see looks as one that is not in the diary.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from pdfjobs.models import BaseRun, Job

REJECTED = ("not_ok", "obsolete")
"""Assessments after which nothing should be built on a job."""
DRAWN = 240
"""Jobs of one picture; of a larger family those nearest to the job that is looked at."""
VARIANTS_SHOWN = 50
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
    variant_count: int
    family_size: int

    @property
    def more(self) -> int:
        return self.variant_count - len(self.variants)


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
    """What stands beside a job, of the jobs that a person sees."""
    numbers = list(job.base_runs.order_by("number").values_list("number", flat=True))
    bases = {base.number: base for base in seen.filter(number__in=numbers).only(*SHOWN)}
    variants = seen.filter(base_runs__number=job.number).exclude(pk=job.pk).order_by("-number")
    count = variants.count()
    shown = list(variants.only(*SHOWN)[:VARIANTS_SHOWN]) if count else []
    size = seen.filter(family=job.family).count() if job.family is not None else 0
    return Relatives([(number, bases.get(number)) for number in numbers], shown, count, size)


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
    """Rejected jobs that these descend from, however far up; by number, those with none left out. Two queries at most."""
    families = {job.number: job.family for job in jobs if job.family is not None}
    if not families:
        return {}
    spoilt = set(
        Job.objects.filter(
            family__in=set(families.values()), result_assessment__in=REJECTED
        ).values_list("family", flat=True)
    )
    numbers = [number for number, family in families.items() if family in spoilt]
    found: dict[int, list[Rejected]] = {}
    for number, base, assessment in _rejected_above(numbers) if numbers else ():
        found.setdefault(number, []).append(Rejected(base, assessment))
    return found


def mark_rejected(jobs: Collection[Any]) -> None:
    """Gives each job of a page `rejected_bases`, a list that is mostly empty."""
    found = rejected_bases(jobs)
    for job in jobs:
        job.rejected_bases = found.get(job.number, [])


def _rejected_above(numbers: list[int]) -> list[tuple[int, int, str]]:
    marks = ", ".join(["%s"] * len(numbers))
    words = ", ".join(["%s"] * len(REJECTED))
    # UNION keeps each pair once, so that base runs in a circle come to an end.
    sql = f"""
        WITH RECURSIVE up (start, number) AS (
            SELECT job.number, base.number FROM pdfjobs_job job
            JOIN pdfjobs_baserun base ON base.job_id = job.id WHERE job.number IN ({marks})
            UNION
            SELECT up.start, base.number FROM up
            JOIN pdfjobs_job job ON job.number = up.number
            JOIN pdfjobs_baserun base ON base.job_id = job.id
        )
        SELECT up.start, job.number, job.result_assessment FROM up
        JOIN pdfjobs_job job ON job.number = up.number
        WHERE job.result_assessment IN ({words}) AND job.number <> up.start
        ORDER BY 1, 2"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [*numbers, *REJECTED])
        rows: list[tuple[int, int, str]] = cursor.fetchall()
    return rows
