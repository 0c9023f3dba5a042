"""Puts back what a worker that is gone had begun, or had taken from the queue and not begun."""

import logging
import os
import socket
import time
from pathlib import Path

import django_rq
from django.conf import settings
from rq.executions import Execution
from rq.job import Job as RqJob
from rq.job import JobStatus
from rq.queue import Queue
from rq.utils import as_text
from rq.worker import BaseWorker

from pdfjobs import queue as work
from workers import tickets

MOST_BEGINNINGS = 5
"""A task that has killed its worker so often is left as failed; runs may begin for ever."""
DOUBT_S = 8.0
"""What lies between queue and worker, or with a worker nobody knows, is lost when it still does after so long."""

HOST = socket.gethostname()

log = logging.getLogger(__name__)


def take_up(queue: Queue, slot: str, *, killed: bool = True) -> int:
    """Puts what a dead worker of this slot had begun back to the front of the queue; how many.

    Where a queue has one slot (all but solve, on one host), what died between the queue and its start lies in
    RQ's intermediate list and is ours. Where several slots or hosts share a queue it may be a living
    neighbour's, then `look_for_lost` does it. `killed`: false where the worker lives and lost the queue server,
    which is not the task's fault.
    """
    count = 0
    for rq_job, execution_id, worker in _begun(queue):
        if _is_dead(worker, slot):
            count += put_back(queue, rq_job, execution_id, killed=killed)
    if not slot[-1].isdigit():
        while queue.connection.lmove(queue.intermediate_queue_key, queue.key, "RIGHT", "LEFT"):
            count += 1
    return count


def look_for_lost() -> int:
    """Puts back, in every queue, what is in the hands of no living worker of any host; how many.

    Acts at the second look, since a task passes through the intermediate list in a moment, and a worker that
    lost the queue server is back at once.
    """
    suspects = {
        entry: (name, rq_id, execution_id)
        for name in settings.QUEUES
        for entry, rq_id, execution_id in _suspects(
            django_rq.get_queue(name, connection=work.connection())
        )
    }
    count = 0
    for entry in _seen_before(set(suspects)):
        name, rq_id, execution_id = suspects[entry]
        queue = django_rq.get_queue(name, connection=work.connection())
        rq_job = _fetch(queue, rq_id)
        if rq_job is None:
            queue.connection.lrem(queue.intermediate_queue_key, 1, rq_id)
        else:
            count += put_back(queue, rq_job, execution_id, killed=bool(execution_id))
    return count


def _suspects(queue: Queue) -> list[tuple[str, str, str]]:
    """What it is, its RQ id and its execution's id (none for what lies between)."""
    connection = queue.connection
    found = [
        (f"between {queue.name} {as_text(rq_id)}", as_text(rq_id), "")
        for rq_id in connection.lrange(queue.intermediate_queue_key, 0, -1)
    ]
    for rq_job, execution_id, worker in _begun(queue):
        if not connection.exists(f"{BaseWorker.redis_worker_namespace_prefix}{worker}"):
            found.append((f"begun {queue.name} {execution_id}", rq_job.id, execution_id))
    return found


def _seen_before(entries: set[str]) -> list[str]:
    """Those that were there `DOUBT_S` ago already; remembers all for the next time."""
    connection, key, now = work.connection(), work.key("doubts"), time.time()
    first = {entry.decode(): float(at) for entry, at in connection.hgetall(key).items()}
    ages = {entry: now - min(first.get(entry, now), now) for entry in entries}
    if first or entries:
        with connection.pipeline() as pipe:
            pipe.delete(key)
            if entries:
                pipe.hset(key, mapping={entry: str(now - age) for entry, age in ages.items()})
                pipe.expire(key, 3600)
            pipe.execute()
    return sorted(entry for entry, age in ages.items() if age >= DOUBT_S)


def _begun(queue: Queue) -> list[tuple[RqJob, str, str]]:
    """Tasks being worked on, by their lists: task, execution, worker. Entries without a task are swept away."""
    registry, found = queue.started_job_registry, []
    for rq_id, execution_id in registry.get_job_and_execution_ids(cleanup=False):
        rq_job = _fetch(queue, rq_id)
        if rq_job is None:
            queue.connection.zrem(registry.key, f"{rq_id}:{execution_id}")
        else:
            found.append((rq_job, execution_id, _worker_of(queue, rq_job, execution_id)))
    return found


def _worker_of(queue: Queue, rq_job: RqJob, execution_id: str) -> str:
    """Who executes; the task itself knows it a moment later, and its execution for a limited time."""
    execution = Execution(execution_id, rq_job.id, queue.connection)
    worker = queue.connection.hget(execution.key, "worker_name")
    return as_text(worker) if worker else rq_job.worker_name or ""


def _fetch(queue: Queue, rq_id: str) -> RqJob | None:
    (found,) = RqJob.fetch_many([rq_id], connection=queue.connection, serializer=queue.serializer)
    return found


def _is_dead(worker: str, slot: str) -> bool:
    """Whether a worker was our predecessor, or of this host and is gone (there were more slots then)."""
    place, _, pid = worker.rpartition("-")
    if place == f"{slot}@{HOST}":
        return True
    gone = pid.isdigit() and not Path(f"/proc/{pid}").exists()
    return place.endswith(f"@{HOST}") and gone and slot.endswith("-1")


def put_back(queue: Queue, rq_job: RqJob, execution_id: str, *, killed: bool = True) -> bool:
    """To the front of the queue in one step, since we may be killed here as well; False when it is given up."""
    beginnings = rq_job.meta.get("beginnings", 1)
    spent = killed and queue.name != "solve" and beginnings >= MOST_BEGINNINGS
    rq_job.meta.setdefault("about", rq_job.description)
    if killed:
        rq_job.meta["beginnings"] = beginnings + 1
        rq_job.description = f"{rq_job.meta['about']} (its worker died {beginnings}x)"
    with queue.connection.pipeline() as pipeline:
        pipeline.zrem(queue.started_job_registry.key, f"{rq_job.id}:{execution_id}")
        pipeline.lrem(queue.intermediate_queue_key, 1, rq_job.id)
        pipeline.hset(rq_job.key, "meta", queue.serializer.dumps(rq_job.meta))
        pipeline.hset(rq_job.key, "description", rq_job.description)
        if spent:
            why = f"its worker died {beginnings} times while it ran; not begun again"
            rq_job.set_status(JobStatus.FAILED, pipeline=pipeline)
            queue.failed_job_registry.add(rq_job, exc_string=why, pipeline=pipeline)
        else:
            rq_job.set_status(JobStatus.QUEUED, pipeline=pipeline)
            tickets.wait_again(pipeline, rq_job.kwargs.get("ticket", ""), rq_job.id)
            queue.push_job_id(rq_job.id, pipeline=pipeline, at_front=True)
        pipeline.execute()
    log.info("%s: %s", "given up" if spent else "taken up again", rq_job.description)
    return not spent


def worker_name(slot: str) -> str:
    """Slot, host and pid: what `_is_dead` reads."""
    return f"{slot}@{HOST}-{os.getpid()}"
