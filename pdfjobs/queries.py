"""What the pages read of the diary."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Count,
    DateTimeField,
    Max,
    Prefetch,
    QuerySet,
    Sum,
    Value,
)
from django.utils import timezone

from pdfjobs.family import families
from pdfjobs.models import BaseRun, IntakeRecord, Job, Run, Tag

LATE_COMMIT = timedelta(minutes=1)
"""Longer than anybody's transaction."""
LATELY = " lately"


def jobs_of(numbers: Sequence[int]) -> list[Job]:
    """These jobs in this order, with the runs and base runs that a program is told of."""
    runs = Run.objects.defer("record").order_by("-ordinal")
    jobs = Job.objects.filter(number__in=numbers).defer("deck")
    found = {job.number: job for job in jobs.prefetch_related(Prefetch("runs", runs), "base_runs")}
    return [found[number] for number in numbers if number in found]


@dataclass(frozen=True)
class Listed:
    """What a row of the list shows."""

    job: Job
    run: Run | None
    """The latest."""
    tags: list[str]
    bases: list[int]
    """Numbers of its base runs, where they were asked for."""


def listed(numbers: Sequence[int], *, with_bases: bool) -> list[Listed]:
    """These jobs in this order; without what Django makes for each job and relation beside the rows, which takes as
    long again."""
    found = {job.number: job for job in Job.objects.filter(number__in=numbers).defer("deck")}
    keys = [job.pk for job in found.values()]
    runs = Run.objects.filter(job__in=keys).defer("record").order_by("ordinal")
    latest = {run.job_id: run for run in runs}
    tags = _by_job(Tag.objects.filter(job__in=keys).order_by("name").values_list("job_id", "name"))
    bases: dict[int, list[int]] = {}
    if with_bases:
        bases = _by_job(
            BaseRun.objects.filter(job__in=keys).order_by("number").values_list("job_id", "number")
        )
    families.mark_rejected(found.values())
    return [
        Listed(job, latest.get(job.pk), tags.get(job.pk, []), bases.get(job.pk, []))
        for job in (found[number] for number in numbers if number in found)
    ]


