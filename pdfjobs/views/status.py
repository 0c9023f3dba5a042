"""How the service is, for people."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from pdfjobs import health
from pdfjobs.views.conditional import unless_known
from pdfjobs.views.request import Request

MAX_AGE_S = 1.0
"""Several people who look at once cause one look."""


@require_safe
def status(request: Request) -> HttpResponse:
    """The page, or with htmx the part of it that changes, and 304 when it did not."""
    if not request.htmx:
        return render(request, "pdfjobs/status.html", _context())
    # Everything here may change with every look, so what is shown is its own version.
    shown = render_to_string("pdfjobs/_status.html", _context(), request)
    return unless_known(request, shown, lambda: HttpResponse(shown))


def _context() -> dict[str, Any]:
    return {"health": health.look(MAX_AGE_S)}
