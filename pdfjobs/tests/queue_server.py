"""A real queue server for the tests of the web side, on the socket that the settings name."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from django.conf import settings

from pdfjobs.queueserver import arguments, binary
from tests.servers import queue_command, queue_url


@contextmanager
def running() -> Iterator[tuple["redis.Redis", subprocess.Popen]]:
    """The embedded server of the tests' instance: a connection, and its process to be stopped or killed."""
    inst = settings.INSTANCE
    (inst.var / "queue").mkdir(parents=True, exist_ok=True)
    inst.queue_socket.parent.mkdir(parents=True, exist_ok=True)
    Path(inst.queue_socket).unlink(missing_ok=True)
    process = subprocess.Popen(queue_command(*arguments(binary(), inst)), stdout=subprocess.DEVNULL)
    client = redis.Redis.from_url(queue_url(inst.queue_socket), retry=None)
    deadline = time.monotonic() + 8
    while True:
        try:
            client.ping()
            break
        except redis.ConnectionError:
            assert process.poll() is None and time.monotonic() < deadline, "no queue server"
            time.sleep(0.02)
    client.flushall()
    try:
        yield client, process
    finally:
        client.close()
        process.kill()
        process.wait()
        Path(inst.queue_socket).unlink(missing_ok=True)
