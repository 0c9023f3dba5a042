"""Keeps the sums of decks."""

from typing import Any

from pdfjobs.decks.deckcards import pack
from pdfjobs.models import DeckCards, Job


def keep(job: Job, summary: dict[str, Any], version: int) -> None:
    """Keeps the sum of a job's deck as a reader of that version made it, instead of an earlier one."""
    DeckCards.objects.update_or_create(
        job=job, defaults={"data": pack(summary), "reader_version": version}
    )


def unread(jobs: list[int], version: int) -> set[int]:
    """Those of these jobs (primary keys) whose deck was not read by the reader of that version."""
    read = DeckCards.objects.filter(job__in=jobs, reader_version=version)
    return set(jobs) - set(read.values_list("job_id", flat=True))
