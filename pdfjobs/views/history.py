"""The whole timeline of a job, and taking changes back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pdfjobs import access, timeline
from pdfjobs.numerals import whole_number
from pdfjobs.services import undo as undo_service
from pdfjobs.services.errors import RefusedError
from pdfjobs.views.request import Request

PAGE_SIZE = 100
MOST_ID = 2**63 - 1


@require_safe
def history_page(request: Request, number: int) -> HttpResponse:
    """Everything that happened to the job: of people, of the machine, or of both, by pages."""
    job = access.job_for(request.user, number)
    who = request.GET.get("who", "")
    below = whole_number(request.GET.get("below", ""))
    may_review = access.may(request.user, "review", job)
    shown = {
        "job": job,
        "who": who if who in timeline.WHO else "",
        "timeline": timeline.page(job, who=who, below=below, most=PAGE_SIZE, may_undo=may_review),
        "begins": below is None,
        "may_review": may_review,
    }
    return render(request, "pdfjobs/history.html", shown)


@require_POST
def undo(request: Request, number: int, row: int) -> HttpResponse:
    """Takes one change back; what stands in its way is said."""
    job = access.job_for(request.user, number, "review")
    change = get_object_or_404(job.history, pk=min(row, MOST_ID))
    try:
        undo_service.undo(change.pk, request.user.get_username())
    except RefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The change is taken back."))
    if request.POST.get("from") == "history":
        return redirect("history", number=number)
    return redirect("job", number=number)
