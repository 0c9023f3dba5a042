"""A worker killed in the middle of a task, and who goes on with it; real processes, a real queue server."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import django_rq
import pytest
from rq import SimpleWorker
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from tests.servers import queue_url
from workers import salvage
from workers.tests.launcher_runs import until

APP = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(30)

WORKER = """
import django, sys
django.setup()
from django.conf import settings
for table in settings.RQ_QUEUES.values():
    table["URL"] = sys.argv[3]
from workers import worker
worker.work(sys.argv[1], sys.argv[2])
"""


def note(path, word, wait=""):
    """A task that writes down its pid and a word, and waits for a file where that is named."""
    import time

    with Path(path).open("a") as file:
        file.write(f"{os.getpid()} {word}\n")
    while wait and not Path(wait).exists():
        time.sleep(0.01)


@pytest.fixture
def start(queue_server, queue_socket):
    """Starts a worker process in a slot."""
    started = []

    def begin(queue: str, slot: str) -> subprocess.Popen:
        # The same PDFJOBS_VAR gives the same prefix to the queues' keys.
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "pdfjobs.settings",
        }
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, queue, slot, queue_url(queue_socket)],
            cwd=APP,
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def began(queue_server):
    """A task as a worker of a slot left it when it was killed."""

    def leave(queue_name: str, slot: str, pid: int = 1, beginnings: int = 0):
        queue = django_rq.get_queue(queue_name)
        task = queue.enqueue_call(note, ("/dev/null", "x"), description=f"task of {slot}")
        if beginnings:
            task.meta["beginnings"] = beginnings
            task.save_meta()
        dead = SimpleWorker(
            [queue],
            name=f"{slot}@{salvage.HOST}-{pid}",
            connection=queue.connection,
            serializer=JSONSerializer,
        )
        dead.register_birth()
        queue.connection.lmove(queue.key, queue.intermediate_queue_key, "LEFT", "RIGHT")
        dead.prepare_execution(task)
        dead.prepare_job_execution(task, remove_from_intermediate_queue=True)
        assert task.id in queue.started_job_registry.get_job_ids(cleanup=False)
        return queue, task

    return leave


def states(queue) -> tuple[list, list, list]:
    return (
        queue.get_job_ids(),
        queue.started_job_registry.get_job_ids(cleanup=False),
        queue.failed_job_registry.get_job_ids(cleanup=False),
    )


def test_a_killed_workers_task_is_taken_up_by_its_successor_in_the_slot(start, tmp_path):
    queue = django_rq.get_queue("upkeep")
    out, go = tmp_path / "out", tmp_path / "go"
    task = queue.enqueue_call(note, (str(out), "began", str(go)), result_ttl=60)
    first = start("upkeep", "upkeep")
    until(out.exists)

    first.kill()
    first.wait()
    go.touch()
    second = start("upkeep", "upkeep")
    until(lambda: task.get_status(refresh=True) == JobStatus.FINISHED)

    pids = [int(line.split()[0]) for line in out.read_text().splitlines()]
    assert pids == [first.pid, second.pid]
    assert states(queue) == ([], [], [])


def test_a_task_lost_between_queue_and_start_is_taken_up_where_a_slot_has_its_own_queue(
    queue_server,
):
    queue = django_rq.get_queue("intake")
    tasks = [queue.enqueue_call(note, ("/dev/null", "x")).id for _ in range(3)]
    for _ in range(2):
        queue_server.lmove(queue.key, queue.intermediate_queue_key, "LEFT", "RIGHT")

    assert salvage.take_up(queue, "intake") == 2

    assert queue.get_job_ids() == tasks
    assert queue_server.llen(queue.intermediate_queue_key) == 0


def test_a_neighbours_task_is_left_alone(began):
    queue, mine = began("solve", "solve-1")
    _, theirs = began("solve", "solve-2")
    _, nearly = began("solve", "solve-11")

    assert salvage.take_up(queue, "solve-1") == 1

    waiting, running, failed = states(queue)
    assert (waiting, sorted(running), failed) == ([mine.id], sorted([theirs.id, nearly.id]), [])


def test_what_is_put_back_stands_first(began):
    queue, mine = began("ingest", "ingest")
    later = queue.enqueue_call(note, ("/dev/null", "x"))

    salvage.take_up(queue, "ingest")

    assert queue.get_job_ids() == [mine.id, later.id]
    assert mine.get_status(refresh=True) == JobStatus.QUEUED


def test_putting_back_is_one_step(began, monkeypatch):
    """Killed right before it, nothing has changed; the next one does it."""
    from redis.client import Pipeline

    queue, mine = began("ingest", "ingest")

    class KilledError(BaseException):
        pass

    def killed(self, *_, **__):
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Pipeline, "execute", killed)
        with pytest.raises(KilledError):
            salvage.take_up(queue, "ingest")
    assert states(queue) == ([], [mine.id], [])

    assert salvage.take_up(queue, "ingest") == 1
    assert salvage.take_up(queue, "ingest") == 0
    assert states(queue) == ([mine.id], [], [])


@pytest.mark.parametrize(
    ("queue_name", "slot", "beginnings", "given_up"),
    [
        ("intake", "intake", 0, False),
        ("intake", "intake", 4, False),
        ("intake", "intake", 5, True),
        ("ingest", "ingest", 9, True),
        ("solve", "solve-1", 5, False),
        ("solve", "solve-1", 500, False),
    ],
)
def test_a_task_that_keeps_killing_its_worker_is_given_up_but_no_run_is(
    began, queue_name, slot, beginnings, given_up
):
    queue, task = began(queue_name, slot, beginnings=beginnings)

    count = salvage.take_up(queue, slot)

    waiting, running, failed = states(queue)
    assert (count, waiting, running, failed) == (
        (0, [], [], [task.id]) if given_up else (1, [task.id], [], [])
    )


def test_a_poison_task_is_begun_five_times(start, tmp_path):
    """A task that kills its worker each time, with real workers."""
    queue = django_rq.get_queue("upkeep")
    out = tmp_path / "out"
    never = str(tmp_path / "never")
    task = queue.enqueue_call(note, (str(out), "began", never))
    for _ in range(3):
        process = start("upkeep", "upkeep")
        lines = len(out.read_text().splitlines()) if out.exists() else 0
        until(lambda lines=lines: out.exists() and len(out.read_text().splitlines()) > lines)
        process.send_signal(signal.SIGKILL)
        process.wait()
    task.refresh()

    assert task.meta["beginnings"] == 3
    task.meta["beginnings"] = salvage.MOST_BEGINNINGS
    task.save_meta()
    start("upkeep", "upkeep")
    until(lambda: task.get_status(refresh=True) == JobStatus.FAILED)
    assert len(out.read_text().splitlines()) == 3


def test_a_started_entry_without_its_task_is_swept_away(began):
    queue, task = began("ingest", "ingest")
    queue.connection.delete(task.key)

    assert salvage.take_up(queue, "ingest") == 0

    assert states(queue) == ([], [], [])
