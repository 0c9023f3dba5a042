"""The statements of the fast path, in SQL of our own.

For a log that grew by a line Django's compiler took ten times as long to word the statements as the database to
answer them. What happens rarely (a new log, a message, a full chunk, another status) goes through the models.
"""

import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import BooleanField, DateTimeField, JSONField, Model
from django.db.models.base import ModelState
from django.utils import timezone

from pdfjobs.models import Job, LogFile, Run

Row = tuple[Any, ...]
Kind = TypeVar("Kind", bound=Model)

MARK = (
    *("parser", "parser_version", "device", "inode", "head_len", "head_sha", "tail_sha"),
    *("generation", "offset", "size", "mtime_ns", "closed", "state"),
)
"""Columns of a log's row that say how far it was read, and by whom."""


class Columns(Generic[Kind]):
    """Some columns of a model's table; what is asked of its objects beyond these costs a query."""

    def __init__(self, model: type[Kind], *names: str) -> None:
        fields = [field for field in model._meta.concrete_fields if field.attname in names]
        self._model = model
        self.names = [field.attname for field in fields]
        self._json = [i for i, field in enumerate(fields) if isinstance(field, JSONField)]
        self._switches = [i for i, field in enumerate(fields) if isinstance(field, BooleanField)]
        self._moments = [i for i, field in enumerate(fields) if isinstance(field, DateTimeField)]

    def of(self, table: str) -> str:
        return ", ".join(f'{table}."{name}"' for name in self.names)

    def load(self, values: Iterable[Any]) -> Kind:
        """A row's object."""
        row = list(values)
        for i in self._json:
            row[i] = None if row[i] is None else json.loads(row[i])
        for i in self._switches:
            row[i] = bool(row[i])  # SQLite has 0 and 1…
        for i in self._moments:
            if isinstance(row[i], str):  # …and texts in UTC
                row[i] = datetime.fromisoformat(row[i]).replace(tzinfo=UTC)
        # As `from_db` leaves it, which goes through the constructor: that was a tenth of all that a log's row costs.
        kept = self._model.__new__(self._model)
        kept._state = ModelState()
        kept._state.adding, kept._state.db = False, DEFAULT_DB_ALIAS
        kept.__dict__.update(zip(self.names, row, strict=True))
        return kept


RUN = Columns(
    Run,
    *(
        "id",
        "job_id",
        "ordinal",
        "root",
        "folder",
        "stem",
        "ours",
        "record",
        "gone_since",
        "finished",
    ),
)
DECK = Columns(Job, "id", "solver", "deck")
READ = Columns(LogFile, "id", "run_id", "path", *MARK)
KEPT = Columns(
    LogFile,
    *(
        "id",
        "run_id",
        "path",
        "parser_version",
        "generation",
        "offset",
        "mtime_ns",
        "report",
        "messages_sha",
        "pieces",
    ),
)
STATUS = Columns(
    Job,
    *("id", "status", "status_reason", "status_source"),
    *("machine_status", "machine_reason", "machine_source"),
    *("cause", "warned", "ended_at"),
)


class Locked(NamedTuple):
    """What must not have changed since a run's files were read."""

    pk: int
    job_id: int
    finished: bool


class Stands(NamedTuple):
    """What a run's row says of how it stands."""

    facts: dict[str, Any]
    progress: float | None
    started_at: datetime | None
    """None: as it was."""
    ended_at: datetime | None
    finished: bool
    run_id: int


def runs_at(root: str, folders: Collection[str], stems: Collection[str]) -> list[Run]:
    """The runs in these folders (stored) that have one of these stems, or are ours; each with its job's deck."""
    sql = (
        f"SELECT {DECK.of('j')}, {RUN.of('r')}"
        " FROM pdfjobs_run r JOIN pdfjobs_job j ON j.id = r.job_id"
        f" WHERE r.root = %s AND r.folder IN {_marks(folders)}"
        f" AND (r.ours OR r.stem IN {_marks(stems)})"  # nosec B608 # our own names; values are bound
    )
    found = []
    for row in _ask(sql, [root, *folders, *stems]):
        run = RUN.load(row[len(DECK.names) :])
        run.job = DECK.load(row[: len(DECK.names)])
        found.append(run)
    return found


