"""A hot folder: its decks wherever events, or their loss, or its own absence lead."""

import os
import shutil
from types import SimpleNamespace

import pytest

from watcher.config import Root
from watcher.hot import HotFolder
from watcher.mounts import Mounts
from watcher.watches import Watches

from .rig import UnreadQueue

QUIET_S, RESCAN_S, POLL_S = 2.0, 30.0, 5.0
STEP_S = 0.125


class Intake:
    """Stands for the queue: what was told."""

    def __init__(self):
        self.told = []

    def has_many_decks(self):
        return False

    def decks(self, root, arrived, settled, withdrawn):
        self.told += [("arrived", name) for name in arrived]
        self.told += [("settled", name) for name in settled]
        self.told += [("withdrawn", name) for name in withdrawn]


class Hot:
    def __init__(self, top, is_watched=True):
        self.top, self.is_watched = top, is_watched
        self.now = 1000.0
        self.place = HotFolder(Root("hotfolder", str(top), "hot"), QUIET_S, RESCAN_S, POLL_S)
        self.queue = None
        self.begin()

    def begin(self):
        self.end()
        self.watches = None
        if self.is_watched:
            self.queue = UnreadQueue()
            self.watches = Watches(str(self.top), self.queue, lambda: self.now)
            self.watches.add("")
        self.place.begin(SimpleNamespace(watches=self.watches), Mounts.read())

    def end(self):
        if self.queue is not None:
            self.queue.close()
            self.queue = None

    def run(self, seconds):
        """What was told while time passed."""
        intake, end = Intake(), self.now + seconds
        while self.now < end:
            if self.watches is not None:
                self.place.take(self.watches.take())
            self.place.step(self.now)
            self.place.deliver(intake, self.now)
            self.now += STEP_S
        return intake.told


@pytest.fixture(params=[True, False], ids=["watched", "polled"])
def hot(request, tmp_path):
    (tmp_path / "hot").mkdir()
    hot = Hot(tmp_path / "hot", request.param)
    yield hot
    hot.end()


@pytest.fixture
def watched(tmp_path):
    (tmp_path / "hot").mkdir()
    hot = Hot(tmp_path / "hot")
    yield hot
    hot.end()


ONCE = [("arrived", "a.inp"), ("settled", "a.inp")]


def test_a_deck_is_told_of_and_handed_over_once(hot):
    (hot.top / "a.inp").write_text("x")

    assert hot.run(POLL_S + QUIET_S + 1) == ONCE
    assert hot.run(30) == []
    assert hot.place.state()["handed"] == 1


def test_what_lay_there_before_is_handed_over(tmp_path):
    (tmp_path / "a.inp").write_text("x")
    hot = Hot(tmp_path)

    assert hot.run(QUIET_S + 1) == ONCE
    hot.end()


def test_a_folder_deck_waits_for_the_last_change_in_its_depth(watched):
    deep = watched.top / "case" / "constant" / "polyMesh"
    deep.mkdir(parents=True)
    (watched.top / "case" / "log").touch()
    told = []
    for number in range(10):
        (deep / f"{number}").write_text("x")
        told += watched.run(QUIET_S / 2)
    assert ("settled", "case") not in told

    assert watched.run(2 * QUIET_S)[-1] == ("settled", "case")
    assert len(watched.watches) == 4


def test_a_deck_told_of_by_events_that_were_lost_is_found(watched):
    watched.run(RESCAN_S / 2)
    (watched.top / "a.inp").write_text("x")

    watched.queue.overflow()

    assert watched.run(QUIET_S + 1) == ONCE
    assert watched.place.state()["overflows"] == 1


def test_a_deck_of_which_no_event_told_is_found_by_the_next_scan(watched):
    (watched.top / "a.inp").write_text("x")
    watched.run(STEP_S)
    watched.queue.forget()
    (watched.top / "b.inp").write_text("x")
    watched.queue.forget()

    assert ("settled", "b.inp") in watched.run(RESCAN_S + QUIET_S + 1)


def test_folders_of_a_deck_that_was_made_again_are_watched_again_after_a_loss(watched):
    (watched.top / "case/a").mkdir(parents=True)
    (watched.top / "case/a/x").touch()
    watched.run(1)
    shutil.rmtree(watched.top / "case")
    (watched.top / "case/a").mkdir(parents=True)
    watched.queue.overflow()
    watched.run(QUIET_S / 2)

    (watched.top / "case/a/y").touch()

    assert "case/a/y" in watched.watches.take().touched


def test_decks_do_not_go_with_their_folder(hot):
    (hot.top / "a.inp").write_text("x")
    hot.run(POLL_S)
    away = hot.top.with_name("away")
    hot.top.rename(away)
    told = hot.run(0.5)
    hot.place.end()
    hot.end()
    hot.watches = None
    told += hot.run(60)
    assert hot.place.next_due() == float("inf")

    away.rename(hot.top)
    hot.begin()
    told += hot.run(POLL_S + QUIET_S + 1)

    assert ("withdrawn", "a.inp") not in told
    assert ("settled", "a.inp") in told


def test_a_folder_that_was_away_for_a_moment_is_followed_as_before(hot):
    """Away and back before anybody looked for it: it was never listed again."""
    away = hot.top.with_name("away")
    hot.top.rename(away)
    hot.run(0.5)
    away.rename(hot.top)

    (hot.top / "a.inp").write_text("x")

    assert hot.run(POLL_S + QUIET_S + 1) == ONCE


def test_a_folder_that_cannot_be_looked_at_is_no_end(hot, monkeypatch):
    """ESTALE of a share: it used to end the watcher."""
    stat = os.stat

    def fails(path, **options):
        if str(path).startswith(str(hot.top)):
            raise OSError(116, "Stale file handle")
        return stat(path, **options)

    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", fails)
        patched.setattr(os, "lstat", fails)
        patched.setattr(os, "scandir", fails)
        assert hot.run(10) == []
    (hot.top / "a.inp").write_text("x")

    assert hot.run(RESCAN_S + QUIET_S + 1)[-1] == ("settled", "a.inp")


def test_hidden_folders_of_a_deck_are_not_watched(watched):
    (watched.top / "case/.git/objects").mkdir(parents=True)
    (watched.top / ".hidden").mkdir()
    watched.run(1)

    assert sorted(watched.watches) == ["", "case"]


def test_a_deck_that_is_taken_in_leaves_no_watch(watched):
    (watched.top / "case/a/b").mkdir(parents=True)
    (watched.top / "case/a/b/x").touch()
    watched.run(1)
    assert len(watched.watches) == 4

    (watched.top / "case").rename(watched.top.with_name("taken"))
    watched.run(1)

    assert (list(watched.watches), len(watched.place._folders)) == ([""], 1)


def test_a_huge_deck_that_is_taken_away_costs_what_it_is(watched):
    """Each of its folders was looked for among all of them."""
    for number in range(3000):
        (watched.top / f"case/{number}").mkdir(parents=True)
    watched.place.begin(SimpleNamespace(watches=watched.watches), Mounts.read())
    looked = []
    contains, drop = watched.watches.__class__.__iter__, watched.watches.drop
    watched.watches.drop = lambda folder: (looked.append(folder), drop(folder))
    shutil.rmtree(watched.top / "case")

    watched.run(1)

    assert (len(looked), list(contains(watched.watches))) == (3001, [""])
