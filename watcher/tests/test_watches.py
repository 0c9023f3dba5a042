"""What the kernel's real events say of files and folders, by the names these have now."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.watches import Changes, Watches

from .rig import UnreadQueue

QUEUED_EVENTS = Path("/proc/sys/fs/inotify/max_queued_events")


class Top:
    """A folder that is watched, and what is told of it."""

    def __init__(self, folder):
        self.folder = folder
        self.now = 100.0
        self.queue = UnreadQueue()
        self.watches = Watches(str(folder), self.queue, lambda: self.now)
        self.watches.add("")

    def place(self, path):
        return self.folder / path

    def told(self):
        changes = self.watches.take()
        return sorted(changes.touched), list(changes.left), changes.appeared

    def folder_with_log(self, path):
        self.place(path).mkdir(parents=True)
        self.place(path).joinpath("log").write_text("x")
        self.watches.add(path)
        self.watches.take()


@pytest.fixture
def top():
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        (Path(folder) / "top").mkdir()
        top = Top(Path(folder) / "top")
        yield top
        top.queue.close()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda top: (top / "new").write_text("x"), (["new"], [], {})),
        (lambda top: (top / "new").touch(), (["new"], [], {})),
        (lambda top: (top / "a/log").write_text("more"), (["a/log"], [], {})),
        (lambda top: os.truncate(top / "a/log", 0), (["a/log"], [], {})),
        (lambda top: (top / "a/log").unlink(), (["a/log"], [], {})),
        (lambda top: (top / "a/log").rename(top / "a/b"), (["a/b", "a/log"], [], {})),
        (lambda top: (top / "a/log").rename(top / "log"), (["a/log", "log"], [], {})),
        (lambda top: (top / "a/log").rename(top.parent / "log"), (["a/log"], [], {})),
        (lambda top: os.link(top / "a/log", top / "hard"), (["hard"], [], {})),
        (lambda top: (top / "link").symlink_to("a"), (["link"], [], {})),
        (lambda top: os.mkfifo(top / "pipe"), (["pipe"], [], {})),
        (lambda top: (top / "new").mkdir(), ([], [], {"new": False})),
        (lambda top: (top / "a").rename(top / "b"), ([], ["a"], {"b": True})),
        (lambda top: (top / "a").rename(top.parent / "b"), ([], ["a"], {})),
        (lambda top: shutil.rmtree(top / "a"), (["a/log"], ["a"], {})),
        (lambda top: (top / "a/log").read_text(), ([], [], {})),
        (lambda top: os.listdir(top / "a"), ([], [], {})),
        (lambda top: (top / "a/log").chmod(0o600), ([], [], {})),
    ],
)
def test_each_change_is_told_of(top, change, told):
    top.folder_with_log("a")

    change(top.folder)

    assert top.told() == told


def test_a_tree_moved_in_is_told_of_by_its_top(top):
    (top.folder.parent / "case" / "0").mkdir(parents=True)

    (top.folder.parent / "case").rename(top.place("case"))

    assert top.told() == ([], [], {"case": True})


def test_a_folder_that_came_and_went_has_left(top):
    top.place("a").mkdir()
    top.place("a").rmdir()

    assert top.told() == ([], ["a"], {})


@pytest.mark.parametrize("way", ["deleted and made", "moved away and made", "moved away and in"])
def test_a_folder_whose_name_another_took_is_told_of_as_both(top, way):
    top.folder_with_log("a")
    (top.folder.parent / "other").mkdir()

    if way == "deleted and made":
        shutil.rmtree(top.place("a"))
    else:
        top.place("a").rename(top.folder.parent / "b")
    if way == "moved away and in":
        (top.folder.parent / "other").rename(top.place("a"))
    else:
        top.place("a").mkdir()

    changes = top.watches.take()
    assert (list(changes.left), changes.appeared) == (["a"], {"a": way == "moved away and in"})
    top.watches.drop("a")  # as who is told of it does
    top.watches.add("a")
    top.place("a/new").touch()
    assert top.told() == (["a/new"], [], {})


def test_a_folder_that_took_the_place_of_an_empty_one_is_told_of_as_moved(top):
    """rename(2) tells nothing of the empty folder that it replaces."""
    top.place("a").mkdir()
    top.watches.add("a")
    top.place("b").mkdir()
    top.watches.take()

    top.place("b").rename(top.place("a"))

    assert top.told() == ([], ["b"], {"a": True})


def test_a_folder_replaced_by_a_link_is_not_followed(top):
    top.folder_with_log("a")
    elsewhere = top.folder.parent / "elsewhere"
    top.place("a").rename(elsewhere)
    top.place("a").symlink_to(elsewhere)
    assert top.told() == (["a"], ["a"], {})
    top.watches.drop("a")

    with pytest.raises(OSError, match="a"):
        top.watches.add("a")
    (elsewhere / "log").write_text("more")
    assert (top.told(), "a" in top.watches) == (([], [], {}), False)


def test_a_renamed_folder_is_called_by_its_new_name_as_soon_as_it_is_known(top):
    top.folder_with_log("a")
    top.place("a").rename(top.place("b"))
    top.watches.add("b")

    top.place("b/log").write_text("more")

    assert sorted(top.watches) == ["", "b"]
    assert top.told() == (["b/log"], ["a"], {"b": True})
    top.watches.drop("a")
    top.place("b/log").write_text("even more")
    assert top.told() == (["b/log"], [], {})


def test_folders_that_swapped_their_names_are_told_apart_when_renewed(top):
    """With all events lost: only the numbers of the watches tell."""
    top.folder_with_log("a")
    top.folder_with_log("b")
    top.place("a").rename(top.place("c"))
    top.place("b").rename(top.place("a"))
    top.place("c").rename(top.place("b"))
    top.queue.forget()

    for folder in ("a", "b"):
        top.watches.renew(folder)
    top.place("a/x").touch()
    top.place("b/y").touch()

    assert top.told() == (["a/x", "b/y"], [], {})


def test_a_watch_is_renewed_where_its_folder_was_replaced_behind_our_back(top):
    top.folder_with_log("a")
    shutil.rmtree(top.place("a"))
    top.place("a").mkdir()
    top.queue.forget()
    assert "a" in top.watches

    top.watches.renew("a")
    top.place("a/new").touch()

    assert top.told() == (["a/new"], [], {})


def test_a_deleted_folder_has_no_watch_and_nothing_of_it_is_left(top):
    top.folder_with_log("a/b")
    top.watches.add("a")
    shutil.rmtree(top.place("a"))

    top.watches.take()

    assert (list(top.watches), top.watches._folder, top.watches._muted) == ([""], {1: ""}, set())


def test_a_muted_folder_tells_of_names_and_not_of_writing(top):
    top.folder_with_log("a")
    top.watches.add("a", muted=True)
    assert (top.watches.is_muted("a"), top.watches.is_heard("a")) == (True, False)

    top.place("a/log").write_text("more")
    assert top.told() == ([], [], {})
    top.place("a/new").write_text("x")
    top.place("a/log").unlink()
    top.place("a/b").mkdir()
    assert top.told() == (["a/log", "a/new"], [], {"a/b": False})

    top.watches.renew("a")
    top.place("a/new").write_text("more")
    assert top.told() == ([], [], {})

    top.watches.add("a")
    top.place("a/new").write_text("even more")
    assert (top.told(), top.watches.is_heard("a")) == ((["a/new"], [], {}), True)


def test_the_kernels_overflow_is_told_of(top):
    """Unique names, since the kernel merges what repeats itself; nobody reads."""
    most = int(QUEUED_EVENTS.read_text())
    for number in range(most + 100):
        os.close(os.open(top.place(f"{number}"), os.O_CREAT | os.O_WRONLY))

    changes = top.watches.take()

    assert (len(changes.touched), changes.lost, bool(changes)) == (most, True, True)
    top.place("probe").touch()
    assert top.told() == (["probe"], [], {})


def test_an_unmounted_share_takes_its_watches_along(top, share):
    top.place("share").mkdir()
    with share(top.place("share")) as unmount:
        top.place("share/a").mkdir()
        top.watches.add("share")
        top.watches.add("share/a")
        top.watches.take()

        unmount()

        top.watches.take()
        assert list(top.watches) == [""]


def test_without_changes_there_is_nothing(top):
    changes = top.watches.take()

    assert (changes, bool(changes)) == (Changes(at=100.0), False)


NAMES = st.binary(min_size=1, max_size=255).filter(
    lambda name: name not in (b".", b"..") and not {*name} & {*b"/\0"}
)


@settings(max_examples=50)
@given(names=st.sets(NAMES, min_size=1, max_size=5))
def test_any_name_that_a_file_may_have_is_told_as_it_is(names, tmp_path_factory):
    top = Top(tmp_path_factory.mktemp("top"))
    try:
        for name in names:
            top.place(os.fsdecode(name)).touch()

        assert {os.fsencode(path) for path in top.watches.take().touched} == names
    finally:
        top.queue.close()