def checkpoints(runs: Collection[int], paths: Collection[str]) -> list[LogFile]:
    """How far these files (stored paths) of these runs were read."""
    sql = (
        f"SELECT {READ.of('f')} FROM pdfjobs_logfile f"
        f" WHERE f.run_id IN {_marks(runs)} AND f.path IN {_marks(paths)}"  # nosec B608 # our own names; values are bound
    )
    return [READ.load(row) for row in _ask(sql, [*runs, *paths])]


def lock_runs(runs: Collection[int]) -> list[Locked]:
    """The runs that are there, locked one after another: two who lock several then wait for each other in turn."""
    sql = f"SELECT id, job_id, finished FROM pdfjobs_run WHERE id IN {_marks(runs)} ORDER BY id"  # nosec B608 # our own names; values are bound
    return [Locked(*row) for row in _ask(sql + _for_update(), runs)]


def files_of(runs: Collection[int]) -> list[LogFile]:
    """Every file of these runs in the order of their rows, with its report and without its state."""
    sql = (
        f"SELECT {KEPT.of('f')} FROM pdfjobs_logfile f"
        f" WHERE f.run_id IN {_marks(runs)} ORDER BY f.id"  # nosec B608 # our own names; values are bound
    )
    return [KEPT.load(row) for row in _ask(sql, runs)]


def lock_jobs(jobs: Collection[int]) -> list[tuple[int, Job]]:
    """The latest run of each job, and the job with what it says of its status; locked one after another."""
    sql = (
        "SELECT (SELECT r.id FROM pdfjobs_run r WHERE r.job_id = j.id"
        f" ORDER BY r.ordinal DESC LIMIT 1), {STATUS.of('j')}"
        f" FROM pdfjobs_job j WHERE j.id IN {_marks(jobs)} ORDER BY j.id"  # nosec B608 # our own names; values are bound
    )
    return [(latest, STATUS.load(row)) for latest, *row in _ask(sql + _for_update(), jobs)]


def save_files(files: Iterable[LogFile]) -> None:
    """Saves checkpoint, report and counts of files that have a row."""
    plain = [*MARK[:-1], "messages_sha", "pieces"]
    sets = ", ".join(f'"{name}" = %s' for name in (*plain, "state", "report"))
    _do_each(
        f"UPDATE pdfjobs_logfile SET {sets} WHERE id = %s",  # nosec B608 # our own names; values are bound
        [
            (
                *(getattr(file, name) for name in plain),
                json.dumps(file.state),
                json.dumps(file.report),
                file.pk,
            )
            for file in files
        ],
    )


def add_pieces(pieces: list[tuple[int, int, bytes]]) -> None:
    """Adds pieces by file, number and data."""
    _do_each("INSERT INTO pdfjobs_seriespiece (file_id, number, data) VALUES (%s, %s, %s)", pieces)


def save_runs(runs: Iterable[Stands]) -> None:
    """Saves how runs stand."""
    moment = connection.ops.adapt_datetimefield_value
    _do_each(
        "UPDATE pdfjobs_run SET facts = %s, progress = %s, started_at = COALESCE(%s, started_at),"
        " ended_at = %s, finished = %s WHERE id = %s",
        [
            (
                json.dumps(row.facts),
                row.progress,
                moment(row.started_at),
                moment(row.ended_at),
                row.finished,
                row.run_id,
            )
            for row in runs
        ],
    )


def note_looked_at(jobs: Collection[int]) -> None:
    """Lets pages see that something of these jobs may have changed."""
    if jobs:
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        sql = f"UPDATE pdfjobs_job SET updated_at = %s WHERE id IN {_marks(jobs)}"  # nosec B608 # our own names; values are bound
        with connection.cursor() as cursor:
            cursor.execute(sql, [now, *jobs])


def _ask(sql: str, values: Iterable[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        rows: list[Row] = cursor.fetchall()
    return rows


def _do_each(sql: str, rows: list[Row]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)


def _marks(values: Collection[Any]) -> str:
    """What stands behind IN; a list that nothing is in where there are none."""
    return f"({', '.join(['%s'] * len(values)) or 'NULL'})"


def _for_update() -> str:
    return " FOR UPDATE" if connection.features.has_select_for_update else ""
