"""What is read of real queues and real workers, and that no outage or hang of the server is waited for."""

import os
import signal
import time
from datetime import timedelta

import pytest
import redis
import rq
from rq.registry import ScheduledJobRegistry
from rq.serializers import JSONSerializer

from pdfjobs import health
from pdfjobs.health import ask_queues
from pdfjobs.health.queues import Queue
from pdfjobs.tests import queue_server
from tests.servers import chosen


def fail():
    """A task that fails."""
    raise ValueError("no such deck")


@pytest.fixture(scope="module")
def running():
    with queue_server.running() as (client, process):
        yield client, process


@pytest.fixture
def client(running):
    health.forget()
    running[0].flushall()
    yield running[0]
    health.forget()


def queue(name, client):
    return rq.Queue(name, connection=client, serializer=JSONSerializer)


def worker(client, *names, called):
    return rq.SimpleWorker(
        [queue(name, client) for name in names],
        name=called,
        connection=client,
        serializer=JSONSerializer,
    )


def found(name):
    return next(each for each in ask_queues.ask().queues if each.name == name)


def test_an_idle_server_says_what_it_is(client, settings):
    server = ask_queues.ask().server

    assert server.place == str(settings.INSTANCE.queue_socket)
    assert (server.error, server.name, server.persistence) == ("", chosen.queue_name, "every write")
    assert server.version == client.info()[f"{chosen.queue_name.lower()}_version"]
    assert (server.evicts, server.cannot_write, server.max_memory_bytes) == (False, False, None)
    assert server.memory_bytes > 0
    assert server.latency_s > 0


def test_every_queue_of_the_settings_is_there_when_nothing_was_ever_queued(client, settings):
    asked = ask_queues.ask()

    assert [each.name for each in asked.queues] == list(settings.QUEUES)
    assert all(each == Queue(each.name, each.about) and each.about for each in asked.queues)
    assert asked.workers == ()


def test_lengths_ages_and_failures_of_a_queue(client):
    ingest = queue("ingest", client)
    ingest.enqueue_call(fail, description="read 1 log in runs/1_beam")
    worker(client, "ingest", called="ingest@vm-1").work(burst=True, logging_level="CRITICAL")
    first = ingest.enqueue_call(fail, description="read 3 logs in runs/2_rüssel")
    ingest.enqueue_call(fail, description="read 1 log in runs/3_shell")
    client.hset(first.key, "enqueued_at", "2026-03-01T12:00:00.000000Z")
    ingest.enqueue_in(timedelta(hours=1), fail)
    late = ingest.enqueue_in(timedelta(seconds=1), fail)
    ScheduledJobRegistry(queue=ingest).schedule(late, rq.utils.now() - timedelta(seconds=90))

    read = found("ingest")

    assert (read.waiting, read.failed, read.scheduled, read.overdue) == (2, 1, 2, 1)
    assert (read.running, read.workers) == (0, 0)
    assert read.oldest == "read 3 logs in runs/2_rüssel"
    assert read.oldest_s == pytest.approx(time.time() - 1772366400, abs=5)
    assert read.last_failed == "read 1 log in runs/1_beam"


def test_a_worker_says_what_it_does_since_when(client):
    solve = queue("solve", client)
    task = solve.enqueue_call(fail, description="run 1000001_beam")
    busy = worker(client, "solve", called="solve-1@vm-4242")
    busy.register_birth()
    busy.set_state("busy")
    busy.prepare_execution(task)
    busy.prepare_job_execution(task)
    solve.remove(task)
    idle = worker(client, "ingest", called="ingest@vm-4243")
    idle.register_birth()
    dead = worker(client, "intake", called="intake@vm-4244")
    dead.register_birth()
    client.delete(dead.key)  # killed, and its hash has run out

    ingest, working = ask_queues.ask().workers

    assert (working.slot, working.queues, working.state) == ("solve-1", ("solve",), "busy")
    assert working.task == "run 1000001_beam"
    assert working.since == pytest.approx(time.time(), abs=5)
    assert working.pid == os.getpid()
    assert (ingest.slot, ingest.task, ingest.since) == ("ingest", "", None)
    assert ingest.heard_s == pytest.approx(0, abs=5)
    assert [found(name).workers for name in ("solve", "ingest", "intake")] == [1, 1, 0]
    assert found("solve").running == 1


def test_the_words_of_a_task_cannot_break_a_terminal(client):
    queue("ingest", client).enqueue_call(fail, description="read \x1b[2J\nx\u202e")

    assert found("ingest").oldest == "read �[2J�x�"


def test_a_server_that_was_stopped_is_not_waited_for(running, client):
    """The answers come while it is still stopped; how long each may take stands in the probes."""
    health.look()
    running[1].send_signal(signal.SIGSTOP)
    try:
        broken = health.broken(0)
        looked = health.look()
    finally:
        running[1].send_signal(signal.SIGCONT)

    assert broken[-1] == "queue"
    assert looked.queues.server.error
    assert looked.watcher.running is None
    assert looked.level == "fail"


def test_a_server_that_comes_back_answers_again(running, client):
    running[1].send_signal(signal.SIGSTOP)
    try:
        assert ask_queues.ask().server.error
    finally:
        running[1].send_signal(signal.SIGCONT)
    client.ping()

    assert ask_queues.ask().server.error == ""


def test_a_server_that_refuses_is_named_with_its_reason(client):
    client.config_set("requirepass", "secret")
    try:
        health.forget()
        asked = ask_queues.ask()
    finally:
        redis.Redis(
            unix_socket_path=client.connection_pool.connection_kwargs["path"], password="secret"
        ).config_set("requirepass", chosen.queue_password)

    reason = "invalid username-password pair" if chosen.redis else "already authenticated"
    assert reason in asked.server.error
    assert asked.queues == ()


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("unix:///srv/with%20blank/queue.sock", "/srv/with blank/queue.sock"),
        ("redis://:secret@queue.example:6380/2", "queue.example:6380"),
        ("rediss://user:secret@queue.example", "queue.example:6379"),
    ],
)
def test_a_servers_place_is_told_without_its_password(monkeypatch, url, place):
    monkeypatch.setenv("REDIS_URL", url)

    assert ask_queues.place() == place
