"""What the directory says of an account, put into effect: whether it is open, staff, and a member of projects."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from pdfjobs.directory.names import normal
from pdfjobs.directory.table import GroupRole, Ldap
from pdfjobs.models import ROLES, DirectoryAccount, Member, Project
from pdfjobs.services import audit


def is_the_directorys(user: User) -> bool:
    """Whether the directory made the account; the diary's own ones are not for it to open or close."""
    return DirectoryAccount.objects.filter(user_id=user.pk).exists()


def found(user: User, groups: Collection[str], ldap: Ldap) -> bool:
    """The directory knows the person, with these groups (normal names); False when staff closed the account here."""
    with transaction.atomic():
        account, _made = DirectoryAccount.objects.get_or_create(user=user)
        if account.closed_at is not None:
            account.closed_at = None
            account.save()
            user.is_active = True
            _note(user, "opened again")
        if not user.is_active:
            return False
        _give_flags(user, groups, ldap)
        for project in sorted({role.project for role in ldap.roles}):
            roles = [r for r in ldap.roles if r.project == project and normal(r.group) in groups]
            _give_role(user, project, roles)
    return True


def lost(user: User) -> None:
    """The directory does not know the person any more, or gave them another place."""
    with transaction.atomic():
        account = DirectoryAccount.objects.select_for_update().get(user=user)
        if account.closed_at is None and user.is_active:
            account.closed_at = timezone.now()
            account.save()
            user.is_active = False
            _note(user, "closed")


def _give_flags(user: User, groups: Collection[str], ldap: Ldap) -> None:
    rules = bool(ldap.staff or ldap.administrators)
    highest = any(normal(group) in groups for group in ldap.administrators)
    staff = highest or any(normal(group) in groups for group in ldap.staff)
    if rules and (user.is_staff, user.is_superuser) != (staff, highest):
        user.is_staff, user.is_superuser = staff, highest
        _note(user, "administrator" if highest else "staff" if staff else "no staff")


def _give_role(user: User, name: str, roles: list[GroupRole]) -> None:
    """In a project that the settings name, the groups alone say who is what."""
    wanted = max((role.role for role in roles), key=ROLES.index, default="")
    member = Member.objects.filter(user=user, project__name=name).first()
    if wanted == (member.role if member else ""):
        return
    project, _made = Project.objects.get_or_create(name=name)
    who = user.get_username()
    if not wanted and member:
        member.delete()
        words = f"{who} taken out by the directory, was {member.role}"
    else:
        Member.objects.update_or_create(user=user, project=project, defaults={"role": wanted})
        words = f"{who} is {wanted} by the directory"
    audit.note(user, project, "changed", words)


def _note(user: User, what: str) -> None:
    user.save(update_fields=["is_active", "is_staff", "is_superuser"])
    audit.note(user, user, "changed", f"{what}, by the directory")
