"""Notes what happened to a job, in the transaction that it happens by: once, however often it is seen.

Who is told, and in what words, comes later (`spreading`) and apart: what writes the diary pays for one row an event.
What is old when it is first seen (an import, a reading anew, the first start) is no news and gets no row.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from pdfjobs import queue
from pdfjobs.models import ENDED, Event, History, Job, Run
from pdfjobs.services.queueaway import may_be_away

FAILED = ("error", "other")
SILENT = "silent since"
"""How the reason begins when nothing but its age says that a run has ended; as `workers.verdict` words it."""
KNOWN_TO_RUN = timedelta(days=3)
"""The end of a run that the diary saw running is news for so long, also when the diary was down meanwhile."""
STATE = (
    *("time", "end_time", "cycle", "warnings", "errors", "wall_time_s", "time_step"),
    *("cause", "cause_text", "cause_path", "cause_line"),
)
"""Of the run's facts, what a message tells."""
RQ_ID = "deliver-notices"

_unconfirmed: set[tuple[int, tuple[str, str]]] = set()
"""Runs and alarms that this process noted in a transaction that is not over yet."""


class Alarms(NamedTuple):
    """Early warnings that stand on a run that goes on."""

    run_id: int
    alerts: list[dict[str, Any]]
    newest_ns: int
    """Time of its newest log."""


def status_changed(job: Job, before: str) -> None:
    """Notes the end of a job's latest run; what a person says of the status is that person's, and no event."""
    if job.status not in ("normal", *FAILED) or job.status_source == "person":
        return
    run = Run.objects.filter(job=job).order_by("-ordinal").first()
    ended = _moment_of_end(job, run)
    if run is None or ended is None or not _is_news(job, before, ended):
        return
    cause = run.facts.get("cause")
    bad = job.status in FAILED and cause != "killed by user"
    kind = "failed" if bad else "ended"
    _note(job, kind, f"{kind}:{run.ordinal}", state(job, run), ended)


def warned(alarms: Iterable[Alarms]) -> None:
    """Notes early warnings that were not noted before of their run, or only as less grave."""
    now = timezone.now()
    if (
        not connection.savepoint_ids
    ):  # a transaction of its own: what is not confirmed by now was rolled back
        for run_id, mark in _unconfirmed:
            _known_of(run_id).discard(mark)
        _unconfirmed.clear()
    for alarm in alarms:
        known = _known_of(alarm.run_id)
        new = (alert for alert in alarm.alerts if _mark(alert) not in known)
        found = [alert for alert in new if _is_young(alert, alarm.newest_ns / 1e9, now)]
        if found:
            _note_alarms(alarm.run_id, found, now)


def assigned(job: Job, actor: str) -> None:
    """Notes that somebody was asked to look at the result; who asks oneself need not be told."""
    if job.reviewer and job.reviewer != actor:
        run = Run.objects.filter(job=job).order_by("-ordinal").first()
        facts = state(job, run) | {"reviewer": job.reviewer, "by": actor}
        ordinal = run.ordinal if run else 0
        _note(job, "assigned", f"assigned:{ordinal}:{job.reviewer}", facts, timezone.now())


def state(job: Job, run: Run | None) -> dict[str, Any]:
    """How it stands now."""
    told = {"status": job.status, "reason": job.status_reason}
    if run is None:
        return told
    told |= {name: run.facts[name] for name in STATE if run.facts.get(name) is not None}
    return told | {"ordinal": run.ordinal, "progress": run.progress, "run": run.pk}


def ask_for_delivery() -> None:
    """Has a worker see to what is on its way; where the queue server is away, the sweep asks again."""
    with may_be_away():
        if queue.make_room("notices", RQ_ID):
            queue.send("notices", "workers.tasks.deliver", "messages to people", None, RQ_ID)


def _note_alarms(run_id: int, found: list[dict[str, Any]], now: datetime) -> None:
    run = Run.objects.select_related("job").get(pk=run_id)
    begin = f"warning:{run.ordinal}:"
    noted = set(
        Event.objects.filter(job=run.job, key__startswith=begin).values_list("key", flat=True)
    )
    known = _known_of(run_id)
    for alert in found:
        rule, level = _mark(alert)
        keys = [f"{begin}{rule}:red", *([f"{begin}{rule}:yellow"] if level == "yellow" else [])]
        if noted.isdisjoint(keys):
            facts = state(run.job, run) | {"alert": alert}
            _note(run.job, "warning", f"{begin}{rule}:{level}", facts, now)
        noted.add(f"{begin}{rule}:{level}")
        known.add((rule, level))
        _unconfirmed.add((run_id, (rule, level)))
    transaction.on_commit(_unconfirmed.clear, robust=True)


@lru_cache(2000)
def _known_of(run_id: int) -> set[tuple[str, str]]:
    """Rules and levels that this process has noted of a run: a log that grows asks for them with every line."""
    return set()


def _mark(alert: dict[str, Any]) -> tuple[str, str]:
    return str(alert["rule"])[:100], str(alert["level"])


def _is_young(alert: dict[str, Any], newest: float, now: datetime) -> bool:
    """Whether it holds by now, and not for long."""
    after = alert.get("after")
    since = datetime.fromisoformat(after).timestamp() if after else newest
    age = now.timestamp() - since
    return (not after or age >= 0) and age <= float(settings.PDFJOBS.notify.fresh_s)


def _moment_of_end(job: Job, run: Run | None) -> datetime | None:
    if run is None:
        return None
    ended = run.ended_at
    if isinstance(ended, datetime) and job.status_reason.startswith(SILENT):
        return ended + timedelta(seconds=settings.PDFJOBS.logs.silent_s)
    if ended is None and job.status_source in ("launcher", "scheduler"):
        return timezone.now()
    return ended


def _is_news(job: Job, before: str, ended: datetime) -> bool:
    """Young; or the diary knew the job before it ended, saw it running, and did not see this end before."""
    age = datetime.now(UTC) - ended
    if age <= timedelta(seconds=settings.PDFJOBS.notify.fresh_s):
        return True
    if before not in ("pending", "running") or age > KNOWN_TO_RUN or job.submitted_at > ended:
        return False
    history = History.objects.filter(job=job, field__in=("status", "retry")).order_by("-id")
    for field, after in history.values_list("field", "after")[:50]:
        if field == "retry":
            return True
        if after in ENDED:
            return False
    return True


def _note(job: Job, kind: str, key: str, facts: dict[str, Any], at: datetime) -> None:
    Event.objects.bulk_create(
        [Event(job=job, kind=kind, key=key[:200], facts=facts, at=at)], ignore_conflicts=True
    )
    transaction.on_commit(ask_for_delivery, robust=True)
