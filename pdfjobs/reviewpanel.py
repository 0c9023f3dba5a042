"""What the review's part of a job page shows."""

from typing import Any

from django.contrib.auth.models import User

from pdfjobs import access, attachmentstore
from pdfjobs.forms import ReviewForm
from pdfjobs.markdown import around, rendered
from pdfjobs.models import Attachment, History, Job

WRITTEN = ("result_summary", "info")
"""Fields that are Markdown."""


def panel(
    job: Job, user: User, form: ReviewForm, stored: dict[str, str] | None = None
) -> dict[str, Any]:
    """The form with what stands beside it; `stored`: what somebody else wrote meanwhile, by field."""
    texts = {name: str(form[name].value() or "") for name in WRITTEN}
    beside = around(job, user, texts.values())
    said = {name: rendered(text, beside) for name, text in texts.items()}
    return {
        "form": form,
        "fields": [
            (field, (stored or {}).get(field.name), said.get(field.name))
            for field in form.visible_fields()
        ],
        "said": said,
        "may_review": access.may(user, "review", job),
        **attachments(job),
    }


def attachments(job: Job, gone: History | None = None) -> dict[str, Any]:
    """The files of a review; `gone`: the removal that can still be taken back here."""
    files = list(job.attachments.all())
    return {
        "attachments": [
            {
                "file": each,
                "picture": each.media_type in attachmentstore.PICTURES,
                "markdown": as_markdown(each),
            }
            for each in files
        ],
        "gone": gone,
    }


def as_markdown(attachment: Attachment) -> str:
    """What a person writes to show or link it."""
    name = "".join(f"\\{c}" if c in "\\[]*_`<>" else c for c in attachment.name)
    picture = attachment.media_type in attachmentstore.PICTURES
    return f"{'!' if picture else ''}[{name}](attachment:{attachment.pk})"
