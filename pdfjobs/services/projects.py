"""Projects and who belongs to them; access was asked before."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from pdfjobs.models import ROLES, Job, Member, Project
from pdfjobs.services import audit
from pdfjobs.services.errors import RefusedError

MOST_NAMES = 500


def make(name: str, actor: User) -> Project:
    """A project with this name, which its jobs carry; RefusedError when there is one."""
    if not name.strip():
        raise RefusedError(_("A project needs a name: that of its jobs."))
    try:
        with transaction.atomic():
            project = Project.objects.create(name=name)
            audit.note(actor, project, "made", "made the project")
    except IntegrityError as error:
        raise RefusedError(_("The project %(name)s is there already.") % {"name": name}) from error
    return project


def remove(project: Project, actor: User) -> None:
    """Its members go with it; its jobs keep the name."""
    with transaction.atomic():
        audit.note(actor, project, "removed", "removed, with its members")
        project.delete()


def put_member(project: Project, username: str, role: str, actor: User) -> Member:
    """Gives a person a role, a new one or another one; RefusedError for who cannot have it."""
    if role not in ROLES:
        raise RefusedError(_("There is no role %(role)s.") % {"role": role})
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise RefusedError(
            _("There is no open account called %(name)s.") % {"name": username[:150]}
        )
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)  # one change at a time
        member = Member.objects.filter(project=project, user=user).first()
        before = member.role if member else ""
        if member and before == role:
            return member
        member = member or Member(project=project, user=user)
        member.role = role
        member.save()
        said = f"{username}: {before} -> {role}" if before else f"{username} added as {role}"
        audit.note(actor, project, "changed", said)
    return member


def drop_member(project: Project, username: str, actor: User) -> None:
    """Takes a person out; nothing to do when they are not in."""
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        member = Member.objects.filter(project=project, user__username=username).first()
        if member is not None:
            audit.note(actor, project, "changed", f"{username} taken out, was {member.role}")
            member.delete()


def names_without_project() -> list[str]:
    """What jobs say of their project where nobody has made one of it."""
    known = Project.objects.values("name")
    said = Job.objects.exclude(project="").exclude(project__in=known).order_by("project")
    return list(said.values_list("project", flat=True).distinct()[:MOST_NAMES])
