"""The rate of the plain way: one RQ task for each changed file, a SimpleWorker, one SQLite write each."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from bench.bare_watcher import WRITE
from bench.bare_worker import DATABASE, TABLE, open_database
from bench.instance import clear_socket
from bench.reader import Reader, wait_until
from bench.watched import APP, answers, end
from pdfjobs.config import Instance

COUNT = "SELECT count(*) FROM seen HAVING count(*) >= ?"


def rate(tasks: int) -> float:
    """Tasks done in a second, from the first enqueue until the last row is visible; the worker is up before."""
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="pdfjobs-floor-"))
        instance = Instance(Path(scratch))
        stack.callback(clear_socket, instance)
        instance.make_folders()
        connection = open_database(str(instance.database))
        stack.callback(open_database.cache_clear)
        stack.callback(connection.close)
        connection.execute(TABLE)
        _start(stack, instance, "pdfjobs.queueserver")
        wait_until(lambda: answers(instance), "the floor's queue server")
        _start(stack, instance, "bench.bare_worker", str(instance.queue_socket))
        client = stack.enter_context(Redis(unix_socket_path=str(instance.queue_socket)))
        queue = Queue("floor", connection=client, serializer=JSONSerializer)
        reader = Reader(instance.database)
        stack.callback(reader.close)
        _enqueue(queue, "warm_up")
        reader.await_row(COUNT, 1)
        begun = time.monotonic()
        for number in range(tasks):
            _enqueue(queue, f"{number}.sta")
        _, ended = reader.await_row(COUNT, tasks + 1)
        return tasks / (ended - begun)


def _enqueue(queue: Queue, name: str) -> None:
    values = {"name": name, "heard_at": time.monotonic()}
    queue.enqueue_call(WRITE, kwargs=values, result_ttl=0, description=name)


def _start(stack: ExitStack, instance: Instance, module: str, *words: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", module, *words],
        cwd=APP,
        env={
            **os.environ,
            "PDFJOBS_VAR": str(instance.var),
            DATABASE: str(instance.database),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    stack.callback(end, process)
