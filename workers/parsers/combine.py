"""One report of a run out of the reports of its files.

Files of one role that have numbers of parts are a chain of restarts: the last part tells how the run stands and
ends, and what each part counted or used adds up.
"""

import dataclasses
from typing import Any

from workers.parsers import solver as solver_named
from workers.parsers.chain import chained, links
from workers.parsers.fields import share
from workers.parsers.report import MESSAGES_KEPT, Report

Facts = dict[str, Any]
"""A report or a deck's facts as `to_json` gives them."""

_ENDED = ("normal", "error", "other")
_CAUSE = ("cause", "cause_text", "cause_line")
_MERGED_APART = {
    *("solver", "role", "status", "status_reason", "progress", "messages", "series"),
    *_CAUSE,
}
_COUNTED = {"warnings", "errors"}
_USED_UP = {"wall_time_s", "cpu_time_s"}
_OF_EACH_PART = {*_USED_UP, "ended_at", "eta_s", "pace"}
"""What a part of a chain tells of itself alone: what its last part has not printed is not known."""
_VAGUE = ("input error", "unknown")
"""Causes that say less than any other: a driver's log names no more of what the solver's own files say in words."""
_MERGED_ALIKE = tuple(
    one.name for one in dataclasses.fields(Report) if one.name not in _MERGED_APART
)


def combine(reports: list[Facts], deck: Facts | None) -> Facts:
    """The facts of the run whose files and deck these are, with the keys of a report but `role`.

    Where several of its parts follow one another also `chain`: each one's number, logs and what it goes on from.
    """
    solver = next((report["solver"] for report in reports), deck["solver"] if deck else None)
    rules = solver_named(solver)
    reports = chained(reports, rules.preparing)
    ordered = _ordered(reports, rules.roles)
    merged: Facts = {"solver": solver}
    for name in _MERGED_ALIKE:
        roles = rules.by_field.get(name)
        believed = ordered if roles is None else _ordered(reports, roles)
        knowing = [report for report in believed if report.get(name) not in (None, [])]
        if name in _COUNTED:
            merged[name] = _counted([(report.get("part"), report[name]) for report in knowing])
        else:
            merged[name] = _fact(name, knowing, believed)
    judged = _of_last_part(_ordered(reports, rules.by_field.get("status", rules.roles)))
    judged = _deciding(judged, rules.preparing)
    merged["status"], merged["status_reason"] = _status(judged)
    telling = _ordered(judged, rules.by_field["cause"]) if "cause" in rules.by_field else judged
    merged |= _cause(telling, merged["status"])
    merged["messages"] = _messages(ordered)
    merged["series"] = _series(_ordered(reports, rules.by_field.get("series", rules.roles)))
    if parts := links(ordered):
        merged |= {"chain": parts, "continues": parts[0]["continues"]}
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


def _parts(reports: list[Facts]) -> list[Facts]:
    """Of the first one's role, one for each part of the chain, the last part first."""
    if len(reports) == 1:
        return reports
    parts: dict[int | None, Facts] = {}
    for report in reports:
        if report["role"] == reports[0]["role"]:
            parts.setdefault(report.get("part"), report)
    return list(parts.values())


def _of_last_part(reports: list[Facts]) -> list[Facts]:
    """Those of the last part of a chain, and those that are of no part."""
    last = max(
        (report["part"] for report in reports if report.get("part") is not None), default=None
    )
    return [report for report in reports if report.get("part") in (None, last)]


def _fact(name: str, knowing: list[Facts], believed: list[Facts]) -> Any:
    """What the first file says that knows it; times that a chain's parts used up are added."""
    if name in _OF_EACH_PART:
        knowing = _told_of_last_part(knowing, believed)
    if not knowing:
        return [] if name == "pace" else None
    if len(knowing) == 1:
        return knowing[0][name]
    values = [report[name] for report in _parts(knowing)]
    if name == "started_at":
        return values[-1]
    if name in _USED_UP and all(isinstance(value, int | float) for value in values):
        return sum(values)
    return values[0]


