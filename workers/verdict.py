"""How a run stands, from what its logs say, what its exit recorder wrote and how old its newest file is.

Pure: `verify` asks the same question of a fresh reading, and must get the same answer.
"""

import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal

from workers.parsers.causes import general_cause
from workers.parsers.report import Cause

CRASHES = frozenset({"SIGSEGV", "SIGFPE", "SIGABRT", "SIGBUS", "SIGILL"})
"""Signals that a program brings on itself."""

_CAUSES_OF_SIGNALS: dict[str, Cause] = {
    "SIGKILL": "killed by system",
    "SIGTERM": "killed by system",
    "SIGHUP": "killed by system",
    "SIGINT": "killed by user",
    "SIGXCPU": "wall limit",
    "SIGXFSZ": "out of disk",
}

SILENT = "silent since"
"""How the reason begins when nothing but its age says that a run has ended."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""Between a solver's host and a file server."""

LauncherState = Literal["never started", "running", "ended", "lost"]


@dataclass(frozen=True)
class Scene:
    """What the disk says beside the logs."""

    launcher: LauncherState | None
    """None: not a run of ours."""
    record: dict[str, Any] | None
    newest_mtime: float | None
    """Unix time of the run's newest log; None without a log."""
    now: float
    silent_s: float
    zone: tzinfo = UTC
    """In which logs tell times that name none."""


@dataclass(frozen=True)
class Verdict:
    """What the diary should say of a run."""

    status: str
    reason: str
    source: str
    finished: bool
    progress: float | None
    started_at: datetime | None
    ended_at: datetime | None


def judge(facts: dict[str, Any], scene: Scene) -> Verdict:
    """How it stands.

    Order of trust in an ended run of ours: that it never began, a stop that was asked for or a limit, a signal,
    the log's end mark, the exit code. In a run of others: the log's end mark, then silence.
    """
    status, reason, source = _status(facts, scene)
    finished = status in ("normal", "error", "other")
    record = scene.record or {}
    newest = scene.newest_mtime
    written = None if newest is None else datetime.fromtimestamp(newest, UTC)
    ended = _moment(record.get("ended_at"))
    if ended is None and finished:
        ended = _told(facts, "ended_at", scene.zone, written) or written
    started = _moment(record.get("started_at"))
    if started is None:
        started = _told(facts, "started_at", scene.zone, ended or written)
    progress = facts.get("progress")
    if status == "normal":
        progress = 1.0
    return Verdict(
        status=status,
        reason=reason,
        source=source,
        finished=finished,
        progress=progress,
        started_at=started,
        ended_at=ended if finished else None,
    )


def cause(facts: dict[str, Any], verdict: Verdict, record: dict[str, Any] | None) -> dict[str, Any]:
    """Why it ended, of a run that ended other than normally: cause, the words it rests on, and where they stand.

    Who stopped it knows best; then the log's own words; then the signal or exit code; "unknown" when nothing tells.
    """
    if verdict.status not in ("error", "other"):
        return {"cause": None, "cause_text": None, "cause_line": None, "cause_path": None}
    said = {name: facts.get(f"cause{name}") for name in ("", "_text", "_line", "_path")}
    found = _cause_of_stop(record or {})
    if found is None and said[""] in (None, "unknown"):
        found = general_cause(verdict.reason) or _cause_of_code(record or {})
    if found is None and said[""] is not None:
        said["_text"] = said["_text"] or verdict.reason
        return {f"cause{name}": value for name, value in said.items()}
    return {
        "cause": found or "unknown",
        "cause_text": verdict.reason,
        "cause_line": None,
        "cause_path": None,
    }


def _cause_of_stop(record: dict[str, Any]) -> Cause | None:
    """Of an end that the launcher itself brought about, or that came before the solver could say anything."""
    match record.get("end_cause"):
        case "stopped":
            return "killed by user"
        case "wall limit":
            return "wall limit"
        case "memory limit":
            return "out of memory"
        case "process limit":
            return "killed by system"
        case "could not start":
            return general_cause(record.get("error") or "") or "unknown"
    return None


