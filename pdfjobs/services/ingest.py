"""Saves what parsers read: facts, points, messages and checkpoints in one transaction for many runs at once."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from pdfjobs.models import Job, LogFile, Run
from pdfjobs.points.chunks import Points as Points
from pdfjobs.services import joblines, notices, rows
from pdfjobs.services.messages import fingerprint, keep_messages
from pdfjobs.services.points import Growth, keep_points
from pdfjobs.services.status import change_status


@dataclass(frozen=True)
class Checkpoint:
    """How far a file was read, and by whom."""

    parser: str
    parser_version: int
    device: int
    inode: int
    head_len: int
    head_sha: str
    tail_sha: str
    generation: int
    offset: int
    size: int
    mtime_ns: int
    state: dict[str, Any]
    closed: bool = False


UNREAD = (0, 0, 0)


@dataclass(frozen=True)
class Turn:
    """What one reading of a file brought."""

    path: str
    """Relative to the run's folder, stored escaping."""
    was: tuple[int, int, int]
    """Generation, offset and parser's version that it went on from; UNREAD for a file not read before."""
    checkpoint: Checkpoint
    report: dict[str, Any]
    points: Points = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """How the run stands after a turn; shape as `workers.verdict.Verdict` with the merged facts."""

    facts: dict[str, Any]
    status: str
    reason: str
    source: str
    finished: bool
    progress: float | None
    started_at: datetime | None
    ended_at: datetime | None


Judge = Callable[[list[dict[str, Any]], int], Standing]
"""Reports of all files of a run, each with its `path`, and the newest one's time (ns; 0 without one) in, its standing
out; pure."""


@dataclass(frozen=True)
class Reading:
    """Turns of files of one run, and who says how it stands then."""

    run: Run
    """As it was when the files were read."""
    turns: Sequence[Turn]
    judge: Judge


@dataclass
class _Change:
    """A reading about to be saved, under its run's lock."""

    reading: Reading
    job_id: int
    files: list[LogFile]
    """All of the run, in the order of their rows; those that are new behind them."""


@dataclass(frozen=True)
class _Taken:
    """A turn in its file's row."""

    file: LogFile
    turn: Turn
    fresh: bool
    """The file was begun anew, or for the first time."""
    resaid: bool
    """Its messages are not those in their table."""


def record_turns(run: Run, turns: list[Turn], judge: Judge) -> bool:
    """Saves turns of one run's files; False when another reader was faster, and nothing was saved."""
    return run.pk in record([Reading(run, turns, judge)])


def record(readings: Iterable[Reading]) -> set[int]:
    """Saves readings of different runs, in few statements however many; the runs of those that were saved.

    For the others another reader was faster, and nothing of them was saved. One transaction:

    1. Locks the runs, so readers of a run's files go one after another.
    2. Each file: checkpoint, report, messages; points behind those of the same generation, or instead of them
       when the file was begun anew.
    3. The runs' facts and the jobs' status, from the reports of all their files.
    """
    by_run = {reading.run.pk: reading for reading in readings}
    with transaction.atomic():
        locked = rows.lock_runs(by_run)
        files: dict[int, list[LogFile]] = {run.pk: [] for run in locked}
        for file in rows.files_of(files):
            files[file.run_id].append(file)
        changes = [
            _Change(by_run[run.pk], run.job_id, files[run.pk])
            for run in locked
            if _goes_on(run, files[run.pk], by_run[run.pk])
        ]
        _save(changes)
    return {change.reading.run.pk for change in changes}


def judge_again(run: Run, judge: Judge) -> None:
    """Says anew how a run stands, without a new reading."""
    with transaction.atomic():
        rows.lock_runs([run.pk])
        if run.record:
            Run.objects.filter(pk=run.pk).update(record=run.record)
        _save([_Change(Reading(run, (), judge), run.job_id, rows.files_of([run.pk]))])


def _goes_on(run: rows.Locked, files: list[LogFile], reading: Reading) -> bool:
    """Whether every file still stands where its turn began."""
    # Whether it has ended decides how its files are read, so it must not have changed since.
    if run.finished != reading.run.finished:
        return False
    stands = {file.path: (file.generation, file.offset, file.parser_version) for file in files}
    return all(turn.was == stands.get(turn.path, UNREAD) for turn in reading.turns)


