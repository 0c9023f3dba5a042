"""Events are hints: what they did not tell, or the queue forgot, is in the diary nevertheless."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.decks import beam
from tests.faults import LONG, SEED, overflow_event_queue, processes_by_kind, started_once, stopped
from tests.logwriter import LogWriter
from tests.service import QUICK, Service, wait_for

ROUNDS = 10 if LONG else 2
CHANGES = 400 if LONG else 80


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with two run trees beside its own, which the tests share."""
    folder = tmp_path_factory.mktemp("trees")
    tables = QUICK + "".join(
        f'[[trees]]\nname = "{name}"\npath = "{folder / name}"\n' for name in ("one", "two")
    )
    for name in ("one", "two"):
        (folder / name).mkdir()
    running = Service(folder / "var", settings=tables).start()
    yield running
    running.remove()


def known_folders(service: Service, tree: Path) -> set[str]:
    return {job["run_dir"] for job in service.jobs() if Path(job["run_dir"]).is_relative_to(tree)}


@pytest.mark.timeout(1800 if LONG else 300)
def test_what_the_kernel_dropped_from_its_full_queue_is_read(trees: Service) -> None:
    """The changes are made after the queue is full, so that the kernel tells of none of them."""
    tree = trees.var.parent / "one"
    writer = LogWriter(tree, SEED, cases=10)
    assert trees.differences_at_rest() == []

    for number in range(ROUNDS):
        (watcher,) = processes_by_kind(trees)["watcher"]
        with stopped(watcher):
            overflow_event_queue(tree)
            writer.make(CHANGES)
            trees.drop(f"unheard{number}.inp", beam())
        left = trees.differences_at_rest(60)

        assert left == []
        assert writer.folders() - known_folders(trees, tree) == set()
    jobs = trees.ended(*(f"unheard{number}.inp" for number in range(ROUNDS)))
    assert {job["status"] for job in jobs.values()} == {"normal"}
    assert all(started_once(trees, job) for job in jobs.values())
    beat = wait_for(lambda: trees.watched().get("one"), "the watcher's heartbeat")
    assert beat["overflows"] >= 1, beat


@pytest.mark.timeout(1800 if LONG else 300)
def test_changes_whose_tasks_the_queue_server_forgot_are_read(trees: Service) -> None:
    tree = trees.var.parent / "two"
    writer, chance = LogWriter(tree, SEED, cases=10), random.Random(SEED)

    with trees.queue_server() as queue:
        for number in range(ROUNDS):
            trees.drop(f"forgotten{number}.inp", beam(increments=60))
            with stopped(*processes_by_kind(trees)["worker"]):
                before = waiting_tasks(queue)
                writer.make(CHANGES)
                wait_for(lambda before=before: waiting_tasks(queue) > before, "a waiting task")
                time.sleep(chance.uniform(0, 1))
                queue.flushall()
            time.sleep(chance.uniform(0, 1))
            queue.flushall()  # while they are at work

    assert trees.differences_at_rest() == []
    assert writer.folders() - known_folders(trees, tree) == set()
    jobs = trees.ended(*(f"forgotten{number}.inp" for number in range(ROUNDS)))
    assert {job["status"] for job in jobs.values()} == {"normal"}
    assert [name for name, job in jobs.items() if not started_once(trees, job)] == []


def waiting_tasks(queue) -> int:
    """Readings that no worker has taken."""
    keys = [key for name in (b"ingest", b"backlog") for key in queue.keys(b"*:queue:" + name)]
    return sum(queue.llen(key) for key in keys if queue.type(key) == b"list")
