"""What may pass comes back for ever, later and later; what cannot is left as failed, with its reason."""

import errno
import itertools
import sqlite3
import time

import django.db
import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from redis.client import Pipeline

from pdfjobs import queue
from tests.servers import queue_url
from workers import faults, salvage, tasks
from workers.logfile import ChangingLogError
from workers.tasks import reading
from workers.tests.launcher_runs import until
from workers.tests.queue_scene import let_time_pass, lists_of, process, queue_of, waits_of, work_off
from workers.tests.test_worker_takes_up_what_was_left import note

pytestmark = pytest.mark.django_db(transaction=True)


class UndefinedTable(sqlite3.ProgrammingError):
    """As drivers name them."""


class AdminShutdown(sqlite3.OperationalError):
    """As psycopg calls a connection that was ended by the server."""


PASSING = [
    OSError(errno.ENOSPC, "No space left on device"),
    FileNotFoundError(2, "No such file or directory", "/x"),
    TimeoutError("timed out"),
    ChangingLogError("written anew"),
    django.db.OperationalError("database is locked"),
    django.db.InterfaceError("connection already closed"),
    sqlite3.OperationalError("database is locked"),
    AdminShutdown("terminating connection due to administrator command"),
    redis.ConnectionError("Connection refused"),
    redis.TimeoutError("Timeout reading from socket"),
    redis.BusyLoadingError("Redis is loading the dataset in memory"),
    redis.ResponseError("MISCONF Errors writing to the AOF file"),
    redis.ResponseError("OOM command not allowed"),
    redis.ReadOnlyError("READONLY You can't write against a read only replica."),
]
LASTING = [
    ValueError("no number: 'abc'"),
    KeyError("lines"),
    django.db.IntegrityError("UNIQUE constraint failed"),
    django.db.DataError("value too long"),
    django.db.ProgrammingError("no such table"),
    UndefinedTable("no such table"),
    redis.ResponseError("WRONGTYPE Operation against a key"),
    redis.ResponseError("ERR unknown command"),
    MemoryError(),
]


@pytest.mark.parametrize("fault", PASSING, ids=repr)
def test_a_fault_of_the_surroundings_may_pass(fault):
    assert faults.may_pass(fault)


@pytest.mark.parametrize("fault", LASTING, ids=repr)
def test_a_fault_of_ours_does_not_pass(fault):
    assert not faults.may_pass(fault)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_the_wait_doubles_up_to_an_hour_within_a_quarter(tries, luck):
    wait = faults.wait_s(tries, luck)

    middle = min(2.0 * 2 ** (tries - 1), 3600.0) if tries < 20 else 3600.0
    assert 0.75 * middle - 1 <= wait <= 1.25 * middle + 1
    assert wait >= 1


def test_what_failed_together_does_not_come_back_together():
    assert len({faults.wait_s(12, luck / 100) for luck in range(100)}) > 90


@pytest.fixture
def failing(instance, queue_server, monkeypatch):
    """Readings fail as the test says."""
    faults_left = []

    def read(root, paths):
        if faults_left:
            raise faults_left.pop(0)
        return []

    monkeypatch.setattr(reading, "read_turns", read)
    return faults_left


def ask(name: str = "ingest", paths: tuple[str, ...] = ("case/bar.log",), ticket: str = "") -> None:
    about = f"read {len(paths)} logs in tree/case"
    queue.send(name, queue.INGEST, about, root="tree", paths=list(paths), ticket=ticket)


@pytest.mark.parametrize("name", ["ingest", "backlog"])
@pytest.mark.parametrize("fault", PASSING, ids=repr)
def test_a_reading_comes_back_when_its_fault_may_pass(failing, fault, name):
    failing.append(fault)
    ask(name)

    work_off(name)
    assert list(lists_of(name)) == ["scheduled"]
    let_time_pass(name)
    assert list(lists_of(name)) == ["waiting"]
    work_off(name)

    assert lists_of(name) == {}


@pytest.mark.parametrize("fault", LASTING, ids=repr)
def test_a_reading_whose_fault_lasts_is_failed_at_once_and_says_why(failing, fault):
    failing.append(fault)
    ask()

    work_off("ingest")

    ((place, (rq_id,)),) = lists_of("ingest").items()
    task = queue_of("ingest").fetch_job(rq_id)
    assert place == "failed"
    assert task.description == "read 1 logs in tree/case"
    assert type(fault).__name__ in task.latest_result().exc_string
    assert str(fault) in task.latest_result().exc_string


def test_it_comes_back_for_ever_and_rarely(failing):
    """A disk that is full for a night."""
    fault = OSError(errno.ENOSPC, "No space left on device", "/var/x")
    ask()
    waits = []
    for _ in range(20):
        failing.append(fault)
        work_off("ingest")
        waits += waits_of("ingest")
        let_time_pass("ingest")
    (task,) = queue_of("ingest").get_jobs()

    assert task.description == "read 1 logs in tree/case (try 21, after: No space left on device)"
    assert task.meta["fault"] == "No space left on device"
    assert all(earlier < 1.7 * later for earlier, later in itertools.pairwise(waits))
    assert 1 <= waits[0] <= 3
    assert all(2700 - 2 <= wait <= 4500 for wait in waits[12:])
    work_off("ingest")
    assert lists_of("ingest") == {}


