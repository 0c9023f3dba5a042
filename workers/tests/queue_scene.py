"""A queue server that a test may kill, worker processes on it, and workers within the test."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import django_rq
import redis
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.utils import now

from pdfjobs.queue import connection
from pdfjobs.queueserver import binary
from tests.servers import queue_command, queue_url
from workers import salvage
from workers.scheduler import SlotScheduler
from workers.tests.launcher_runs import until
from workers.worker import SlotWorker

APP = Path(__file__).resolve().parents[2]

PROCESS = """
import sys
import django
django.setup()
from django.conf import settings
for table in settings.RQ_QUEUES.values():
    table["URL"] = sys.argv[3]
from workers import outages, scheduler, worker
outages.LONGEST_PAUSE_S = 0.2
worker.SlotWorker.max_connection_wait_time = 0.2
if sys.argv[1] == "scheduler":
    scheduler.schedule(sys.argv[2])
else:
    worker.work(sys.argv[1], sys.argv[2])
"""


class Server:
    """The queue server as the service runs it: what was written survives its own kill."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "q.sock"
        self.url = queue_url(self.socket)
        self.client = redis.Redis.from_url(self.url, retry=None)
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self.process = subprocess.Popen(
            queue_command(binary(), *options, "--appendonly", "yes", "--dir", str(self.folder)),
            stdout=subprocess.DEVNULL,
        )
        until(self.answers)

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        self.kill()
        self.client.close()


def process(queue: str, slot: str, url: str) -> subprocess.Popen:
    """A worker in a slot, or the scheduler, as the pool starts them."""
    # The same PDFJOBS_VAR gives the same prefix to the queues' keys.
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "pdfjobs.settings"}
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, queue, slot, url],
        cwd=APP,
        env=environment,
        stderr=subprocess.DEVNULL,
    )


def queue_of(name: str) -> Queue:
    """A queue on this process's one connection, however often it is asked for."""
    return django_rq.get_queue(name, connection=connection())


def work_off(name: str, slot: str = "") -> None:
    """A worker of ours in this process, until its queue is empty."""
    queue = queue_of(name)
    worker = SlotWorker(
        [queue],
        name=salvage.worker_name(slot or name),
        connection=queue.connection,
        serializer=JSONSerializer,
    )
    worker.work(burst=True, logging_level="WARNING")


def waits_of(name: str) -> list[float]:
    """Seconds until the next tries of a queue's tasks."""
    registry = queue_of(name).scheduled_job_registry
    ids = registry.get_job_ids()
    return [(registry.get_scheduled_time(rq_id) - now()).total_seconds() for rq_id in ids]


def let_time_pass(name: str) -> None:
    """What is scheduled in a queue is due, and is moved by a scheduler."""
    queue = queue_of(name)
    registry = queue.scheduled_job_registry
    for rq_id in registry.get_job_ids():
        queue.connection.zadd(registry.key, {rq_id: time.time() - 1})
    scheduler = SlotScheduler(
        [name], queue.connection, serializer=JSONSerializer, name="scheduler@test"
    )
    scheduler.acquire_locks()
    scheduler.enqueue_scheduled_jobs()
    scheduler.release_locks()
    scheduler.connection.close()


def lists_of(name: str) -> dict[str, list[str]]:
    """RQ ids in each of a queue's lists."""
    queue = queue_of(name)
    between = queue.connection.lrange(queue.intermediate_queue_key, 0, -1)
    lists = {
        "waiting": queue.get_job_ids(),
        "between": [rq_id.decode() for rq_id in between],
        "running": queue.started_job_registry.get_job_ids(cleanup=False),
        "scheduled": queue.scheduled_job_registry.get_job_ids(cleanup=False),
        "failed": queue.failed_job_registry.get_job_ids(cleanup=False),
    }
    return {name: ids for name, ids in lists.items() if ids}
