"""The button that follows a job, a project or a saved view."""

from typing import Any

from django import template
from django.urls import reverse

from pdfjobs.models import Channel, Follow, Job
from pdfjobs.notifyforms import EVENT_WORDS
from pdfjobs.services.channels import Target

register = template.Library()


@register.inclusion_tag("pdfjobs/_follow.html", takes_context=True)
def follow_button(context: Any, job: Job | None = None, project: str = "") -> dict[str, Any]:
    """Follows; or says that it is followed, with what of it. Two queries."""
    request = context["request"]
    follows = Follow.objects.filter(user=request.user, target=Target(job, project).word)
    here: str = request.get_full_path()
    if job is not None:  # also where only the part of its page that changes is made
        query = request.GET.urlencode()
        here = reverse("job", args=[job.number]) + (f"?{query}" if query else "")
    return {
        "next": here,
        "csrf_token": context.get("csrf_token"),
        "job": job,
        "project": project,
        "kept": follows.select_related("channel").first(),
        "reachable": Channel.objects.filter(user=request.user).exists(),
        "event_words": EVENT_WORDS,
    }


@register.filter
def said_by(events: list[str]) -> str:
    """Events in words."""
    return ", ".join(str(EVENT_WORDS[event]) for event in EVENT_WORDS if event in events)
