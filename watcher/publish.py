"""Hands tasks to the queue: the only place that imports RQ, and the only one that names tasks."""

import json
import logging
import os
import socket
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.exceptions import RedisError
from redis.retry import Retry as ConnectionRetry
from rq import Queue, Retry
from rq.defaults import RQ_KEY_PREFIX
from rq.job import Job
from rq.serializers import JSONSerializer

from watcher.look import Look

ARRIVE = "workers.tasks.arrive"
TAKE_IN = "workers.tasks.take_in"
WITHDRAW = "workers.tasks.withdraw"
INGEST = "workers.tasks.ingest"
SWEEP = "workers.tasks.sweep"

TASKS: Mapping[str, tuple[str, ...]] = {
    ARRIVE: ("root", "paths", "sizes"),
    TAKE_IN: ("root", "path", "device", "inode", "size", "mtime_ns"),
    WITHDRAW: ("root", "paths"),
    INGEST: ("root", "paths", "ticket"),
    SWEEP: (),
}
"""Keywords of each task; plain values only. Paths are relative to the root, as os.fsdecode gives them."""

QUEUE_OF: Mapping[str, str] = {
    ARRIVE: "arrivals",
    TAKE_IN: "intake",
    WITHDRAW: "arrivals",
    INGEST: "ingest",
    SWEEP: "upkeep",
}
"""What only shows an arriving deck never waits behind the unpacking of another."""

BATCH = 200
"""Paths of one task at most."""
TICKET_PREFIX = f"{RQ_KEY_PREFIX}:waiting:"
TICKET_TTL_S = 3600
"""A waiting task whose ticket ran out is queued once more: dear, never wrong."""
SENTINEL_TTL_S = 86_400
HEARTBEAT_TTL_S = 30
TASK_TIMEOUT_S = 3600
FAILURE_TTL_S = 7 * 86_400
SWEEP_FAILURE_TTL_S = 3600
"""There is one every ten seconds: a week of failed sweeps would bury everything else."""
ANSWER_S = 5.0
"""The queue server counts as away when it takes longer."""

logger = logging.getLogger(__name__)


class QueueAwayError(Exception):
    """The queue server cannot be reached or refuses to write; what was to be handed over may or may not have been."""


