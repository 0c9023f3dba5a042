"""One RQ worker on one queue: takes up what was left, decides what is tried again, outlives the queue server.

RQ itself finds a killed worker's task after its heartbeat has run out, and fails it. Here a worker has a slot
("solve-1") on a host, its name is slot, host and pid, and whoever is born into a slot knows that its predecessor
is dead. The queues but solve have one worker each, on one host: a second host that works on them as well would
take up what the first has just taken from the queue. That does no harm (each task may run twice) but is work for
nothing; more hosts work on solve.
"""

import logging
import random
import threading
import time
from typing import Any, ClassVar

import django_rq
import redis
from django.db import close_old_connections
from redis.client import Pipeline
from rq import SimpleWorker
from rq.exceptions import InvalidJobOperation, StopRequested
from rq.executions import Execution
from rq.job import Job as RqJob
from rq.queue import Queue
from rq.registry import clean_registries
from rq.serializers import JSONSerializer
from rq.utils import as_text, now
from rq.worker import WorkerStatus
from rq.worker_registration import clean_worker_registry

from workers import faults, salvage, tickets
from workers.outages import serve_through

MAINTENANCE_S = 30
WAIT_TTL_S = 30
"""RQ waits 15 s less than this for a task; maintenance comes between two waits."""
BEAT_S = 5.0
GONE_AFTER_S = 60
"""A worker that was not heard of for so long is gone: its task goes to another."""
HURRIED = 1000
"""Tasks at most that a passed fault brings forward at once."""

log = logging.getLogger(__name__)


class SlotWorker(SimpleWorker):
    """A worker that knows its slot, and keeps its heartbeat also during a task that lasts for days."""

    current: ClassVar["SlotWorker | None"] = None
    max_connection_wait_time = 2.0
    fault: BaseException | None = None
    """What the task that is being closed ended by."""
    unnoted = False
    """Whether a task ended well and the queue server was away when that was to be noted."""
    broken: BaseException | None = None
    """What ended the worker itself, where that was not the queue server's absence."""

    def beat(self) -> None:
        """Says that the running task is alive; for tasks longer than RQ's patience of minutes."""
        job = self.get_current_job()
        if job is not None and self.execution is not None:
            self.maintain_heartbeats(job, self.execution)

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Always for the same short time: RQ's would be the task's whole time limit.

        RQ calls it before each wait for a task, so it also ends a worker whose request to stop got lost: RQ raises
        it from the signal's handler, where a `__del__` may swallow it, and between two tasks only notes it.
        """
        if self._shutdown_requested_date is not None and self.get_state() == WorkerStatus.IDLE:
            raise StopRequested
        super().heartbeat(GONE_AFTER_S, pipeline)

    def beat_while_busy(self, ended: threading.Event) -> None:
        """Runs beside the tasks, in a thread."""
        while not ended.wait(BEAT_S):
            try:
                if self.executions:
                    self.heartbeat()
            except redis.RedisError as error:
                log.debug("no heartbeat: %s", error)

    def execute_job(self, job: RqJob, queue: Queue) -> None:
        close_old_connections()  # one that broke, or whose server was restarted, is made anew
        try:
            super().execute_job(job, queue)
        except redis.RedisError:
            raise
        except Exception as error:
            self.broken = error
            raise

    def handle_exception(self, job: RqJob, *exc_info: Any) -> None:
        self.fault = exc_info[1]
        if self.fault is not None and faults.may_pass(self.fault):
            log.warning("%s: %s", job.description, self.fault)
        else:
            super().handle_exception(job, *exc_info)

    def handle_job_failure(
        self,
        job: RqJob,
        queue: Queue,
        started_job_registry: Any = None,
        exc_string: str = "",
        execution: Execution | None = None,
    ) -> None:
        """What may pass is tried again for ever, later and later; anything else is left as failed, to be seen."""
        fault, self.fault = self.fault, None
        if self.unnoted:  # no failure of the task: our next life takes it up
            if not self.connection.hexists(job.key, "created_at"):
                # Only the answer was lost: the task is noted and gone, and RQ's last heartbeat has made half of it anew.
                self.connection.delete(job.key)
            raise redis.ConnectionError("the good end of a task could not be noted")
        if job.retries_left is not None:
            job.retries_left = 0
            if fault is not None and faults.may_pass(fault):
                _plan_again(job, fault)
        super().handle_job_failure(job, queue, started_job_registry, exc_string, execution)
        registry = queue.started_job_registry
        if execution is not None and self.connection.zscore(registry.key, execution.composite_key):
            raise redis.ConnectionError("the end of a task could not be noted")  # RQ only logs it

    def handle_job_success(self, job: RqJob, queue: Queue, *rest: Any, **named: Any) -> None:
        try:
            super().handle_job_success(job, queue, *rest, **named)
            if "fault" in job.meta:
                _hurry(queue, job.meta["fault"])
        except InvalidJobOperation:
            # The queue server lost everything meanwhile, this task's record too; it is done all the same.
            self.executions.clear()
            self.connection.delete(job.key)
        except (redis.ConnectionError, redis.TimeoutError):
            self.unnoted = True
            raise

    def register_birth(self) -> None:
        """Also under the name of a dead one: pids come back, and in a container soon."""
        self.connection.delete(self.key)
        super().register_birth()  # type: ignore[no-untyped-call]

    def run_maintenance_tasks(self) -> None:
        if not self.connection.sismember(self.redis_workers_keys, self.key):
            self.register_birth()  # the queue server lost everything
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]

    def clean_registries(self) -> None:
        """As RQ does, without its cleaning of the intermediate list, which fails tasks: that is salvage's."""
        for queue in self.queues:
            if queue.acquire_maintenance_lock():
                clean_registries(queue, self._exc_handlers)
                clean_worker_registry(queue)
                queue.release_maintenance_lock()  # type: ignore[no-untyped-call]
        self.last_cleaned_at = now()  # type: ignore[assignment]

    def subscribe(self) -> None:
        """Nobody sends commands, so there is no thread that listens for them, and none that breaks."""

    def unsubscribe(self) -> None:
        pass


