"""What the watcher sees of a reading that it asked for, at each step, also when it is killed there."""

import shutil
from pathlib import Path

import django.db
import pytest
from redis.client import Pipeline
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer

from pdfjobs import queue
from pdfjobs.models import LogFile
from workers import salvage, tasks
from workers.tasks import reading, turns
from workers.tests.queue_scene import let_time_pass, lists_of, queue_of, work_off
from workers.worker import SlotWorker

SAMPLE = Path(__file__).parent / "samples/calculix/2.20-normal/bar.log"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(instance, tmp_path) -> Path:
    """A log of some turns: 4096 bytes each in the tests' settings."""
    folder = tmp_path / "tree" / "case"
    folder.mkdir()
    shutil.copy(SAMPLE, folder / "bar.log")
    return folder


@pytest.fixture
def ticket(instance, queue_server):
    """The key, as the watcher sets it; call it for its present value and whether it ends within two hours."""
    key = queue.key("ticket", "abc")
    queue_server.set(key, "waiting rq-1", ex=86_400)

    class Ticket(str):
        def now(self) -> tuple[str, bool] | None:
            value = queue_server.get(self)
            return value and (value.decode(), 0 < queue_server.ttl(self) <= 7200)

    return Ticket(key)


def ask(ticket: str, paths=("case/bar.log",), name: str = "ingest", rq_id: str = "rq-1") -> None:
    queue.send(
        name, queue.INGEST, "read", None, rq_id, root="tree", paths=list(paths), ticket=ticket
    )


def watch(monkeypatch, ticket) -> list:
    """What the ticket says while logs are read."""
    seen, real = [], reading.read_turns

    def read(root, paths):
        seen.append(ticket.now())
        return real(root, paths)

    monkeypatch.setattr(reading, "read_turns", read)
    return seen


