"""Projects and their members."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pdfjobs import access
from pdfjobs.models import ROLES, Member
from pdfjobs.services import audit
from pdfjobs.services import projects as service
from pdfjobs.services.errors import RefusedError
from pdfjobs.views.request import Request
from pdfjobs.wording import ROLE_WORDS

TRAIL_SHOWN = 100
MOST_ACCOUNTS = 1000
ROLE_RIGHTS = {
    "viewer": gettext_lazy("sees the jobs"),
    "member": gettext_lazy("reviews, hands in, stops and retries"),
    "manager": gettext_lazy("and says who belongs to the project"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def project_list(request: Request) -> HttpResponse:
    """One's own projects; staff see all of them, and make new ones."""
    if request.method == "POST":
        access.staff_only(request.user)
        name = request.POST.get("name", "").strip()[:200].replace("\0", "")
        try:
            made = service.make(name, request.user)
        except RefusedError as error:
            return _list(request, trouble=str(error), status=409)
        return redirect("project", pk=made.pk)
    return _list(request)


@require_safe
def project(request: Request, pk: int) -> HttpResponse:
    return _page(request, pk)


@require_POST
def put_member(request: Request, pk: int) -> HttpResponse:
    """Adds a person or changes their role."""
    its = access.project_for(request.user, pk, "manage")
    username = request.POST.get("username", "").strip()[:150].replace("\0", "")
    try:
        member = service.put_member(its, username, request.POST.get("role", ""), request.user)
    except RefusedError as error:
        return _page(request, pk, trouble=str(error), said=username, status=409)
    messages.success(
        request,
        _("%(name)s is %(role)s now.") % {"name": username, "role": ROLE_WORDS.said(member.role)},
    )
    return redirect("project", pk=pk)


@require_POST
def drop_member(request: Request, pk: int) -> HttpResponse:
    its = access.project_for(request.user, pk, "manage")
    username = request.POST.get("username", "")[:150].replace("\0", "")
    service.drop_member(its, username, request.user)
    messages.success(
        request, _("%(name)s does not belong to the project any more.") % {"name": username}
    )
    if username == request.user.get_username() and not request.user.is_staff:
        return redirect("projects")
    return redirect("project", pk=pk)


@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    """Staff take a project away; its jobs stay."""
    its = access.project_for(request.user, pk)
    access.staff_only(request.user)
    service.remove(its, request.user)
    messages.success(request, _("The project %(name)s is removed; its jobs stay.") % {"name": its})
    return redirect("projects")


def _list(request: Request, *, trouble: str = "", status: int = 200) -> HttpResponse:
    user = request.user
    mine = dict(Member.objects.filter(user=user).values_list("project_id", "role"))
    shown = access.visible_projects(user).annotate(people=Count("members", distinct=True))
    context = {
        "projects": [{"project": each, "role": mine.get(each.pk, "")} for each in shown],
        "unmade": service.names_without_project() if user.is_staff else [],
        "trouble": trouble,
        "open_to_all": access.is_open(),
    }
    return render(request, "pdfjobs/projects.html", context, status=status)


def _page(
    request: Request, pk: int, *, trouble: str = "", said: str = "", status: int = 200
) -> HttpResponse:
    its = access.project_for(request.user, pk)
    manages = access.may_manage(request.user, its)
    context: dict[str, Any] = {
        "project": its,
        "members": its.members.select_related("user").order_by("user__username"),
        "manages": manages,
        "roles": ROLE_RIGHTS.items() if manages else [],
        "role_names": ROLES,
        "accounts": _others(its.pk) if manages else [],
        "trail": audit.trail(its)[:TRAIL_SHOWN],
        "trouble": trouble,
        "said": said,
    }
    return render(request, "pdfjobs/project.html", context, status=status)


def _others(pk: int) -> list[str]:
    """Accounts that can be added."""
    users = User.objects.filter(is_active=True).exclude(memberships__project=pk)
    return list(users.order_by("username").values_list("username", flat=True)[:MOST_ACCOUNTS])
