"""Who logged in, tried to, and did what: for staff."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pdfjobs import access, audittrail
from pdfjobs.views.request import Request

PAGE_SIZE = 100


@require_safe
def audit(request: Request) -> HttpResponse:
    """The newest first, by pages."""
    access.staff_only(request.user)
    source = request.GET.get("source", "")
    by = request.GET.get("by", "").strip()[:150].replace("\0", "")
    if source not in audittrail.SOURCES:
        source = ""
    found = audittrail.page(
        source=source, by=by, below=request.GET.get("below", ""), most=PAGE_SIZE
    )
    sources = [(name, each.label) for name, each in audittrail.SOURCES.items()]
    shown = {"page": found, "source": source, "by": by, "sources": sources}
    return render(request, "pdfjobs/audit.html", shown)
