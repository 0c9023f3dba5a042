"""The rows of the job list, ready to be shown.

Fifty rows of twenty cells are most of what the page costs, and a template takes a value from a plain dict several
times faster than through objects, filters and tags. So what a cell shows is worded here, once.
"""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from pdfjobs import queries
from pdfjobs.listing.params import ListParams
from pdfjobs.models import Job, Run
from pdfjobs.points.sparklines import sparklines
from pdfjobs.templatetags import diary, kept
from pdfjobs.wording import ANALYSIS_WORDS, ASSESSMENT_WORDS, CAUSE_WORDS, RULE_WORDS

GROUPS = ("project", "family")
"""Orders that put a heading over the rows that belong together."""


def rows(jobs: list[Job], *, with_curves: bool) -> list[dict[str, Any]]:
    """A row for each job; needs `runs` and `tags` prefetched."""
    now = timezone.now()
    pairs = [(job, queries.current_run(job)) for job in jobs]
    curves = sparklines((run, job.solver) for job, run in pairs if run) if with_curves else {}
    here, elsewhere = reverse("job_list"), reverse("job", kwargs={"number": 0})
    made = []
    for job, run in pairs:
        reason = kept.reason(job.status_reason)
        row = _of_job(job, reason, here, elsewhere) | _of_run(job, run, reason, now)
        curve = curves.get(run.pk) if run else None
        row["curve"] = curve
        row["curve_words"] = f"{curve.name}: {diary.figure(curve.last)}" if curve else ""
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
        value = getattr(row["job"], by)
        if value != before:
            href = params.address(project=value) if by == "project" and value else ""
            row["group"] = {"by": by, "value": value, "words": str(value), "href": href}
        before = value
    return rows


def _of_job(job: Job, reason: str, here: str, page: str) -> dict[str, Any]:
    assessment = job.result_assessment
    return {
        "job": job,
        "group": None,
        "number": str(job.number),
        "href": page.replace("0", str(job.number)),
        "name": job.name,
        "status": job.status,
        "badge": diary.badge(job.status),
        "reason": reason,
        "by_hand": job.status_source == "person",
        "obsolete": assessment == "obsolete",
        "rejected": bool(getattr(job, "rejected_bases", None)),
        "solver": job.solver or diary.NOTHING,
        "owner": job.owner,
        "owner_href": f"{here}?{urlencode({'user': job.owner})}",
        "project": job.project,
        "project_href": f"{here}?{urlencode({'project': job.project})}",
        "tags": [
            (tag.name, f"{here}?{urlencode({'tag': tag.name})}")
            for tag in sorted(job.tags.all(), key=lambda tag: tag.name)
        ],
        "analysis": ANALYSIS_WORDS.said(job.analysis_status)
        if job.analysis_status != "open"
        else "",
        "assessment": assessment,
        "assessed": ASSESSMENT_WORDS.said(assessment) if assessment else "",
        "submitted": diary.when(job.submitted_at),
        "family": str(job.family or ""),
    }


def _of_run(job: Job, run: Run | None, reason: str, now: Any) -> dict[str, Any]:
    facts = run.facts if run else {}
    progress = queries.progress(job, run)
    cause = queries.cause(job, run)
    alerts = queries.alerts(job, run, now)
    told = alerts[0] if alerts and not (cause and alerts[0]["rule"] == cause["name"]) else None
    cycle = facts.get("cycle")
    took, elapsed = queries.wall_time_s(run), queries.elapsed_s(job, run, now)
    # Why a job that ended well did so is no news.
    line = job.title or ("" if job.status == "normal" else reason)
    return {
        "progress": progress,
        "progress_value": f"{progress:.4f}" if progress is not None else "",
        "percent": diary.percent(progress),
        "cycle": diary.figure(cycle) if cycle is not None and job.status == "running" else "",
        "eta": queries.eta(job, run, now),
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


def _count(value: Any) -> str:
    return str(value) if value else ""
