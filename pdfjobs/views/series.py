"""The points of a job's plots."""

import math
from typing import Any

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pdfjobs import access, queries
from pdfjobs.models import Run
from pdfjobs.points.chains import chain
from pdfjobs.points.curves import MOST_POINTS
from pdfjobs.points.plots import clock_of
from pdfjobs.points.pointtable import TooLargeError, csv_lines
from pdfjobs.points.series import (
    EVERYWHERE,
    MOST_NAMES,
    series_curves,
    series_points,
    series_version,
)
from pdfjobs.views.conditional import unless_known
from pdfjobs.views.request import Request

LEAST_POINTS = 10


class UnclearError(Exception):
    """The address asks for what cannot be; the text says what is allowed."""


@require_safe
def series_json(request: Request, number: int) -> HttpResponse:
    """The series that `names` (comma-separated) asks for: from x `from` to `to`, at most `points` of each; or all
    from point `since` on."""
    job = access.job_for(request.user, number)
    run = queries.current_run(job)
    if run is None:
        return JsonResponse({"series": {}})
    names = asked_names(request)
    try:
        since, most, window = _since(request), _most(request), asked_window(request)
    except UnclearError as error:
        return JsonResponse({"error": str(error)}, status=400)
    links = chain(run)
    now = series_version(run, links)
    told = {"number": job.number, "name": job.name, "end": run.facts.get("end_time")}
    told["clock"] = clock_of(run.facts.get("series") or {})

    def answer() -> HttpResponse:
        found = series_points(run, names, since, links, window=window, most=most)
        return JsonResponse({"series": found, "job": told, "lineage": lineage(run, now)})

    return unless_known(request, f"{run.pk} {now} {names} {since} {most} {window}", answer)


def lineage(run: Run, version: str) -> str:
    """The same as long as points only come to those that are there."""
    logs, last, generations, _, _, *earlier = version.split("-")
    return "-".join([str(run.pk), logs, last, generations, *earlier])


@require_safe
def series_csv(request: Request, number: int) -> HttpResponseBase:
    """As a table, every point from `from` to `to`; without `names` all series over what most lie over."""
    job = access.job_for(request.user, number)
    run = queries.current_run(job)
    series = (run.facts.get("series") or {}) if run else {}
    try:
        low, high = asked_window(request)
    except UnclearError as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    names = asked_names(request) or _of_one_kind(series)
    curves = series_curves(chain(run), names[:MOST_NAMES]) if run else {}
    units = {name: (series.get(name) or {}).get("unit") for name in curves}
    heads = {name: f"{name} [{unit}]" if unit else name for name, unit in units.items()}
    x = next((kind for name in curves if (kind := (series.get(name) or {}).get("x"))), "index")
    try:
        lines = csv_lines(curves, heads, x, low, high)
    except TooLargeError:
        words = _(
            "These are too many points for one table: choose fewer curves or a smaller range."
        )
        return HttpResponse(words, status=413, content_type="text/plain; charset=utf-8")
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="series-{number}.csv"'
    return answer


def _of_one_kind(series: dict[str, Any]) -> list[str]:
    """Those that lie over the same."""
    kinds = [summary.get("x") for summary in series.values()]
    usual = max(set(kinds), key=kinds.count, default=None)
    return sorted(name for name, summary in series.items() if summary.get("x") == usual)


def asked_names(request: Request) -> list[str]:
    """Each once, in their order."""
    return list(dict.fromkeys(name for name in request.GET.get("names", "").split(",") if name))


def asked_window(request: Request) -> tuple[float, float]:
    """From which x to which."""
    low, high = (
        _number(request, name, other)
        for name, other in zip(("from", "to"), EVERYWHERE, strict=True)
    )
    if low > high:
        raise UnclearError(_("from is not above to"))
    return low, high


def _number(request: Request, name: str, other: float) -> float:
    raw = request.GET.get(name, "")
    if not raw:
        return other
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not (raw.isascii() and math.isfinite(value)):
        raise UnclearError(_("%(name)s is a number") % {"name": name})
    return value


def _since(request: Request) -> int:
    raw = request.GET.get("since", "0")
    if not (raw.isascii() and raw.isdigit() and len(raw) < 19):
        raise UnclearError(_("since is a whole number from 0 on"))
    return int(raw)


def _most(request: Request) -> int:
    raw = request.GET.get("points", "") or str(MOST_POINTS)
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10):
        raise UnclearError(_("points is a whole number"))
    return min(max(int(raw), LEAST_POINTS), MOST_POINTS)
