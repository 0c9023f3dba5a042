"""Tasks that a gone worker of whatever host had begun, or had taken and not begun."""

import time

import pytest
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from pdfjobs import queue
from tests.servers import queue_url
from workers import salvage
from workers.tests.launcher_runs import until
from workers.tests.queue_scene import lists_of, process, queue_of
from workers.tests.test_worker_takes_up_what_was_left import note
from workers.worker import GONE_AFTER_S, SlotWorker

pytestmark = pytest.mark.usefixtures("queue_server")


@pytest.fixture
def later(monkeypatch):
    """Makes the clock of salvage go on."""
    ahead = [0.0]
    monkeypatch.setattr(salvage.time, "time", lambda now=time.time: now() + ahead[0])

    def go(seconds: float) -> None:
        ahead[0] += seconds

    return go


def worker_of(name: str, host: str, slot: str) -> SlotWorker:
    its_queue = queue_of(name)
    return SlotWorker(
        [its_queue],
        name=f"{slot}@{host}-77",
        connection=its_queue.connection,
        serializer=JSONSerializer,
    )


def begin(name: str, host: str, slot: str) -> tuple[SlotWorker, str]:
    """A worker of a host in the middle of a task."""
    its_queue = queue_of(name)
    task = its_queue.enqueue_call(note, ("/dev/null", "x"), description="read", result_ttl=0)
    its_queue.connection.lmove(its_queue.key, its_queue.intermediate_queue_key, "RIGHT", "RIGHT")
    worker = worker_of(name, host, slot)
    worker.register_birth()
    worker.prepare_execution(task)
    worker.prepare_job_execution(task, remove_from_intermediate_queue=True)
    return worker, task.id


@pytest.mark.parametrize(
    ("name", "slot"), [("ingest", "ingest"), ("solve", "solve-1"), ("solve", "solve-2")]
)
def test_a_task_of_another_hosts_dead_worker_is_put_back_at_the_second_look(later, name, slot):
    worker, rq_id = begin(name, "other", slot)
    worker.connection.delete(worker.key)  # its time has run out

    assert (salvage.look_for_lost(), lists_of(name)) == (0, {"running": [rq_id]})
    later(salvage.DOUBT_S - 1)
    assert (salvage.look_for_lost(), lists_of(name)) == (0, {"running": [rq_id]})
    later(2)
    assert (salvage.look_for_lost(), lists_of(name)) == (1, {"waiting": [rq_id]})

    task = queue_of(name).fetch_job(rq_id)
    assert (task.description, task.meta["beginnings"]) == ("read (its worker died 1x)", 2)


def test_a_living_workers_task_is_left_to_it(later):
    begin("ingest", "other", "ingest")

    for _ in range(5):
        assert salvage.look_for_lost() == 0
        later(60)


def test_a_worker_that_was_only_away_for_a_moment_keeps_its_task(later):
    worker, _ = begin("ingest", "other", "ingest")
    worker.connection.delete(worker.key)
    salvage.look_for_lost()
    worker.heartbeat()
    later(60)
    salvage.look_for_lost()
    worker.connection.delete(worker.key)

    assert salvage.look_for_lost() == 0, "doubt begins anew"


@pytest.mark.parametrize("name", ["ingest", "solve", "upkeep"])
def test_a_task_between_queue_and_worker_is_put_back_when_it_stays_there(later, name):
    """Also where several slots share the queue, and nobody is born who could look for it."""
    its_queue = queue_of(name)
    task = its_queue.enqueue_call(note, ("/dev/null", "x"), description="read")
    its_queue.connection.lmove(its_queue.key, its_queue.intermediate_queue_key, "LEFT", "RIGHT")

    assert (salvage.look_for_lost(), lists_of(name)) == (0, {"between": [task.id]})
    later(salvage.DOUBT_S + 1)
    assert (salvage.look_for_lost(), lists_of(name)) == (1, {"waiting": [task.id]})

    task.refresh()
    assert "beginnings" not in task.meta, "it was not begun, so it killed nobody"


