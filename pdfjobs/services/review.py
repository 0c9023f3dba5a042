"""What people write about a job; no machine writes these fields."""

import hashlib
import json
from typing import Any

from django.db import transaction

from pdfjobs.models import BaseRun, History, Job
from pdfjobs.services import joblines
from pdfjobs.services import status as status_service
from pdfjobs.services.errors import StaleReviewError

TEXT_FIELDS = ("analysis_status", "result_assessment", "result_summary", "info")


def current_review(job: Job) -> dict[str, str]:
    """The review as a form would show it."""
    review = {name: str(getattr(job, name)) for name in TEXT_FIELDS}
    review["base_runs"] = " ".join(
        str(number) for number in job.base_runs.order_by("number").values_list("number", flat=True)
    )
    return review


def version_of(job: Job) -> str:
    """A mark of the review as it stands; changes when, and only when, a person changed it."""
    text = json.dumps(current_review(job), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def save_review(job: Job, *, actor: str, version: str, changes: dict[str, Any]) -> Job:
    """Saves what differs, with a history row a field.

    `changes` may hold the text fields, `base_runs` (numbers) and `status`. Raises StaleReviewError when the
    review is no longer the one that `version` was taken of.
    """
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job.pk)
        before = current_review(job)
        if version_of(job) != version:
            raise StaleReviewError(before)
        for name in TEXT_FIELDS:
            if name in changes:
                setattr(job, name, changes[name])
        if "base_runs" in changes:
            _set_base_runs(job, changes["base_runs"])
        after = current_review(job)
        if after != before:
            job.save(update_fields=[*TEXT_FIELDS, "updated_at"])
            joblines.refresh([job.pk])
        History.objects.bulk_create(
            History(job=job, actor=actor, field=name, before=before[name], after=after[name])
            for name in after
            if before[name] != after[name]
        )
        wanted = changes.get("status")
        if wanted and wanted != job.status:
            status_service.change_status(
                job.pk, wanted, reason=f"set by {actor}", source="person", actor=actor
            )
    job.refresh_from_db()
    return job


def _set_base_runs(job: Job, numbers: list[int]) -> None:
    job.base_runs.exclude(number__in=numbers).delete()
    BaseRun.objects.bulk_create(
        (BaseRun(job=job, number=number) for number in numbers), ignore_conflicts=True
    )
