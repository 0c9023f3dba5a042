"""Puts very many jobs into an empty diary, as fast as its database takes them."""

import sys
from itertools import islice
from types import SimpleNamespace
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from bench.keywords import Keywords
from bench.made_jobs import Made, made_jobs
from bench.rows import insert

BATCH = 20_000
STATED = "status_source", "machine_status", "machine_reason", "machine_source"


def fill(count: int, *, keywords: bool = False) -> None:
    """So many jobs with runs, tags, base runs, messages and lines; and the earlier diary's keywords."""
    earlier = Keywords() if keywords else None
    indexes = _take_indexes()
    done = 0
    jobs = made_jobs(count)
    while batch := list(islice(jobs, BATCH)):
        lines = [(made.job.number, _line(made)) for made in batch]
        with transaction.atomic():
            _fill(batch, done)
            _lines(lines)
            if earlier:
                earlier.add(lines)
        done += len(batch)
        sys.stderr.write(f"{done} jobs\r")
    for sql in indexes:
        _do(sql)
    if earlier:
        earlier.finish()
    _do("ANALYZE")
    if connection.vendor == "postgresql":
        _do("VACUUM ANALYZE")


def _fill(batch: list[Made], done: int) -> None:
    now = timezone.now()
    said = [
        (done + i, place, severity, text)
        for i, made in enumerate(batch)
        for place, (severity, text) in enumerate(_said(made))
    ]
    insert(
        "pdfjobs_job",
        ("id", *batch[0].job._fields, *STATED, "cluster", "scheduler_id", "deck", "updated_at"),
        (
            (done + i, *job, "file", job.status, "", "file", "", "", "{}", now)
            for i, (job, *_) in enumerate(batch)
        ),
    )
    insert(
        "pdfjobs_run",
        (
            *("id", "job_id", "ordinal", "root", "stem", "deck_file", "ours", "cores"),
            *("generation", "stop_wanted_by", *batch[0].run._fields),
        ),
        (
            (done + i, done + i, 1, "runs", "", "", False, 1, 0, "", *made.run)
            for i, made in enumerate(batch)
        ),
    )
    insert(
        "pdfjobs_tag",
        ("job_id", "name"),
        ((done + i, tag) for i, made in enumerate(batch) for tag in made.tags),
    )
    insert(
        "pdfjobs_baserun",
        ("job_id", "number"),
        ((done + i, made.base) for i, made in enumerate(batch) if made.base),
    )
    _fill_messages(said)


def _said(made: Made) -> list[tuple[str, str]]:
    errors = [("error", text) for text in made.said]
    return errors + [("warning", text) for text in made.warnings]


def _fill_messages(said: list[tuple[int, int, str, str]]) -> None:
    """Messages of each of these runs, in one log; log and run have the same key."""
    insert(
        "pdfjobs_logfile",
        (
            *("id", "run_id", "path", "parser", "parser_version", "device", "inode"),
            *("head_len", "head_sha", "tail_sha", "generation", "offset", "size", "mtime_ns"),
            *("closed", "state", "report", "messages_sha", "pieces"),
        ),
        (
            (at, at, "out.log", "x", 1, 1, 1, 0, "", "", 1, 9, 9, 9, True, "{}", "{}", "", 0)
            for at in dict.fromkeys(at for at, *_ in said)
        ),
    )
    insert(
        "pdfjobs_message",
        ("file_id", "position", "severity", "code", "text", "line", "count"),
        ((at, place, severity, "", text, 7, 1) for at, place, severity, text in said),
    )


def _line(made: Made) -> list[str]:
    from pdfjobs.listing.words import line_of

    run: Any = SimpleNamespace(folder=made.run.folder)
    return line_of(made.job, run, made.tags, made.said, made.warnings)


def _lines(lines: list[tuple[int, list[str]]]) -> None:
    from pdfjobs.listing import postgresql
    from pdfjobs.listing.lines import engine

    if connection.vendor == "sqlite":
        engine().write(lines)
        return
    rows = (
        (
            number,
            *postgresql.columns(words),
            " ".join(map(postgresql.quoted, postgresql.kept_words(number, words))),
        )
        for number, words in lines
    )
    insert("pdfjobs_jobline", ("number", "status", "day", "line"), rows)


def _take_indexes() -> list[str]:
    """Removes the indexes that are no rules of the tables; the statements that make them again."""
    tables = ("job", "run", "tag", "baserun", "logfile", "message", "jobline")
    listed = ", ".join(f"'pdfjobs_{name}'" for name in tables)
    if connection.vendor == "sqlite":
        ask = (
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT LIKE '%% UNIQUE %%'"
            f" AND tbl_name IN ({listed})"
        )
    else:
        _do("SET maintenance_work_mem = '1GB'")
        ask = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE indexdef NOT LIKE '%% UNIQUE %%'"
            f" AND tablename IN ({listed})"
        )
    with connection.cursor() as cursor:
        cursor.execute(ask, [])
        found = cursor.fetchall()
    for name, _ in found:
        _do(f'DROP INDEX "{name}"')
    return [sql for _, sql in found]


def _do(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("%", "%%"), [])