def _save(changes: list[_Change]) -> None:
    taken: list[_Taken] = []
    growths: list[Growth] = []
    standings: list[Standing] = []
    for change in changes:
        its = [_take(change, turn) for turn in change.reading.turns]
        newest = max((file.mtime_ns for file in change.files), default=0)
        reports = [{**file.report, "path": file.path} for file in change.files if file.report]
        standing = change.reading.judge(reports, newest)
        growths += _growths(change.files, its, over=standing.finished)
        taken += its
        standings.append(standing)
    replaced = [each.file.pk for each in taken if each.fresh and each.file.pk]
    rows.save_files(each.file for each in taken if each.file.pk)
    LogFile.objects.bulk_create(each.file for each in taken if not each.file.pk)
    keep_messages([(each.file, each.turn.report["messages"]) for each in taken if each.resaid])
    keep_points(growths, replaced)
    rows.save_runs(
        rows.Stands(
            *(standing.facts, standing.progress, standing.started_at, standing.ended_at),
            *(standing.finished, change.reading.run.pk),
        )
        for change, standing in zip(changes, standings, strict=True)
    )
    resaid = {each.file.run_id for each in taken if each.resaid}
    _change_jobs(changes, standings, resaid)
    notices.warned(_alarms(changes, standings))


def _alarms(changes: list[_Change], standings: list[Standing]) -> Iterator[notices.Alarms]:
    """Early warnings on runs that go on."""
    for change, standing in zip(changes, standings, strict=True):
        if standing.status == "running" and (alerts := standing.facts.get("alerts")):
            newest = max((file.mtime_ns for file in change.files), default=0)
            yield notices.Alarms(change.reading.run.pk, alerts, newest)


def _take(change: _Change, turn: Turn) -> _Taken:
    file = next((file for file in change.files if file.path == turn.path), None)
    if file is None:
        file = LogFile(run_id=change.reading.run.pk, path=turn.path)
        change.files.append(file)
    fresh = file.pk is None or file.generation != turn.checkpoint.generation
    sha = fingerprint(turn.report["messages"])
    resaid = sha != file.messages_sha or (fresh and file.pk is not None)
    for name, value in vars(turn.checkpoint).items():
        setattr(file, name, value)
    file.report = {**turn.report, "messages": []}
    file.messages_sha = sha
    return _Taken(file, turn, fresh, resaid)


def _growths(files: list[LogFile], taken: list[_Taken], *, over: bool) -> list[Growth]:
    """What the points of a run's files grow by; those of one that is over are laid to rest."""
    growths = [
        Growth.of(each.file, each.turn.points, fresh=each.fresh, over=over) for each in taken
    ]
    read = {each.turn.path for each in taken}
    if over:
        growths += [
            Growth.of(file, {}, fresh=False, over=True)
            for file in files
            if file.pieces and file.path not in read
        ]
    return growths


def _change_jobs(
    changes: list[_Change], standings: list[Standing], resaid: Collection[int]
) -> None:
    """Says how the jobs stand; an earlier run of one that was retried says nothing of its job any more.

    `resaid`: the runs whose messages changed.
    """
    by_run = {
        change.reading.run.pk: standing for change, standing in zip(changes, standings, strict=True)
    }
    looked_at, reworded = [], []
    for latest, job in rows.lock_jobs({change.job_id for change in changes}):
        standing = by_run.get(latest)
        if standing is None:
            continue
        if _keep_outcome(job, standing) or latest in resaid:
            reworded.append(job.pk)
        if _says(job, standing):
            looked_at.append(job.pk)
        else:
            change_status(job.pk, standing.status, reason=standing.reason, source=standing.source)
    rows.note_looked_at(looked_at)
    joblines.refresh(reworded)


def _keep_outcome(job: Job, standing: Standing) -> bool:
    """Keeps with the job what the list asks its latest run for; whether it is something new."""
    facts = standing.facts
    cause = facts.get("cause") or "" if standing.status in ("error", "other") else ""
    warned = job.warned or bool(facts.get("alerts"))
    outcome = {"cause": str(cause)[:40], "warned": warned, "ended_at": standing.ended_at}
    if outcome == {name: getattr(job, name) for name in outcome}:
        return False
    Job.objects.filter(pk=job.pk).update(**outcome)
    return True


def _says(job: Job, standing: Standing) -> bool:
    """Whether the job says of itself already what the machine has to say."""
    word = (standing.status, standing.reason, standing.source)
    shown = (job.status, job.status_reason, job.status_source)
    machine = (job.machine_status, job.machine_reason, job.machine_source)
    return machine == word and (job.status_source == "person" or shown == word)
