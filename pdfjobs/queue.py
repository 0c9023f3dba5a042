"""The web's and the workers' way to ask for work: tasks by name, plain values, one queue each."""

import functools
import json
import os
from datetime import UTC, datetime
from typing import Any

import django_rq
from django.conf import settings
from rq import Retry
from rq.job import Job as RqJob
from rq.queue import Queue

INGEST, SOLVE = "workers.tasks.ingest", "workers.tasks.solve"
FAILURE_TTL_S = 7 * 24 * 3600
FIRST_AGAIN_S, MOST_AGAIN = 10.0, 12


def send(queue: str, task: str, description: str, /, **values: Any) -> None:
    """Queues a task, after the commit where a transaction is open."""
    json.dumps(values)  # plain values only, told here and not in the worker
    django_rq.get_queue(queue, connection=connection()).enqueue_call(
        task,
        kwargs=values,
        description=description,
        result_ttl=0,
        failure_ttl=FAILURE_TTL_S,
        retry=Retry(max=5),
    )


def send_run(run_id: int, rq_id: str, description: str, *, first: bool = False) -> bool:
    """Queues the following of a run under its own RQ id; False when it waits or runs already."""
    queue = django_rq.get_queue("solve", connection=connection())
    if _is_under_way(queue, rq_id):
        return False
    known = RqJob.fetch_many([rq_id], connection=queue.connection, serializer=queue.serializer)[0]
    if known is not None:
        known.delete()  # failed, or lost between two lists by a kill
    queue.enqueue_call(
        SOLVE,
        kwargs={"run_id": run_id},
        job_id=rq_id,
        description=description,
        timeout=-1,
        result_ttl=0,
        failure_ttl=FAILURE_TTL_S,
        at_front=first,
        meta={"about": description},
    )
    return True


def try_failed_again(name: str) -> int:
    """Queues what failed in a queue once more, later and later: most faults pass (a full disk, a locked database).

    What still fails after `MOST_AGAIN` times, hours later, stays among the failed for people to see.
    """
    queue = django_rq.get_queue(name, connection=connection())
    count = 0
    for rq_id in queue.failed_job_registry.get_job_ids():
        rq_job = queue.fetch_job(rq_id)
        again = rq_job.meta.get("again", 0) if rq_job is not None else MOST_AGAIN
        if rq_job is None or again >= MOST_AGAIN or rq_job.ended_at is None:
            continue
        if (datetime.now(UTC) - rq_job.ended_at).total_seconds() >= FIRST_AGAIN_S * 2**again:
            rq_job.meta["again"] = again + 1
            rq_job.save_meta()  # type: ignore[no-untyped-call]
            queue.failed_job_registry.requeue(rq_job)
            count += 1
    return count


def _is_under_way(queue: Queue, rq_id: str) -> bool:
    """Whether a task is in one of the lists that lead to its work; its own status may be a dead worker's word."""
    waits = (queue.key, queue.intermediate_queue_key)
    if any(queue.connection.lpos(key, rq_id) is not None for key in waits):
        return True
    started = queue.started_job_registry.get_job_and_execution_ids(cleanup=False)
    return any(job_id == rq_id for job_id, _ in started)


def connection() -> Any:
    """This process's connection to the queue server; making one costs milliseconds."""
    return _connection_of(os.getpid(), settings.RQ_QUEUES["intake"]["URL"])


@functools.cache
def _connection_of(_: int, __: str) -> Any:
    return django_rq.get_connection("intake")


def key(*parts: str) -> str:
    """A key of this instance."""
    return ":".join((settings.INSTANCE.queue_prefix, *parts))
