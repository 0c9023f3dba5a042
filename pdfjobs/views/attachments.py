"""Files of a review: taken in, given out, removed."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from pdfjobs import access, attachmentstore, uploads
from pdfjobs.models import Attachment, Job
from pdfjobs.reviewpanel import as_markdown, attachments
from pdfjobs.services.attachments import attach, detach
from pdfjobs.services.errors import RefusedError
from pdfjobs.views.request import Request

SHUT = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""Whatever the file is, opened by itself it loads nothing, runs nothing and is of no origin."""
MOST_AT_ONCE = 20
MOST_ID = 2**63 - 1


@csrf_exempt  # until the quota stands before whatever reads the body; then the token is asked for as ever
@require_POST
def add(request: Request, number: int) -> HttpResponseBase:
    """Takes files in; scripts get what to write for each, a form comes back to the page."""
    job = access.job_for(request.user, number, "review")
    quota = uploads.limit(request, settings.PDFJOBS.web.attachment_bytes * 2)
    answer: HttpResponseBase = csrf_protect(_taken)(request, job, quota)
    return answer


def _taken(request: Request, job: Job, quota: uploads.Quota) -> HttpResponse:
    made: list[Attachment] = []
    trouble = ""
    for file in request.FILES.getlist("file")[:MOST_AT_ONCE]:
        try:
            name, actor = file.name or "", request.user.get_username()
            made.append(attach(job, actor=actor, name=name, chunks=file.chunks()))
        except RefusedError as error:
            trouble = str(error)
    if quota.exceeded:
        most = settings.PDFJOBS.web.attachment_bytes
        trouble = _("More than the %(most)d MB allowed.") % {"most": most / 1e6}
    elif not made and not trouble:
        trouble = _("No file was chosen.")
    if "application/json" in request.headers.get("Accept", ""):
        found = [_object(job, each) for each in made]
        return JsonResponse({"made": found, "trouble": trouble}, status=200 if made else 422)
    if trouble:
        messages.error(request, trouble)
    else:
        messages.success(
            request, _("Attached: %(names)s") % {"names": ", ".join(each.name for each in made)}
        )
    return redirect(f"{reverse('job', args=[job.number])}#job-attachments")


def _object(job: Job, made: Attachment) -> dict[str, Any]:
    return {
        "name": made.name,
        "markdown": as_markdown(made),
        "address": reverse("attachment", args=[job.number, made.pk]),
    }


@require_safe
def listed(request: Request, number: int) -> HttpResponse:
    """The part of the page that shows them, for scripts that have added one."""
    return _part(request, access.job_for(request.user, number))


@require_safe
def attachment(request: Request, number: int, attachment_id: int) -> HttpResponseBase:
    """The file: pictures to be seen, everything else to be saved."""
    job = access.job_for(request.user, number)
    row = get_object_or_404(job.attachments, pk=min(attachment_id, MOST_ID))
    etag = quote_etag(row.sha256)
    answer: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if answer is None:
        try:
            file = attachmentstore.opened(row.sha256)
        except FileNotFoundError:
            raise Http404("its bytes have left the disk") from None
        seen = row.media_type in attachmentstore.PICTURES - {"image/svg+xml"}
        answer = FileResponse(
            file, as_attachment=not seen, filename=row.name, content_type=row.media_type
        )
    answer.headers["ETag"] = etag
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Security-Policy"] = SHUT
    patch_vary_headers(answer, ("Cookie",))
    return answer


@require_POST
def remove(request: Request, number: int, attachment_id: int) -> HttpResponse:
    """Takes a file off the review, with a way back beside it."""
    job = access.job_for(request.user, number, "review")
    row = get_object_or_404(job.attachments, pk=min(attachment_id, MOST_ID))
    gone = None
    try:
        gone = detach(row, request.user.get_username())
    except RefusedError as error:
        messages.error(request, str(error))
    if request.htmx:
        return _part(request, job, gone)
    messages.success(
        request, _("Removed; the timeline can bring it back: %(name)s") % {"name": row.name}
    )
    return redirect(f"{reverse('job', args=[number])}#job-attachments")


def _part(request: Request, job: Job, gone: Any = None) -> HttpResponse:
    shown = {
        "job": job,
        "may_review": access.may(request.user, "review", job),
        **attachments(job, gone),
    }
    return render(request, "pdfjobs/_job_attachments.html", shown)
