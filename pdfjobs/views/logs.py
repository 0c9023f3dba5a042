"""The end of a file in a job's run folder."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from pdfjobs import jobfiles, names, queries
from pdfjobs.models import Job
from pdfjobs.views.conditional import unless_known
from pdfjobs.views.request import Request

LINES, MOST_LINES = 200, 5000


@require_safe
def log_tail(request: Request, number: int, path: str) -> HttpResponse:
    """The last lines as plain text; 404 for whatever is not a regular file of this run."""
    job = get_object_or_404(Job.objects.prefetch_related("runs"), number=number)
    run = queries.current_run(job)
    if run is None:
        raise Http404("no run")
    asked = request.GET.get("lines", "")
    lines = (
        min(int(asked), MOST_LINES)
        if asked.isascii() and asked.isdigit() and len(asked) < 10
        else LINES
    )
    try:
        tail = jobfiles.tail(
            run.root, names.from_stored(run.folder), names.from_stored(path), lines=lines
        )
    except jobfiles.NoSuchFileError as error:
        raise Http404("no such file in this run") from error

    def rendered() -> HttpResponse:
        response = HttpResponse(tail.text, content_type="text/plain; charset=utf-8")
        response.headers["X-File-Size"] = str(tail.size)
        response.headers["X-Whole-File"] = "yes" if tail.whole else "no"
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    return unless_known(request, f"{tail.size} {tail.text}", rendered)
