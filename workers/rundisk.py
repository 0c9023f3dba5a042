"""A run's folder on the disk: where it is, what its recorder wrote, how old its logs are."""

import os
import time
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from pdfjobs import names
from pdfjobs.jobfiles import NoSuchFileError, root_path
from pdfjobs.models import Run
from pdfjobs.services.ingest import Judge, Standing
from pdfjobs.services.runs import ASIDE
from workers import eta, parsers
from workers.alerts import Course, alerts
from workers.launchers import local
from workers.origins import origin
from workers.parsers.combine import combine
from workers.verdict import LauncherState, Scene, Verdict, cause, judge


def folder_of(run: Run) -> Path:
    """Where the run's files lie on this host; NoSuchFileError when its root is in no setting.

    A retry names the place for the earlier run's files at once, but they lie where they were until the new run
    is taken up.
    """
    folder = root_path(run.root) / names.from_stored(run.folder)
    if ASIDE not in run.folder or folder.is_dir():
        return folder
    home = home_of(run)
    return home if local.state(home, run.ordinal + 1) == "never started" else folder


def is_there(run: Run) -> bool:
    """Whether the run's folder is on the disk, as far as this host sees."""
    try:
        return folder_of(run).is_dir()
    except NoSuchFileError:
        return False


def can_be_looked_at(run: Run) -> bool:
    """False while the disk of its root does not answer; then nothing is known of its folder."""
    try:
        root_path(run.root)
    except OSError:
        return False
    except NoSuchFileError:
        return True
    return True


def home_of(run: Run) -> Path:
    """The run folder that holds `.pdfjobs`: for a run set aside by a retry, the one it was run in."""
    return root_path(run.root) / names.from_stored(run.folder.partition(ASIDE)[0])


def log_name(run: Run) -> str:
    """The file that takes the solver's output."""
    return f"{run.stem}.log"


def record_of(run: Run) -> dict[str, Any] | None:
    """What the exit recorder wrote, from the disk; else what the diary kept of it."""
    return (local.read_record(home_of(run), run.ordinal) if run.ours else None) or run.record


def launcher_state(run: Run) -> LauncherState | None:
    """What the launcher says of a run; None for runs that are not ours."""
    if not run.ours:
        return None
    state = local.state(home_of(run), run.ordinal)
    return "lost" if state == "never started" and run.record is not None else state


def judge_of(run: Run, state: LauncherState | None, record: dict[str, Any] | None = None) -> Judge:
    """The question that ingest and verify both ask of a run's reports; without `record` it is read from the disk."""
    record = record or record_of(run)

    def ask(reports: list[dict[str, Any]], newest_ns: int) -> Standing:
        scene = Scene(
            launcher=state,
            record=record,
            newest_mtime=newest_ns / 1e9 if newest_ns else None,
            now=time.time(),
            silent_s=settings.PDFJOBS.logs.silent_s,
            zone=zone_of(run.root),
        )
        facts = combine([report for report in reports if report], run.job.deck or None)
        if not any(reports):
            facts |= {
                "warnings": None,
                "errors": None,
            }  # nothing was printed, so nothing was counted
        verdict = judge(facts, scene)
        facts |= cause(facts, verdict, record)
        facts |= _outlook(facts, scene, verdict)
        facts |= _origin(run, facts.get("continues"))
        return Standing(facts=facts, **vars(verdict))

    return ask


def _origin(run: Run, continues: str | None) -> dict[str, Any]:
    """`origin`, where the logs tell what run this one goes on from."""
    if not continues:
        return {}
    home = run.folder.partition(ASIDE)[0]
    found = origin(run.job.solver, str(root_path(run.root)), home, run.stem, continues)
    return {"origin": found} if found else {}


def _outlook(facts: dict[str, Any], scene: Scene, verdict: Verdict) -> dict[str, Any]:
    """What is to be expected of a run: when it will end (`ends`, ISO 8601), and `alerts`.

    Of the logs, the recorder and the newest log's age alone, without the clock, so that a later look finds the same.
    """
    running, newest = verdict.status == "running", scene.newest_mtime
    pairs = facts.get("pace") or []
    ends = eta.ends(pairs, facts.get("end_time"), newest) if running and newest else None
    course = Course(
        running=running,
        newest=newest,
        gap_s=eta.usual_gap_s(pairs) if running else None,
        began=verdict.started_at.timestamp() if verdict.started_at else None,
        wall_limit_s=(scene.record or {}).get("wall_limit_s"),
        likely_end=ends.best if ends else None,
        early_end=ends.early if ends else None,
    )
    return {"ends": _moments(ends) if ends else None, "alerts": alerts(facts, course)}


def _moments(ends: eta.Ends) -> dict[str, str] | None:
    """As ISO 8601; None for an end after the last year that there is."""
    try:
        return {
            name: datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
            for name, at in ends._asdict().items()
        }
    except (ValueError, OverflowError, OSError):
        return None


def zone_of(root: str) -> tzinfo:
    """In which the logs under a root tell times that name no zone: as its setting says, else the machine's."""
    named = {tree.name: tree.zone for tree in settings.PDFJOBS.trees}
    return ZoneInfo(named.get(root) or settings.TIME_ZONE)


def candidates(run: Run) -> list[str]:
    """Names of the files at the top of a run's folder that may be its logs, sorted."""
    try:
        with os.scandir(folder_of(run)) as entries:
            return sorted(
                entry.name
                for entry in entries
                if not entry.name.startswith(".")
                and entry.is_file(follow_symlinks=False)
                and belongs(run, entry.name)
            )
    except (FileNotFoundError, NotADirectoryError):
        return []


def belongs(run: Run, name: str) -> bool:
    """Whether a file is a run's own by its name: solvers whose files carry the job's name give one run a stem."""
    return stored_stem(run.job.solver, name) == run.stem


def is_log_of(run: Run, name: str, solver: str) -> bool:
    """Whether a log is a run's own: where several solvers' lie in one folder, each goes by its own solver's rule."""
    return run.ours or stored_stem(solver, name) == run.stem


def stored_stem(solver: str, name: str) -> str:
    """The stem of the run that a file of this name belongs to, by the solver's rule."""
    return names.to_stored(parsers.solver(solver).stem(name))