def _by_job(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for job, value in pairs:
        found.setdefault(job, []).append(value)
    return found


def list_version() -> str:
    """Changes when a job or an intake record does; one query, however many there are.

    Who changed something earlier may commit later: so the number of recent changes counts as well as the last one.
    """
    since = timezone.now().replace(second=0, microsecond=0) - LATE_COMMIT
    stamps = [
        stamp
        for name, rows in (("job", Job.objects.all()), ("intake", IntakeRecord.objects.all()))
        for stamp in (_last(name, rows), _recent(name, rows, since))
    ]
    found = list(stamps[0].union(*stamps[1:], all=True).order_by("kind"))
    # Where nothing is recent, its minute says nothing.
    said = [row for row in found if row[1] or not row[0].endswith(LATELY)]
    return "|".join(f"{kind}{count}@{last}" for kind, count, last in said)


def job_version(job: Job, run: Run | None) -> str:
    """Changes with what the live part of a job's page shows; at most two queries."""
    seen = [job.updated_at.isoformat(), job.history.aggregate(Max("id"))["id__max"]]
    if run is not None:
        files = run.files.aggregate(Sum("offset"), Max("mtime_ns"), Sum("generation"))
        facts = hashlib.sha256(repr(run.facts).encode("utf-8", "surrogatepass")).hexdigest()[:12]
        seen += [
            run.pk,
            run.progress,
            run.finished,
            run.stop_wanted_by,
            run.gone_since,
            facts,
            files,
        ]
    return repr(seen)


def arriving(drops: QuerySet[IntakeRecord]) -> QuerySet[IntakeRecord]:
    """Those of these drops that have not settled yet, or are being taken in."""
    return drops.filter(state__in=("arriving", "claimed")).order_by("-id")


def current_run(job: Job) -> Run | None:
    """The run that a job's page is about: its latest; no query where the runs were fetched before."""
    return max(job.runs.all(), key=lambda run: run.ordinal, default=None)


def progress(job: Job, run: Run | None) -> float | None:
    """0 to 1; a job with status normal has 1, whoever says so."""
    return 1.0 if job.status == "normal" else run.progress if run else None


def wall_time_s(run: Run | None) -> float | None:
    """As the solver printed it, else from start to end."""
    if run is None:
        return None
    printed = run.facts.get("wall_time_s")
    if printed is None and run.started_at and run.ended_at:
        return (run.ended_at - run.started_at).total_seconds()
    return float(printed) if printed is not None else None


def elapsed_s(job: Job, run: Run | None, now: datetime) -> float | None:
    """Since the start of what is running, as long as nothing says its wall time."""
    if run is None or job.status != "running" or run.started_at is None:
        return None
    return max(0.0, (now - run.started_at).total_seconds()) if wall_time_s(run) is None else None


@dataclass(frozen=True)
class Eta:
    """How long a run will go on."""

    seconds: float
    estimated: bool
    """By the diary; not by the solver."""
    early: datetime | None = None
    """Between these it will likely end; None where only the solver, or progress and start, tell something."""
    late: datetime | None = None
    printed_s: float | None = None
    """What the solver said last, beside the diary's own estimate."""


def eta(job: Job, run: Run | None, now: datetime) -> Eta | None:
    """The diary's estimate from the run's pace, else the solver's word, else elapsed time over progress.

    None for what is not running.
    """
    if run is None or job.status != "running":
        return None
    said = run.facts.get("eta_s")
    printed = float(said) if isinstance(said, int | float) else None
    ends = run.facts.get("ends")
    if ends:
        best, early, late = (
            datetime.fromisoformat(ends[name]) for name in ("best", "early", "late")
        )
        left = max(0.0, (best - now).total_seconds())
        return Eta(left, estimated=True, early=early, late=late, printed_s=printed)
    if printed is not None:
        return Eta(printed, estimated=False)
    if run.started_at is None or not run.progress or not 0 < run.progress < 1:
        return None
    elapsed = (now - run.started_at).total_seconds()
    if elapsed <= 0:
        return None
    return Eta(elapsed / run.progress * (1 - run.progress), estimated=True)


def alerts(job: Job, run: Run | None, now: datetime) -> list[dict[str, Any]]:
    """The early warnings that hold now, the red ones first; of those that come with time, each rule's worst one."""
    kept = (run.facts.get("alerts") or []) if run else []
    shown: list[dict[str, Any]] = []
    told: set[str] = set()
    for alert in sorted(kept, key=lambda alert: alert["level"] != "red"):
        if after := alert.get("after"):
            holds = job.status == "running" and now >= datetime.fromisoformat(after)
            if not holds or alert["rule"] in told:
                continue
            told.add(alert["rule"])
        shown.append(alert)
    return shown


def cause(job: Job, run: Run | None) -> dict[str, Any] | None:
    """Why the job ended as it did: cause, the words it rests on, and where they stand; None for one that did well."""
    facts = run.facts if run else {}
    if job.status not in ("error", "other") or not facts.get("cause"):
        return None
    return {
        "name": facts["cause"],
        "text": facts.get("cause_text"),
        "path": facts.get("cause_path"),
        "line": facts.get("cause_line"),
    }


def _last(name: str, rows: Any) -> Any:
    last = Max("updated_at", output_field=DateTimeField())
    return _stamps(rows, name, Value(0), last)


def _recent(name: str, rows: Any, since: datetime) -> Any:
    return _stamps(
        rows.filter(updated_at__gte=since),
        f"{name}{LATELY}",
        Count("id"),
        Value(since, output_field=DateTimeField()),
    )


def _stamps(rows: Any, name: str, count: Any, last: Any) -> Any:
    return (
        rows.order_by()
        .annotate(kind=Value(name))
        .values("kind")
        .annotate(count=count, last=last)
        .values_list("kind", "count", "last")
    )
