"""The loop's own part: what it makes of mounts, of distrust, of the diary's hints and of a queue server's moods."""

import errno
import json
import time

import pytest
from rq.defaults import RQ_KEY_PREFIX

from watcher.config import Root, WatcherConfig
from watcher.loop import QUEUE_RETRY_S, Loop
from watcher.memory import Memory
from watcher.mounts import Mounts
from watcher.observe import CHECK_S
from watcher.publish import Publisher
from watcher.trust import MOST_MISSED

from .waiting import wait_until


class Turns:
    """A loop whose turns the test takes."""

    def __init__(self, folder, bell, url):
        self.hot, self.runs, self.archive = (folder / name for name in ("hot", "runs", "archive"))
        for top in (self.hot, self.runs, self.archive):
            top.mkdir()
        roots = (
            Root("hotfolder", str(self.hot), "hot"),
            Root("runs", str(self.runs), "tree"),
            Root("archive", str(self.archive), "tree"),
        )
        self.memory = Memory(folder / "watcher.sqlite3")
        self.publisher = Publisher(url)
        config = WatcherConfig(url, roots, logs_quiet_s=0.05)
        self.loop = Loop(config, self.memory, self.publisher, bell)
        self.now = time.monotonic()

    def turn(self, seconds=0.0):
        """The loop sees the real clock, which its own times are then ahead of."""
        self.now = max(self.now, time.monotonic()) + seconds
        self.loop.turn(self.now)

    def state(self, name):
        (root,) = [root for root in self.loop._words()["roots"] if root["name"] == name]
        return root["state"], root["why"]

    def place(self, name):
        (place,) = [place for _, place in self.loop._places if place.root.name == name]
        return place

    def close(self):
        self.loop.stop()
        self.loop.run()
        self.memory.close()
        self.publisher.close()


@pytest.fixture
def turns(tmp_path, bell, queue_server):
    turns = Turns(tmp_path, bell, queue_server.url)
    turns.turn()
    yield turns
    turns.close()


def test_a_tree_whose_events_are_missed_is_polled_and_the_others_are_not(turns):
    turns.place("archive").survey.looking.suspects.missed = MOST_MISSED

    turns.turn(CHECK_S)

    why = "changes were found there that no event had told of"
    assert [turns.state(name) for name in ("archive", "runs")] == [("polled", why), ("watched", "")]
    turns.turn(CHECK_S)
    assert turns.state("archive") == ("polled", why)


def test_what_is_unmounted_is_known_before_the_next_look_at_it(turns, share):
    """Files below a mount point where nothing is mounted any more have not been deleted."""
    (turns.archive / "share").mkdir()
    with share(turns.archive / "share") as unmount:
        turns.turn()
        assert turns.place("archive").mounts == ["share"]
        unmount()
        turns.turn()
        assert turns.state("archive") == ("mixed", "not mounted: share")
    with share(turns.archive / "share"):
        turns.turn()
        assert turns.state("archive") == ("watched", "")


def test_a_table_of_mounts_that_cannot_be_read_now_is_read_later(turns, share, monkeypatch):
    def fails():
        raise OSError(errno.EMFILE, "Too many open files")

    (turns.archive / "share").mkdir()
    with share(turns.archive / "share"):
        with monkeypatch.context() as patched:
            patched.setattr(Mounts, "read", fails)
            turns.turn()
            turns.turn(CHECK_S)
            assert turns.place("archive").mounts == []

        turns.turn(CHECK_S)

        assert turns.place("archive").mounts == ["share"]


def test_a_queue_server_that_is_away_is_not_asked_all_the_time(turns, queue_server, monkeypatch):
    (turns.runs / "log").touch()
    queue_server.kill()
    asked = []
    heartbeat = turns.publisher.still_knows_us
    monkeypatch.setattr(
        turns.publisher, "still_knows_us", lambda: (asked.append(turns.now), heartbeat())[1]
    )

    for _ in range(40):
        turns.turn(QUEUE_RETRY_S / 4)

    assert 5 <= len(asked) <= 11
    queue_server.start()
    wait_until(lambda: turns.turn(QUEUE_RETRY_S) or queue_server.tasks("ingest"))


@pytest.mark.parametrize("hints", ["other", "same", "none"])
def test_only_another_diary_gets_everything_anew(turns, queue_server, hints):
    def say(diary):
        words = json.dumps({"ignore": [], "unfinished": [], "diary": diary})
        queue_server.redis.set(f"{RQ_KEY_PREFIX}:hints:runs", words)

    say("one")
    (turns.runs / "log").touch()
    turns.turn(10.0)
    wait_until(lambda: turns.turn() or queue_server.do())

    if hints == "none":
        queue_server.redis.delete(f"{RQ_KEY_PREFIX}:hints:runs")
    else:
        say("one" if hints == "same" else "other")
    read = []
    for _ in range(40):
        turns.turn(10.0)
        time.sleep(0.01)
        read += queue_server.do()

    assert read == (["log"] if hints == "other" else [])
    assert turns.memory.diary == ("other" if hints == "other" else "one")


def test_one_root_out_of_reach_keeps_the_loop_from_no_sleep(turns):
    (turns.runs / "log").touch()
    wait_until(lambda: turns.turn() or turns.place("runs").pending)
    turns.runs.rename(turns.runs.with_name("away"))
    turns.hot.rename(turns.hot.with_name("hot away"))
    for _ in range(5):
        turns.turn(CHECK_S)

    assert turns.state("runs") == ("missing", "it is missing")
    assert [turns.place(name).next_due() for name in ("runs", "hotfolder")] == [float("inf")] * 2
