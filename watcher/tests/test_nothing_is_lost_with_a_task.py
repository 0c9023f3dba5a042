"""What became of a task, the queue, the root, the diary or the memory: no news are lost with them."""

import os
import shutil
import sqlite3

import pytest

from watcher.memory import MemoryFullError
from watcher.outbox import AGAIN_S

from .rig import Rig


@pytest.fixture
def rig(tmp_path):
    rig = Rig(tmp_path)
    rig.rest()
    yield rig
    rig.kill()


@pytest.mark.parametrize("lane", ["ingest", "backlog"])
def test_paths_of_a_lost_task_are_handed_over_anew(rig, lane):
    rig.write("a/log", age_s=60 if lane == "ingest" else 7200)
    rig.begin()
    rig.run(1)
    assert rig.tasks.handed == [(lane, ["a/log"])]

    rig.tasks.open.clear()

    assert rig.rest() == ["a/log"]
    assert rig.rest(100) == []


def test_a_lost_task_is_forgotten_by_the_memory_too(rig):
    """It was taken for lost again at each start, and its paths handed over again."""
    rig.write("a/log")
    rig.run(1)
    rig.tasks.open.clear()
    rig.rest()
    assert rig.memory.tree("runs").tickets() == {}

    rig.restart()

    assert rig.rest(100) == []


def test_a_folder_that_vanished_is_told_of_anew_when_its_task_is_lost(rig):
    rig.write("a/log")
    rig.rest()
    shutil.rmtree(rig.top / "a")
    assert rig.run(1) == ["a/"]

    rig.tasks.open.clear()

    assert rig.rest() == ["a/"]
    assert rig.rest(100) == []


@pytest.mark.parametrize("is_lost", [True, False])
def test_a_folder_that_vanished_is_told_of_even_after_a_kill(rig, is_lost):
    """While the queue was away nothing but the watcher's memory knew that it had to be told."""
    name = os.fsdecode(b"caf\xe9\n'")
    rig.write(f"{name}/log")
    rig.rest()
    shutil.rmtree(rig.top / name)
    if is_lost:
        assert rig.run(1) == [f"{name}/"]
        rig.tasks.open.clear()
    rig.tasks.is_away = True
    rig.run(1)

    rig.tasks.is_away = False
    rig.restart()

    assert rig.rest() == [f"{name}/"]
    assert rig.memory.tree("runs").tickets() == {}
    rig.restart()
    assert rig.rest(100) == []


def test_what_was_handed_over_is_followed_after_a_restart(rig):
    rig.write("a")
    rig.write("b")
    rig.run(1)
    rig.tasks.do_all()
    rig.write("b", "more")
    rig.run(1)

    rig.restart()

    assert rig.state("outstanding") == {"outstanding": 1}
    rig.append("b", "even more")
    assert rig.run(1) == []
    rig.tasks.do_all()
    assert rig.rest() == ["b"]


def test_a_task_that_failed_for_good_is_tried_again_after_a_while(rig):
    rig.write("a")
    rig.run(1)
    rig.tasks.open[rig.tasks.waiting()[0]][0] = "failed"

    assert rig.rest(AGAIN_S - 5) == []
    assert rig.rest(10) == ["a"]


def test_a_change_after_a_failed_task_does_not_wait(rig):
    rig.write("a")
    rig.run(1)
    rig.tasks.open[rig.tasks.waiting()[0]][0] = "failed"
    rig.append("a")

    assert rig.rest(2) == ["a"]


def test_a_root_that_goes_and_comes_back_is_told_of_as_nothing_gone(rig):
    rig.write("a/log")
    rig.rest()
    rig.now += 1000
    away = rig.top.with_name("away")
    rig.top.rename(away)
    rig.tree.end()
    rig.end_events()
    rig.watches = None
    assert rig.rest(10) == []

    away.rename(rig.top)
    rig.append("a/log")
    rig.begin()

    assert rig.rest() == ["a/log"]


def test_what_was_handed_over_just_before_the_root_went_is_handed_over_again(rig):
    """Its task may have found nothing there."""
    rig.write("a/log")
    rig.rest()
    rig.tree.end()

    rig.begin()

    assert rig.rest() == ["a/log"]
    assert rig.rest(100) == []


def test_another_diary_gets_everything(rig):
    rig.write("a/log")
    rig.write("old/log", age_s=7200)
    rig.begin()
    rig.rest()

    rig.memory.forget()
    rig.tree.anew()

    assert sorted(rig.rest()) == ["a/log", "old/log"]
    assert rig.rest(100) == []


def test_a_memory_on_a_full_disk_holds_nothing_up_and_is_told_of_once(rig, monkeypatch, caplog):
    def fails(work):
        raise MemoryFullError("disk is full") from sqlite3.OperationalError("disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(rig.memory._file, "read", fails)
        for number in range(20):
            rig.write(f"{number}/log")
            assert rig.rest() == [f"{number}/log"]
        shutil.rmtree(rig.top / "0")
        assert rig.rest() == ["0/"]
        rig.tree.end()
        rig.begin()
        rig.hint(ignore=["*.frd"])
    assert len([one for one in caplog.records if "a restart hands over more" in one.message]) == 1

    rig.restart()
    assert len(rig.rest()) == 19
