"""Saved views of the job list: plain links under a name."""

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from pdfjobs.forms import ListForm
from pdfjobs.models import SavedView
from pdfjobs.services import savedviews
from pdfjobs.services.errors import RefusedError
from pdfjobs.views.request import Request


@require_http_methods(["GET", "HEAD", "POST"])
def views(request: Request) -> HttpResponse:
    """One's own views and the shared ones; a POST saves the list's address under a name."""
    if request.method == "POST":
        return _save(request)
    found = list(savedviews.views_for(request.user))
    shown = {
        "own": [view for view in found if view.owner_id == request.user.pk],
        "shared": [view for view in found if view.owner_id != request.user.pk],
        "query": _address(request.GET.urlencode()),
        "list": reverse("job_list"),
    }
    return render(
        request, "pdfjobs/_saved_views.html" if request.htmx else "pdfjobs/saved_views.html", shown
    )


@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    """Deletes one's own view; another's is as unknown as one that never was."""
    try:
        name = savedviews.delete_view(request.user, pk)
    except SavedView.DoesNotExist:
        raise Http404 from None
    messages.success(request, gettext("The view “%(name)s” is deleted.") % {"name": name})
    return redirect(reverse("job_list") + _address(request.POST.get("next", "")))


def _save(request: Request) -> HttpResponse:
    query = _address(request.POST.get("next", ""))
    try:
        view = savedviews.save_view(
            request.user,
            request.POST.get("name", ""),
            query.removeprefix("?"),
            shared=bool(request.POST.get("shared")),
        )
    except RefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect(reverse("job_list") + query)


def _address(query: str) -> str:
    """Of a query what the list can be asked for, from its first page."""
    return ListForm(QueryDict(query.removeprefix("?"))).params().but().address()
