"""What the person may do, for pages that offer it; the views ask again."""

from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context

from pdfjobs import access
from pdfjobs.models import Job

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: Context, act: access.Act, job: Job) -> bool:
    """`{% may "review" job as may_review %}`."""
    return access.may(context["user"], act, job)


@register.inclusion_tag("pdfjobs/_feedback.html")
def feedback() -> dict[str, Any]:
    """The dialog for what people want to say of the diary."""
    return {"address": settings.PDFJOBS.web.feedback_to}
