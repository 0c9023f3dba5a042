"""Keeps the words that jobs are found by; in the caller's transaction, whenever one of them may have changed."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from django.db import connection, transaction
from django.db.models import Prefetch
from django.utils import timezone

from pdfjobs.listing.lines import engine
from pdfjobs.listing.words import line_of
from pdfjobs.models import Counter, Job, Message, Run

VERSION = 3
"""Of what lines hold; where it is raised, all that there are say something else than they should."""
ALL = 2**63 - 1
AT_ONCE = 200
"""Lines that are renewed while others wait to write; a million in half a day."""
BATCH = 500
MOST_SAID = 100
"""Distinct errors of a run, and as many warnings, whose words count."""


def refresh(jobs: Collection[int]) -> None:
    """Says anew what these jobs (primary keys) are found by."""
    if jobs:
        engine().write(_lines(jobs))


def batches() -> Iterator[list[int]]:
    """The primary keys of all jobs, some at a time."""
    last = 0
    keys = Job.objects.order_by("pk").values_list("pk", flat=True)
    while batch := list(keys.filter(pk__gt=last)[:BATCH]):
        yield batch
        last = batch[-1]


def renew(jobs: Collection[int]) -> None:
    """As `refresh`, for who changes nothing else: whoever changes one of them now writes its line after us.

    Lists that are open see that something has changed.
    """
    with transaction.atomic():
        list(Job.objects.select_for_update().filter(pk__in=jobs).order_by("pk").values_list("pk"))
        refresh(jobs)
        Job.objects.filter(pk__in=list(jobs)[-1:]).update(updated_at=timezone.now())


def renew_older() -> None:
    """The next of those that were written by an earlier version; without any, this costs a question."""
    upto, _is_new = Counter.objects.get_or_create(name=f"lines {VERSION}", defaults={"value": 0})
    if upto.value == ALL:
        return
    keys = Job.objects.filter(pk__gt=upto.value).order_by("pk")
    jobs = list(keys.values_list("pk", flat=True)[:AT_ONCE])
    renew(jobs)
    upto.value = jobs[-1] if len(jobs) == AT_ONCE else ALL
    upto.save()


def are_missing() -> bool:
    """Whether there are fewer lines than jobs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM pdfjobs_jobline) < (SELECT count(*) FROM pdfjobs_job)"
        )
        return bool(cursor.fetchone()[0])


def left_over() -> list[int]:
    """Numbers with a line and without a job."""
    with connection.cursor() as cursor:
        cursor.execute(engine().LEFT_OVER)
        return [number for (number,) in cursor.fetchall()]


def erase(numbers: Collection[int]) -> None:
    """Removes the lines of jobs that are gone."""
    if numbers:
        engine().erase(numbers)


def wrong(jobs: Collection[int]) -> list[int]:
    """Numbers of those of these jobs (primary keys) that are found by other words than they should be."""
    due = {number: set(words) for number, words in _lines(jobs)}
    kept: dict[int, set[str]] = engine().kept(due)
    return sorted(number for number, words in due.items() if kept.get(number) != words)


def _lines(pks: Collection[int]) -> list[tuple[int, list[str]]]:
    runs = Run.objects.order_by("job_id", "-ordinal").only("job_id", "folder", "ordinal")
    jobs = Job.objects.filter(pk__in=pks).prefetch_related(Prefetch("runs", runs), "tags")
    latest = {job.pk: next(iter(job.runs.all()), None) for job in jobs}
    runs_said = _said([run.pk for run in latest.values() if run])
    found = []
    for job in jobs:
        run = latest[job.pk]
        errors, warnings = runs_said[run.pk if run else 0]
        tags = [tag.name for tag in job.tags.all()]
        found.append((job.number, line_of(job, run, tags, errors, warnings)))
    return found


def _said(runs: Collection[int]) -> defaultdict[int, tuple[list[str], list[str]]]:
    """Run to its first errors and its first warnings."""
    found: defaultdict[int, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    messages = Message.objects.filter(
        file__run__in=runs, severity__in=("fatal", "error", "warning")
    )
    for run, severity, code, text in messages.order_by("file_id", "position").values_list(
        "file__run_id", "severity", "code", "text"
    ):
        texts = found[run][severity == "warning"]
        if len(texts) < MOST_SAID:
            texts.append(f"{code} {text}")
    return found