def test_when_one_passes_the_others_with_its_fault_are_tried_soon(failing):
    full, locked = OSError(errno.ENOSPC, "No space left"), django.db.OperationalError("locked")
    for fault in (full, full, full, locked):
        failing.append(fault)
        ask()
    work_off("ingest")
    registry = queue_of("ingest").scheduled_job_registry
    first, second, third, other = registry.get_job_ids()
    far = time.time() + 3000
    registry.connection.zadd(registry.key, dict.fromkeys((first, second, third, other), far))
    kinds = {
        rq_id: queue_of("ingest").fetch_job(rq_id).meta["fault"]
        for rq_id in (first, second, third, other)
    }
    passed = next(rq_id for rq_id, kind in kinds.items() if kind == "No space left")
    registry.connection.zrem(registry.key, passed)
    queue_of("ingest").push_job_id(passed)

    work_off("ingest")

    left = {rq_id: registry.connection.zscore(registry.key, rq_id) for rq_id in kinds}
    soon = {rq_id for rq_id, at in left.items() if at is not None and at < time.time() + 5}
    assert soon == {r for r, kind in kinds.items() if kind == "No space left" and r != passed}


def test_a_task_that_takes_too_long_is_failed_and_says_so(instance, queue_server, tmp_path):
    never = str(tmp_path / "never")
    queue_of("ingest").enqueue_call(
        note, (str(tmp_path / "out"), "x", never), timeout=1, retry=queue.again()
    )

    work_off("ingest")

    (rq_id,) = lists_of("ingest")["failed"]
    said = queue_of("ingest").fetch_job(rq_id).latest_result().exc_string
    assert "Task exceeded maximum timeout value (1 seconds)" in said


def test_a_sweep_is_not_tried_again_since_there_is_a_new_one_every_ten_seconds(
    instance, queue_server, monkeypatch
):
    monkeypatch.setattr(
        "workers.tasks.upkeep.STEPS", (lambda: (_ for _ in ()).throw(OSError(28, "full")),)
    )
    queue_of("upkeep").enqueue_call("workers.tasks.sweep", result_ttl=0)

    work_off("upkeep")

    assert list(lists_of("upkeep")) == ["failed"]


def test_a_good_sweep_makes_up_for_those_that_failed_and_for_nothing_else(
    instance, queue_server, monkeypatch
):
    for rq_id in ("sweep-1", "sweep-2", "other"):
        queue_of("upkeep").enqueue_call("workers.tasks.sweep", job_id=rq_id, result_ttl=0)
    with monkeypatch.context() as broken:
        broken.setattr(
            "workers.tasks.upkeep.STEPS", (lambda: (_ for _ in ()).throw(OSError(28, "full")),)
        )
        work_off("upkeep")
    assert sorted(lists_of("upkeep")["failed"]) == ["other", "sweep-1", "sweep-2"]

    tasks.sweep()

    assert lists_of("upkeep") == {"failed": ["other"]}


def test_a_run_that_is_to_be_followed_again_later_is_not_asked_for_meanwhile(
    instance, queue_server, monkeypatch
):
    from pdfjobs.services import runs
    from workers.tests.conftest import make_run

    def locked(run):
        raise django.db.OperationalError("database is locked")

    monkeypatch.setattr(tasks.solving, "see_through", locked)
    runs.queue_run(make_run(instance))
    work_off("solve", "solve-1")

    tasks.sweep()

    assert lists_of("solve") == {"scheduled": ["run-1000001-1"]}


def test_a_failure_that_could_not_be_noted_is_not_forgotten(failing, monkeypatch):
    """The queue server is away for just that moment, and RQ would go on with the next task."""
    real, broken = Pipeline.execute, []

    def execute(self, *args, **kwargs):
        noted = any("failed_job_count" in command[0] for command in self.command_stack)
        if noted and not broken:
            broken.append(self)
            raise redis.ConnectionError("Connection reset by peer")
        return real(self, *args, **kwargs)

    failing.append(OSError(errno.ENOSPC, "No space left on device"))
    ask()
    ask()
    with monkeypatch.context() as patch:
        patch.setattr(Pipeline, "execute", execute)
        work_off("ingest")
    assert broken
    assert sorted(lists_of("ingest")) == ["running", "waiting"], (
        "it stops, and so looks what is left"
    )

    salvage.take_up(queue_of("ingest"), "ingest", killed=False)
    work_off("ingest")

    assert lists_of("ingest") == {}


@pytest.mark.timeout(30)
def test_a_killed_scheduler_is_followed_by_the_next_one_at_once(
    instance, queue_server, queue_socket, tmp_path
):
    """RQ gives its lock away for a minute; the successor in the slot has the same name, so it has the lock."""
    url, made = queue_url(queue_socket), []
    scheduled = queue_of("backlog").scheduled_job_registry
    try:
        for _ in range(3):
            made.append(process("scheduler", "scheduler", url))
            task = queue_of("backlog").create_job(note, ("/dev/null", "x"))
            queue_of("backlog").schedule_job(task, task.created_at)
            until(lambda: not scheduled.get_job_ids())
            made[-1].kill()
            made[-1].wait()
    finally:
        for one in made:
            one.kill()
            one.wait()

    assert len(lists_of("backlog")["waiting"]) == 3