@pytest.mark.parametrize("name", ["ingest", "backlog"])
def test_it_is_begun_before_the_first_look_and_done_after_the_last(case, ticket, monkeypatch, name):
    seen = watch(monkeypatch, ticket)
    turns_needed = -(-SAMPLE.stat().st_size // 4096)
    ask(ticket, name=name)

    work_off(name)

    assert len(seen) == turns_needed > 1
    assert seen[0] == ("begun rq-1", False)
    assert len({said for said, _ in seen}) == turns_needed, "each turn is a task of its own"
    assert ticket.now() == ("done", True)
    assert LogFile.objects.get().offset == SAMPLE.stat().st_size
    assert lists_of(name) == {}


def test_what_holds_more_goes_to_the_back_of_the_same_queue_with_its_ticket(case, ticket):
    """Killed right after it: the task that reads on is there, and the ticket is its own."""
    other = "00000000-other"
    ask(ticket, ("case/bar.log", "case/none.log"), name="backlog")
    queue.send("backlog", queue.INGEST, "read", None, other, root="tree", paths=[], ticket="")

    one_task("backlog")

    first, second = queue_of("backlog").get_jobs()
    assert first.id == other
    assert (second.kwargs, second.description) == (
        {"root": "tree", "paths": ["case/bar.log"], "ticket": ticket},
        "read on bar.log in tree/case",
    )
    assert ticket.now() == (f"begun {second.id}", False)


def one_task(name: str) -> None:
    queue_ = queue_of(name)
    worker = SlotWorker(
        [queue_],
        name=salvage.worker_name(name),
        connection=queue_.connection,
        serializer=JSONSerializer,
    )
    worker.work(burst=True, max_jobs=1, logging_level="WARNING")


def test_task_and_ticket_are_passed_on_in_one_step(case, ticket, monkeypatch):
    """Killed right before: the successor reads the same again, and nothing is lost."""
    real = Pipeline.execute

    def killed(self, *args, **kwargs):
        if any(b"begun" in str(command).encode() for command in self.command_stack):
            raise StopRequested
        return real(self, *args, **kwargs)

    ask(ticket)
    with monkeypatch.context() as patch:
        patch.setattr(Pipeline, "execute", killed)
        patch.setattr(turns.faults, "may_pass", lambda _: True)
        with pytest.raises(StopRequested):
            tasks.ingest("tree", ["case/bar.log"], ticket)

    assert ticket.now() == ("begun ", False)
    assert lists_of("ingest") == {"waiting": ["rq-1"]}
    work_off("ingest")
    assert ticket.now() == ("done", True)
    assert LogFile.objects.get().offset == SAMPLE.stat().st_size


def test_a_ticket_that_the_watcher_took_away_stays_away(case, ticket, queue_server):
    queue_server.delete(ticket)
    ask(ticket)

    work_off("ingest")

    assert ticket.now() is None
    assert LogFile.objects.get().offset == SAMPLE.stat().st_size


def test_nobody_asks_about_a_reading_without_a_ticket(case, queue_server):
    ask("")

    work_off("ingest")

    assert LogFile.objects.get().offset == SAMPLE.stat().st_size
    assert not [key for key in queue_server.scan_iter() if b"ticket" in key]


def test_a_reading_that_is_to_be_tried_again_waits_again(case, ticket, monkeypatch):
    """So that the changes of a night with a full disk do not become a task each."""
    real = reading.read_turns

    def locked(root, paths):
        raise django.db.OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(reading, "read_turns", locked)
        ask(ticket)
        work_off("ingest")
    assert ticket.now() == ("waiting rq-1", False)
    assert list(lists_of("ingest")) == ["scheduled"]

    monkeypatch.setattr(reading, "read_turns", real)
    let_time_pass("ingest")
    work_off("ingest")

    assert ticket.now() == ("done", True)


def test_a_log_that_cannot_be_read_is_failed_alone_and_the_others_are_read(
    case, ticket, monkeypatch
):
    for number in range(5):
        folder = case.with_name(f"case{number}")
        folder.mkdir()
        shutil.copy(SAMPLE, folder / f"bar{number}.log")
    real = reading.read_turns

    def read_turns(root, paths):
        if any(path.endswith("bar3.log") for path in paths):
            raise ValueError("a parser's mistake")
        return real(root, paths)

    monkeypatch.setattr(reading, "read_turns", read_turns)
    ask(ticket, [f"case{number}/bar{number}.log" for number in range(5)])

    work_off("ingest")

    ((place, (rq_id,)),) = lists_of("ingest").items()
    failed = queue_of("ingest").fetch_job(rq_id)
    assert (place, failed.description) == ("failed", "read bar3.log in tree/case3")
    assert failed.kwargs["paths"] == ["case3/bar3.log"]
    assert "ValueError: a parser's mistake" in failed.latest_result().exc_string
    assert ticket.now() == ("done", True)
    read = LogFile.objects.filter(offset=SAMPLE.stat().st_size).values_list("path", flat=True)
    assert sorted(read) == ["bar0.log", "bar1.log", "bar2.log", "bar4.log"]


def test_of_logs_whose_reading_kills_its_worker_only_the_one_at_fault_is_given_up(
    case, ticket, monkeypatch
):
    """As the kernel does when memory is short; what is left of the task is what a killed worker leaves."""
    names = [f"bar{number}.log" for number in range(4)]
    for name in names:
        (case.with_name(name[:4])).mkdir()
        shutil.copy(SAMPLE, case.with_name(name[:4]) / name)

    class KilledError(BaseException):
        pass

    real = reading.read_turns

    def read_turns(root, paths):
        if any(path.endswith("bar2.log") for path in paths):
            raise KilledError
        return real(root, paths)

    monkeypatch.setattr(reading, "read_turns", read_turns)
    monkeypatch.setattr("workers.worker.SlotWorker.perform_job", dying)
    ask(ticket, [f"{name[:4]}/{name}" for name in names])

    for _ in range(12):
        work_off("ingest")
        salvage.take_up(queue_of("ingest"), "ingest")

    ((place, (rq_id,)),) = lists_of("ingest").items()
    failed = queue_of("ingest").fetch_job(rq_id)
    assert (place, failed.kwargs["paths"]) == ("failed", ["bar2/bar2.log"])
    assert failed.description == "read bar2.log in tree/bar2 (its worker died 5x)"
    read = LogFile.objects.filter(offset=SAMPLE.stat().st_size).values_list("path", flat=True)
    assert sorted(read) == ["bar0.log", "bar1.log", "bar3.log"]


def dying(self, job, rq_queue, execution):
    """RQ's `perform_job`, in which a kill leaves the task as it is."""
    self.prepare_job_execution(job, True)
    job.perform()
    job.ended_at = job.started_at = job.created_at
    self.handle_job_success(job, rq_queue, rq_queue.started_job_registry, execution)


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["1000012_beam/beam.sta"], "beam.sta in runs/1000012_beam"),
        (["1000012_beam/beam.sta", "1000012_beam/beam.log"], "2 logs in runs/1000012_beam"),
        (["1_a/x.log", "2_b/y.log"], "2 logs in runs"),
        (["a/b/x.log", "a/c/y.log", "a/b/z.log"], "3 logs in runs/a"),
        (["1_a/"], "1_a/ in runs"),
        (["x/1_a/"], "1_a/ in runs/x"),
        (["x.log"], "x.log in runs"),
        ([], "0 logs in runs"),
    ],
)
def test_a_reading_is_described_by_name_or_number_and_place(paths, words):
    assert turns.describe("runs", paths) == words


def test_a_description_is_one_readable_line_whatever_the_file_is_called(instance, queue_server):
    path = "f\udce4lle\n/" + "x" * 300 + ".log"

    about = f"read {turns.describe('tree', [path])}"
    queue.send("ingest", queue.INGEST, about, root="tree", paths=[path], ticket="")

    (task,) = queue_of("ingest").get_jobs()
    assert task.description == "read " + "x" * 154 + "…"
    assert task.kwargs["paths"] == [path]
