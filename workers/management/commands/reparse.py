"""`manage.py reparse`: has a new version of a parser read exactly what the old one read."""

import os
import time
from argparse import ArgumentParser
from collections import Counter, defaultdict
from typing import Any

import django_rq
import redis
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from pdfjobs import names, queue
from pdfjobs.jobfiles import NoSuchFileError, root_path
from pdfjobs.models import STATUSES
from pdfjobs.services import reparse as service
from pdfjobs.services.reparse import Choice, KnownLog
from workers import parsers
from workers.tasks.turns import describe

BATCH = 100
"""Logs of one task."""
MOST_WAITING = 20
"""Tasks in the queue above which the command waits: an import in it goes on, and a change of mind costs little."""
LOOK_S = 0.2
SAY_S = 30.0


class Command(BaseCommand):
    """Queues readings behind the live ones and prints what it asked for."""

    help = (
        "reads again, in the background, the logs that an earlier version of their parser read; "
        "exit 0 asked for all, 2 could not"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--solver", default="", help="only logs of this solver's jobs")
        parser.add_argument("--project", default="", help="only logs of this project's jobs")
        parser.add_argument("--status", default="", choices=STATUSES)
        parser.add_argument("--number", type=int, help="only logs of this job")
        parser.add_argument("--all", action="store_true", help="also what the present parsers read")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be read")

    def handle(self, *_: Any, **options: Any) -> None:
        choice = Choice(
            solver=options["solver"],
            project=options["project"],
            status=options["status"],
            number=options["number"],
            every=options["all"],
        )
        try:
            self._reparse(choice, dry=options["dry_run"])
        except (DatabaseError, redis.RedisError) as error:
            self.stderr.write(f"could not ask for all: {error}")
            raise SystemExit(2) from error
        except KeyboardInterrupt:
            self.stderr.write(
                "stopped; what was asked for is read, the same command asks for the rest"
            )
            raise SystemExit(2) from None

    def _reparse(self, choice: Choice, *, dry: bool) -> None:
        present = {parser.name: parser.version for parser in parsers.present()}
        counts: Counter[tuple[str, str, int]] = Counter()
        gone = 0
        for logs in service.chosen(choice, present.items(), BATCH):
            there = [log for log in logs if _is_there(log)]
            for log in logs:
                if log not in there:
                    gone += 1
                    self.stdout.write(f"not on the disk, left as it is: {_place(log)}")
            counts.update((log.solver, log.parser, log.parser_version) for log in there)
            if not dry:
                self._ask(there)
        for (solver, parser, version), count in sorted(counts.items()):
            new = present.get(parser, "whichever claims it now")
            self.stdout.write(f"{solver}  {parser}  {version} -> {new}: {_logs(count)}")
        asked = "would be read again" if dry else "will be read again"
        self.stdout.write(f"{_logs(counts.total())} {asked}, {gone} not on the disk")

    def _ask(self, logs: list[KnownLog]) -> None:
        """Waits for room, then queues a task a root."""
        said = time.monotonic()
        while (waiting := django_rq.get_queue("backlog").count) >= MOST_WAITING:
            if time.monotonic() - said > SAY_S:
                said = time.monotonic()
                self.stderr.write(f"waits for {waiting} tasks in the queue backlog")
            time.sleep(LOOK_S)
        service.forget(logs)
        paths: dict[str, list[str]] = defaultdict(list)
        for log in logs:
            paths[log.root].append(_path(log))
        for root, of_root in paths.items():
            about = f"read again {describe(root, of_root)}"
            queue.send("backlog", queue.INGEST, about, root=root, paths=of_root, ticket="")


def _path(log: KnownLog) -> str:
    return f"{names.from_stored(log.folder)}/{names.from_stored(log.path)}"


def _is_there(log: KnownLog) -> bool:
    try:
        return os.path.lexists(root_path(log.root) / _path(log))
    except NoSuchFileError:
        return False


def _place(log: KnownLog) -> str:
    return names.readable(f"{log.root}/{_path(log)}")


def _logs(count: int) -> str:
    return "1 log" if count == 1 else f"{count} logs"
