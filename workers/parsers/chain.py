"""Which logs of a run follow one another: a job that was stopped and continued, or begun afresh beside its old logs.

Of logs of one role that print no number of their part their starts tell, and what they say that they go on from.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

Facts = dict[str, Any]

RANKS_S = 60.0
"""Ranks of one MPI run begin their logs within so long."""

_TIME = re.compile(r"time ([-+.\deE]{1,30})")


def chained(reports: list[Facts], preparing: Iterable[str] = ()) -> list[Facts]:
    """The reports in an order of their own, with numbers of parts where several runs wrote logs of one role.

    Logs of a run before the last one that began afresh are left out: a later run replaced it. Numbers end alike in
    every role, since all of them end with the last run.
    """
    if len(reports) < 2:
        return reports
    roles: dict[str, list[Facts]] = {}
    for report in sorted(reports, key=_order):
        roles.setdefault(report["role"], []).append(report)
    alone: list[Facts] = []
    by_run: list[list[list[Facts]]] = []
    for role, its in roles.items():
        told = role in preparing or any(one.get("part") is not None for one in its)
        runs = [its] if told else _runs(its)
        if len(runs) > 1:
            by_run.append(runs)
        else:
            alone += runs[0]
    most = max(map(len, by_run), default=0)
    return alone + [
        {**log, "part": part}
        for runs in by_run
        for part, logs in enumerate(runs, most - len(runs) + 1)
        for log in logs
    ]


def links(reports: list[Facts]) -> list[Facts]:
    """The parts of the chain that these logs make: number, logs, what it goes on from; none without a second part.

    Logs are in the order of the reports, those that are believed most first.
    """
    by_role: dict[str, set[int]] = {}
    for report in reports:
        if report.get("part") is not None:
            by_role.setdefault(report["role"], set()).add(report["part"])
    # A starter's number alone is none of a restart.
    parts: dict[int, list[Facts]] = {
        part: [] for its in by_role.values() if len(its) > 1 for part in its
    }
    for report in reports:
        if report.get("part") in parts:
            parts[report["part"]].append(report)
    return [
        {
            "part": part,
            "paths": [one["path"] for one in logs if "path" in one],
            "continues": next((one["continues"] for one in logs if one.get("continues")), None),
        }
        for part, logs in sorted(parts.items())
    ]


def _order(report: Facts) -> tuple[str, float, str]:
    """By start; of those of one second by the time that they go on from."""
    return report["started_at"] or "", _begin(report) or 0.0, report.get("path") or ""


def _begin(report: Facts) -> float | None:
    """The time that a log says its run goes on from."""
    found = _TIME.fullmatch(report.get("continues") or "")
    try:
        return float(found[1]) if found else None
    except ValueError:
        return None


def _runs(logs: list[Facts]) -> list[list[Facts]]:
    """Logs of one role, in order, by the run that wrote them; from the last one on that began afresh."""
    runs = [[logs[0]]]
    for log in logs[1:]:
        if _is_later(log, runs[-1][0]):
            runs.append([])
        runs[-1].append(log)
    fresh = [at for at, its in enumerate(runs) if not any(one.get("continues") for one in its)]
    return runs[max(fresh, default=0) :]


def _is_later(log: Facts, first: Facts) -> bool:
    """Whether another run wrote it, not another rank of the run whose first log is `first`."""
    if _begin(log) is not None and log["continues"] != first.get("continues"):
        return True
    begun, before = _moment(log["started_at"]), _moment(first["started_at"])
    if begun is None or before is None:
        return False
    used = first.get("wall_time_s")
    used = used if isinstance(used, int | float) else 0.0
    return (begun - before).total_seconds() > max(used, RANKS_S)


def _moment(text: str | None) -> datetime | None:
    """Of a date with its clock; all of one solver's are of one kind, so any zone does."""
    if not text or "T" not in text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
