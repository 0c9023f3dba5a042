"""The points of a job's plots."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from pdfjobs import queries
from pdfjobs.chains import chain
from pdfjobs.models import Job
from pdfjobs.series import series_points, series_version
from pdfjobs.views.conditional import unless_known
from pdfjobs.views.request import Request


@require_safe
def series_json(request: Request, number: int) -> HttpResponse:
    """The series that `names` (comma-separated) asks for, from point `since` on."""
    job = get_object_or_404(Job.objects.prefetch_related("runs"), number=number)
    run = queries.current_run(job)
    if run is None:
        return JsonResponse({"series": {}})
    names = [name for name in request.GET.get("names", "").split(",") if name]
    raw = request.GET.get("since", "0")
    if not (raw.isascii() and raw.isdigit() and len(raw) < 19):
        return JsonResponse({"error": "since is a whole number from 0 on"}, status=400)
    links = chain(run)
    version = f"{run.pk} {series_version(run, links)} {names} {raw}"
    return unless_known(
        request,
        version,
        lambda: JsonResponse({"series": series_points(run, names, int(raw), links)}),
    )
