"""Who may see a job, and who may do what with it; every page, answer and file asks here.

Where `[web] open_to_all` is set, every account sees all jobs and may do what a member may. Else people see the jobs of
the projects that they are members of, and their own; a job of no project belongs to its owner. Staff may do everything.
"""

from typing import Literal

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from pdfjobs.listing.expression import Viewer
from pdfjobs.models import ROLES, Job, Member

Act = Literal["see", "review", "start", "manage"]
"""see: pages, files, exports; review: everything people write; start: hand in, stop, retry; manage: members."""

LEAST: dict[Act, str] = {
    "see": "viewer",
    "review": "member",
    "start": "member",
    "manage": "manager",
}
"""The role that an act needs."""


class ForbiddenError(Exception):
    """The person sees the job, but may not do this with it."""


def sees_all(user: User | AnonymousUser) -> bool:
    return user.is_staff or settings.PDFJOBS.web.open_to_all


def visible(user: User) -> QuerySet[Job]:
    """The jobs that this person sees."""
    jobs = Job.objects.all()
    if sees_all(user):
        return jobs
    return jobs.filter(Q(owner=user.get_username()) | Q(project__in=projects_of(user)))


def viewer_of(user: User) -> Viewer:
    """Whose job list it is."""
    projects = None if sees_all(user) else tuple(projects_of(user))
    return Viewer(user.get_username(), projects)


def projects_of(user: User) -> list[str]:
    """Names of the projects that the person is a member of, in whatever role."""
    return list(Member.objects.filter(user=user).values_list("project__name", flat=True))


def role_in(user: User, job: Job) -> str:
    """viewer, member or manager; empty for somebody who may not see it."""
    if user.is_staff:
        return "manager"
    roles = set(
        Member.objects.filter(user=user, project__name=job.project).values_list("role", flat=True)
    )
    if job.owner == user.get_username() or settings.PDFJOBS.web.open_to_all:
        roles.add("member")
    return max(roles, key=ROLES.index, default="")


def may(user: User, act: Act, job: Job) -> bool:
    role = role_in(user, job)
    return bool(role) and ROLES.index(role) >= ROLES.index(LEAST[act])


def job_for(user: User, number: int, act: Act = "see") -> Job:
    """The job with its runs; Http404 for one that the person does not see, ForbiddenError for an act beyond the role."""
    job = get_object_or_404(visible(user).prefetch_related("runs"), number=number)
    if act != "see" and not may(user, act, job):
        raise ForbiddenError(f"This needs the role {LEAST[act]} in the project {job.project}.")
    return job
