"""What people write about a job; no machine writes these fields."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from pdfjobs.models import History, Job, Tag
from pdfjobs.services import families, joblines, notices
from pdfjobs.services import status as status_service
from pdfjobs.services.errors import StaleReviewError

TEXT_FIELDS = ("analysis_status", "result_assessment", "result_summary", "info")
COLUMNS = (*TEXT_FIELDS, "reviewer")
STATUS = "status"
MOST_TAG = 50
"""Characters of a tag."""


@dataclass(frozen=True)
class Field:
    """A part of the review, as the text that history keeps."""

    read: Callable[[Job], str]
    write: Callable[[Job, str], None]
    """Takes what `read` gives; the caller saves the job."""


def current_review(job: Job) -> dict[str, str]:
    """The review as a form would show it."""
    return {name: field.read(job) for name, field in FIELDS.items()}


def version_of(job: Job) -> str:
    """A mark of the review as it stands; changes when, and only when, a person changed it."""
    text = json.dumps(current_review(job), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def save_review(job: Job, *, actor: str, version: str, changes: dict[str, Any]) -> Job:
    """Saves what differs, with a history row a field.

    `changes` may hold the text fields, `reviewer`, `base_runs` (numbers), `tags` (names) and `status`. Raises
    StaleReviewError when the review is no longer the one that `version` was taken of.
    """
    with transaction.atomic():
        if "base_runs" in changes:
            families.lock()
        job = Job.objects.select_for_update().get(pk=job.pk)
        before = current_review(job)
        if version_of(job) != version:
            raise StaleReviewError(before)
        for name in FIELDS:
            if name in changes:
                value = changes[name]
                write_field(job, name, value if isinstance(value, str) else as_text(name, value))
        after = current_review(job)
        if after != before:
            job.save(update_fields=[*COLUMNS, "updated_at"])
            joblines.refresh([job.pk])
        History.objects.bulk_create(
            History(job=job, actor=actor, field=name, before=before[name], after=after[name])
            for name in after
            if before[name] != after[name]
        )
        if before["reviewer"] != after["reviewer"]:
            notices.assigned(job, actor)
        wanted = changes.get(STATUS)
        if wanted and wanted != job.status:
            status_service.change_status(
                job.pk, wanted, reason=f"set by {actor}", source="person", actor=actor
            )
    job.refresh_from_db()
    return job


def write_field(job: Job, name: str, text: str) -> None:
    """Puts the text of a part of the review in its place; the caller saves the job and writes history."""
    FIELDS[name].write(job, text)


def as_text(name: str, values: Iterable[Any]) -> str:
    """Numbers of base runs, or tags, as the text that `read` gives."""
    if name == "base_runs":
        return " ".join(str(number) for number in sorted(set(values)))
    return ", ".join(sorted(set(values)))


def tag_names(text: str) -> list[str]:
    """The tags in a text with commas between them, each once, blanks made one."""
    words = (" ".join(word.split())[:MOST_TAG].strip() for word in re.split(r"[,;\n]", text))
    return sorted({word for word in words if word})


def _column(name: str) -> Field:
    def write(job: Job, text: str) -> None:
        setattr(job, name, text)

    return Field(lambda job: str(getattr(job, name)), write)


def _base_runs(job: Job) -> str:
    return as_text("base_runs", job.base_runs.values_list("number", flat=True))


def _set_base_runs(job: Job, text: str) -> None:
    families.set_base_runs(job, [int(word) for word in text.split()])


def _tags(job: Job) -> str:
    return as_text("tags", job.tags.values_list("name", flat=True))


def _set_tags(job: Job, text: str) -> None:
    names = tag_names(text)
    job.tags.exclude(name__in=names).delete()
    Tag.objects.bulk_create((Tag(job=job, name=name) for name in names), ignore_conflicts=True)


FIELDS: dict[str, Field] = {
    **{name: _column(name) for name in TEXT_FIELDS},
    "base_runs": Field(_base_runs, _set_base_runs),
    "tags": Field(_tags, _set_tags),
    "reviewer": _column("reviewer"),
}
"""The parts of the review in the order of their history rows."""
