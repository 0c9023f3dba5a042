"""The report of one job: to read, as an HTML file, as PDF."""

import re

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from pdfjobs import access
from pdfjobs.models import Job
from pdfjobs.report.contents import contents, document
from pdfjobs.report.printing import NotPrintedError, as_pdf, missing
from pdfjobs.views.request import Request


@require_safe
def report(request: Request, number: int) -> HttpResponse:
    """The report as a page, with its two files."""
    job = access.job_for(request.user, number)
    shown = {**contents(job, request.user), "missing": missing()}
    return render(request, "pdfjobs/report.html", shown)


@require_safe
def report_html(request: Request, number: int) -> HttpResponse:
    job = access.job_for(request.user, number)
    return _file(job, "html", document(job, request.user, request.build_absolute_uri).encode())


@require_safe
def report_pdf(request: Request, number: int) -> HttpResponse:
    """The PDF; where there can be none, the report's page says why."""
    job = access.job_for(request.user, number)
    try:
        printed = as_pdf(document(job, request.user, request.build_absolute_uri))
    except NotPrintedError as error:
        messages.error(request, str(error))
        return redirect("report", number=number)
    return _file(job, "pdf", printed)


def _file(job: Job, kind: str, content: bytes) -> HttpResponse:
    stem = re.sub(r"[\\/:*?\"<>|\s]+", "_", f"{job.number}_{job.name}")[:100].rstrip("._")
    media_type = "application/pdf" if kind == "pdf" else "text/html; charset=utf-8"
    response = HttpResponse(content, content_type=media_type)
    # Opened by itself, nothing in it may run or be fetched.
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
    )
    name = content_disposition_header(as_attachment=True, filename=f"{stem}.{kind}")
    response.headers["Content-Disposition"] = name or "attachment"
    return response
