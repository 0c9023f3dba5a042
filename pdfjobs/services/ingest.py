"""Saves what a parser read: facts, points, messages and the checkpoint in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum

from pdfjobs import chunks
from pdfjobs.models import LogFile, Message, Run, SeriesChunk
from pdfjobs.services.status import change_status

CHUNK_POINTS = 1024
Points = dict[str, list[tuple[float, float]]]


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


@dataclass(frozen=True)
class Turn:
    """What one reading of a file brought."""

    path: str
    """Relative to the run's folder, stored escaping."""
    was: tuple[int, int]
    """Generation and offset it began at; (0, 0) for a file not read before."""
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


Judge = Callable[[list[dict[str, Any]]], Standing]
"""Reports of all files of a run in, its standing out; pure."""


def record_turns(run: Run, turns: list[Turn], judge: Judge) -> bool:
    """Saves turns of one run's files; False when another reader was faster, and nothing was saved.

    1. Locks the run, so readers of its files go one after another.
    2. Each file: checkpoint, report, messages; points behind those of the same generation, or instead of them
       when the file was begun anew.
    3. The run's facts and the job's status, from the reports of all its files.
    """
    with transaction.atomic():
        locked = Run.objects.select_for_update().select_related("job").get(pk=run.pk)
        files = {file.path: file for file in locked.files.filter(path__in=[t.path for t in turns])}
        # Whether it has ended decides how its files are read, so it must not have changed since.
        if locked.finished != run.finished or not all(_goes_on(files, turn) for turn in turns):
            return False
        for turn in turns:
            _record_turn(files.get(turn.path) or LogFile(run=locked, path=turn.path), turn)
        stand(locked, judge)
    return True


def stand(run: Run, judge: Judge) -> None:
    """Writes how a run stands; in a transaction."""
    reports = list(run.files.order_by("pk").values_list("report", flat=True))
    standing = judge(reports)
    run.facts, run.progress = standing.facts, standing.progress
    run.started_at = standing.started_at or run.started_at
    run.ended_at, run.finished = standing.ended_at, standing.finished
    run.save(update_fields=["facts", "progress", "started_at", "ended_at", "finished", "record"])
    retried = Run.objects.filter(job_id=run.job_id, ordinal__gt=run.ordinal).exists()
    if not retried:
        change_status(run.job_id, standing.status, reason=standing.reason, source=standing.source)


def judge_again(run: Run, judge: Judge) -> None:
    """Says anew how a run stands, without a new reading."""
    with transaction.atomic():
        locked = Run.objects.select_for_update().select_related("job").get(pk=run.pk)
        locked.record = run.record or locked.record
        stand(locked, judge)


def _goes_on(files: dict[str, LogFile], turn: Turn) -> bool:
    """Whether the file still stands where the turn began; under the run's lock."""
    file = files.get(turn.path)
    return turn.was == ((file.generation, file.offset) if file else (0, 0))


def _record_turn(file: LogFile, turn: Turn) -> None:
    fresh = file.pk is None or file.generation != turn.checkpoint.generation
    for name, value in vars(turn.checkpoint).items():
        setattr(file, name, value)
    file.report = {**turn.report, "messages": []}
    file.save()
    if fresh:
        file.points.all().delete()
    if fresh or turn.report["messages"]:
        _record_messages(file, turn.report["messages"])
    if turn.points:
        _append_points(file, turn.points)


def _record_messages(file: LogFile, messages: list[dict[str, Any]]) -> None:
    known = {m.position: m for m in file.messages.all()}
    wanted = dict(enumerate(messages))
    file.messages.filter(position__in=[p for p in known if p not in wanted]).delete()
    rows = [
        Message(
            file=file,
            position=position,
            severity=said["severity"],
            code=said["code"] or "",
            text=said["text"],
            line=said["line"],
            count=said["count"],
        )
        for position, said in wanted.items()
        if position not in known or not _same(known[position], said)
    ]
    Message.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["file", "position"],
        update_fields=["severity", "code", "text", "line", "count"],
    )


def _same(row: Message, said: dict[str, Any]) -> bool:
    return (row.severity, row.code, row.text, row.line, row.count) == (
        said["severity"],
        said["code"] or "",
        said["text"],
        said["line"],
        said["count"],
    )


def _append_points(file: LogFile, points: Points) -> None:
    """Fills each series' open chunk and adds new ones; few statements however many series."""
    open_chunks = {
        chunk.name: chunk for chunk in file.points.filter(name__in=points, count__lt=CHUNK_POINTS)
    }
    closed = [name for name in points if name not in open_chunks]
    totals = dict(
        file.points.filter(name__in=closed).order_by().values_list("name").annotate(Sum("count"))
        if closed
        else ()
    )
    rows = []
    for name, more in points.items():
        start, known = totals.get(name, 0), []
        if (chunk := open_chunks.get(name)) is not None:
            start, known = chunk.start, chunks.points(bytes(chunk.data), chunk.count)
        every = known + more
        rows += [
            _chunk(file, name, start + first, every[first : first + CHUNK_POINTS])
            for first in range(0, len(every), CHUNK_POINTS)
        ]
    SeriesChunk.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["file", "name", "start"],
        update_fields=["count", "y_min", "y_max", "data"],
    )


def _chunk(file: LogFile, name: str, start: int, points: list[tuple[float, float]]) -> SeriesChunk:
    finite = [y for _, y in points if y - y == 0]
    return SeriesChunk(
        file=file,
        name=name,
        start=start,
        count=len(points),
        y_min=min(finite, default=None),
        y_max=max(finite, default=None),
        data=chunks.pack(points),
    )
