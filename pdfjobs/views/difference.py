"""What a job's deck does differently from its base run's, and what came of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pdfjobs import access, outcomes
from pdfjobs.decks.deckcards import summary_of
from pdfjobs.decks.deckdiff import compare, compare_facts
from pdfjobs.family.families import relatives
from pdfjobs.models import Job
from pdfjobs.numerals import whole_number
from pdfjobs.services import runagain
from pdfjobs.services.errors import RefusedError
from pdfjobs.templatetags import kept
from pdfjobs.views.request import Request


@require_safe
def difference(request: Request, number: int) -> HttpResponse:
    """The job beside `?base=`, or beside the first of its base runs that the person sees."""
    job = access.job_for(request.user, number)
    seen = access.visible(request.user)
    near = relatives(job, seen)
    bases = [base for _number, base in near.bases if base]
    asked = request.GET.get("base", "").strip()
    trouble, base = "", None
    if asked:
        if (other := whole_number(asked)) is not None:
            base = seen.filter(number=other).prefetch_related("runs").first()
        if base is None:
            trouble = _("There is no job %(asked)s among those that you see.") % {
                "asked": asked[:40]
            }
    elif bases:
        base = seen.filter(pk=bases[0].pk).prefetch_related("runs").get()
    shown: dict[str, Any] = {"job": job, "base": base, "bases": bases, "trouble": trouble}
    if base is not None:
        shown |= _beside(base, job)
    return render(request, "pdfjobs/difference.html", shown, status=404 if trouble else 200)


@require_POST
def run_again(request: Request, number: int) -> HttpResponse:
    """Hands the job's deck in once more, as a job of its own."""
    job = access.job_for(request.user, number, "start")
    try:
        runagain.request(job, request.user.get_username())
    except RefusedError as error:
        messages.error(request, str(error))
    else:
        said = _("The deck is handed in again; the new job will show this one as its base run.")
        href, words = reverse("newly_run", args=[number]), _("To the new job")
        messages.success(request, format_html('{} <a href="{}">{}</a>', said, href, words))
    return redirect("job", number=number)


@require_safe
def newly_run(request: Request, number: int) -> HttpResponse:
    """To the job that running again made; as long as there is none, to its drop in the intake."""
    job = access.job_for(request.user, number)
    drop, said = runagain.came_of(job, request.user.get_username())
    if drop is not None:
        if drop.job is not None:
            return redirect("job", number=drop.job.number)
        return redirect(reverse("intake") + f"#record-{drop.pk}")
    if said:  # a worker could not hand it in
        messages.error(request, kept.note(said))
        return redirect("job", number=number)
    return redirect("intake")


def _beside(base: Job, job: Job) -> dict[str, Any]:
    old, new = summary_of(base), summary_of(job)
    both = old is not None and new is not None
    gone, come = outcomes.messages(base, job)
    return {
        "decks": compare(old, new) if old is not None and new is not None else None,
        "facts": [] if both else compare_facts(base.deck, job.deck),
        "other_solver": base.solver != job.solver,
        "results": outcomes.results(base, job),
        "costs": outcomes.costs(base, job),
        "values": outcomes.last_values(base, job),
        "gone": gone,
        "come": come,
    }
