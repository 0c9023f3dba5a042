"""Compares the diary with a fresh view of the disk: every log of every run, parsed from its first byte."""

import json
import logging
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from pdfjobs import names
from pdfjobs.export import moment
from pdfjobs.jobfiles import root_path
from pdfjobs.logs.logmarks import NAMES, STATE
from pdfjobs.models import IntakeRecord, LogFile, Run
from pdfjobs.points.chunks import Points
from pdfjobs.points.series import stored
from pdfjobs.services import ingest, runs
from workers import rundisk, strays
from workers.intake.incoming import Incoming
from workers.logfile import ChangingLogError, NoLogError, OpenLog, Trail, UnsureLogError
from workers.logplaces import Places
from workers.logreading import extend, read_on
from workers.parsers import claimant
from workers.parsers.report import Parser
from workers.tasks import intake, reading, sighting
from workers.verdict import LauncherState

log = logging.getLogger(__name__)

CLOCK_BOUND = frozenset({"eta_s", "messages"})
"""Facts that are not compared: estimates change with the clock, messages are compared row by row."""


@dataclass(frozen=True)
class Difference:
    """Something that disk and diary say differently."""

    location: str
    job: int | None
    field: str
    disk: Any
    diary: Any


@dataclass
class Check:
    """What a comparison found."""

    differences: list[Difference] = field(default_factory=list)
    settling: list[str] = field(default_factory=list)
    """Places whose files are younger than the quiet time."""
    gone: list[str] = field(default_factory=list)
    """Runs whose folder is not on the disk, or under a root that is in no setting; no difference."""
    runs: int = 0


@dataclass
class _Fresh:
    """A log as a first reading sees it."""

    report: dict[str, Any]
    points: Points
    mtime_ns: int


def check_all() -> Check:
    """The whole diary against the disk; changes nothing. Raises OSError when the disk cannot be read."""
    check = Check()
    for run in _each_run():
        check.runs += 1
        _check_run(run, check)
    for record in IntakeRecord.objects.filter(state="claimed"):
        place = f"hotfolder/{record.name}"
        at_work = Incoming(settings.INSTANCE.incoming / str(record.number)).is_held()
        if at_work or _is_recent(record.updated_at.timestamp()):
            check.settling.append(place)
        else:
            check.differences.append(
                Difference(place, record.number, "intake", "unfinished", "claimed")
            )
    for root, path in strays.unknown_files():
        place = f"{root}/{names.readable(path)}"
        if _is_recent((root_path(root) / path).lstat().st_mtime):
            check.settling.append(place)
        else:
            check.differences.append(Difference(place, None, "run", "a deck or log", None))
    return check


def repair_all() -> list[str]:
    """Mends every difference; the places mended. Starts nothing."""
    mended = []
    # Intake first: a folder that it had made is not somebody else's.
    for record in IntakeRecord.objects.filter(state="claimed"):
        intake.carry_on(record)
        mended.append(f"hotfolder/{record.name}")
    for root, path in list(strays.unknown_files()):
        _take_up(root, path)
        mended.append(f"{root}/{names.readable(path)}")
    for run in _each_run():
        check = Check()
        _check_run(run, check)
        if check.differences:
            _read_anew(run)
            mended.append(_place(run))
    return mended


def _each_run() -> Iterator[Run]:
    """One by one as they stand at that moment: no snapshot is held while the disk is read."""
    for pk in list(Run.objects.order_by("pk").values_list("pk", flat=True)):
        run = Run.objects.select_related("job").filter(pk=pk).first()
        if run is not None:
            yield run


def _check_run(run: Run, check: Check) -> None:
    place = _place(run)
    if not rundisk.is_there(run):
        check.gone.append(place)
        return
    state = rundisk.launcher_state(run)
    try:
        fresh = _fresh_view(run, state)
    except (ChangingLogError, UnsureLogError):
        check.settling.append(place)
        return
    if any(_is_recent(log.mtime_ns / 1e9) for log in fresh.values()) or _has_just_ended(run):
        check.settling.append(place)
        return
    pairs = [*_standing_pairs(run, state, fresh)]
    for path, log in fresh.items():
        pairs += _log_pairs(run, path, log)
    check.differences += [
        Difference(f"{place}/{where}" if where else place, run.job.number, name, disk, diary)
        for where, name, disk, diary in pairs
        if _plain(disk) != _plain(diary)
    ]


Pair = tuple[str, str, Any, Any]
"""File (or ""), field, what the disk says, what the diary says."""


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _place(run: Run) -> str:
    return f"{run.root}/{names.readable(names.from_stored(run.folder))}"


def _is_recent(at: float) -> bool:
    """Whether something of this Unix time may still be on its way into the diary."""
    quiet_s = settings.PDFJOBS.logs.ceiling_s + settings.PDFJOBS.intake.quiet_s
    return abs(time.time() - at) < quiet_s


def _has_just_ended(run: Run) -> bool:
    at = (rundisk.record_of(run) or {}).get("ended_at")
    return at is not None and _is_recent(datetime.fromisoformat(at).timestamp())


