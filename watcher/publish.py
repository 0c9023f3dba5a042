"""Hands tasks to the queue: the only place that imports RQ, and the only one that names tasks."""

import json
import logging
import os
import socket
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from redis import Redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.exceptions import RedisError
from redis.retry import Retry as ConnectionRetry
from rq import Queue, Retry
from rq.defaults import RQ_KEY_PREFIX
from rq.job import Job
from rq.serializers import JSONSerializer

from watcher import questions
from watcher.look import Look
from watcher.questions import Question

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
LANES: Mapping[str, str] = {"ingest": "read", "backlog": "import"}
"""Queues of logs to read: what changes now never waits behind what lay there before; and the word for people."""
TICKET_PREFIX = f"{RQ_KEY_PREFIX}:ticket:"
TICKET_TTL_S = 86_400
"""A task whose ticket ran out counts as lost and is queued once more: dear, never wrong."""
SENTINEL_TTL_S = 86_400
HEARTBEAT_TTL_S = 30
TASK_TIMEOUT_S = 3600
FAILURE_TTL_S = 7 * 86_400
SWEEP_FAILURE_TTL_S = 3600
"""There is one every ten seconds: a week of failed sweeps would bury everything else."""
MANY_DECKS = 200
ANSWER_S = 5.0
"""The queue server counts as away when it takes longer."""

logger = logging.getLogger(__name__)


Fate = Literal["waiting", "begun", "later", "done", "failed", "lost"]
"""later: its fault may pass, so it will be tried again; failed: people decide what comes of it."""


@dataclass(frozen=True)
class Hints:
    """What the diary knows of a tree."""

    ignore: list[str]
    """Globs of base names that are not worth a notice."""
    unfinished: list[str]
    """Folders of runs that have not ended."""
    diary: str
    """Which diary database it is."""


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
        self._queues = {name: self._queue(name) for name in {*QUEUE_OF.values(), *LANES}}
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

    def has_many_decks(self) -> bool:
        """Whether more decks wait to be taken in than a minute's work."""
        with _queue_or_away():
            waiting: Any = self._redis.llen(self._queues[QUEUE_OF[TAKE_IN]].key)
        return int(waiting) > MANY_DECKS

    def ingest(self, root: str, paths: list[str], lane: str = "ingest") -> str:
        """Returns the ticket: a key whose value says how far the task has come, until we have seen it done."""
        rq_job_id = uuid.uuid4().hex
        ticket = f"{TICKET_PREFIX}{rq_job_id}"
        folder = os.path.commonpath([os.path.dirname(path) for path in paths]) or root
        count = "1 log" if len(paths) == 1 else f"{len(paths)} logs"
        with _queue_or_away(), self._redis.pipeline() as pipe:
            pipe.multi()
            pipe.set(ticket, f"waiting {rq_job_id}", ex=TICKET_TTL_S)
            arguments = {"root": root, "paths": paths, "ticket": ticket}
            words = f"{LANES[lane]} {count} in {folder}"
            self._put(pipe, INGEST, words, arguments, rq_job_id, lane)
            pipe.execute()
        return ticket

    def fates(self, tickets: Iterable[str]) -> dict[str, Fate]:
        """What became of each ticket's task. One whose task ends at this moment may look lost, once."""
        tickets = list(tickets)
        with _queue_or_away():
            values: list[Any] = self._redis.mget(tickets) if tickets else []
            said: dict[str, bytes | None] = dict(zip(tickets, values, strict=True))
            running = {
                ticket: value.partition(b" ")[2].decode()
                for ticket, value in said.items()
                if value is not None and not value.startswith(b"done")
            }
            with self._redis.pipeline(transaction=False) as pipe:
                for rq_job_id in running.values():
                    pipe.hget(Job.key_for(rq_job_id), "status")
                statuses = dict(zip(running, pipe.execute(), strict=True))
        return {ticket: _fate(value, statuses.get(ticket)) for ticket, value in said.items()}

    def forget(self, tickets: list[str]) -> None:
        """These were seen done."""
        if tickets:
            with _queue_or_away():
                self._redis.delete(*tickets)

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

    def hints(self, root: str) -> Hints | None:
        """What the diary says of this tree; None when it says nothing, or nothing that can be read."""
        with _queue_or_away():
            raw = self._redis.get(f"{RQ_KEY_PREFIX}:hints:{root}")
        if raw is None:
            return None
        try:
            said = json.loads(raw)
            return Hints(_texts(said["ignore"]), _texts(said["unfinished"]), str(said["diary"]))
        except (ValueError, KeyError, TypeError):
            logger.warning("hints for %s cannot be read, watching everything there: %r", root, raw)
            return None

    def still_knows_us(self) -> bool:
        """False when the queue server lost everything since we were last asked, and at the first call."""
        with _queue_or_away():
            if self._redis.expire(self._sentinel, SENTINEL_TTL_S):
                return True
            self._redis.set(self._sentinel, b"1", ex=SENTINEL_TTL_S)
            return False

    def heartbeat(self, words: Mapping[str, Any]) -> None:
        beat = {"pid": os.getpid(), "host": socket.gethostname(), "at": time.time(), **words}
        with _queue_or_away():
            self._redis.set(f"{RQ_KEY_PREFIX}:watcher", json.dumps(beat), ex=HEARTBEAT_TTL_S)

    def questions(self) -> list[Question]:
        """What people asked since the last call; each is to be answered."""
        with _queue_or_away():
            return questions.take(self._redis, RQ_KEY_PREFIX)

    def answer(self, question: Question, words: Mapping[str, Any]) -> None:
        with _queue_or_away():
            questions.answer(self._redis, RQ_KEY_PREFIX, question, words)

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
        queue: str = "",
    ) -> None:
        self._queues[queue or QUEUE_OF[task]].enqueue_call(
            task,
            kwargs=arguments,
            job_id=rq_job_id,
            description=printable(description),
            result_ttl=0,
            failure_ttl=SWEEP_FAILURE_TTL_S if task == SWEEP else FAILURE_TTL_S,
            retry=None if task == SWEEP else Retry(max=1),
            pipeline=pipe,
        )


def _fate(value: bytes | None, status: bytes | None) -> Fate:
    if value is None:
        return "lost"
    if value.startswith(b"done"):
        return "done"
    if status is None:
        return "lost"
    if status == b"scheduled":
        return "later"
    if status not in (b"queued", b"started"):
        return "failed"
    return "begun" if value.startswith(b"begun") else "waiting"


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError(f"no list of texts: {value!r}")
    return value


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
