"""What came into the hot folder, and what became of it."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pdfjobs import access, context, queries
from pdfjobs.models import INTAKE_STATES
from pdfjobs.views.conditional import unless_known
from pdfjobs.views.request import Request

PAGE_SIZE = 50


@require_safe
def intake_list(request: Request) -> HttpResponse:
    """The records of `state`, without it all of them; with htmx the changing part only."""
    if not request.htmx:
        return render(request, "pdfjobs/intake.html", _context(request))
    version = (
        f"{queries.list_version()} {context.troubles()} {request.user.pk} {request.GET.urlencode()}"
    )
    return unless_known(
        request, version, lambda: render(request, "pdfjobs/_intake.html", _context(request))
    )


def _context(request: Request) -> dict[str, Any]:
    asked = request.GET.get("state", "")
    state = asked if asked in INTAKE_STATES else ""
    drops = access.visible_drops(request.user).select_related("job").order_by("-id")
    if state:
        drops = drops.filter(state=state)
    page = Paginator(drops, PAGE_SIZE).get_page(request.GET.get("page"))
    return {
        "state": state,
        "states": INTAKE_STATES,
        "page": page,
        "records": page.object_list,
        "rejected": str(settings.INSTANCE.rejected),
    }
