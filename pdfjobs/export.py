"""A job as `manage.py jobs --json` and the API give it."""

from datetime import UTC, datetime
from typing import Any

from pdfjobs import names, queries
from pdfjobs.jobfiles import NoSuchFileError, root_place
from pdfjobs.models import Job, Run


def moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with Z."""
    return (
        at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None
    )


def job_object(job: Job) -> dict[str, Any]:
    """The job with its latest run; needs `runs` and `base_runs` prefetched."""
    runs = sorted(job.runs.all(), key=lambda run: run.ordinal)
    run = runs[-1] if runs else None
    facts = run.facts if run else {}
    run_dir = _run_dir(run) if run else None
    return {
        "number": job.number,
        "name": job.name,
        "title": job.title,
        "solver": job.solver,
        "solver_version": facts.get("solver_version"),
        "status": job.status,
        "status_reason": job.status_reason,
        "status_source": job.status_source,
        "cause": facts.get("cause"),
        "progress": queries.progress(job, run),
        "time": facts.get("time"),
        "end_time": facts.get("end_time"),
        "warnings": facts.get("warnings"),
        "errors": facts.get("errors"),
        "submitted_at": moment(job.submitted_at),
        "started_at": moment(run.started_at) if run else None,
        "ended_at": moment(run.ended_at) if run else None,
        "wall_time_s": queries.wall_time_s(run),
        "run_dir": run_dir,
        "deck": f"{run_dir}/{names.readable(names.from_stored(run.deck_file))}"
        if run and run_dir and run.deck_file
        else None,
        "user": job.owner,
        "project": job.project,
        "cluster": job.cluster,
        "scheduler_id": job.scheduler_id,
        "base_runs": sorted(base.number for base in job.base_runs.all()),
        "info": job.info,
        "analysis_status": job.analysis_status,
        "result_assessment": job.result_assessment,
        "result_summary": job.result_summary,
        "series": sorted(facts.get("series") or {}),
        "run": run.ordinal if run else None,
    }


def _run_dir(run: Run) -> str | None:
    try:
        return names.readable(str(root_place(run.root) / names.from_stored(run.folder)))
    except NoSuchFileError:
        return None
