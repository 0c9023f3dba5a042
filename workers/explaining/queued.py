"""Which tasks in the queues are about a path: waiting, at work, to be tried again, failed."""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings
from rq.job import Job as RqJob
from rq.queue import Queue
from rq.serializers import JSONSerializer

from pdfjobs import heartbeat, names
from workers.explaining.place import Place
from workers.intake import sidecar

MOST = 2000
"""Tasks of each kind in each queue that are looked at."""
MOST_TOLD = 20


@dataclass(frozen=True)
class Task:
    """One task of RQ."""

    queue: str
    state: str
    """waiting, begun (at work), later (to be tried again), failed."""
    rq_id: str
    about: str
    age_s: float | None = None
    """Since it was queued, or since it was begun."""
    in_s: float | None = None
    """later: until the next try; below 0: should have been."""
    fault: str = ""
    """What its last try ended by."""
    tries: int = 0
    worker: str = ""


@dataclass(frozen=True)
class Queued:
    """What the queues hold of a path."""

    tasks: tuple[Task, ...] = ()
    count: int = 0
    """All that were found; `tasks` may be fewer."""
    unseen: int = 0
    """Tasks that were not looked at, since there are so many."""
    trouble: str = ""
    """Why the queue server did not say."""


@dataclass(frozen=True)
class Rows:
    """Rows of the diary by which tasks name what they are about."""

    runs: frozenset[int] = frozenset()
    jobs: frozenset[int] = frozenset()
    records: frozenset[int] = frozenset()


def find(place: Place, rows: Rows) -> Queued:
    """Tasks about the path, or about what lies below it."""
    found: list[Task] = []
    count = unseen = 0
    try:
        client = heartbeat.client()
        for name in settings.QUEUES:
            queue = Queue(name, connection=client, serializer=JSONSerializer)
            entries, more = _entries(queue)
            unseen += more
            for task, words in _tasks(queue, entries):
                if concerns(task.kwargs, place, rows):
                    count += 1
                    if len(found) < MOST_TOLD:
                        found.append(_told(task, name, **words))
    except (redis.RedisError, OSError) as error:
        return Queued(tuple(found), count, unseen, trouble=str(error))
    return Queued(tuple(found), count, unseen)


def concerns(said: dict[str, Any], place: Place, rows: Rows) -> bool:
    """Whether a task with these arguments is about the path, about something below it or a folder above it."""
    for key, known in (("run_id", rows.runs), ("job_id", rows.jobs), ("record_id", rows.records)):
        if said.get(key) in known:
            return True
    if place.root is None or said.get("root") != place.root.name:
        return False
    paths = said.get("paths") or [said.get("path")]
    if place.root.kind == "hot":
        return not place.relative or any(_deck(path) == _deck(place.deck) for path in paths)
    return any(_touches(path, place.relative) for path in paths if isinstance(path, str))


def _deck(name: Any) -> str:
    return str(name).removesuffix(sidecar.ENDING)


def _touches(path: str, relative: str) -> bool:
    gone = path.endswith("/") and f"{relative}/".startswith(path)
    return not relative or path == relative or path.startswith(f"{relative}/") or gone


def _entries(queue: Queue) -> tuple[dict[str, dict[str, Any]], int]:
    """What is known of a task from the list that it stands in, by RQ id; and how many tasks are beyond `MOST`."""
    scheduled, failed = queue.scheduled_job_registry.key, queue.failed_job_registry.key
    started = queue.started_job_registry.key
    with queue.connection.pipeline(transaction=True) as pipe:
        for key in (queue.key, queue.intermediate_queue_key):
            pipe.lrange(key, 0, MOST - 1)
        pipe.zrange(scheduled, 0, MOST - 1, withscores=True)
        pipe.zrange(started, 0, MOST - 1)
        pipe.zrange(failed, -MOST, -1)
        pipe.llen(queue.key)
        for key in (scheduled, failed):
            pipe.zcard(key)
        waiting, between, later, begun, bad, *sizes = pipe.execute()
    entries: dict[str, dict[str, Any]] = {}
    entries |= {rq_id.decode(): {"state": "waiting"} for rq_id in (*waiting, *between)}
    entries |= {rq_id.decode(): {"state": "failed"} for rq_id in bad}
    entries |= {rq_id.decode(): {"state": "later", "at": at} for rq_id, at in later}
    entries |= {entry.decode().partition(":")[0]: {"state": "begun"} for entry in begun}
    return entries, sum(max(0, size - MOST) for size in sizes)


def _tasks(
    queue: Queue, entries: dict[str, dict[str, Any]]
) -> Iterator[tuple[RqJob, dict[str, Any]]]:
    ids = list(entries)
    for begin in range(0, len(ids), 500):
        part: Collection[str] = ids[begin : begin + 500]
        for task in RqJob.fetch_many(part, connection=queue.connection, serializer=JSONSerializer):
            if task is not None:
                yield task, entries[task.id]


def _told(task: RqJob, queue: str, *, state: str, at: float | None = None) -> Task:
    since = task.started_at if state == "begun" else task.enqueued_at
    fault = str(task.meta.get("fault", ""))
    if state == "failed":
        result = task.latest_result()
        fault = ((result.exc_string if result else "") or fault).strip().rpartition("\n")[2]
    return Task(
        queue,
        state,
        task.id,
        names.readable(str(task.meta.get("about") or task.description or "")),
        age_s=None if since is None else time.time() - since.timestamp(),
        in_s=None if at is None else at - time.time(),
        fault=names.readable(fault),
        tries=int(task.meta.get("tries", 1)),
        worker=names.readable(task.worker_name or ""),
    )
