"""Jobs: the list with its search, one job, its messages, its history."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from pdfjobs import access, logmessages, queries
from pdfjobs.api.asking import person
from pdfjobs.api.errors import InvalidError
from pdfjobs.api.listquery import ListQuery, Narrowing
from pdfjobs.api.schemas import HistoryOut, JobOut, JobPage, MessageOut
from pdfjobs.export import job_object
from pdfjobs.listing import find
from pdfjobs.listing.find import Found
from pdfjobs.listing.params import ListParams
from pdfjobs.logmessages import Place
from pdfjobs.names import from_stored, readable

router = Router(tags=["jobs"])

HISTORY_SHOWN = 1000


@router.get("", response=JobPage, summary="List and search jobs")
def list_jobs(request: HttpRequest, asked: Query[ListQuery]) -> Any:
    """The pages' job list: the same search language, filters, order and paging; `older` leads on."""
    if unknown := request.GET.keys() - ListQuery.model_fields.keys():
        raise InvalidError(f"{', '.join(sorted(unknown))}: no such parameter.")
    narrowing: Narrowing = asked
    params, viewer = narrowing.params(), access.viewer_of(person(request))
    found = find.page(params, viewer)
    total, of_status = find.counts(params, viewer)
    total = of_status.get(params.status, total)
    newer, older = _neighbours(request.path, params, found)
    return {
        "jobs": [job_object(job) for job in queries.jobs_of(found.numbers)],
        "total": {"number": total.number, "at_least": total.at_least},
        "newer": newer,
        "older": older,
    }


@router.get("/{int:number}", response=JobOut, summary="One job")
def one_job(request: HttpRequest, number: int) -> Any:
    return job_object(access.job_for(person(request), number))


@router.get("/{int:number}/messages", response=list[MessageOut], summary="The solver's messages")
def messages(request: HttpRequest, number: int, severity: str = "") -> Any:
    """Distinct warnings, errors, fatals and notes of the latest run, the worst first; each once, with its place in
    every log that has it."""
    run = queries.current_run(access.job_for(person(request), number))
    return [
        {
            "severity": said.severity,
            "code": said.code,
            "text": said.text,
            "line": said.first.line,
            "count": said.count,
            "path": _readable(said.first),
            "places": [
                {"path": _readable(place), "line": place.line, "count": place.count}
                for place in said.places
            ],
        }
        for said in logmessages.of_run(run)
        if severity in ("", said.severity)
    ]


@router.get("/{int:number}/history", response=list[HistoryOut], summary="Who did what")
def history(request: HttpRequest, number: int) -> Any:
    """The newest first."""
    return list(access.job_for(person(request), number).history.all()[:HISTORY_SHOWN])


def _readable(place: Place) -> str:
    return readable(from_stored(place.path))


def _neighbours(path: str, params: ListParams, found: Found) -> tuple[str | None, str | None]:
    """Addresses of the pages in front and behind: by number where that is the order, which costs the same however deep."""
    if params.sort.removeprefix("-") == "number" and found.numbers:
        newer = params.address(before=found.numbers[0])
        older = params.address(after=found.numbers[-1])
    else:
        newer = params.address(page=max(1, params.page - 1))
        older = params.address(page=params.page + 1)
    return (path + newer if found.newer else None, path + older if found.older else None)