class Publisher:
    """One watcher's side of the queue.

    Everything raises QueueAwayError; who calls then calls again. A task handed over twice does no harm, a lost one does.
    """

    def __init__(self, redis_url: str) -> None:
        # No retries below us: they would hide an outage for seconds, and the loop has its own.
        self._redis = Redis.from_url(
            redis_url,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=1,
            retry=ConnectionRetry(NoBackoff(), 0),
        )
        self._queues = {name: self._queue(name) for name in {*QUEUE_OF.values()}}
        self._sentinel = f"{RQ_KEY_PREFIX}:watcher:{os.getpid()}"

    def decks(
        self,
        root: str,
        arrived: Mapping[str, int],
        settled: Mapping[str, Look],
        withdrawn: Iterable[str],
    ) -> None:
        """Tells intake what came, what is complete and what went, all or nothing."""
        with _queue_or_away(), self._redis.pipeline() as pipe:
            pipe.multi()
            arguments: dict[str, Any]
            for paths in _batches(sorted(withdrawn)):
                arguments = {"root": root, "paths": paths}
                self._put(pipe, WITHDRAW, f"forget {_named(paths)}", arguments)
            for paths in _batches(sorted(arrived)):
                sizes = [arrived[path] for path in paths]
                arguments = {"root": root, "paths": paths, "sizes": sizes}
                self._put(pipe, ARRIVE, f"note {_named(paths)} arriving", arguments)
            for path, look in settled.items():
                device, inode, size, mtime_ns = look.stamp
                arguments = {"root": root, "path": path, "device": device, "inode": inode}
                arguments |= {"size": size, "mtime_ns": mtime_ns}
                self._put(pipe, TAKE_IN, f"take in {path}", arguments)
            pipe.execute()

    def ingest(self, root: str, paths: list[str]) -> str:
        """Returns the ticket: a key that lies in the queue server until the task starts and deletes it."""
        rq_job_id = uuid.uuid4().hex
        ticket = f"{TICKET_PREFIX}{rq_job_id}"
        folder = os.path.commonpath([os.path.dirname(path) for path in paths]) or root
        count = "1 log" if len(paths) == 1 else f"{len(paths)} logs"
        with _queue_or_away(), self._redis.pipeline() as pipe:
            pipe.multi()
            pipe.set(ticket, b"1", ex=TICKET_TTL_S)
            arguments = {"root": root, "paths": paths, "ticket": ticket}
            self._put(pipe, INGEST, f"read {count} in {folder}", arguments, rq_job_id)
            pipe.execute()
        return ticket

    def waiting(self, tickets: Iterable[str]) -> set[str]:
        """Those whose task has not started. A failed or vanished task does not wait, whatever its ticket says."""
        tickets = list(tickets)
        if not tickets:
            return set()
        with _queue_or_away(), self._redis.pipeline(transaction=False) as pipe:
            for ticket in tickets:
                pipe.exists(ticket)
                pipe.hget(Job.key_for(ticket.removeprefix(TICKET_PREFIX)), "status")
            answers = pipe.execute()
        return {
            ticket
            for ticket, is_there, status in zip(tickets, answers[::2], answers[1::2], strict=True)
            if is_there and status in (b"queued", b"started")
        }

    def sweep(self) -> None:
        """Queues the diary's upkeep, unless it waits already."""
        queue = self._queues["upkeep"]
        with _queue_or_away():
            # By look-up and under a new id: a fixed one would be blocked by its own failed or lost predecessor.
            if not any(name.startswith("sweep-") for name in queue.get_job_ids()):
                with self._redis.pipeline() as pipe:
                    pipe.multi()
                    self._put(pipe, SWEEP, "sweep the diary", {}, f"sweep-{uuid.uuid4().hex}")
                    pipe.execute()

    def hints(self, root: str) -> list[str]:
        """Glob patterns of files in this tree that are not worth a notice."""
        with _queue_or_away():
            raw = self._redis.get(f"{RQ_KEY_PREFIX}:hints:{root}")
        if raw is None:
            return []
        try:
            patterns = json.loads(raw)["ignore"]
        except (ValueError, KeyError, TypeError):
            patterns = None
        if not isinstance(patterns, list) or not all(isinstance(item, str) for item in patterns):
            logger.warning("hints for %s cannot be read, watching everything there: %r", root, raw)
            return []
        return patterns

    def still_knows_us(self) -> bool:
        """False when the queue server lost everything since we were last asked, and at the first call."""
        with _queue_or_away():
            if self._redis.expire(self._sentinel, SENTINEL_TTL_S):
                return True
            self._redis.set(self._sentinel, b"1", ex=SENTINEL_TTL_S)
            return False

    def heartbeat(self, roots: list[dict[str, Any]]) -> None:
        beat = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "at": time.time(),
            "roots": roots,
        }
        with _queue_or_away():
            self._redis.set(f"{RQ_KEY_PREFIX}:watcher", json.dumps(beat), ex=HEARTBEAT_TTL_S)

    def close(self) -> None:
        self._redis.close()

    def _queue(self, name: str) -> Queue:
        return Queue(
            name,
            connection=self._redis,
            serializer=JSONSerializer,
            default_timeout=TASK_TIMEOUT_S,
        )

    def _put(
        self,
        pipe: Pipeline,
        task: str,
        description: str,
        arguments: dict[str, Any],
        rq_job_id: str | None = None,
    ) -> None:
        queue = QUEUE_OF[task]
        self._queues[queue].enqueue_call(
            task,
            kwargs=arguments,
            job_id=rq_job_id,
            description=printable(description),
            result_ttl=0,
            failure_ttl=SWEEP_FAILURE_TTL_S if task == SWEEP else FAILURE_TTL_S,
            retry=Retry(max=5) if task in (TAKE_IN, INGEST) else None,
            pipeline=pipe,
        )


def printable(text: str) -> str:
    """One line for people: what cannot be shown is a question mark, what is long is cut."""
    line = "".join(letter if letter.isprintable() else "?" for letter in text)
    return line if len(line) <= 120 else line[:119] + "…"


@contextmanager
def _queue_or_away() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise QueueAwayError(str(error)) from error


def _batches(paths: list[str]) -> Iterable[list[str]]:
    return (paths[start : start + BATCH] for start in range(0, len(paths), BATCH))


def _named(paths: list[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{len(paths)} decks"
