"""Takes back one change of what people write about a job."""

import re

from django.db import transaction
from django.utils.translation import gettext as _

from pdfjobs.models import Attachment, History, Job
from pdfjobs.services import families, joblines, notices
from pdfjobs.services import status as status_service
from pdfjobs.services.errors import RefusedError
from pdfjobs.services.review import COLUMNS, FIELDS, STATUS, write_field
from pdfjobs.wording import FIELD_WORDS

ATTACHMENT = "attachment"
UNDOABLE = frozenset({*FIELDS, STATUS, ATTACHMENT})
"""What `History.field` may be for an undo to make sense; a stop or a retry cannot be taken back."""

_ATTACHED = re.compile(r"(\S+), (\d+) bytes, from (.*), sha256 ([0-9a-f]{64})", re.DOTALL)


def is_undoable(row: History) -> bool:
    """Whether a person changed something here that has a before; it may have been changed again since."""
    return bool(row.actor) and row.field in UNDOABLE and row.before != row.after


def undo(history_id: int, actor: str) -> History:
    """Restores what one change replaced, with a row of its own; RefusedError where that would undo more.

    It would where the value is no longer the one that the change left. The caller has made sure that `actor` may
    review the job. History.DoesNotExist for a row that is not there.
    """
    with transaction.atomic():
        row = History.objects.get(pk=history_id)
        if row.field == "base_runs":
            families.lock()
        job = Job.objects.select_for_update().get(pk=row.job_id)
        if not is_undoable(row):
            raise RefusedError(_("This change cannot be taken back."))
        last = job.history.first()
        if row.field == STATUS:
            _undo_status(job, row, actor)
        elif row.field == ATTACHMENT:
            _undo_attachment(job, row, actor)
        else:
            _undo_field(job, row, actor)
        made = job.history.filter(pk__gt=last.pk if last else 0).first()
        if made is None:  # the service found nothing to change
            raise RefusedError(_moved_on(row))
        return made


def attached(attachment: Attachment) -> str:
    """The note of an attachment's coming or going, from which a deleted one is made again."""
    return (
        f"{attachment.media_type}, {attachment.size} bytes, from {attachment.by},"
        f" sha256 {attachment.sha256}"
    )


def _undo_field(job: Job, row: History, actor: str) -> None:
    if FIELDS[row.field].read(job) != row.after:
        raise RefusedError(_moved_on(row))
    write_field(job, row.field, row.before)
    job.save(update_fields=[*COLUMNS, "updated_at"])
    joblines.refresh([job.pk])
    _note(job, row, actor)
    if row.field == "reviewer":
        notices.assigned(job, actor)


def _undo_status(job: Job, row: History, actor: str) -> None:
    """A status by hand goes back to the machine where that says what stood there before."""
    if job.status != row.after:
        raise RefusedError(_moved_on(row))
    if job.status_source == "person" and job.machine_status == row.before:
        status_service.give_back(job, actor)
        return
    reason = f"set by {actor}"
    status_service.change_status(job.pk, row.before, reason=reason, source="person", actor=actor)


def _undo_attachment(job: Job, row: History, actor: str) -> None:
    told = _ATTACHED.search(row.note)
    if told is None:
        raise RefusedError(_("This change cannot be taken back."))
    media_type, size, by, sha256 = told.groups()
    if row.after:  # it came
        gone, _by_table = job.attachments.filter(name=row.after, sha256=sha256).delete()
        if not gone:
            raise RefusedError(_moved_on(row))
    else:
        if job.attachments.filter(name=row.before, sha256=sha256).exists():
            raise RefusedError(_moved_on(row))
        Attachment.objects.create(
            job=job, name=row.before, sha256=sha256, size=int(size), media_type=media_type, by=by
        )
    job.save(update_fields=["updated_at"])
    _note(job, row, actor, told.group())


def _note(job: Job, row: History, actor: str, more: str = "") -> None:
    History.objects.create(
        job=job,
        actor=actor,
        field=row.field,
        before=row.after,
        after=row.before,
        note=f"undo of a change by {row.actor}{'; ' if more else ''}{more}",
    )


def _moved_on(row: History) -> str:
    return _("Somebody changed %(what)s since; undo that change first.") % {
        "what": FIELD_WORDS.get(row.field) or row.field.replace("_", " ")
    }