def _told_of_last_part(knowing: list[Facts], believed: list[Facts]) -> list[Facts]:
    """For each part of the chain that the most believed role makes, the first file that knows, the last part first.

    None where no file knows of the last part, unless one speaks of the whole chain.
    """
    chain = {one.get("part") for one in believed[:1]}
    chain |= {one.get("part") for one in believed if one["role"] == believed[0]["role"]}
    last = max((part for part in chain if part is not None), default=None)
    if last is None:
        return knowing
    found: dict[int, Facts] = {}
    for one in knowing:
        if (part := one.get("part")) is not None and part in chain:
            found.setdefault(part, one | {"role": believed[0]["role"]})
    if last not in found:
        return [one for one in knowing if one.get("part") is None]
    return [found[part] for part in sorted(found, reverse=True)]


def _counted(counts: list[tuple[int | None, int]]) -> int:
    """The sum over the parts of a chain, since files of one part repeat each other, and some leave out repetitions."""
    by_part: dict[int | None, int] = {}
    for part, count in counts:
        by_part[part] = max(by_part.get(part, 0), count)
    return max(by_part.pop(None, 0), sum(by_part.values()))


def _deciding(reports: list[Facts], preparing: tuple[str, ...]) -> list[Facts]:
    """Without the files of programs that only prepare a run, once a file of the run itself says how it stands."""
    own = [one for one in reports if one["role"] not in preparing]
    return own if any(one["status"] is not None for one in own) else reports


def _status(reports: list[Facts]) -> tuple[str | None, str | None]:
    """The first file that knows of an end; else running if any file says so."""
    known = [report for report in reports if report["status"] in _ENDED]
    known += [report for report in reports if report["status"] is not None]
    return (known[0]["status"], known[0]["status_reason"]) if known else (None, None)


def _cause(reports: list[Facts], status: str | None) -> Facts:
    """Of an end that is not normal: the most telling cause, of equal ones that of the first file.

    A cause that is not vague tells more, and of these one that rests on an end of the run's own kind (a kill, if
    the run was killed).
    """
    known = [one for one in reports if one.get("cause")] if status in ("error", "other") else []
    known.sort(key=lambda one: (_vagueness(one["cause"]), one["status"] not in (status, None)))
    found: Facts = {name: known[0][name] if known else None for name in _CAUSE}
    if known and "path" in known[0]:
        found["cause_path"] = known[0]["path"]
    return found


def _vagueness(cause: str) -> int:
    return _VAGUE.index(cause) + 1 if cause in _VAGUE else 0


def _messages(reports: list[Facts]) -> list[Facts]:
    merged: dict[tuple[str, str | None, str], Facts] = {}
    counts: dict[tuple[str, str | None, str], list[tuple[int | None, int]]] = {}
    for report in reports:
        for message in report["messages"]:
            key = message["severity"], message["code"], message["text"]
            merged.setdefault(key, dict(message))
            counts.setdefault(key, []).append((report.get("part"), message["count"]))
    for key, message in merged.items():
        message["count"] = _counted(counts[key])
    return list(merged.values())[:MESSAGES_KEPT]


def _series(reports: list[Facts]) -> dict[str, Facts]:
    holding: dict[str, list[Facts]] = {}
    for report in reports:
        for name in report["series"]:
            holding.setdefault(name, []).append(report)
    return {name: _joined(name, _parts(found)) for name, found in holding.items()}


def _joined(name: str, parts: list[Facts]) -> Facts:
    """A series' summary over the parts of a chain, the last part first; lines are of that one."""
    joined: Facts = dict(parts[0]["series"][name])
    if "path" in parts[0]:
        joined["path"] = parts[0]["path"]
    for part in parts[1:]:
        earlier = part["series"][name]
        joined["n"] += earlier["n"]
        joined["first"] = earlier["first"]
        if float(earlier["min"]) < float(joined["min"]):
            joined["min"], joined["min_line"] = earlier["min"], None
        if float(earlier["max"]) > float(joined["max"]):
            joined["max"], joined["max_line"] = earlier["max"], None
    return joined


def _fill_from_deck(merged: Facts, deck: Facts | None) -> None:
    for name in ("title", "end_time", "nodes", "elements") if deck else ():
        if merged[name] is None and deck:
            merged[name] = deck[name] or None


def _progress(merged: Facts, printed: float | None) -> float | None:
    if merged["status"] == "normal":
        return 1.0
    if printed is not None:
        return printed
    # A time that JSON has no number for stands there as its text ("nan").
    times = (merged["time"], merged["end_time"])
    return share(*(time if isinstance(time, int | float) else None for time in times))
