"""What the watcher tells people of one path: running, and by what it left."""

import json
import os
import subprocess
import sys
import time

import pytest
from rq.defaults import RQ_KEY_PREFIX

from watcher import explain, questions
from watcher.config import Root
from watcher.filters import unworthy, why_unworthy
from watcher.memory import Memory
from watcher.publish import Publisher

from .conftest import ROOM
from .waiting import wait_until

ODD = os.fsdecode(b"bl\xe4tter.sta")


def asked(watcher, root, path):
    done = subprocess.run(
        [sys.executable, "-m", "watcher.explain", root, path],
        cwd=ROOM,
        env=watcher.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said, disk = map(json.loads, done.stdout.splitlines())
    return said, disk


def test_a_running_watcher_tells_of_logs_and_decks(watcher, queue_server):
    case = watcher.runs / "case"
    case.mkdir()
    (case / ODD).write_text("a line\n")
    wait_until(lambda: queue_server.tasks("ingest") + queue_server.tasks("backlog"))
    (watcher.hot / "empty").mkdir()

    log, disk = asked(watcher, "runs", f"case/{ODD}")
    deck, _ = asked(watcher, "hotfolder", "empty")

    assert (log["source"], log["trouble"], log["ignored"]) == ("watcher", "", "")
    assert (log["memory"]["size"], log["memory"]["unconfirmed"]) == (7, True)
    assert log["task"]["fate"] == "waiting"
    assert abs(log["memory"]["handed_at"] - time.time()) < 60
    assert disk["fs_type"]
    assert deck["settling"]["handed_s"] is None

    queue_server.do()
    watcher.end()
    queue_server.redis.delete(f"{RQ_KEY_PREFIX}:watcher")
    left, _ = asked(watcher, "runs", f"case/{ODD}")

    assert (left["source"], left["trouble"]) == ("memory", "no watcher runs")
    assert left["memory"]["size"] == 7


def test_a_memory_that_is_held_damaged_or_absent_is_said_so(tmp_path):
    file = tmp_path / "watcher.sqlite3"
    assert "there is none" in explain.remembered(file, "runs", "a")[1]

    memory = Memory(file)
    tree = memory.tree("runs")
    tree.keep({"a/b.sta": (1, 2, 3)}, "ticket", 100)
    memory.commit()
    assert "a watcher holds it" in explain.remembered(file, "runs", "a/b.sta")[1]
    about = tree.about("a/b.sta")
    memory.close()

    assert explain.remembered(file, "runs", "a/b.sta") == (about, "")
    assert about == {
        "inode": 1,
        "size": 2,
        "mtime_ns": 3,
        "handed_at": 100,
        "unconfirmed": True,
    }
    assert explain.remembered(file, "runs", "a/b") == (None, "")
    file.write_bytes(b"no database at all" * 100)
    assert explain.remembered(file, "runs", "a/b.sta")[0] is None


def test_reading_the_memory_changes_nothing_in_it(tmp_path):
    file = tmp_path / "watcher.sqlite3"
    memory = Memory(file)
    memory.tree("runs").keep({"a/b.sta": (1, 2, 3)}, "", 100)
    memory.commit()
    memory.close()
    before = file.read_bytes()

    explain.remembered(file, "runs", "a/b.sta")

    assert file.read_bytes() == before
    again = Memory(file)
    assert again.tree("runs").stamp("a/b.sta") == (1, 2, 3)
    again.close()


def test_a_ticket_of_another_name_is_not_taken_for_its_own(tmp_path):
    memory = Memory(tmp_path / "watcher.sqlite3")
    tree = memory.tree("runs")
    tree.keep({"a/b.sta": (1, 2, 3), "a/b.sta.old": (4, 5, 6)}, "", 100)
    tree.keep({"a/b.sta.old": (4, 5, 7)}, "ticket", 101)

    assert tree.about("a/b.sta")["unconfirmed"] is False
    assert tree.about("a/b.sta.old")["unconfirmed"] is True
    memory.close()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("a/b.sta", ""),
        ("b.frd", "its name matches *.frd, which never is a log"),
        ("a/.b.sta", "its name begins with a dot"),
        ("a/b.PART", "its name ends with .part, as that of a copy in progress"),
        (".git/b.sta", "it lies in a folder whose name begins with a dot"),
    ],
)
def test_why_a_name_is_left_out(path, words):
    assert why_unworthy(path, ["*.frd"]) == words
    assert bool(words) == bool(unworthy(["*.frd"])(path.rpartition("/")[2])) or ".git" in path


def test_a_question_that_cannot_be_read_is_passed_over(queue_server):
    publisher = Publisher(queue_server.url)
    for raw in (b"no json", b"{}", b"[1]"):
        queue_server.redis.rpush(f"{RQ_KEY_PREFIX}:questions", raw)
    queue_server.redis.rpush(
        f"{RQ_KEY_PREFIX}:questions", json.dumps({"key": "k", "root": "runs", "path": "a"})
    )

    assert publisher.questions() == [questions.Question("k", "runs", "a")]
    assert publisher.questions() == []
    publisher.close()


def test_a_watcher_that_does_not_answer_is_not_waited_for(queue_server, monkeypatch):
    monkeypatch.setenv("RQ_KEY_PREFIX", RQ_KEY_PREFIX)
    monkeypatch.setattr(explain, "ANSWER_S", 0.05)
    beat = json.dumps({"at": time.time()})
    queue_server.redis.set(f"{RQ_KEY_PREFIX}:watcher", beat)

    words, why = explain.ask(queue_server.url, "runs", "a")

    assert (words, why) == (None, "the watcher did not answer within 0.05 s")
    assert queue_server.redis.llen(f"{RQ_KEY_PREFIX}:questions") == 0


def test_a_file_system_is_told_with_its_doubts(tmp_path):
    told = explain.mounted(Root("tree", str(tmp_path), "tree", "auto"), "a/b")

    assert told["mode"] == "auto"
    assert told["fs_type"]
