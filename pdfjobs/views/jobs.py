"""The job list."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pdfjobs import context, queries
from pdfjobs.forms import ListForm
from pdfjobs.models import STATUSES, Job
from pdfjobs.queries import ListParams
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
    counts = queries.status_counts(params)
    total = sum(counts.values())
    shown = counts.get(params.status, 0) if params.status else total
    paginator = Paginator(queries.job_list(params), queries.PAGE_SIZE)
    paginator.count = shown  # known already: one query less
    page = paginator.get_page(request.GET.get("page"))
    return {
        "params": params,
        "rows": [_row(job) for job in page],
        "page": page,
        "arriving": list(queries.arriving()[: queries.PAGE_SIZE]),
        "total": total,
        "running": counts.get("running", 0),
        "status_tabs": _tabs(params, counts, total),
        "links": _links(params, page),
        "poll": _address(params, page=page.number),
        "narrowed": params != ListParams(),
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


def _tabs(params: ListParams, counts: dict[str, int], total: int) -> list[dict[str, Any]]:
    """A link for each status that occurs, and for the one that is chosen."""
    everything = {"status": "", "count": total, "here": not params.status}
    tabs = [everything] + [
        {"status": status, "count": counts.get(status, 0), "here": params.status == status}
        for status in STATUSES
        if counts.get(status) or params.status == status
    ]
    return [tab | {"href": _address(params, status=tab["status"])} for tab in tabs]


def _links(params: ListParams, page: "Page[Job]") -> dict[str, str]:
    links = {
        "no_q": _address(params, q=""),
        "no_user": _address(params, user=""),
        "no_project": _address(params, project=""),
        "obsolete": _address(params, show_obsolete="" if params.show_obsolete else "1"),
    }
    if page.has_previous():
        links["newer"] = _address(params, page=page.previous_page_number())
    if page.has_next():
        links["older"] = _address(params, page=page.next_page_number())
    return links


def _address(params: ListParams, **changed: Any) -> str:
    """The list's address under `params` with some of them changed; the first page has no number."""
    asked = {
        "q": params.q,
        "status": params.status,
        "user": params.user,
        "project": params.project,
        "show_obsolete": "1" if params.show_obsolete else "",
    } | changed
    if asked.get("page") == 1:
        del asked["page"]
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"?{query}" if query else "?"
