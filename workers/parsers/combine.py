"""One report of a run out of the reports of its files."""

import dataclasses
import math
from typing import Any

from workers.parsers import solver as solver_named
from workers.parsers.report import MESSAGES_KEPT, Report

Facts = dict[str, Any]
"""A report or a deck's facts as `to_json` gives them."""


_ENDED = ("normal", "error", "other")
_MERGED_APART = {
    *("solver", "role", "status", "status_reason", "progress", "messages", "series"),
    *("cause", "cause_text", "cause_line"),
}
_CAUSE = ("cause", "cause_text", "cause_line")
_COUNTED = {"warnings", "errors"}
_MERGED_ALIKE = tuple(
    one.name for one in dataclasses.fields(Report) if one.name not in _MERGED_APART
)


def combine(reports: list[Facts], deck: Facts | None) -> Facts:
    """The facts of the run whose files and deck these are, with the keys of a report but `role`."""
    solver = next((report["solver"] for report in reports), deck["solver"] if deck else None)
    rules = solver_named(solver)
    ordered = _ordered(reports, rules.roles)
    merged: Facts = {"solver": solver}
    for name in _MERGED_ALIKE:
        roles = rules.by_field.get(name)
        believed = ordered if roles is None else _ordered(reports, roles)
        values = [report[name] for report in believed if report.get(name) not in (None, [])]
        if name in _COUNTED:
            # Files of one run repeat each other's messages, and some leave out repetitions.
            merged[name] = max(values, default=0)
        else:
            merged[name] = values[0] if values else ([] if name == "pace" else None)
    judged = _ordered(reports, rules.by_field.get("status", rules.roles))
    merged["status"], merged["status_reason"] = _status(judged)
    merged |= _cause(judged, merged["status"])
    merged["messages"] = _messages(ordered)
    merged["series"] = _series(_ordered(reports, rules.by_field.get("series", rules.roles)))
    _fill_from_deck(merged, deck)
    printed = next((r["progress"] for r in ordered if r["progress"] is not None), None)
    merged["progress"] = _progress(merged, printed)
    return merged


def _ordered(reports: list[Facts], roles: tuple[str, ...]) -> list[Facts]:
    """By role; of those with the same role the last part of a chain first, then the one that was begun last."""
    rank = {role: at for at, role in enumerate(roles)}
    latest_first = sorted(
        reports, key=lambda one: (one.get("part") or 0, one["started_at"] or ""), reverse=True
    )
    return sorted(latest_first, key=lambda one: rank.get(one["role"], len(roles)))


def _status(reports: list[Facts]) -> tuple[str | None, str | None]:
    """The first file that knows of an end; else running if any file says so."""
    known = [report for report in reports if report["status"] in _ENDED]
    known += [report for report in reports if report["status"] is not None]
    return (known[0]["status"], known[0]["status_reason"]) if known else (None, None)


def _cause(reports: list[Facts], status: str | None) -> Facts:
    """Of an end that is not normal: what the first file says that knows one."""
    known = [one for one in reports if one.get("cause")] if status in ("error", "other") else []
    return {name: known[0][name] if known else None for name in _CAUSE}


def _messages(reports: list[Facts]) -> list[Facts]:
    merged: dict[tuple[str, str | None, str], Facts] = {}
    for report in reports:
        for message in report["messages"]:
            key = message["severity"], message["code"], message["text"]
            kept = merged.setdefault(key, dict(message))
            kept["count"] = max(kept["count"], message["count"])
    return list(merged.values())[:MESSAGES_KEPT]


def _series(reports: list[Facts]) -> dict[str, Facts]:
    merged: dict[str, Facts] = {}
    for report in reports:
        for name, summary in report["series"].items():
            merged.setdefault(name, dict(summary))
    return merged


def _fill_from_deck(merged: Facts, deck: Facts | None) -> None:
    for name in ("title", "end_time", "nodes", "elements") if deck else ():
        if merged[name] is None and deck:
            merged[name] = deck[name] or None


def _progress(merged: Facts, printed: float | None) -> float | None:
    if merged["status"] == "normal":
        return 1.0
    time, end_time = merged["time"], merged["end_time"]
    if printed is not None:
        return printed
    # A time that JSON has no number for stands there as its text ("nan").
    if not isinstance(time, int | float) or not isinstance(end_time, int | float):
        return None
    if not math.isfinite(time) or not math.isfinite(end_time) or end_time <= 0:
        return None
    return min(max(time / end_time, 0.0), 1.0)
