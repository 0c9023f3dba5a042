"""The queue server is killed and comes back during a task of each queue; real processes, a real server."""

import os
import random
import signal
import time
from pathlib import Path

import psutil
import pytest
import redis
from django.conf import settings as django_settings
from rq import SimpleWorker
from rq.defaults import RQ_KEY_PREFIX
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.utils import now
from rq.worker import WorkerStatus

from pdfjobs.queue import connection
from workers import salvage
from workers.tests.launcher_runs import until
from workers.tests.queue_scene import Server, lists_of, process, queue_of, work_off
from workers.tests.test_worker_takes_up_what_was_left import note
from workers.worker import SlotWorker

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def server(settings, tmp_path_factory, monkeypatch):
    made = Server(tmp_path_factory.mktemp("q"))
    for table in settings.RQ_QUEUES.values():
        monkeypatch.setitem(table, "URL", made.url)
    made.start()
    yield made
    connection().close()
    made.close()


@pytest.fixture
def start(server):
    started = []

    def begin(queue: str, slot: str):
        started.append(process(queue, slot, server.url))
        return started[-1]

    yield begin
    for one in started:
        one.kill()
        one.wait()


def pids(out: Path) -> list[int]:
    return [int(line.split()[0]) for line in out.read_text().splitlines()] if out.exists() else []


@pytest.mark.parametrize("name", django_settings.QUEUES)
@pytest.mark.parametrize("back", ["before the task ends", "after the task has ended"])
def test_the_task_is_done_and_the_same_process_works_on(server, start, tmp_path, name, back):
    out, go = tmp_path / "out", tmp_path / "go"
    its_queue = queue_of(name)
    its_queue.enqueue_call(note, (str(out), "first", str(go)), result_ttl=0)
    worker = start(name, f"{name}-1" if name == "solve" else name)
    until(lambda: pids(out))

    server.kill()
    if back == "before the task ends":
        server.start()
        go.touch()
    else:
        go.touch()
        server.start()
    its_queue.enqueue_call(note, (str(out), "second"), result_ttl=0)

    until(lambda: "second" in out.read_text() and lists_of(name) == {})
    assert set(pids(out)) == {worker.pid}
    assert worker.poll() is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("when", ["not noted", "noted without an answer"])
def test_a_good_end_that_could_not_be_noted_is_no_failure(server, tmp_path, monkeypatch, when):
    """The server is away for that moment only, and back when the failure would be noted."""
    out, its_queue = tmp_path / "out", queue_of("intake")
    its_queue.enqueue_call(note, (str(out), "first"), result_ttl=0)
    noting, ends = SimpleWorker.handle_job_success, []

    def away(worker, *given, **named):
        ends.append(worker)
        if len(ends) > 1 or when == "noted without an answer":
            noting(worker, *given, **named)
        if len(ends) == 1:
            raise redis.ConnectionError("away for a moment")

    monkeypatch.setattr(SimpleWorker, "handle_job_success", away)

    work_off("intake")
    salvage.take_up(its_queue, "intake", killed=False)
    work_off("intake")

    assert len(ends) == (2 if when == "not noted" else 1)
    assert (len(pids(out)), lists_of("intake")) == (len(ends), {})
    assert server.client.keys(f"{RQ_KEY_PREFIX}:job:*") == []


def numbered(out: str, folder: str) -> None:
    """A task whose n-th beginning waits for the file n."""
    import time

    note(out, "began")
    beginnings = len(pids(Path(out)))
    while not Path(folder, str(beginnings)).exists():
        time.sleep(0.01)


def test_outages_are_not_counted_as_the_tasks_fault(server, start, tmp_path):
    """The server is killed more often during one task than a task may kill its worker."""
    out, most = tmp_path / "out", salvage.MOST_BEGINNINGS + 2
    its_queue = queue_of("intake")
    its_queue.enqueue_call(numbered, (str(out), str(tmp_path)), result_ttl=0)
    worker = start("intake", "intake")
    for count in range(1, most):
        until(lambda count=count: len(pids(out)) == count)
        server.kill()
        (tmp_path / str(count)).touch()
        server.start()
    (tmp_path / str(most)).touch()

    until(lambda: lists_of("intake") == {})
    assert pids(out) == [worker.pid] * most


