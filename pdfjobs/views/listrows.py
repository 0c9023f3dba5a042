"""The rows of the job list, ready to be shown.

Fifty rows of twenty cells are most of what the page costs, and a template takes a value from a plain dict several
times faster than through objects and filters. So what a cell shows is worded here, once, and put in its place by Jinja.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from pdfjobs import names, queries
from pdfjobs.glance import cut, without_marks
from pdfjobs.listing.params import ListParams
from pdfjobs.models import Job, Run
from pdfjobs.points.sparklines import sparklines
from pdfjobs.queries import Listed
from pdfjobs.templatetags import diary, kept
from pdfjobs.wording import ANALYSIS_WORDS, ASSESSMENT_WORDS, CAUSE_WORDS, RULE_WORDS

GLANCE = 200
"""Characters that are seen of a text before somebody asks for more of it."""
GROUPS = ("project", "family")
"""Orders that put a heading over the rows that belong together."""


def rows(
    jobs: list[Listed], *, with_curves: bool, texts: Mapping[str, int]
) -> list[dict[str, Any]]:
    """A row for each job, with so many characters of these texts of people."""
    now = timezone.now()
    drawn = ((each.run, each.job.solver) for each in jobs if each.run)
    curves = sparklines(drawn) if with_curves else {}
    here, elsewhere = reverse("job_list"), reverse("job", kwargs={"number": 0})
    made = []
    for each in jobs:
        job, run = each.job, each.run
        reason = kept.reason(job.status_reason)
        row = _of_job(job, reason, here, elsewhere) | _of_run(job, run, reason, now)
        row |= _of_folder(job, run)
        row["tags"] = [(tag, f"{here}?{urlencode({'tag': tag})}") for tag in each.tags]
        row["bases"] = [(str(number), _page(elsewhere, number)) for number in each.bases]
        curve = curves.get(run.pk) if run else None
        row["curve"] = curve
        row["curve_words"] = f"{curve.name}: {diary.figure(curve.last)}" if curve else ""
        written = [(name, without_marks(getattr(job, name), most)) for name, most in texts.items()]
        row["texts"] = [(name, text) for name, text in written if text]
        row["glance"] = cut(row["texts"][0][1], GLANCE) if row["texts"] else ""
        row["said"] = bool(row["cause_name"] or row["alert_name"] or row["line"])
        made.append(row)
    return made


def grouped(rows: list[dict[str, Any]], params: ListParams) -> list[dict[str, Any]]:
    """The first row of each project, or family, says so."""
    by = params.sort.removeprefix("-")
    if by not in GROUPS:
        return rows
    before: Any = object()
    for row in rows:
        value = row[by]
        if value != before:
            row["group"] = _project(value, params) if by == "project" else _family(value)
        before = value
    return rows


def _project(name: str, params: ListParams) -> dict[str, Any]:
    href = params.address(project=name) if name else ""
    return {"words": name or _("in no project"), "href": href, "is_none": not name}


def _family(number: str) -> dict[str, Any]:
    words = _("family of %(number)s") % {"number": number} if number else _("without a base run")
    return {"words": words, "href": "", "is_none": not number}


def _of_job(job: Job, reason: str, here: str, page: str) -> dict[str, Any]:
    assessment = job.result_assessment
    return {
        "group": None,
        "number": str(job.number),
        "href": _page(page, job.number),
        "name": job.name,
        "status": job.status,
        "badge": diary.badge(job.status),
        "reason": reason,
        "by_hand": job.status_source == "person",
        "obsolete": assessment == "obsolete",
        "rejected": bool(getattr(job, "rejected_bases", None)),
        "solver": job.solver or diary.NOTHING,
        "has_solver": bool(job.solver),
        "owner": job.owner,
        "owner_href": f"{here}?{urlencode({'user': job.owner})}",
        "project": job.project,
        "project_href": f"{here}?{urlencode({'project': job.project})}",
        "analysis": ANALYSIS_WORDS.said(job.analysis_status)
        if job.analysis_status != "open"
        else "",
        "assessment": assessment,
        "assessed": ASSESSMENT_WORDS.said(assessment) if assessment else "",
        "reviewer": job.reviewer,
        "submitted": diary.when(job.submitted_at),
        "family": str(job.family or ""),
        "family_href": _page(page, job.family) if job.family else "",
    }


def _page(page: str, number: int) -> str:
    return page.replace("0", str(number))


def _of_run(job: Job, run: Run | None, reason: str, now: Any) -> dict[str, Any]:
    facts = run.facts if run else {}
    progress = queries.progress(job, run)
    cause = queries.cause(job, run)
    alerts = queries.alerts(job, run, now)
    told = alerts[0] if alerts and not (cause and alerts[0]["rule"] == cause["name"]) else None
    cycle = facts.get("cycle")
    left = queries.eta(job, run, now)
    took, elapsed = queries.wall_time_s(run), queries.elapsed_s(job, run, now)
    # Why a job that ended well did so is no news.
    line = job.title or ("" if job.status == "normal" else reason)
    return {
        "progress": progress,
        "progress_value": f"{progress:.4f}" if progress is not None else "",
        "percent": diary.percent(progress),
        "cycle": diary.figure(cycle) if cycle is not None and job.status == "running" else "",
        "left": _left(left) if left else None,
        "errors": _count(facts.get("errors")),
        "warnings": _count(facts.get("warnings")),
        "version": facts.get("solver_version") or "",
        "ended": diary.when(run.ended_at) if run and run.ended_at else "",
        "took": diary.rough_duration(elapsed)
        if elapsed is not None
        else (diary.duration(took) if took is not None else ""),
        "line": line,
        "cause_name": CAUSE_WORDS.said(cause["name"])
        if cause and cause["name"] != "unknown"
        else "",
        "cause_text": kept.reason((cause or {}).get("text") or ""),
        "alert_name": RULE_WORDS.said(told["rule"]) if told else "",
        "alert_level": told["level"] if told else "",
        "alert_words": "; ".join(map(kept.alert, alerts)),
        "more_alerts": f" +{len(alerts) - 1}" if len(alerts) > 1 else "",
    }


def _of_folder(job: Job, run: Run | None) -> dict[str, str]:
    """Where a run lies; with the name of a found one, which is called as a hundred others are, the folder's that tells them apart."""
    place = names.place(run.root, run.folder) if run else ""
    last = place.rpartition("/")[2] if run and run.folder and run.root != "runs" else ""
    tells = last not in ("", job.name, PurePosixPath(job.name).stem)
    return {"folder": place, "inside": _("in %(folder)s") % {"folder": last} if tells else ""}


def _left(eta: queries.Eta) -> dict[str, Any]:
    left = {"left": diary.duration(eta.seconds)}
    title = (_("about %(left)s left") if eta.estimated else _("%(left)s left")) % left
    if eta.early:
        title += _(", by its pace")
        if eta.printed_s is not None:
            said = _("the solver said %(left)s") % {"left": diary.duration(eta.printed_s)}
            title += f"; {said}"
    else:
        title += _(", from progress and start") if eta.estimated else _(", says the solver")
    return {
        "title": title,
        "is_rough": eta.estimated,
        "words": diary.rough_duration(eta.seconds),
        "early": diary.when(eta.early) if eta.early else "",
        "late": diary.when(eta.late) if eta.early else "",
    }


def _count(value: Any) -> str:
    return str(value) if value else ""
