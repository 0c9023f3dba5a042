"""One run tree with real files, a clock and a queue made of plain values."""

import os

import pytest

from watcher.config import Root
from watcher.observe import Changes
from watcher.publish import QueueAwayError
from watcher.tree import Pace, RunTree

PACE = Pace(quiet_s=0.25, ceiling_s=1.0, rescan_s=30.0)


class Tasks:
    """Stands for the queue: which tasks wait, what was handed over."""

    def __init__(self):
        self.handed = []
        self.open = set()
        self.is_away = False

    def ingest(self, root, paths):
        if self.is_away:
            raise QueueAwayError("away")
        self.handed.append(paths)
        ticket = f"ticket {len(self.handed)}"
        self.open.add(ticket)
        return ticket

    def waiting(self, tickets):
        if self.is_away:
            raise QueueAwayError("away")
        return self.open & set(tickets)

    def start_all(self):
        self.open.clear()


class Tree:
    def __init__(self, folder):
        self.folder = folder
        self.now = 100.0
        self.tasks = Tasks()
        self.tree = RunTree(Root("runs", str(folder), "tree"), PACE, lambda: self.now)

    def write(self, path, text="x", event=True):
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        if event:
            self.tree.touch(path, self.now)

    def run(self, seconds):
        """What was handed over, task by task, while time passed."""
        end, before = self.now + seconds, len(self.tasks.handed)
        while self.now < end:
            self.tree.step(self.now)
            try:
                self.tree.deliver(self.tasks, self.now)
            except QueueAwayError:
                pass
            self.now += 0.0625
        return self.tasks.handed[before:]


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


def test_a_file_is_handed_over_when_quiet(tree):
    tree.write("a/beam.sta")

    assert tree.run(0.25) == []
    assert tree.run(0.0625) == [["a/beam.sta"]]
    assert tree.run(20) == []


def test_a_file_that_is_never_quiet_is_handed_over_at_the_ceiling(tree):
    told = []
    for _ in range(32):
        tree.write("a/beam.sta")
        told.append(tree.run(0.125))
        tree.tasks.start_all()

    assert [number for number, tasks in enumerate(told) if tasks] == [8, 17, 26]


def test_files_due_together_are_one_task(tree):
    for name in "cab":
        tree.write(name)

    assert tree.run(1) == [["a", "b", "c"]]


def test_many_files_are_several_tasks(tree):
    for number in range(450):
        tree.write(f"{number:03}")

    assert [len(paths) for paths in tree.run(1)] == [200, 200, 50]


def test_a_deleted_file_is_handed_over_too(tree):
    tree.write("a/beam.sta")
    tree.run(1)
    tree.tasks.start_all()

    (tree.folder / "a/beam.sta").unlink()
    tree.tree.touch("a/beam.sta", tree.now)

    assert tree.run(1) == [["a/beam.sta"]]


def test_a_file_whose_task_waits_is_not_queued_again_until_that_has_started(tree):
    tree.write("a")
    tree.run(1)

    for _ in range(5):
        tree.write("a", "more")
        assert tree.run(1) == []
    tree.write("b")
    assert tree.run(1) == [["b"]]
    assert tree.tree.pending == 1

    tree.tasks.start_all()
    assert tree.run(0.125) == [["a"]]
    assert (tree.run(10), tree.tree.pending) == ([], 0)


def test_what_could_not_be_handed_over_is_kept_once_each(tree):
    tree.tasks.is_away = True
    for _ in range(20):
        tree.write("a")
        tree.write("b")
        assert tree.run(1) == []

    tree.tasks.is_away = False

    assert tree.run(0.0625) == [["a", "b"]]
    assert tree.run(10) == []


def test_the_first_scan_hands_over_every_file_once(tree):
    for path in ("log", "a/log", "a/b/log", "a/.pdfjobs/run-1.json", ".incoming/7/x", "a/x.tmp"):
        tree.write(path, event=False)
    (tree.folder / "link").symlink_to("log")
    (tree.folder / "loop").symlink_to(tree.folder)

    tree.tree.scan(tree.now)

    assert tree.run(1) == [["a/b/log", "a/log", "log"]]
    assert tree.run(100) == []