def test_a_worker_without_work_waits_without_a_break(server, start, tmp_path):
    """redis-py gives up after 5 s; its worker then pauses, longer and longer, and tasks wait for it."""
    out = tmp_path / "out"
    worker = start("ingest", "ingest")
    its_queue = queue_of("ingest")
    its_queue.enqueue_call(note, (str(out), "first"), result_ttl=0)
    until(lambda: pids(out) and lists_of("ingest") == {})

    until(lambda: waiting(server))
    (client_id,) = waiting(server)
    until(lambda: age_of(server, client_id) >= 6)

    assert age_of(server, client_id) >= 6, "still the same wait"
    assert worker.poll() is None


def waiting(server) -> list[str]:
    """Clients that wait for a task."""
    return [c["id"] for c in server.client.client_list() if c["cmd"].lower() == "blmove"]


def age_of(server, client_id: str) -> int:
    """Seconds since a client's last command."""
    (found,) = [c for c in server.client.client_list() if c["id"] == client_id] or [{"idle": -1}]
    assert found["idle"] != -1, "it gave up"
    return int(found["idle"])


def test_a_server_that_lost_everything_is_worked_for_again(server, start, tmp_path):
    out, go = tmp_path / "out", tmp_path / "go"
    its_queue = queue_of("ingest")
    its_queue.enqueue_call(note, (str(out), "first", str(go)), result_ttl=0)
    start("ingest", "ingest")
    until(lambda: pids(out))

    server.client.flushall()
    go.touch()
    its_queue.enqueue_call(note, (str(out), "second"), result_ttl=0)

    until(lambda: len(pids(out)) == 2 and lists_of("ingest") == {})


def test_the_scheduler_goes_on_as_well(server, start, tmp_path):
    its_queue = queue_of("backlog")
    scheduler = start("scheduler", "scheduler")
    for _ in range(2):
        task = its_queue.create_job(note, ("/dev/null", "x"))
        its_queue.schedule_job(task, task.created_at)
        until(lambda: "scheduled" not in lists_of("backlog"))
        server.kill()
        server.start()

    assert len(lists_of("backlog")["waiting"]) == 2
    assert scheduler.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("when", ["idle", "after an outage", "during an outage"])
def test_a_signal_ends_it_at_any_time(server, start, tmp_path, number, when):
    out = tmp_path / "out"
    worker = start("ingest", "ingest")
    its_queue = queue_of("ingest")
    its_queue.enqueue_call(note, (str(out), "first"), result_ttl=0)
    until(lambda: pids(out) and lists_of("ingest") == {})
    until(lambda: psutil.Process(worker.pid).status() == psutil.STATUS_SLEEPING)
    if when != "idle":
        server.kill()
    if when == "after an outage":
        server.start()

    os.kill(worker.pid, number)

    worker.wait(10)


def test_a_signal_between_two_tasks_ends_it(server):
    """RQ believes then that a task runs, notes the request, and waits for the next task without looking."""
    its_queue = queue_of("ingest")
    worker = SlotWorker(
        [its_queue], connection=its_queue.connection, serializer=JSONSerializer, worker_ttl=20
    )
    worker.set_state(WorkerStatus.BUSY)
    worker._shutdown_requested_date, worker._stop_requested = now(), True

    with pytest.raises(StopRequested):
        worker.dequeue_job_and_maintain_ttl(worker.dequeue_timeout)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("when", ["during work", "during an outage"])
def test_a_signal_ends_the_scheduler_at_any_time(server, start, number, when):
    scheduler = start("scheduler", "scheduler")
    until(lambda: server.client.keys("*scheduler*"))
    if when == "during an outage":
        server.kill()
        time.sleep(random.random() * 2)

    os.kill(scheduler.pid, number)

    scheduler.wait(10)
