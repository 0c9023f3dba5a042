"""The job list."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from pdfjobs import access, context, manyrows, queries
from pdfjobs.forms import ListForm
from pdfjobs.listing import find
from pdfjobs.listing.count import Count
from pdfjobs.listing.find import Found
from pdfjobs.listing.params import NEWEST, ListParams
from pdfjobs.models import STATUSES, IntakeRecord
from pdfjobs.services import bulk
from pdfjobs.views import columns, shared
from pdfjobs.views.bulk import last_edit
from pdfjobs.views.chips import chips, hidden, switches
from pdfjobs.views.facets import facets
from pdfjobs.views.listrows import GROUPS, grouped, rows
from pdfjobs.views.request import Request

KNOWN_FOR_S = 300
"""The list is shown anew so often though nothing in the diary has changed: a silent run may have stalled by now."""
CARD_TEXTS = {"result_summary": 2000, "info": 2000}
ROW_TEXTS = {"result_summary": 1000}
"""Characters that are shown of what people wrote."""
REMEMBERED_S = 400 * 24 * 3600
"""How long a browser keeps its columns."""


@require_safe
def job_list(request: Request) -> HttpResponse:
    """The page, or with htmx the part of it that changes, and 304 when it did not."""
    if not request.htmx:
        return render(request, "pdfjobs/jobs.html", _page_context(request))
    key = " ".join(
        (
            *("jobs", _audience(request), request.GET.urlencode()),
            *(_remembered(request, "columns"), _remembered(request, "shape")),
        )
    )
    return shared.answer(
        request,
        key,
        _version,
        lambda: render(request, "pdfjobs/_jobs.html", _list_context(request)),
    )


def _version() -> str:
    stretch = timezone.now().timestamp() // KNOWN_FOR_S
    return f"{queries.list_version()} {stretch} {context.troubles()}"


def _audience(request: Request) -> str:
    """Who is shown the same part: everybody who sees all jobs, where it is not about their own."""
    alike = access.sees_all(request.user) and "mine" not in request.GET
    return "" if alike else str(request.user.pk)


@require_safe
def filters(request: Request) -> HttpResponse:
    """The filter panel; without htmx as a page of its own."""
    params = ListForm(request.GET).params()
    shown = {
        "params": params,
        "facets": facets(params, access.viewer_of(request.user)),
        "switches": switches(params),
        "kept": hidden(params, "user", "project", "tag", "since", "until"),
        "list": reverse("job_list"),
    }
    return render(
        request,
        "pdfjobs/_list_filters.html" if request.htmx else "pdfjobs/list_filters.html",
        shown,
    )


@require_POST
def shape(request: Request) -> HttpResponse:
    """Takes columns and shape into the address, and has the browser remember them."""
    words = columns.said(request.POST.getlist("column"))
    wanted = "cards" if request.POST.get("shape") == "cards" else ""
    asked = QueryDict(request.POST.get("next", "").removeprefix("?"))
    params = ListForm(asked).params().but(columns=words, shape=wanted)
    response = redirect(reverse("job_list") + params.address())
    for name, value in (("columns", words), ("shape", wanted)):
        called = columns.cookie(name, settings.SESSION_COOKIE_NAME)
        if value:
            response.set_cookie(
                called,
                value,
                max_age=REMEMBERED_S,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
                path="/",
            )
        else:
            response.delete_cookie(called)
    return response


def _page_context(request: Request) -> dict[str, Any]:
    """What the page has around its changing part."""
    shown = _list_context(request)
    params: ListParams = shown["params"]
    by = params.sort.removeprefix("-")
    everything = params.but().address()
    return shown | {
        "query": everything,
        "kept": hidden(params, "q"),
        "columns": columns.COLUMNS,
        "always": columns.ALWAYS,
        "groupings": [
            ("", params.address(sort=NEWEST), by not in GROUPS),
            *((name, params.address(sort=name), by == name) for name in GROUPS),
        ],
        "narrowings": len(params.narrowing()),
        "last_edit": last_edit(request),
        "most_edited": bulk.MOST,
    }


def _list_context(request: Request) -> dict[str, Any]:
    params = ListForm(request.GET).params()
    viewer = access.viewer_of(request.user)
    total, of_status = find.counts(params, viewer)
    found = find.page(params, viewer)
    return _table(request, params, found) | {
        "params": params,
        "found": found,
        "arriving": [] if found.newer else _arriving(request),
        "total": of_status.get(params.status, total),
        "running": of_status["running"].number,
        "status_tabs": _tabs(params, of_status, total),
        "links": _links(params, found),
        "poll": params.address(),
        "narrowed": bool(params.narrowing()),
        "limits": None if found.numbers else _limits(request.user),
        "chips": chips(params),
        "switches": switches(params),
    }


def _table(request: Request, params: ListParams, found: Found) -> dict[str, Any]:
    """The rows, as a table or as cards, and what that was made of."""
    shown = columns.chosen(params.columns or _remembered(request, "columns"))
    cards = (params.shape or _remembered(request, "shape")) == "cards"
    made = rows(
        queries.listed(found.numbers, with_bases=cards or "base" in shown),
        with_curves=cards or "curve" in shown,
        texts=CARD_TEXTS if cards else ROW_TEXTS if "summary" in shown else {},
    )
    values = {
        "rows": made if found.unsorted else grouped(made, params),
        "cards": cards,
        "shown": shown,
        "show": {column.name: column.name in shown for column in columns.COLUMNS},
        "is_chosen": shown != columns.USUAL,
        "heads": columns.heads(params, shown, sorted_now=not found.unsorted),
    }
    name = "pdfjobs/list_cards.html" if cards else "pdfjobs/list_table.html"
    return values | {"table": manyrows.markup(name, values) if made else ""}


def _limits(user: User) -> list[str] | None:
    """The projects beside whose jobs this person sees only their own; None for who sees all."""
    return None if access.sees_all(user) else sorted(access.projects_of(user))


def _arriving(request: Request) -> list[IntakeRecord]:
    """What will be a job soon; it stands in front of the newest."""
    return list(queries.arriving(access.visible_drops(request.user))[: find.PAGE_SIZE])


def _remembered(request: Request, name: str) -> str:
    return columns.remembered(request, name, settings.SESSION_COOKIE_NAME)


def _tabs(params: ListParams, counts: dict[str, Count], total: Count) -> list[dict[str, Any]]:
    """A link for each status that occurs or may occur, and for the one that is chosen."""
    everything = {"status": "", "count": total, "here": not params.status}
    tabs = [everything] + [
        {"status": status, "count": counts[status], "here": params.status == status}
        for status in STATUSES
        if counts[status].number or counts[status].at_least or params.status == status
    ]
    return [tab | {"href": params.address(status=tab["status"])} for tab in tabs]


def _links(params: ListParams, found: Found) -> dict[str, str]:
    links = {
        "obsolete": params.address(show_obsolete=not params.show_obsolete),
        "newest": params.address(sort=NEWEST),
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
