"""A benchmark's "missed 0, twice 0" is worth what its count is worth: the consumer, on a real queue server."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.defaults import RQ_KEY_PREFIX
from rq.serializers import JSONSerializer

from bench.consumer import Account, Consumer
from bench.watched import Watched
from tests.service import wait_for

INGEST = "workers.tasks.ingest"
HandOver = Callable[..., str]


@pytest.fixture
def watched() -> Iterator[Watched]:
    with Watched() as one:
        yield one


@pytest.fixture
def connection(watched: Watched) -> Iterator[Redis]:
    with Redis(unix_socket_path=str(watched.instance.queue_socket)) as client:
        yield client


@pytest.fixture
def account(watched: Watched, connection: Redis) -> Iterator[Account]:
    """Of a consumer that takes the tasks of this process's own prefix."""
    roots = {"bench": watched.tree}
    consumer = Consumer(watched.instance.queue_socket, RQ_KEY_PREFIX, roots)
    consumer.start()
    yield consumer.accounts["bench"]
    consumer.stop()
    consumer.check()


@pytest.fixture
def hand_over(connection: Redis, account: Account) -> HandOver:
    """Queues a task as RQ does and waits until it was taken; its ticket."""

    def queue(*paths: str, to: str = "ingest") -> str:
        ticket = f"{RQ_KEY_PREFIX}:ticket:{account.tasks}"
        values = {"root": "bench", "paths": list(paths), "ticket": ticket}
        tasks = account.tasks
        connection.set(ticket, "waiting", ex=60)
        Queue(to, connection=connection, serializer=JSONSerializer).enqueue_call(
            INGEST, kwargs=values
        )
        wait_for(lambda: account.tasks > tasks, "the task to be taken")
        return ticket

    return queue


@pytest.fixture
def log(watched: Watched) -> Path:
    path = watched.tree / "beam.sta"
    path.write_text("STEP\n")
    return path


def test_a_file_as_it_is_now_is_neither_missed_nor_told_twice(account, hand_over, log):
    hand_over("beam.sta")
    log.write_text("STEP\n 1\n")
    hand_over("beam.sta", to="backlog")

    assert (account.missed(), account.twice, account.handed) == ([], 0, 2)


def test_a_file_without_a_change_is_told_twice(account, hand_over, log):
    hand_over("beam.sta")
    hand_over("beam.sta")

    assert (account.twice, account.twice_examples) == (1, ["beam.sta"])


def test_what_nobody_told_of_is_missed(account, hand_over, watched, log):
    (watched.tree / "fresh" / "deeper").mkdir(parents=True)
    (watched.tree / "fresh" / "deeper" / "beam.cvg").write_text("STEP\n")
    hand_over("beam.sta")
    log.write_text("STEP\n 1\n")

    assert sorted(account.missed()) == ["beam.sta", "fresh/deeper/beam.cvg"]


@pytest.mark.parametrize("told, missed", [((), ["run/beam.sta"]), (("run/",), [])])
def test_a_deleted_folder_has_to_be_told_of(account, hand_over, watched, told, missed):
    log = watched.tree / "run" / "beam.sta"
    log.parent.mkdir()
    log.write_text("STEP\n")
    hand_over("run/beam.sta")
    log.unlink()
    log.parent.rmdir()
    for path in told:
        hand_over(path)

    assert account.missed() == missed


def test_a_lone_deleted_file_leaves_its_facts_and_nobody_is_told(account, hand_over, log):
    hand_over("beam.sta")
    log.unlink()

    assert account.missed() == []


def test_a_folder_that_came_back_after_it_was_told_gone_is_missed(account, hand_over, watched):
    log = watched.tree / "run" / "beam.sta"
    log.parent.mkdir()
    log.write_text("STEP\n")
    hand_over("run/beam.sta")
    hand_over("run/")
    log.write_text("STEP\n")

    assert account.missed() == ["run/beam.sta"]


def test_a_taken_task_is_done_and_leaves_nothing_in_the_queue_server(connection, hand_over, log):
    ticket = hand_over("beam.sta")

    wait_for(lambda: connection.get(ticket) == b"done", "the ticket")
    wait_for(lambda: not connection.keys(f"{RQ_KEY_PREFIX}:job:*"), "the task to be deleted")
    assert connection.llen(f"{RQ_KEY_PREFIX}:queue:ingest") == 0


def test_hints_say_what_the_sweep_says(connection, watched):
    watched.consumer.hint("bench", ["project_0/run_1"])

    raw = connection.get(f"{watched.instance.queue_prefix}:hints:bench")
    assert json.loads(raw) == {
        "ignore": [],
        "unfinished": ["project_0/run_1"],
        "diary": "0123456789abcdef0123456789abcdef",
    }
