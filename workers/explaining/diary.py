"""What the diary has of a path: the intake's records, its run, its job, how far its log was read."""

import os
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DatabaseError
from django.db.models import Count, Q, Value
from django.db.models.functions import Left
from django.db.models.lookups import Exact

from pdfjobs import health, names
from pdfjobs.models import IntakeRecord, LogFile, Message, Run
from workers.explaining.place import Place
from workers.explaining.queued import Rows
from workers.intake import sidecar
from workers.tasks import sighting

MOST_RECORDS, MOST_RUNS = 3, 20


@dataclass(frozen=True)
class Record:
    """One thing dropped into a hot folder."""

    id: int
    state: str
    reason: str
    owner: str
    number: int | None
    kept_as: str
    seen_at: datetime
    updated_at: datetime
    inode: int | None
    job_id: int | None


@dataclass(frozen=True)
class KnownRun:
    """A run, and how its job stands."""

    id: int
    job_id: int
    number: int
    name: str
    solver: str
    ordinal: int
    root: str
    folder: str
    """As os.fsdecode gives it."""
    stem: str
    ours: bool
    status: str
    reason: str
    source: str
    finished: bool
    gone_since: datetime | None
    has_begun: bool


@dataclass(frozen=True)
class Log:
    """How far a file was read, and what was found wrong in it."""

    parser: str
    parser_version: int
    offset: int
    size: int
    mtime_ns: int
    inode: int
    generation: int
    closed: bool
    last_error: str
    """The last error that its solver printed."""
    last_error_line: int | None


@dataclass(frozen=True)
class Known:
    """Everything that the diary has of the path."""

    trouble: str = ""
    """Why the database did not say."""
    records: tuple[Record, ...] = ()
    run: KnownRun | None = None
    """The run that the path belongs to."""
    inside: str = ""
    """The path in that run's folder."""
    log: Log | None = None
    below: tuple[KnownRun, ...] = ()
    """Runs at and below a folder, the newest first; not all."""
    counts: dict[str, int] = field(default_factory=dict)
    """Of all runs there, by status."""

    @property
    def rows(self) -> Rows:
        runs = [*self.below, *([self.run] if self.run else [])]
        jobs = {run.job_id for run in runs} | {one.job_id for one in self.records if one.job_id}
        return Rows(
            frozenset(run.id for run in runs),
            frozenset(jobs),
            frozenset(record.id for record in self.records),
        )


def find(place: Place) -> Known:
    """An outage is an answer like any other."""
    if not health.database_answers(0.0):
        return Known(trouble="the database does not answer")
    try:
        if place.special or (place.root is not None and place.root.kind == "hot"):
            return _of_drop(place)
        return _of_tree(place)
    except DatabaseError as error:
        return Known(trouble=" ".join(str(error).split()))


def _of_drop(place: Place) -> Known:
    records = _records(place)
    job = next((record.job_id for record in records if record.job_id is not None), None)
    runs = Run.objects.select_related("job").filter(job=job).order_by("-ordinal")
    run = None if job is None else runs.first()
    return Known(records=records, run=None if run is None else _known(run))


def _records(place: Place) -> tuple[Record, ...]:
    first = place.deck
    where = Q(
        root="hotfolder", path__in={_stored(first), _stored(first.removesuffix(sidecar.ENDING))}
    )
    if place.special == "rejected":
        where = _at_or_below("kept_as", _stored(first))
    elif place.special == "incoming":
        where = Q(number=int(first)) if first.isdecimal() else Q(pk=None)
    if not first:
        return ()
    rows = IntakeRecord.objects.filter(where).order_by("-pk")[:MOST_RECORDS]
    return tuple(Record(**values) for values in rows.values(*Record.__dataclass_fields__))


def _stored(name: str) -> str:
    return names.to_stored(name)


def _of_tree(place: Place) -> Known:
    if place.root is None:
        return Known()
    root, relative = place.root.name, place.relative
    folder = _stored(relative)
    there = Q(root=root) if not folder else Q(root=root) & _at_or_below("folder", folder)
    rows = Run.objects.filter(there)
    below = tuple(_known(run) for run in rows.select_related("job").order_by("-pk")[:MOST_RUNS])
    counts = dict(
        rows.order_by().values_list("job__status").annotate(Count("pk")).order_by("job__status")
    )
    found = sighting.known_runs(root, [relative]).get(relative) if relative else None
    run = found if found is not None else _around(root, folder)
    if run is None:
        return Known(below=below, counts=counts)
    run = Run.objects.select_related("job").get(pk=run.pk)
    inside = os.path.relpath(relative, names.from_stored(run.folder))
    return Known(run=_known(run), inside=inside, log=_log(run, inside), below=below, counts=counts)


def _at_or_below(column: str, folder: str) -> Q:
    # Not by `startswith`: to SQLite a and A are one there.
    begin = f"{folder}/"
    return Q(**{column: folder}) | Q(Exact(Left(column, len(begin)), Value(begin)))


def _around(root: str, folder: str) -> Run | None:
    """The run of ours whose folder holds the path: everything in it is its own."""
    way = [folder, *sighting.above(folder)]
    runs = Run.objects.filter(root=root, folder__in=way, ours=True)
    return max(runs, key=lambda run: len(run.folder), default=None)


def _known(run: Run) -> KnownRun:
    job = run.job
    return KnownRun(
        id=run.pk,
        job_id=job.pk,
        number=job.number,
        name=job.name,
        solver=job.solver,
        ordinal=run.ordinal,
        root=run.root,
        folder=names.from_stored(run.folder),
        stem=run.stem,
        ours=run.ours,
        status=job.status,
        reason=job.status_reason,
        source=job.status_source,
        finished=run.finished,
        gone_since=run.gone_since,
        has_begun=run.record is not None,
    )


def _log(run: Run, inside: str) -> Log | None:
    row = LogFile.objects.filter(run=run, path=_stored(inside)).defer("state", "report").first()
    if row is None:
        return None
    last = Message.objects.filter(file=row, severity__in=("fatal", "error")).order_by("-line")
    error = last.first()
    return Log(
        row.parser,
        row.parser_version,
        row.offset,
        row.size,
        row.mtime_ns,
        row.inode,
        row.generation,
        row.closed,
        error.text if error else "",
        error.line if error else None,
    )
