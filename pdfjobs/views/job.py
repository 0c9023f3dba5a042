"""One job's page and the acts on it."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pdfjobs import access, context, jobfiles, logmessages, names, queries, timeline
from pdfjobs.forms import ReviewForm
from pdfjobs.logmessages import Said
from pdfjobs.models import ENDED, Job, LogFile, Run
from pdfjobs.points.chains import chain, continuations
from pdfjobs.reviewpanel import panel
from pdfjobs.services import review as review_service
from pdfjobs.services import runs as run_service
from pdfjobs.services import status as status_service
from pdfjobs.services.errors import RefusedError, StaleReviewError
from pdfjobs.templatetags.diary import rough_duration
from pdfjobs.views.conditional import unless_known
from pdfjobs.views.logs import last_rows
from pdfjobs.views.request import Request
from pdfjobs.views.runfiles import Place
from pdfjobs.wording import ANALYSIS_WORDS, ASSESSMENT_WORDS

STOP_POLLING = 286
"""htmx's status for "nothing more will come"."""
HISTORY_SHOWN = 40
SAVED = "review-saved"
"""Marks the page after a save: what the browser kept of the text is not needed any more."""
WORDS: dict[str, Mapping[str, str]] = {
    "analysis_status": ANALYSIS_WORDS,
    "result_assessment": ASSESSMENT_WORDS,
}


@require_safe
def job_page(request: Request, number: int) -> HttpResponse:
    """Everything the diary knows of the job."""
    return _page(request, access.job_for(request.user, number))


@require_safe
def job_live(request: Request, number: int) -> HttpResponse:
    """The parts of the page that change while the solver works; tells the browser when they will not any more."""
    job = access.job_for(request.user, number)
    run = queries.current_run(job)

    def rendered() -> HttpResponse:
        response = render(request, "pdfjobs/_job_live.html", _live_context(request, job, run))
        if not _is_live(job):
            response.status_code = STOP_POLLING
        return response

    now = timezone.now()
    levels = [alert["level"] for alert in queries.alerts(job, run, now)]
    # What runs without a word of its log goes on being shown, minute by minute.
    elapsed = rough_duration(queries.elapsed_s(job, run, now))
    version = f"{queries.job_version(job, run)} {levels} {elapsed} {context.troubles()}"
    return unless_known(request, version, rendered)


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: Request, number: int) -> HttpResponse:
    """Saves the review; what cannot be saved is shown again with the reason."""
    if request.method != "POST":  # after a login on the way, or from the address bar
        return redirect("job", number=number)
    job = access.job_for(request.user, number, "review")
    form = ReviewForm(request.POST, job=job)
    if not form.is_valid():
        return _page(request, job, form=form, status=422)
    try:
        review_service.save_review(
            job,
            actor=request.user.get_username(),
            version=form.cleaned_data["version"],
            changes=form.changes(),
        )
    except StaleReviewError as error:
        return _conflict(request, job, error)
    messages.success(request, _("The review is saved."), extra_tags=SAVED)
    return redirect(_with_query(request, reverse("job", args=[number])))


@require_POST
def stop(request: Request, number: int) -> HttpResponse:
    return _act(
        request, number, "start", run_service.request_stop, _("The solver is asked to stop.")
    )


@require_POST
def retry(request: Request, number: int) -> HttpResponse:
    return _act(request, number, "start", run_service.request_retry, _("A new run is queued."))


@require_POST
def automatic(request: Request, number: int) -> HttpResponse:
    return _act(
        request, number, "review", status_service.give_back, _("The status is automatic again.")
    )


def _act(request: Request, number: int, act: access.Act, service: Any, done: str) -> HttpResponse:
    """Calls a service with the job and the account name; its refusal is shown in its own words."""
    try:
        service(access.job_for(request.user, number, act), request.user.get_username())
    except RefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("job", number=number)


def _is_live(job: Job) -> bool:
    return job.status not in ENDED and job.status != "none"


def _conflict(request: Request, job: Job, error: StaleReviewError) -> HttpResponse:
    """The form with this person's text kept and the stored one beside each field that differs."""
    job = access.job_for(request.user, job.number)
    mine = request.POST.copy()
    mine["version"] = review_service.version_of(job)  # saving again now is a decision
    kept = ReviewForm(mine, job=job)
    kept.is_valid()
    sent = {name: str(mine[name]).replace("\r\n", "\n") for name in error.current if name in mine}
    stored = {
        name: WORDS.get(name, {}).get(error.current[name], error.current[name])
        for name in sent
        if error.current[name] != sent[name]
    }
    return _page(request, job, form=kept, status=409, stored=stored, trouble=str(error))