def test_a_clock_that_goes_back_delays_and_loses_nothing(later):
    worker, rq_id = begin("ingest", "other", "ingest")
    worker.connection.delete(worker.key)
    salvage.look_for_lost()
    later(-86_400)
    salvage.look_for_lost()
    later(salvage.DOUBT_S + 1)

    salvage.look_for_lost()

    assert lists_of("ingest") == {"waiting": [rq_id]}


def test_what_is_between_and_gone_does_no_harm(later):
    its_queue = queue_of("ingest")
    its_queue.connection.lpush(its_queue.intermediate_queue_key, "nobody")
    for _ in range(3):
        assert salvage.look_for_lost() == 0
        later(60)

    assert lists_of("ingest") == {}


def test_a_worker_in_the_middle_of_a_task_is_heard_of_often(queue_server, monkeypatch):
    """RQ's own sign of life would be valid for the task's whole time limit."""
    worker, _ = begin("solve", "other", "solve-1")

    assert 0 < queue_server.ttl(worker.key) <= GONE_AFTER_S


def test_one_that_works_for_long_goes_on_saying_that_it_lives(queue_server, monkeypatch):
    import threading

    monkeypatch.setattr("workers.worker.BEAT_S", 0.01)
    worker, _ = begin("ingest", "other", "ingest")
    ended = threading.Event()
    beating = threading.Thread(target=worker.beat_while_busy, args=(ended,))
    beating.start()
    queue_server.expire(worker.key, 1)

    until(lambda: queue_server.ttl(worker.key) > GONE_AFTER_S / 2)
    ended.set()
    beating.join()


def test_a_worker_whose_registration_was_lost_registers_again(queue_server):
    worker = worker_of("ingest", "here", "ingest")
    worker.register_birth()
    queue_server.flushall()

    worker.run_maintenance_tasks()

    known = SimpleWorker.all(connection=queue_server, serializer=JSONSerializer)
    assert [found.name for found in known] == [worker.name]


def test_a_new_worker_may_have_a_dead_ones_name(queue_server):
    """In a container that is restarted, pids come back."""
    worker_of("ingest", "here", "ingest").register_birth()

    worker_of("ingest", "here", "ingest").register_birth()

    assert len(SimpleWorker.all(connection=queue_server, serializer=JSONSerializer)) == 1


def test_rqs_cleaning_fails_nothing_that_lies_between(queue_server):
    its_queue = queue_of("ingest")
    task = its_queue.enqueue_call(note, ("/dev/null", "x"))
    its_queue.connection.lmove(its_queue.key, its_queue.intermediate_queue_key, "LEFT", "RIGHT")
    worker = worker_of("ingest", "here", "ingest")
    its_queue.intermediate_queue.set_first_seen(task.id)
    queue_server.set(its_queue.intermediate_queue.get_first_seen_key(task.id), time.time() - 3600)

    worker.clean_registries()

    assert lists_of("ingest") == {"between": [task.id]}


@pytest.mark.timeout(30)
def test_a_hosts_name_may_change_between_two_lives(queue_socket, tmp_path, monkeypatch):
    """As a container's does: nobody is its successor, and the sweep puts its task back."""
    monkeypatch.setattr(salvage, "DOUBT_S", 0.0)
    worker, rq_id = begin("ingest", "4f1c0ffee", "ingest")
    worker.connection.delete(worker.key)
    its_queue = queue_of("ingest")

    living = process("ingest", "ingest", queue_url(queue_socket))
    try:
        salvage.look_for_lost()
        salvage.look_for_lost()
        until(lambda: its_queue.connection.exists(f"{queue.key('job')}:{rq_id}") == 0)
    finally:
        living.kill()
        living.wait()

    assert lists_of("ingest") == {}
