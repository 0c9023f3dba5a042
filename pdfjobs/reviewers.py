"""Who can be asked to look at a job's result."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q

from pdfjobs.models import Job, Member

MOST = 2000


def reviewers(job: Job) -> list[tuple[str, str]]:
    """Account name, and what the choice says, of everybody who may see the job and can log in."""
    users = User.objects.filter(is_active=True)
    if not settings.PDFJOBS.web.open_to_all:
        members = Member.objects.filter(project__name=job.project).values("user")
        users = users.filter(Q(is_staff=True) | Q(username=job.owner) | Q(pk__in=members))
    rows = users.order_by("username").values_list("username", "first_name", "last_name")[:MOST]
    return [(name, _words(name, f"{first} {last}".strip())) for name, first, last in rows]


def _words(name: str, full: str) -> str:
    return f"{name} ({full})" if full else name
