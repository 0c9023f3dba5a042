"""The kernel's events below real folders, as the loop takes them."""

import os

import pytest

from watcher.config import Root
from watcher.observe import Bell, Observation

from .conftest import wait_until

# Raised in watchdog's own thread it would end that: see the same filter in the watcher's __main__.
pytestmark = pytest.mark.filterwarnings("ignore:Callback with id")


@pytest.fixture
def bell():
    bell = Bell()
    yield bell
    bell.close()


@pytest.fixture
def watch(tmp_path, bell):
    """Makes an Observation of one root; ends it."""
    made = []

    def make(root):
        made.append(Observation((root,), bell))
        return made[-1]

    yield make
    for observation in made:
        observation.stop()


def gathered(observation, root, wanted):
    """Takes changes until all wanted paths were among them."""
    touched, appeared, left = set(), set(), set()

    def has_come():
        changes = observation.take(root)
        touched.update(changes.touched)
        appeared.update(changes.appeared)
        left.update(changes.left)
        return wanted <= touched

    wait_until(has_come, 5)
    return touched, appeared, left


def test_a_bell_that_rang_is_heard_once(bell):
    bell.ring()
    bell.ring()

    assert (bell.wait(0), bell.wait(0)) == (True, False)


def test_a_bell_that_nobody_hears_never_blocks(bell):
    for _ in range(70_000):
        bell.ring()

    assert (bell.wait(0), bell.wait(0)) == (True, False)


def test_each_path_is_kept_once_with_folders_told_apart(tmp_path, bell, watch):
    top = tmp_path / "runs"
    (top / "old").mkdir(parents=True)
    (top / "old" / "log").write_text("x")
    root = Root("runs", str(top), "tree")
    observation = watch(root)
    assert observation.check(0) == [root]
    name = os.fsdecode(b"caf\xe9\n'x'")

    (top / name).write_text("a")
    (top / name).write_text("b")
    (top / "new").mkdir()
    (top / "old").rename(top / "moved")

    wanted = {name, "new", "old", "old/log", "moved", "moved/log"}
    touched, appeared, left = gathered(observation, root, wanted)
    assert (touched, appeared, left) == (wanted, {"new", "moved"}, {"old"})
    assert bell.wait(0)


def test_a_missing_root_is_waited_for(tmp_path, watch):
    root = Root("runs", str(tmp_path / "runs"), "tree")
    observation = watch(root)
    assert (observation.check(0), observation.is_watched(root)) == ([], False)

    (tmp_path / "runs").mkdir()

    assert (observation.check(1), observation.is_watched(root)) == ([root], True)
    assert observation.check(2) == []


@pytest.mark.parametrize("loss", ["deleted", "moved"])
def test_a_root_that_vanishes_and_comes_back_is_watched_anew(tmp_path, watch, loss):
    top = tmp_path / "runs"
    top.mkdir()
    root = Root("runs", str(top), "tree")
    observation = watch(root)
    observation.check(0)

    top.rmdir() if loss == "deleted" else top.rename(tmp_path / "away")
    assert (observation.check(1), observation.is_watched(root)) == ([], False)

    top.mkdir()
    assert (observation.check(2), observation.is_watched(root)) == ([root], True)
    (top / "log").write_text("x")
    gathered(observation, root, {"log"})


def test_a_root_that_is_a_symlink_is_watched_behind_it(tmp_path, watch):
    (tmp_path / "real").mkdir()
    (tmp_path / "runs").symlink_to("real")
    root = Root("runs", str(tmp_path / "runs"), "tree")
    observation = watch(root)

    assert observation.check(0) == [root]
    (tmp_path / "real" / "log").write_text("x")

    gathered(observation, root, {"log"})


def test_a_watch_that_the_kernel_refuses_is_tried_again_ever_later(tmp_path, watch, monkeypatch):
    """Out of inotify watches, as on a machine with a huge tree: cannot be had for real without starving others."""
    root = Root("runs", str(tmp_path), "tree")
    observation = watch(root)
    tries = []

    def refuse(one, identity):
        tries.append(one.root.name)
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(observation, "_set_watch", refuse)
    for second in range(100):
        assert observation.check(float(second)) == []
    assert len(tries) == 7
    monkeypatch.undo()

    assert observation.check(200.0) == [root]


def test_reading_a_tree_makes_no_events(tmp_path, watch, bell):
    (tmp_path / "log").write_text("x")
    root = Root("runs", str(tmp_path), "tree")
    observation = watch(root)
    observation.check(0)

    (tmp_path / "log").read_text()
    os.listdir(tmp_path)
    (tmp_path / "end").write_text("x")

    touched, _, _ = gathered(observation, root, {"end"})
    assert touched == {"end"}
