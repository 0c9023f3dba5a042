"""One edit of the jobs that were chosen in the list, and its undo."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from pdfjobs import access
from pdfjobs.forms import MOST_NUMBER, ListForm, job_numbers
from pdfjobs.listing import find
from pdfjobs.models import ANALYSIS_STATUSES, ASSESSMENTS, Job
from pdfjobs.services import bulk
from pdfjobs.services.errors import RefusedError
from pdfjobs.services.review import MOST_TAG, tag_names
from pdfjobs.views.request import Request

REMEMBERED = "last_edit"
"""In the session: between which history rows one's last edit lies, of how many jobs, and when."""
UNDO_FOR_S = 24 * 3600
LEAVE = ("leave", gettext_lazy("leave"))
COMPARED = (2, 10)
"""Fewest and most jobs side by side."""
SAID_LEFT = 5
"""Jobs that an undo had to leave are named up to so many."""


class EditForm(forms.Form):
    """What is to be done to the chosen jobs."""

    analysis = forms.ChoiceField(
        required=False, choices=[LEAVE, *((code, code) for code in ANALYSIS_STATUSES)]
    )
    assessment = forms.ChoiceField(
        required=False, choices=[LEAVE, *((code, code) for code in ASSESSMENTS)]
    )
    add_tags = forms.CharField(required=False, max_length=500)
    remove_tags = forms.CharField(required=False, max_length=500)
    base_runs = forms.CharField(required=False, max_length=500)

    def clean_add_tags(self) -> tuple[str, ...]:
        given = self.cleaned_data["add_tags"]
        if any(len(word.strip()) > MOST_TAG for word in re.split("[,;]", given)):
            raise forms.ValidationError(
                gettext("A tag has at most %(most)d letters.") % {"most": MOST_TAG}
            )
        return tuple(tag_names(given))

    def clean_remove_tags(self) -> tuple[str, ...]:
        return tuple(tag_names(self.cleaned_data["remove_tags"]))

    def clean_base_runs(self) -> tuple[int, ...] | None:
        text = self.cleaned_data["base_runs"].strip(",; ")
        return () if text == "none" else tuple(job_numbers(text)) or None

    def change(self) -> bulk.Edit:
        given = self.cleaned_data
        # What the form does not send stays as it is; an empty result is a choice: not assessed.
        analysis = given["analysis"] if given["analysis"] not in ("", "leave") else None
        assessment = given["assessment"] if given["assessment"] != "leave" else None
        return bulk.Edit(
            analysis_status=analysis,
            result_assessment=assessment if "assessment" in self.data else None,
            add_tags=given["add_tags"],
            remove_tags=given["remove_tags"],
            base_runs=given["base_runs"],
        )


@require_POST
def edit(request: Request) -> HttpResponse:
    """Edits the chosen jobs, or leads to them side by side; back to the list with what was done."""
    back = _back(request)
    act = request.POST.get("act", "edit")
    if act == "compare":
        return _compare(request, back)
    form = EditForm(request.POST)
    if act != "obsolete" and not form.is_valid():
        for trouble in (error for errors in form.errors.values() for error in errors):
            messages.error(request, str(trouble))
        return redirect(back)
    change = bulk.Edit(result_assessment="obsolete") if act == "obsolete" else form.change()
    if change == bulk.Edit():
        messages.error(request, gettext("Nothing was said to be done to the chosen jobs."))
        return redirect(back)
    jobs, barred = _chosen(request)
    if not jobs and not barred:
        messages.error(request, gettext("No job is chosen: tick those to edit first."))
        return redirect(back)
    try:
        done = bulk.edit(jobs, change, request.user.get_username())
    except RefusedError as error:
        messages.error(request, str(error))
        return redirect(back)
    _tell(request, done, len(jobs), barred)
    return redirect(back)


@require_POST
def undo(request: Request) -> HttpResponse:
    """Takes back what one's last edit did, where nobody changed it since."""
    last = last_edit(request)
    if last is None:
        messages.error(request, gettext("There is no edit of yours to take back."))
        return redirect(_back(request))
    actor = request.user.get_username()
    rows = bulk.rows_of(last["first"], last["last"], actor)
    may = {row.job_id: access.may(request.user, "review", row.job) for row in rows}
    undone = bulk.undo_edit((row for row in rows if may[row.job_id]), actor)
    del request.session[REMEMBERED]
    messages.success(
        request,
        ngettext(
            "%(n)d job is as it was before.", "%(n)d jobs are as they were before.", undone.jobs
        )
        % {"n": undone.jobs},
    )
    for number, reason in undone.left[:SAID_LEFT]:
        messages.error(request, f"{number}: {reason}")
    if (more := len(undone.left) - SAID_LEFT) > 0:
        messages.error(request, gettext("%(more)d more could not be undone.") % {"more": more})
    return redirect(_back(request))


def last_edit(request: Request) -> dict[str, Any] | None:
    """One's last edit, as long as it is fresh; what it is for is its undo."""
    last = request.session.get(REMEMBERED)
    if last is None or timezone.now().timestamp() - last["at"] > UNDO_FOR_S:
        return None
    return dict(last)


def _chosen(request: Request) -> tuple[list[Job], int]:
    """The chosen jobs that the person may review, and how many others there are."""
    seen = access.visible(request.user)
    if request.POST.get("all"):
        params = ListForm(_query(request)).params()
        viewer = access.viewer_of(request.user)
        numbers = find.matching(params, viewer, most=bulk.MOST + 1)
    else:
        words = request.POST.getlist("job")[: bulk.MOST + 1]
        numbers = [int(word) for word in words if word.isascii() and word.isdigit()]
        numbers = [number for number in numbers if number <= MOST_NUMBER]
    allowed: dict[tuple[str, str], bool] = {}
    jobs, barred = [], 0
    for job in seen.filter(number__in=numbers):
        key = job.project, job.owner
        if key not in allowed:
            allowed[key] = access.may(request.user, "review", job)
        if allowed[key]:
            jobs.append(job)
        else:
            barred += 1
    return jobs, barred


def _tell(request: Request, done: bulk.Done, chosen: int, barred: int) -> None:
    if done.jobs:
        request.session[REMEMBERED] = {
            "first": done.first,
            "last": done.last,
            "jobs": done.jobs,
            "at": timezone.now().timestamp(),
        }
        messages.success(
            request,
            ngettext("%(n)d job is changed.", "%(n)d jobs are changed.", done.jobs)
            % {"n": done.jobs},
        )
    elif chosen:
        messages.info(request, gettext("The chosen jobs were like that already."))
    if barred:
        messages.error(
            request,
            ngettext(
                "%(n)d job was left: reviewing it needs the role member in its project.",
                "%(n)d jobs were left: reviewing them needs the role member in their projects.",
                barred,
            )
            % {"n": barred},
        )


def _compare(request: Request, back: str) -> HttpResponse:
    numbers = [word for word in request.POST.getlist("job") if word.isascii() and word.isdigit()]
    fewest, most = COMPARED
    if not fewest <= len(numbers) <= most:
        messages.error(
            request,
            gettext("Choose %(fewest)d to %(most)d jobs to see them side by side.")
            % {"fewest": fewest, "most": most},
        )
        return redirect(back)
    return redirect(f"{reverse('compare')}?jobs={','.join(numbers)}")


def _query(request: Request) -> QueryDict:
    return QueryDict(request.POST.get("next", "").removeprefix("?"))


def _back(request: Request) -> str:
    """The list as it was; of what the form says only what a list can be asked for."""
    return reverse("job_list") + ListForm(_query(request)).params().address()