def _page(
    request: Request, job: Job, *, form: ReviewForm | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    run = queries.current_run(job)
    shown = {
        **_live_context(request, job, run),
        **panel(job, request.user, form or ReviewForm.of(job), more.pop("stored", None)),
        "saved": any(SAVED in message.tags for message in messages.get_messages(request)),
        **_files(job, run),
        "series": _series_groups(run),
        "deck": job.deck,
        **more,
    }
    return render(request, "pdfjobs/job.html", shown, status=status)


def _with_query(request: Request, address: str) -> str:
    """The list's search and filters go along, for the way back to it."""
    query = request.GET.urlencode()
    return f"{address}?{query}" if query else address


def _live_context(request: Request, job: Job, run: Run | None) -> dict[str, Any]:
    """What `_job_live.html` shows."""
    found = logmessages.of_run(run)
    facts = run.facts if run else {}
    now = timezone.now()
    may_review, may_start = (access.may(request.user, act, job) for act in ("review", "start"))
    return {
        "job": job,
        "run": run,
        "may_review": may_review,
        "back": request.GET.urlencode(),
        "continuations": continuations(chain(run)) if run else [],
        "facts": facts,
        "progress": queries.progress(job, run),
        "eta": queries.eta(job, run, now),
        "alerts": queries.alerts(job, run, now),
        "cause": queries.cause(job, run),
        "wall_time_s": queries.wall_time_s(run),
        "elapsed_s": queries.elapsed_s(job, run, now),
        "log_messages": logmessages.by_code(found),
        "message_count": len(found),
        "uncounted": _uncounted(facts, found),
        "timeline": timeline.page(job, most=HISTORY_SHOWN, may_undo=may_review),
        "live": _is_live(job),
        "known": f"{run.pk}:{len(facts.get('series') or {})}:{run.files.count()}" if run else "",
        "can_stop": bool(
            may_start and run and run.ours and not run.finished and not run.stop_wanted_by
        ),
        "can_retry": bool(
            may_start and run and run.ours and (run.finished or job.machine_status == "none")
        ),
        "base_runs": list(job.base_runs.order_by("number").values_list("number", flat=True)),
    }


def _uncounted(facts: dict[str, Any], found: list[Said]) -> int:
    """Warnings and errors that the diary counted and has no text of."""
    counted = sum(facts.get(name) or 0 for name in ("warnings", "errors"))
    return max(0, counted - sum(said.count for said in found if said.severity != "note"))


def _files(job: Job, run: Run | None) -> dict[str, Any]:
    """The run's files, and the end of the first parsed log among them."""
    logs = _logs(run)
    first = next((each for each in logs if each["log"]), None)
    tail = last_rows(Place(job, run), first["path"]) if run and first else None
    return {"logs": logs, "tail": tail}


def _logs(run: Run | None) -> list[dict[str, Any]]:
    """The run's files as they lie on the disk: the solver's own output, other parsed logs, those of programs that
    prepare a run, the rest."""
    if run is None:
        return []
    read: dict[str, LogFile] = {log.path: log for log in run.files.all()}
    entries = jobfiles.list_files(run.root, names.from_stored(run.folder))
    rows = [
        {"path": path, "size": entry.size, "mtime": entry.mtime, "log": read.get(path)}
        for entry in entries
        if (path := names.to_stored(entry.path))
    ]
    order = {"screen": 0, "solver": 0, "engine": 0, "out": 0, "utility": 2, None: 3}
    return sorted(
        rows,
        key=lambda row: (
            order.get(row["log"].report.get("role") if row["log"] else None, 1),
            str(row["path"]).lower(),
        ),
    )


def _series_groups(run: Run | None) -> list[tuple[str, list[dict[str, Any]]]]:
    """The run's series by what they lie over; series of different kinds cannot share a plot."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, summary in sorted(((run.facts if run else {}).get("series") or {}).items()):
        groups.setdefault(summary.get("x") or "index", []).append({"name": name, **summary})
    return sorted(groups.items(), key=lambda group: group[0] != "iteration")
