"""The job list."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pdfjobs import access, context, queries
from pdfjobs.forms import ListForm
from pdfjobs.listing import find
from pdfjobs.listing.count import Count
from pdfjobs.listing.find import Found
from pdfjobs.listing.params import ListParams
from pdfjobs.models import STATUSES, Job
from pdfjobs.views.conditional import unless_known
from pdfjobs.views.request import Request

KNOWN_FOR_S = 300
"""The list is shown anew so often though nothing in the diary has changed: a silent run may have stalled by now."""


@require_safe
def job_list(request: Request) -> HttpResponse:
    """The page, or with htmx the part of it that changes, and 304 when it did not."""
    if not request.htmx:
        return render(request, "pdfjobs/jobs.html", _list_context(request))
    stretch = timezone.now().timestamp() // KNOWN_FOR_S
    version = (
        f"{queries.list_version()} {stretch} {context.troubles()} {request.user.pk}"
        f" {request.GET.urlencode()}"
    )
    return unless_known(
        request, version, lambda: render(request, "pdfjobs/_jobs.html", _list_context(request))
    )


def _list_context(request: Request) -> dict[str, Any]:
    params = ListForm(request.GET).params()
    viewer = access.viewer_of(request.user)
    total, of_status = find.counts(params, viewer)
    found = find.page(params, viewer)
    return {
        "params": params,
        "rows": [_row(job) for job in queries.jobs_of(found.numbers)],
        "found": found,
        "arriving": list(queries.arriving()[: find.PAGE_SIZE]),
        "total": of_status.get(params.status, total),
        "running": of_status["running"].number,
        "status_tabs": _tabs(params, of_status, total),
        "links": _links(params, found),
        "poll": params.address(),
        "narrowed": bool(params.narrowing()),
    }


def _row(job: Job) -> dict[str, Any]:
    run = queries.current_run(job)
    progress = queries.progress(job, run)
    now = timezone.now()
    return {
        "job": job,
        "run": run,
        "progress": progress,
        "eta": queries.eta(job, run, now),
        "alerts": queries.alerts(job, run, now),
        "cause": queries.cause(job, run),
        "facts": run.facts if run else {},
    }


def _tabs(params: ListParams, counts: dict[str, Count], total: Count) -> list[dict[str, Any]]:
    """A link for each status that occurs, and for the one that is chosen."""
    everything = {"status": "", "count": total, "here": not params.status}
    tabs = [everything] + [
        {"status": status, "count": counts[status], "here": params.status == status}
        for status in STATUSES
        if counts[status].number or params.status == status
    ]
    return [tab | {"href": params.address(status=tab["status"])} for tab in tabs]


def _links(params: ListParams, found: Found) -> dict[str, str]:
    links = {
        "no_q": params.address(q=""),
        "no_user": params.address(user=""),
        "no_project": params.address(project=""),
        "obsolete": params.address(show_obsolete=not params.show_obsolete),
    }
    by_number = params.sort in ("number", "-number")
    if found.newer:
        links["newer"] = (
            params.address(before=found.numbers[0])
            if by_number and found.numbers
            else params.address(page=max(1, params.page - 1))
        )
    if found.older:
        links["older"] = (
            params.address(after=found.numbers[-1])
            if by_number
            else params.address(page=params.page + 1)
        )
    return links
