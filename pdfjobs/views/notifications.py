"""How a person wants to be told of what, and what was told."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from pdfjobs import access
from pdfjobs.models import Channel, Follow, Notice
from pdfjobs.notifyforms import EVENT_WORDS, HOURS, ChannelForm, ChannelSettingsForm, FollowForm
from pdfjobs.services import channels as service
from pdfjobs.services.errors import RefusedError
from pdfjobs.services.savedviews import views_for
from pdfjobs.views.request import Request

SHOWN = 50
"""Messages that the page lists."""
USUAL_EVENTS = ("ended", "failed", "warning")


@require_safe
def notifications(request: Request) -> HttpResponse:
    """Ways, what is followed, and the last messages with their trouble."""
    return _page(request, ChannelForm())


@require_POST
@sensitive_post_parameters("address")
def add_channel(request: Request) -> HttpResponse:
    """Adds a way, and follows by it what its person came for; an address that nothing can be sent to is shown again
    with the reason."""
    form, asked = ChannelForm(request.POST), _asked(request)
    if not form.is_valid():
        return _page(request, form, status=422)
    said = form.cleaned_data
    try:
        made = service.add(request.user, said["name"], said["address"], said["zone"])
    except RefusedError as error:
        form.add_error(None, str(error))
        return _page(request, form, status=409)
    if asked is not None:
        service.follow(made, asked, events=USUAL_EVENTS, daily=False)
        messages.success(request, _("Added, and you follow it, by %(name)s.") % {"name": made.name})
        return _back(request)
    first = Follow.objects.filter(channel=made).exists()
    words = _("Added. You hear of your own jobs by it: change that below, and send a test.")
    messages.success(request, words if first else _("Added. Send a test to see it arrive."))
    return redirect("notifications")


@require_POST
def change_channel(request: Request, pk: int) -> HttpResponse:
    form = ChannelSettingsForm(request.POST)
    if form.is_valid():
        service.change(_channel(request, pk), **form.cleaned_data)
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("That hour or name cannot be used."))
    return redirect("notifications")


@require_POST
def remove_channel(request: Request, pk: int) -> HttpResponse:
    service.remove(_channel(request, pk))
    messages.success(request, _("Removed, with what was followed by it."))
    return redirect("notifications")


@require_POST
def test_channel(request: Request, pk: int) -> HttpResponse:
    try:
        service.send_test(_channel(request, pk))
    except RefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("A test is on its way; “Last messages” says whether it was taken.")
        )
    return redirect("notifications")


@require_POST
def follow(request: Request) -> HttpResponse:
    """Follows a job, a project, a saved view or one's own jobs; by the first way where none is named."""
    form = FollowForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("What you want to follow could not be understood."))
        return _back(request)
    said = form.cleaned_data
    mine = Channel.objects.filter(user=request.user)
    channel = mine.filter(pk=said["channel"]).first() if said["channel"] else mine.first()
    if channel is None:
        messages.error(request, _("First say how to reach you."))
        return redirect("notifications")
    try:
        target = service.target_of(request.user, **form.target())
        events = said["events"] or USUAL_EVENTS
        service.follow(channel, target, events=events, daily=said["daily"])
    except RefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("You follow it, by %(name)s.") % {"name": channel.name})
    return _back(request)


@require_POST
def change_follow(request: Request, pk: int) -> HttpResponse:
    """Other events, or another way to be told: at once or in the digest; no event at all ends it."""
    form, kept = FollowForm(request.POST), _follow(request, pk)
    if not form.is_valid():
        messages.error(request, _("What you want to hear of it could not be understood."))
    elif not form.cleaned_data["events"] and not form.cleaned_data["daily"]:
        service.unfollow(kept)
        messages.success(request, _("You do not follow it any more."))
    else:
        said = form.cleaned_data
        service.change_follow(kept, events=said["events"], daily=said["daily"])
        messages.success(request, _("Saved."))
    return _back(request)


@require_POST
def unfollow(request: Request, pk: int) -> HttpResponse:
    service.unfollow(_follow(request, pk))
    messages.success(request, _("You do not follow it any more."))
    return _back(request)


def _channel(request: Request, pk: int) -> Channel:
    return get_object_or_404(Channel, user=request.user, pk=pk)


def _follow(request: Request, pk: int) -> Follow:
    rows = Follow.objects.select_related("channel", "job", "view")
    return get_object_or_404(rows, user=request.user, pk=pk)


def _back(request: Request) -> HttpResponse:
    """To the page that the button was on."""
    return redirect(_next(request) or "notifications")


def _next(request: Request) -> str:
    wanted = _sent(request).get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if safe and wanted.startswith("/") else ""


def _sent(request: Request) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _page(request: Request, form: ChannelForm, *, status: int = 200) -> HttpResponse:
    user, asked = request.user, _asked(request)
    follows = Follow.objects.filter(user=user).select_related("channel", "job", "view__owner")
    notices = Notice.objects.filter(channel__user=user).select_related("channel", "job")
    seen = access.visible(user)
    last = list(notices.order_by("-id")[:SHOWN])
    visible = set(seen.filter(pk__in=[row.job_id for row in last]).values_list("pk", flat=True))
    context: dict[str, Any] = {
        "form": form,
        "channels": Channel.objects.filter(user=user),
        "follows": list(follows),
        "follows_mine": any(each.target == "mine" for each in follows),
        "last": [row for row in last if row.job_id is None or row.job_id in visible],
        "event_words": EVENT_WORDS,
        "hours": HOURS,
        "views": views_for(user),
        "projects": sorted(_projects(request)),
        "asked": asked,
        "wanted": _wanted(request, asked),
        "has_mail": bool(settings.PDFJOBS.mail.host),
        "service_zone": settings.TIME_ZONE,
    }
    return render(request, "pdfjobs/notifications.html", context, status=status)


def _projects(request: Request) -> set[str]:
    """Names of projects that may be followed: one's own, and those of jobs that one sees, up to a few hundred."""
    jobs = access.visible(request.user).exclude(project="").order_by("project")
    return {
        *access.projects_of(request.user),
        *jobs.values_list("project", flat=True).distinct()[:300],
    }


def _asked(request: Request) -> service.Target | None:
    """What a link here asks to follow; Http404 where that is not to be seen."""
    asked = FollowForm(_sent(request))
    if not asked.is_valid() or not any(asked.target().values()):
        return None
    try:
        return service.target_of(request.user, **asked.target())
    except RefusedError as error:
        raise Http404(str(error)) from None


def _wanted(request: Request, asked: service.Target | None) -> dict[str, Any]:
    """The same as fields of a form, with the page that the link was on."""
    if asked is None:
        return {}
    said = {
        "job": asked.job and asked.job.number,
        "project": asked.project,
        "view": asked.view and asked.view.pk,
        "next": _next(request),
    }
    return {name: value for name, value in said.items() if value}