def _fresh_view(run: Run, state: LauncherState | None) -> dict[str, _Fresh]:
    """Every log of the run, read from its first byte, by stored path."""
    if state == "never started":
        return {}
    closing = state in ("ended", "lost")
    base, folder = root_path(run.root), rundisk.folder_of(run)
    fresh = {}
    for name in rundisk.candidates(run):
        try:
            with OpenLog(base, folder / name) as opened:
                kind = claimant(opened.head())
                if kind is not None and rundisk.is_log_of(run, name, kind.solver):
                    fresh[names.to_stored(name)] = _read_fresh(kind, opened, closing)
        except NoLogError:
            continue
    return fresh


def _read_fresh(kind: type[Parser], opened: OpenLog, closing: bool) -> _Fresh:
    parser = kind()
    points = read_on(Trail(opened, 0), parser, Places(), opened.size)
    if closing:
        extend(points, parser.finish())
    return _Fresh(parser.report().to_json(), points, opened.mtime_ns)


def _standing_pairs(
    run: Run, state: LauncherState | None, fresh: dict[str, _Fresh]
) -> Iterator[Pair]:
    """How the run stands, from the fresh logs and what has left the disk."""
    job = run.job
    is_latest = not Run.objects.filter(job=job, ordinal__gt=run.ordinal).exists()
    held = run.finished and state == "never started"
    if held:  # no solver here, or stopped before it started: the disk knows nothing of it
        if is_latest and job.machine_status not in ("none", "other"):
            yield "", "status", "never started", job.machine_status
        return
    rows = {row.path: row for row in run.files.order_by("pk")}
    logs = {path: row.report for path, row in rows.items()}
    logs |= {path: log.report for path, log in fresh.items()}
    reports = [{**report, "path": path} for path, report in logs.items() if report]
    left = [row.mtime_ns for path, row in rows.items() if path not in fresh]
    newest = max([*left, *(log.mtime_ns for log in fresh.values())], default=0)
    stands = rundisk.judge_of(run, state)([{**r, "messages": []} for r in reports], newest)
    if is_latest:
        yield "", "status", stands.status, job.machine_status
        yield "", "status_reason", stands.reason, job.machine_reason
    if state in ("ended", "lost"):
        yield "", "record", rundisk.record_of(run), run.record
    yield "", "started_at", moment(stands.started_at or run.started_at), moment(run.started_at)
    yield "", "progress", stands.progress, run.progress
    yield "", "finished", stands.finished, run.finished
    yield "", "ended_at", moment(stands.ended_at), moment(run.ended_at)
    # Without a log there are the deck's facts alone, which the job has and a run need not.
    for name in sorted({*stands.facts, *run.facts} - CLOCK_BOUND) if reports else ():
        yield "", name, stands.facts.get(name), run.facts.get(name)


def _log_pairs(run: Run, path: str, log: _Fresh) -> list[Pair]:
    row = LogFile.objects.filter(run=run, path=path).first()
    if row is None:
        return [(path, "log", "a log", None)]
    said = [(m.severity, m.code, m.text, m.line, m.count) for m in row.messages.all()]
    read = [
        (m["severity"], m["code"] or "", m["text"], m["line"], m["count"])
        for m in log.report["messages"]
    ]
    pairs: list[Pair] = [(path, "messages", read, said)]
    kept = _points_of(row)
    read_before_places = STATE not in row.state
    for name in sorted({*log.points, *kept}):
        if read_before_places and name in NAMES:
            continue
        disk, diary = log.points.get(name, []), kept.get(name, [])
        if repr(disk) != repr(diary):  # by their text, so that nan equals nan
            pairs.append(
                (path, f"series {name}", _summary(disk), f"other points: {_summary(diary)}")
            )
    return pairs


def _points_of(row: LogFile) -> Points:
    """The diary's points; a chunk or piece that cannot be unpacked has none, which is a difference."""
    kept: Points = {}
    for held in stored(Q(file=row)):
        try:
            for name, xs, ys in held.columns():
                kept.setdefault(name, []).extend(zip(xs, ys, strict=True))
        except (ValueError, zlib.error) as error:
            where = held.name or f"piece {held.start}"
            log.warning("%s: %s cannot be read: %s", row, where, error)
    return kept


def _summary(points: list[tuple[float, float]]) -> str:
    return f"{len(points)} points, last {points[-1] if points else None}"


def _take_up(root: str, path: str) -> None:
    """Makes a run of a log, or where there is none of the deck, that nobody told of."""
    if claimant(strays.head_of(root_path(root) / path)) is None:
        sighting.take_up_deck(root, path.rpartition("/")[0])
        return
    unread = [path]
    while unread:
        unread = reading.read_turns(root, unread)


def _read_anew(run: Run) -> None:
    """Reads a run's present logs from the first byte, in the place of what was read before."""
    if rundisk.launcher_state(run) != "never started":
        reading.read_to_end(run, anew=True)
    elif not run.finished:
        ingest.judge_again(run, rundisk.judge_of(run, "never started"))
    else:
        runs.hold(run, "not started, and why was lost; run it again")
