"""The one function that changes a job's status, and its way back to automatic."""

from django.db import transaction
from django.utils.translation import gettext as _

from pdfjobs.models import STATUSES, History, Job
from pdfjobs.services import joblines, notices
from pdfjobs.services.errors import RefusedError

MACHINE_MOVES: dict[str, frozenset[str]] = {
    "none": frozenset(STATUSES),
    # A killed intake or a cancelled batch job ends without ever running.
    "pending": frozenset(STATUSES),
    # A run that could not start, or waits again after its host went down.
    "running": frozenset(STATUSES),
    # Ended ones begin anew by a retry (pending), or go on when their log grows (running).
    "finished": frozenset({"running", "pending", "normal", "error", "other", "none"}),
    "normal": frozenset({"running", "pending", "error", "other", "none"}),
    "error": frozenset({"running", "pending", "normal", "other", "none"}),
    "other": frozenset({"running", "pending", "finished", "normal", "error", "none"}),
}
"""Where the machine may move a status; an outcome once known never falls back to "outcome not yet known"."""


def change_status(job_id: int, status: str, *, reason: str, source: str, actor: str = "") -> bool:
    """Moves a job's status; True when what people see changed.

    1. Locks the row, so that of two racing workers the later one judges what the earlier one wrote.
    2. A machine's word (file, launcher, scheduler) is always kept as the machine's opinion, and shown unless
       a person has set the status.
    3. A person's word is shown until it is given back.
    4. Every change of the status that people see, and of who says it, person or machine, writes a history row.

    Pages see that the job was looked at, also when its status stays. Raises ValueError for an unknown status or
    source.
    """
    if status not in STATUSES or source not in ("file", "launcher", "scheduler", "person"):
        raise ValueError(f"no such status or source: {status!r} from {source!r}")
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job_id)
        before = (job.status, job.status_reason, job.status_source)
        if source == "person":
            job.status, job.status_reason, job.status_source = status, reason, source
        else:
            if status != job.machine_status and status not in MACHINE_MOVES[job.machine_status]:
                job.save(update_fields=["updated_at"])
                return False
            job.machine_status, job.machine_reason, job.machine_source = status, reason, source
            if job.status_source != "person":
                job.status, job.status_reason, job.status_source = status, reason, source
        return _save(job, before, actor)


def give_back(job: Job, actor: str) -> Job:
    """Lets the machine say the status again; RefusedError when it does already."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job.pk)
        if job.status_source != "person":
            raise RefusedError(_("The status is automatic already."))
        before = (job.status, job.status_reason, job.status_source)
        job.status, job.status_reason = job.machine_status, job.machine_reason
        job.status_source = job.machine_source
        _save(job, before, actor, note="given back to automatic")
        return job


def _save(job: Job, before: tuple[str, str, str], actor: str, note: str = "") -> bool:
    status = ["status", "status_reason", "status_source"]
    job.save(
        update_fields=[*status, "machine_status", "machine_reason", "machine_source", "updated_at"]
    )
    handed_over = (before[2] == "person") != (job.status_source == "person")
    if before[0] != job.status:
        joblines.refresh([job.pk])
        notices.status_changed(job, before[0])
    if before[0] != job.status or handed_over:
        History.objects.create(
            job=job,
            actor=actor,
            field="status",
            before=before[0],
            after=job.status,
            note=note or job.status_reason,
        )
    return before[0] != job.status