def _cause_of_code(record: dict[str, Any]) -> Cause | None:
    """What signal or exit code tell; shells and batch systems say a signal as 128 or 256 more."""
    code = record.get("exit_code")
    number = record.get("signal")
    if number is None and code is not None and code > 128:
        number = code - 256 if code > 256 else code - 128
    if number is None:
        return "missing file" if code == 127 else None
    name = _signal_name(number)
    if name in CRASHES:
        return "floating point error" if name == "SIGFPE" else "crash"
    return _CAUSES_OF_SIGNALS.get(name)


def _status(facts: dict[str, Any], scene: Scene) -> tuple[str, str, str]:
    if scene.launcher is None:
        return _status_of_foreign(facts, scene)
    if scene.launcher == "never started":
        return "pending", "waits for a free slot", "launcher"
    if scene.launcher == "running":
        return "running", "", "launcher"
    return _status_of_ended(facts, scene.record or {})


def _status_of_foreign(facts: dict[str, Any], scene: Scene) -> tuple[str, str, str]:
    said = facts.get("status")
    if said in ("normal", "error", "other"):
        return said, facts.get("status_reason") or "", "file"
    if scene.newest_mtime is None:
        return "none", "no log says how it stands", "file"
    if scene.now - scene.newest_mtime > scene.silent_s:
        since = datetime.fromtimestamp(scene.newest_mtime, UTC)
        return "other", f"{SILENT} {since:%Y-%m-%d %H:%M} UTC", "file"
    return "running", "", "file"


def _status_of_ended(facts: dict[str, Any], record: dict[str, Any]) -> tuple[str, str, str]:
    said, words = facts.get("status"), facts.get("status_reason") or ""
    cause, code = record.get("end_cause"), record.get("exit_code")
    if cause == "could not start":
        return "error", record.get("error") or "the solver could not be started", "launcher"
    if cause == "stopped":
        by = record.get("stopped_by")
        return "other", f"stopped by {by}" if by else "stopped", "launcher"
    if cause == "wall limit":
        return "other", f"wall limit of {record.get('wall_limit_s'):g} s reached", "launcher"
    if cause in ("memory limit", "process limit"):
        return "other", _passed_limit(cause, record), "launcher"
    if cause == "signal":
        name = _signal_name(record.get("signal"))
        if name in CRASHES:
            return (
                "error",
                f"the solver crashed ({name})" + (f": {words}" if words else ""),
                "launcher",
            )
        return "other", f"killed by {name}", "launcher"
    if said in ("error", "other"):
        return said, words, "file"
    if said == "normal":
        if code in (0, None):
            return "normal", words, "file"
        return "error", _failed_step(record) or f"{words}, but exit code {code}", "launcher"
    if code is None:
        return "other", "ended without an end mark; its exit code is not known", "launcher"
    words = _failed_step(record) or f"ended without an end mark, exit code {code}"
    return "error", words, "launcher"


def _passed_limit(cause: str, record: dict[str, Any]) -> str:
    """Of a confined run that took more than it may."""
    limit = record.get("limit") or 0
    if cause == "memory limit":
        return f"took more memory than the {limit / 1e9:.3g} GB that a run may have (confine.memory_bytes)"
    return f"began more than the {limit} processes that a run may have (confine.processes)"


def _failed_step(record: dict[str, Any]) -> str:
    """Of a run of several programs: which one ended it, and where it may have said why."""
    step = record.get("failed_step")
    if not step:
        return ""
    return f"{step} ended with exit code {record.get('exit_code')}; its words are in {record.get('failed_log')}"


def _signal_name(number: int | None) -> str:
    try:
        return signal.Signals(number or 0).name
    except ValueError:
        return f"signal {number}"


def _told(
    facts: dict[str, Any], name: str, zone: tzinfo, latest: datetime | None
) -> datetime | None:
    """A log's own time; None where it lies after the log's last change: then its clock was in another zone."""
    said = facts.get(name)
    if not isinstance(said, str) or ":" not in said:  # a day alone is no time
        return None
    try:
        at = datetime.fromisoformat(said)
        at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None if latest is not None and at > latest + CLOCKS_DIFFER else at


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
