"""Keeps the words that jobs are found by; in the caller's transaction, whenever one of them may have changed."""

from collections.abc import Collection, Iterator

from django.db.models import Prefetch

from pdfjobs.listing.lines import engine
from pdfjobs.listing.words import line_of
from pdfjobs.models import Job, Message, Run

BATCH = 500
MOST_SAID = 100
"""Distinct errors of a run whose words count."""


def refresh(jobs: Collection[int]) -> None:
    """Says anew what these jobs (primary keys) are found by."""
    if jobs:
        engine().write(_lines(jobs))


def refresh_all() -> Iterator[int]:
    """Every job's line; how many are done after each batch."""
    done, last = 0, 0
    while batch := list(
        Job.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        refresh(batch)
        done, last = done + len(batch), batch[-1]
        yield done


def _lines(pks: Collection[int]) -> list[tuple[int, list[str]]]:
    runs = Run.objects.order_by("job_id", "-ordinal").only("job_id", "folder", "ordinal")
    jobs = Job.objects.filter(pk__in=pks).prefetch_related(Prefetch("runs", runs), "tags")
    latest = {job.pk: next(iter(job.runs.all()), None) for job in jobs}
    said: dict[int, list[str]] = {}
    errors = Message.objects.filter(
        file__run__in=[run.pk for run in latest.values() if run], severity__in=("fatal", "error")
    )
    for run, code, text in errors.order_by("file_id", "position").values_list(
        "file__run_id", "code", "text"
    ):
        texts = said.setdefault(run, [])
        if len(texts) < MOST_SAID:
            texts.append(f"{code} {text}")
    return [
        (
            job.number,
            line_of(
                job, run, [tag.name for tag in job.tags.all()], said.get(run.pk if run else 0, ())
            ),
        )
        for job in jobs
        for run in (latest[job.pk],)
    ]