@pytest.mark.parametrize("change", ["grown", "new", "replaced", "deleted"])
def test_a_rescan_finds_what_no_event_told_of(tree, change):
    tree.write("a/log", event=False)
    tree.tree.scan(tree.now)
    tree.run(1)
    tree.tasks.start_all()

    log = tree.folder / "a/log"
    expected = "a/log"
    if change == "grown":
        log.write_text("longer")
    elif change == "new":
        tree.write(expected := "b/log", event=False)
    elif change == "replaced":
        stamp = log.stat()
        (tree.folder / "other").write_text("x")
        os.utime(tree.folder / "other", ns=(stamp.st_mtime_ns, stamp.st_mtime_ns))
        (tree.folder / "other").rename(log)
    else:
        log.unlink()

    assert tree.run(28) == []
    assert tree.run(33) == [[expected]]
    tree.tasks.start_all()
    assert tree.run(100) == []


def test_a_tree_that_is_out_of_reach_is_not_told_of_as_deleted(tree, tmp_path):
    tree.write("a/log")
    tree.tree.scan(tree.now)
    tree.run(1)
    tree.tasks.start_all()

    tmp_path.rename(tmp_path.with_name("away"))

    assert tree.run(100) == []


def test_a_new_folder_is_walked(tree):
    tree.write("a/b/log", event=False)
    tree.write("a/.hidden/log", event=False)

    tree.tree.take(Changes(touched={"a": tree.now}, appeared={"a", ".incoming"}))

    assert tree.run(1) == [["a/b/log"]]


def test_a_folder_that_left_takes_its_files_along(tree):
    tree.write("a/b/log")
    tree.write("ab/log")
    tree.run(1)
    tree.tasks.start_all()

    (tree.folder / "a").rename(tree.folder.with_name("elsewhere"))
    tree.tree.take(Changes(touched={"a": tree.now}, left={"a"}))

    assert tree.run(1) == [["a/b/log"]]


def test_a_hint_that_comes_late_still_counts(tree):
    tree.tasks.is_away = True
    tree.write("a/beam.frd")
    tree.run(1)
    tree.write("b/beam.frd")

    tree.tree.ignore(["*.frd"])
    tree.tasks.is_away = False

    assert (tree.run(10), tree.tree.pending) == ([], 0)


def test_hinted_files_are_left_out_until_the_hint_is_gone(tree):
    tree.tree.ignore(["*.frd"])
    tree.write("a/beam.frd")
    tree.write("a/beam.sta")
    tree.tree.scan(tree.now)
    assert tree.run(1) == [["a/beam.sta"]]

    tree.tree.ignore([])

    assert tree.run(31) == [["a/beam.frd"]]


@pytest.mark.parametrize("make", [os.mkfifo, lambda place: place.symlink_to("log"), os.mkdir])
def test_only_regular_files_are_handed_over(tree, make):
    make(tree.folder / "x")
    tree.tree.touch("x", tree.now)

    assert tree.run(1) == []


def test_a_queue_that_lost_everything_gets_everything_anew(tree):
    tree.write("a")
    tree.write("b")
    tree.run(1)
    tree.write("b", "more")
    (tree.folder / "a").unlink()
    tree.run(1)

    tree.tasks.start_all()
    tree.tree.forget_deliveries(tree.now)

    assert sorted(path for paths in tree.run(1) for path in paths) == ["a", "b"]
    assert tree.run(20) == []


def test_a_walk_gives_way_to_other_work(tree):
    """The clock goes on by more than a slice at each look at it, so no step walks the whole tree."""
    for number in range(10):
        tree.write(f"{number}/log", event=False)

    def clock():
        tree.now += 0.03
        return tree.now

    slow = RunTree(Root("runs", str(tree.folder), "tree"), PACE, clock)
    slow.scan(tree.now)
    steps = 0
    while slow.pending < 10:
        assert slow.next_due() == 0.0
        slow.step(tree.now)
        steps += 1

    assert steps >= 5
