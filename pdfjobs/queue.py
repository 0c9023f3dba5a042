"""The web's and the workers' way to ask for work: tasks by name, plain values, one queue each."""

import functools
import json
import os
from typing import Any

import django_rq
from django.conf import settings
from redis.client import Pipeline
from rq import Retry
from rq.job import Job as RqJob
from rq.queue import Queue

from pdfjobs import names

INGEST, SOLVE = "workers.tasks.ingest", "workers.tasks.solve"
TAKE_IN, RESUME_INTAKE = "workers.tasks.take_in", "workers.tasks.resume_intake"
FAILURE_TTL_S = 7 * 24 * 3600
MOST_LETTERS = 160


def send(
    queue: str,
    task: str,
    description: str,
    pipeline: Pipeline | None = None,
    rq_id: str | None = None,
    /,
    **values: Any,
) -> None:
    """Queues a task: with `pipeline` when that is executed, else after the commit where a transaction is open."""
    json.dumps(values)  # plain values only, told here and not in the worker
    django_rq.get_queue(queue, connection=connection()).enqueue_call(
        task,
        kwargs=values,
        job_id=rq_id,
        description=one_line(description),
        result_ttl=0,
        failure_ttl=FAILURE_TTL_S,
        retry=again(),
        pipeline=pipeline,
    )


def again() -> Retry:
    """That a task may be tried again; whether and when, the worker decides by what went wrong."""
    return Retry(max=1)


def make_room(queue: str, rq_id: str) -> bool:
    """Whether a task may be queued under this RQ id: false when it waits, runs or is to be tried again already."""
    its_queue = django_rq.get_queue(queue, connection=connection())
    if _is_under_way(its_queue, rq_id):
        return False
    (known,) = RqJob.fetch_many(
        [rq_id], connection=its_queue.connection, serializer=its_queue.serializer
    )
    if known is not None:
        known.delete()  # failed, or lost between two lists by a kill
    return True


def send_run(run_id: int, rq_id: str, description: str, *, first: bool = False) -> bool:
    """Queues the following of a run under its own RQ id; False when it waits or runs already."""
    if not make_room("solve", rq_id):
        return False
    django_rq.get_queue("solve", connection=connection()).enqueue_call(
        SOLVE,
        kwargs={"run_id": run_id},
        job_id=rq_id,
        description=one_line(description),
        timeout=-1,
        result_ttl=0,
        failure_ttl=FAILURE_TTL_S,
        retry=again(),
        at_front=first,
        meta={"about": one_line(description)},
    )
    return True


def _is_under_way(queue: Queue, rq_id: str) -> bool:
    """As `under_way`, for one: the lists may be long."""
    with queue.connection.pipeline(transaction=True) as pipe:
        pipe.lpos(queue.key, rq_id)
        pipe.lpos(queue.intermediate_queue_key, rq_id)
        pipe.zscore(queue.scheduled_job_registry.key, rq_id)
        pipe.zrange(queue.started_job_registry.key, 0, -1)
        *places, started = pipe.execute()
    begun = any(entry.decode().partition(":")[0] == rq_id for entry in started)
    return begun or any(place is not None for place in places)


def under_way(name: str) -> set[str]:
    """RQ ids in the lists that lead to their work; a task's own status may be a dead worker's word."""
    queue = django_rq.get_queue(name, connection=connection())
    with queue.connection.pipeline(transaction=True) as pipe:
        pipe.lrange(queue.key, 0, -1)
        pipe.lrange(queue.intermediate_queue_key, 0, -1)
        pipe.zrange(queue.scheduled_job_registry.key, 0, -1)
        pipe.zrange(queue.started_job_registry.key, 0, -1)
        *waiting, started = pipe.execute()
    ids = {rq_id.decode() for listed in waiting for rq_id in listed}
    return ids | {entry.decode().partition(":")[0] for entry in started}


def tasks(name: str, most: int) -> list[RqJob]:
    """Up to so many tasks each that wait, run, are to be tried again or have failed."""
    queue = django_rq.get_queue(name, connection=connection())
    ids = [*queue.get_job_ids(0, most), *_started(queue, most)]
    ids += queue.scheduled_job_registry.get_job_ids(0, most)
    ids += queue.failed_job_registry.get_job_ids(-most, -1)
    found = RqJob.fetch_many(ids, connection=queue.connection, serializer=queue.serializer)
    return [rq_job for rq_job in found if rq_job is not None]


def _started(queue: Queue, most: int) -> list[str]:
    pairs = queue.started_job_registry.get_job_and_execution_ids(0, most, cleanup=False)
    return [rq_id for rq_id, _ in pairs]


def one_line(text: str) -> str:
    """A description as the queue's pages take it: readable, and not longer than they are wide."""
    line = names.readable(text)
    return line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 1]}…"


def connection() -> Any:
    """This process's connection to the queue server; making one costs milliseconds."""
    return _connection_of(os.getpid(), settings.RQ_QUEUES["intake"]["URL"])


@functools.cache
def _connection_of(_: int, __: str) -> Any:
    return django_rq.get_connection("intake")


def key(*parts: str) -> str:
    """A key of this instance."""
    return ":".join((settings.INSTANCE.queue_prefix, *parts))
