"""One RQ worker on one queue; a new one takes up at once what its killed predecessor had begun.

RQ itself finds a killed worker's task after its heartbeat has run out, 93 s and more. Here a worker has a
slot ("solve-1") on a host, its name is slot, host and pid, and whoever is born into a slot knows that its
predecessor is dead. The queues intake, ingest and upkeep have one worker each, so one host serves them.
"""

import logging
import os
import socket
import time
from pathlib import Path
from typing import ClassVar

import django_rq
import redis
from rq import SimpleWorker
from rq.job import Job as RqJob
from rq.job import JobStatus
from rq.queue import Queue
from rq.serializers import JSONSerializer

MAINTENANCE_S = 30
WAIT_TTL_S = 30
"""RQ waits 15 s less than this for a task; maintenance comes between two waits."""
MOST_BEGINNINGS = 5
"""A task that has killed its worker so often is left as failed; runs may begin for ever."""

HOST = socket.gethostname()

log = logging.getLogger(__name__)


class SlotWorker(SimpleWorker):
    """A worker that knows its slot, and keeps the heartbeat of a task that lasts for days."""

    current: ClassVar["SlotWorker | None"] = None

    def beat(self) -> None:
        """Says that the running task is alive; for tasks longer than RQ's patience of minutes."""
        job = self.get_current_job()
        if job is not None and self.execution is not None:
            self.maintain_heartbeats(job, self.execution)


def work(queue_name: str, slot: str) -> None:
    """Waits for the queue server, takes up what was left, works until asked to stop."""
    queue = django_rq.get_queue(queue_name)
    _wait_for_server(queue.connection)
    take_up(queue, slot)
    worker = SlotWorker(
        [queue],
        name=f"{slot}@{HOST}-{os.getpid()}",
        connection=queue.connection,
        serializer=JSONSerializer,
        worker_ttl=WAIT_TTL_S,
        maintenance_interval=MAINTENANCE_S,
    )
    SlotWorker.current = worker
    log.info("%s works on the queue %s", slot, queue_name)
    worker.work(logging_level="WARNING")


def take_up(queue: Queue, slot: str) -> int:
    """Puts what a dead worker of this slot had begun back to the front of the queue; how many.

    A task that died between the queue and its start lies in RQ's intermediate list; where several slots share a
    queue it may be a living neighbour's, then RQ's own maintenance and the sweep look after it.
    """
    count = 0
    registry = queue.started_job_registry
    for job_id, execution_id in registry.get_job_and_execution_ids(cleanup=False):
        rq_job = queue.fetch_job(job_id)
        if rq_job is None:
            queue.connection.zrem(registry.key, f"{job_id}:{execution_id}")
        elif _is_dead(rq_job.worker_name or "", slot):
            count += _put_back(queue, rq_job, execution_id)
    if not slot[-1].isdigit():
        while queue.connection.lmove(queue.intermediate_queue_key, queue.key, "RIGHT", "LEFT"):
            count += 1
    return count


def _is_dead(worker: str, slot: str) -> bool:
    """Whether a worker was our predecessor, or of this host and is gone (there were more slots then)."""
    place, _, pid = worker.rpartition("-")
    if place == f"{slot}@{HOST}":
        return True
    gone = pid.isdigit() and not Path(f"/proc/{pid}").exists()
    return place.endswith(f"@{HOST}") and gone and slot.endswith("-1")


def _put_back(queue: Queue, rq_job: RqJob, execution_id: str) -> int:
    """From "running" to the front of the queue in one step, since we may be killed here as well."""
    beginnings = rq_job.meta.get("beginnings", 1)
    spent = queue.name != "solve" and beginnings >= MOST_BEGINNINGS
    meta = {**rq_job.meta, "beginnings": beginnings + 1}
    with queue.connection.pipeline() as pipeline:
        pipeline.zrem(queue.started_job_registry.key, f"{rq_job.id}:{execution_id}")
        pipeline.hset(rq_job.key, "meta", queue.serializer.dumps(meta))
        if spent:
            why = f"its worker died {beginnings} times while it ran; not begun again"
            rq_job.set_status(JobStatus.FAILED, pipeline=pipeline)
            queue.failed_job_registry.add(rq_job, exc_string=why, pipeline=pipeline)
        else:
            rq_job.set_status(JobStatus.QUEUED, pipeline=pipeline)
            queue.push_job_id(rq_job.id, pipeline=pipeline, at_front=True)
        pipeline.execute()
    log.info("%s: %s", "given up" if spent else "taken up again", rq_job.description)
    return not spent


def _wait_for_server(connection: "redis.Redis") -> None:
    while True:
        try:
            connection.ping()
            return
        except (redis.ConnectionError, redis.TimeoutError, FileNotFoundError):
            time.sleep(0.1)
