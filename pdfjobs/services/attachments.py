"""Files that people add to a job's review."""

from collections.abc import Iterable
from pathlib import PurePath

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from pdfjobs import attachmentstore, names
from pdfjobs.models import Attachment, History, Job
from pdfjobs.services.errors import RefusedError
from pdfjobs.services.undo import ATTACHMENT, attached

MOST = 500
"""Attachments of one job."""
MOST_NAME = 255
MOST_ENDING = 20


def attach(job: Job, *, actor: str, name: str, chunks: Iterable[bytes]) -> Attachment:
    """Keeps a file with a job; one of the same name and content is there once. RefusedError when too large or empty."""
    most = settings.PDFJOBS.web.attachment_bytes
    shown = clean_name(name)
    try:
        kept = attachmentstore.keep(chunks, most)
    except attachmentstore.TooLargeError:
        raise RefusedError(
            _("%(name)s is larger than the %(most)s bytes allowed.")
            % {"name": shown, "most": f"{most:,}"}
        ) from None
    if not kept.size:
        raise RefusedError(_("%(name)s is empty.") % {"name": shown})
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job.pk)
        same = job.attachments.filter(name=shown, sha256=kept.sha256).first()
        if same is not None:
            return same
        if job.attachments.count() >= MOST:
            raise RefusedError(_("A job has at most %(most)s attachments.") % {"most": MOST})
        made = Attachment.objects.create(
            job=job,
            name=shown,
            sha256=kept.sha256,
            size=kept.size,
            media_type=kept.media_type,
            by=actor,
        )
        History.objects.create(
            job=job, actor=actor, field=ATTACHMENT, after=shown, note=attached(made)
        )
        job.save(update_fields=["updated_at"])
    return made


def detach(attachment: Attachment, actor: str) -> History:
    """Takes a file off its job; its bytes stay, so that an undo brings it back."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=attachment.job_id)
        gone, _by_table = job.attachments.filter(pk=attachment.pk).delete()
        if not gone:
            raise RefusedError(_("Somebody removed it already."))
        job.save(update_fields=["updated_at"])
        return History.objects.create(
            job=job,
            actor=actor,
            field=ATTACHMENT,
            before=attachment.name,
            note=attached(attachment),
        )


def clean_name(name: str) -> str:
    """The last part of a name, in one line of text; a long one keeps its ending."""
    last = names.readable(name.replace("\\", "/").rpartition("/")[2]).strip()
    if last in ("", ".", ".."):
        last = "file"
    if len(last) <= MOST_NAME:
        return last
    ending = PurePath(last).suffix[:MOST_ENDING]
    return last[: MOST_NAME - len(ending)] + ending
