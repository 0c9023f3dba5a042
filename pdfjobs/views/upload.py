"""Handing in decks in the browser."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from pdfjobs import access
from pdfjobs.dropform import DropForm
from pdfjobs.services.errors import RefusedError
from pdfjobs.views.request import Request

MOST_PROJECTS = 500


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: Request) -> HttpResponse:
    """The drop area. With a script each deck goes to the API, which shows how far it is; without, all go here."""
    if request.method != "POST":
        first = {"project": request.GET.get("project", "")[:200]}
        return _page(request, DropForm(initial=first))
    form = DropForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        handed = form.hand_in(request.user)
    except RefusedError as error:
        form.add_error(None, str(error))
        return _page(request, form, status=409)
    messages.success(
        request,
        ngettext(
            "%(count)s deck is handed in; what becomes of it is shown here.",
            "%(count)s decks are handed in; what becomes of them is shown here.",
            len(handed),
        )
        % {"count": len(handed)},
    )
    return redirect("intake")


def _page(request: Request, form: DropForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "most_bytes": settings.PDFJOBS.web.max_upload_bytes,
        "projects": access.projects_of(request.user)[:MOST_PROJECTS],
    }
    return render(request, "pdfjobs/upload.html", context, status=status)