def _plan_again(job: RqJob, fault: BaseException) -> None:
    """Has RQ schedule the task's next try, and says so in the words that people see."""
    tries = job.meta.get("tries", 1)
    kind = faults.kind_of(fault)
    job.meta |= {"about": job.meta.get("about", job.description), "tries": tries + 1, "fault": kind}
    job.description = f"{job.meta['about']} (try {tries + 1}, after: {kind})"
    job.retries_left = 2  # RQ takes one off; one left lets it put back what a lost host had begun
    job.retry_intervals = [faults.wait_s(tries, random.random())]  # nosec B311 # jitter, no secret
    tickets.wait_again(job.connection, job.kwargs.get("ticket", ""), job.id)


def _hurry(queue: Queue, kind: str) -> None:
    """The fault has passed: what waits long for the same is tried soon, ten a second, and not in an hour."""
    key, now_s = queue.scheduled_job_registry.key, time.time()
    late: Any = queue.connection.zrangebyscore(key, now_s + HURRIED / 10, "+inf", 0, HURRIED)
    ids = [as_text(rq_id) for rq_id in late]
    waiting = RqJob.fetch_many(ids, connection=queue.connection, serializer=queue.serializer)
    same = [task.id for task in waiting if task is not None and task.meta.get("fault") == kind]
    if same:
        soon = {rq_id: now_s + place / 10 for place, rq_id in enumerate(same)}
        queue.connection.zadd(key, soon, xx=True, lt=True)


def work(queue_name: str, slot: str) -> None:
    """Takes up what was left, works until asked to stop; after an outage of the queue server once more."""
    queue = django_rq.get_queue(queue_name)
    # Before the first word: a connection keeps its patience, and redis-py's is shorter than RQ's wait for a task.
    queue.connection.connection_pool.connection_kwargs["socket_timeout"] = WAIT_TTL_S
    lives = 0

    def live() -> bool:
        nonlocal lives
        lives += 1
        salvage.take_up(queue, slot, killed=lives == 1)
        worker = _worker_on(queue, slot)
        log.info("%s works on the queue %s", slot, queue_name)
        try:
            _run(worker)
        except redis.RedisError:
            if worker._shutdown_requested_date is None:
                raise
        if worker.broken is not None:
            raise worker.broken
        return worker._shutdown_requested_date is not None

    serve_through(queue.connection, slot, live)


def _worker_on(queue: Queue, slot: str) -> SlotWorker:
    return SlotWorker(
        [queue],
        name=salvage.worker_name(slot),
        connection=queue.connection,
        serializer=JSONSerializer,
        worker_ttl=WAIT_TTL_S,
        maintenance_interval=MAINTENANCE_S,
    )


def _run(worker: SlotWorker) -> None:
    """Works until asked to stop, or until the queue server goes away in the middle of a task."""
    SlotWorker.current, ended = worker, threading.Event()
    beating = threading.Thread(target=worker.beat_while_busy, args=(ended,), daemon=True)
    beating.start()
    try:
        worker.work(logging_level="WARNING")
    finally:
        ended.set()
        beating.join()
