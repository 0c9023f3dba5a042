"""Who may see a job, and who may do what with it; every page, answer and file asks here.

Where `[web] open_to_all` is true, every account sees all jobs and may do what a member may. Else, as in production
unless it is set, people see the jobs of the projects that they are members of, and their own; a job of no project belongs
to its owner. Staff may do everything.
"""

from typing import Literal

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from pdfjobs.listing.expression import Viewer
from pdfjobs.models import ROLES, IntakeRecord, Job, Member, Project

Act = Literal["see", "review", "start", "manage"]
"""see: pages, files, exports; review: everything people write; start: hand in, stop, retry; manage: members."""

LEAST: dict[Act, str] = {
    "see": "viewer",
    "review": "member",
    "start": "member",
    "manage": "manager",
}
"""The role that an act needs."""


class ForbiddenError(PermissionDenied):
    """The person sees the thing, but may not do this with it; the text is for people."""


def is_open() -> bool:
    """Whether every account sees all jobs."""
    return bool(settings.PDFJOBS.web.open_to_all)


def sees_all(user: User | AnonymousUser) -> bool:
    return user.is_staff or is_open()


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
    if job.owner == user.get_username() or is_open():
        roles.add("member")
    return max(roles, key=ROLES.index, default="")


def may(user: User, act: Act, job: Job) -> bool:
    role = role_in(user, job)
    return bool(role) and ROLES.index(role) >= ROLES.index(LEAST[act])


def job_for(user: User, number: int, act: Act = "see") -> Job:
    """The job with its runs; Http404 for one that the person does not see, ForbiddenError for an act beyond the role."""
    job = get_object_or_404(visible(user).prefetch_related("runs"), number=number)
    if act != "see" and not may(user, act, job):
        raise ForbiddenError(_needs(act, job.project))
    return job


def visible_drops(user: User) -> QuerySet[IntakeRecord]:
    """What came into the hot folders, as far as this person sees it: their own drops, and those of jobs they see."""
    drops = IntakeRecord.objects.all()
    if sees_all(user):
        return drops
    seen = Q(job__project__in=projects_of(user)) | Q(job__owner=user.get_username())
    return drops.filter(Q(owner=user.get_username()) | seen)


def may_start_in(user: User, project: str) -> bool:
    """Whether the person may hand in jobs of this project; jobs of no project are everybody's to hand in."""
    if not project or sees_all(user):
        return True
    able = ROLES[ROLES.index(LEAST["start"]) :]
    return Member.objects.filter(user=user, project__name=project, role__in=able).exists()


def start_in(user: User, project: str) -> None:
    """ForbiddenError where the person may not hand in jobs of this project."""
    if not may_start_in(user, project):
        raise ForbiddenError(_needs("start", project))


def visible_projects(user: User) -> QuerySet[Project]:
    """The projects whose members this person sees: those they belong to; staff see all."""
    if user.is_staff:
        return Project.objects.all()
    return Project.objects.filter(members__user=user)


def may_manage(user: User, project: Project) -> bool:
    if user.is_staff:
        return True
    return project.members.filter(user=user, role="manager").exists()


def project_for(user: User, pk: int, act: Act = "see") -> Project:
    """The project; Http404 for one that the person does not see, ForbiddenError for an act beyond the role."""
    project = get_object_or_404(visible_projects(user), pk=pk)
    if act == "manage" and not may_manage(user, project):
        raise ForbiddenError(_needs(act, project.name))
    return project


def staff_only(user: User) -> None:
    """ForbiddenError for everybody else."""
    if not user.is_staff:
        raise ForbiddenError(_("This is for staff: ask whoever runs this diary."))


def _needs(act: Act, project: str) -> str:
    return _("This needs the role “%(role)s” in the project %(project)s.") % {
        "role": LEAST[act],
        "project": project,
    }
