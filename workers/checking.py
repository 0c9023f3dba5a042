"""Compares the diary with a fresh view of the disk: every log of every run, parsed from its first byte."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from pdfjobs import names
from pdfjobs.export import moment
from pdfjobs.jobfiles import root_path
from pdfjobs.models import IntakeRecord, LogFile, Run
from pdfjobs.services import ingest, runs
from workers import rundisk
from workers.decks import reader_for
from workers.logfile import NoLogError, OpenLog
from workers.parsers import claimant
from workers.tasks import intake, reading
from workers.verdict import LauncherState

CLOCK_BOUND = frozenset({"eta_s", "messages"})
"""Facts that are not compared: estimates change with the clock, messages are compared row by row."""
BLOCK = 1 << 20


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
    """Runs whose folder is not on the disk; no difference."""
    runs: int = 0


@dataclass
class _Fresh:
    """A log as a first reading sees it."""

    report: dict[str, Any]
    points: ingest.Points
    mtime_ns: int


def check_all() -> Check:
    """The whole diary against the disk; changes nothing. Raises OSError when the disk cannot be read."""
    check = Check()
    for run in Run.objects.select_related("job").order_by("pk").iterator():
        check.runs += 1
        _check_run(run, check)
    for record in IntakeRecord.objects.filter(state="claimed"):
        check.differences.append(
            Difference(f"hotfolder/{record.name}", record.number, "intake", "unfinished", "claimed")
        )
    for root, folder in _unknown_folders():
        place = f"{root}/{names.readable(folder)}"
        if _is_young(root_path(root) / folder):
            check.settling.append(place)
        else:
            check.differences.append(Difference(place, None, "run", "a run folder", None))
    return check


def repair_all() -> list[str]:
    """Mends every difference; the places mended. Starts nothing."""
    mended = []
    for root, folder in list(_unknown_folders()):
        _take_up_folder(root, folder)
        mended.append(f"{root}/{names.readable(folder)}")
    for record in IntakeRecord.objects.filter(state="claimed"):
        intake.carry_on(record)
        mended.append(f"hotfolder/{record.name}")
    for run in Run.objects.select_related("job").order_by("pk"):
        check = Check()
        _check_run(run, check)
        if check.differences:
            _read_anew(run)
            mended.append(_place(run))
    return mended


def _check_run(run: Run, check: Check) -> None:
    place = _place(run)
    if not rundisk.folder_of(run).is_dir():
        check.gone.append(place)
        return
    fresh = _fresh_view(run)
    quiet_ns = (settings.PDFJOBS.logs.ceiling_s + settings.PDFJOBS.intake.quiet_s) * 1e9
    if any(time.time_ns() - log.mtime_ns < quiet_ns for log in fresh.values()):
        check.settling.append(place)
        return
    pairs = [*_standing_pairs(run, fresh)]
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


def _state_on_disk(run: Run) -> LauncherState | None:
    return rundisk.launcher_state(run)


def _fresh_view(run: Run) -> dict[str, _Fresh]:
    """Every log of the run, read from its first byte, by stored path."""
    state = _state_on_disk(run)
    if state == "never started":
        return {}
    closing = state in ("ended", "lost")
    base, folder = root_path(run.root), rundisk.folder_of(run)
    fresh = {}
    for name in rundisk.candidates(run):
        try:
            with OpenLog(base, folder / name) as opened:
                log = _read_fresh(opened, closing)
        except NoLogError:
            continue
        if log is not None:
            fresh[names.to_stored(name)] = log
    return fresh


def _read_fresh(opened: OpenLog, closing: bool) -> _Fresh | None:
    kind = claimant(opened.head())
    if kind is None:
        return None
    parser, points, offset = kind(), {}, 0
    while chunk := opened.read(offset, BLOCK):
        reading.extend(points, parser.feed(chunk))
        offset += len(chunk)
    if closing:
        reading.extend(points, parser.finish())
    return _Fresh(parser.report().to_json(), points, opened.mtime_ns)


def _standing_pairs(run: Run, fresh: dict[str, _Fresh]) -> Iterator[Pair]:
    """How the run stands, from the fresh logs and those that left the disk."""
    state = _state_on_disk(run)
    job = run.job
    held = run.finished and state == "never started"
    if held:  # no solver here, or stopped before it started: the disk knows nothing of it
        yield "", "status", job.machine_status in ("none", "other"), True
        return
    rows = {row.path: row.report for row in run.files.order_by("pk")}
    reports = [fresh[path].report if path in fresh else report for path, report in rows.items()]
    reports += [log.report for path, log in fresh.items() if path not in rows]
    newest = max([reading.newest_mtime(run), *(log.mtime_ns for log in fresh.values())])
    run.record = None if run.ours else run.record
    stands = rundisk.judge_of(run, state, newest)([{**r, "messages": []} for r in reports])
    if not Run.objects.filter(job=job, ordinal__gt=run.ordinal).exists():
        yield "", "status", stands.status, job.machine_status
        yield "", "status_reason", stands.reason, job.machine_reason
    yield "", "progress", stands.progress, run.progress
    yield "", "finished", stands.finished, run.finished
    yield "", "ended_at", moment(stands.ended_at), moment(run.ended_at)
    for name in sorted({*stands.facts, *run.facts} - CLOCK_BOUND):
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
    kept: ingest.Points = {}
    for chunk in row.points.order_by("name", "start"):
        kept.setdefault(chunk.name, []).extend(ingest.unpack(bytes(chunk.data), chunk.count))
    for name in sorted({*log.points, *kept}):
        disk, diary = log.points.get(name, []), kept.get(name, [])
        if repr(disk) != repr(diary):  # by their text, so that nan equals nan
            pairs.append(
                (path, f"series {name}", _summary(disk), f"other points: {_summary(diary)}")
            )
    return pairs


def _summary(points: list[tuple[float, float]]) -> str:
    return f"{len(points)} points, last {points[-1] if points else None}"


def _unknown_folders() -> Iterator[tuple[str, str]]:
    """Folders in the run trees that hold a deck or a log and belong to no run."""
    roots = ["runs", *(tree.name for tree in settings.PDFJOBS.trees)]
    for root in roots:
        known = set(Run.objects.filter(root=root).values_list("folder", flat=True))
        base = root_path(root)
        for folder, inner, files in os.walk(base):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            relative = os.path.relpath(folder, base)
            if relative == "." or names.to_stored(relative) in known:
                continue
            if any(names.to_stored(relative).startswith(f"{above}/") for above in known):
                continue
            if any(_is_ours_to_know(Path(folder) / name) for name in sorted(files)[:1000]):
                yield root, relative


def _is_ours_to_know(path: Path) -> bool:
    if path.name.startswith(".") or path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(4096)
    return claimant(head) is not None or (bool(head) and reader_for(path.name, head) is not None)


def _is_young(folder: Path) -> bool:
    quiet_s = settings.PDFJOBS.logs.ceiling_s + settings.PDFJOBS.intake.quiet_s
    newest = max((entry.stat().st_mtime for entry in os.scandir(folder)), default=0.0)
    return time.time() - newest < quiet_s


def _take_up_folder(root: str, folder: str) -> None:
    base = root_path(root)
    paths = [f"{folder}/{name}" for name in sorted(os.listdir(base / folder))]
    reading.read_paths(root, paths)
    known = Run.objects.filter(root=root, folder=names.to_stored(folder)).exists()
    if not known:
        reading.take_up_deck(root, folder)


def _read_anew(run: Run) -> None:
    """Forgets what was read of a run's present logs, and reads them from the first byte."""
    ingest.forget(run, [names.to_stored(name) for name in rundisk.candidates(run)])
    state = _state_on_disk(run)
    if run.ours and state in ("ended", "lost"):
        reading.finish(run)
        return
    folder = names.from_stored(run.folder)
    if state != "never started":
        run.record = rundisk.record_of(run)
        if run.record:
            runs.keep_record(run, run.record)
        reading.read_paths(run.root, [f"{folder}/{name}" for name in rundisk.candidates(run)])
    if not run.finished:
        newest = reading.newest_mtime(run)
        ingest.judge_again(run, rundisk.judge_of(run, state, newest))
