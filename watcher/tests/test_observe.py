"""How a root is followed: by events, by polling, or not at all while it is missing; each with its reason."""

import errno
import os
import time
from itertools import pairwise
from pathlib import Path

import pytest

from watcher.mounts import Mounts
from watcher.observe import RETRY_LIMIT_S

from .following import WATCHED
from .waiting import wait_until


def test_a_bell_that_rang_is_heard_once(bell):
    bell.ring()
    bell.ring()

    assert (bell.wait(0), bell.wait(0)) == (True, False)


def test_a_bell_that_nobody_hears_never_blocks(bell):
    for _ in range(70_000):
        bell.ring()

    assert (bell.wait(0), bell.wait(0)) == (True, False)


def test_a_bell_does_not_wait_for_what_was_due_already(bell):
    assert bell.wait(-5.0) is False


def test_a_missing_root_is_waited_for(follow):
    root = follow()
    assert (root.check(), root.state) == (False, ("missing", "it is missing"))

    root.top.mkdir()

    assert (root.check(), root.state, root.check()) == (True, WATCHED, False)
    (root.top / "log").touch()
    root.heard("log")


@pytest.mark.parametrize("other", ["file", "link in a circle", "dangling link"])
def test_what_is_no_folder_is_no_root(follow, other):
    root = follow()
    if other == "file":
        root.top.touch()
    else:
        root.top.symlink_to("runs" if other == "link in a circle" else "nowhere")

    assert (root.check(), root.state) == (False, ("missing", "it is missing"))


@pytest.mark.parametrize("loss", ["deleted", "moved"])
def test_a_root_that_vanishes_and_comes_back_is_watched_anew(follow, loss):
    root = follow()
    root.top.mkdir()
    root.check()

    root.top.rmdir() if loss == "deleted" else root.top.rename(root.top.with_name("away"))
    assert (root.check(), root.state) == (True, ("missing", "it is missing"))
    assert (root.check(), bool(root.reach.take())) == (False, False)

    root.top.mkdir()
    assert (root.check(), root.state) == (True, WATCHED)
    (root.top / "log").touch()
    root.heard("log")


def test_a_root_that_another_folder_took_the_place_of_is_watched_anew(follow):
    root = follow()
    root.top.mkdir()
    root.check()
    root.top.rename(root.top.with_name("away"))
    root.top.mkdir()

    assert (root.check(), root.state) == (True, WATCHED)
    (root.top / "log").touch()
    root.heard("log")


def test_a_root_that_is_a_link_is_watched_behind_it(follow, tmp_path):
    (tmp_path / "real").mkdir()
    root = follow()
    root.top.symlink_to("real")

    assert (root.check(), root.state, root.reach.place.top) == (
        True,
        WATCHED,
        str(tmp_path / "real"),
    )
    (tmp_path / "real" / "log").touch()
    root.heard("log")


def test_a_reader_that_died_is_replaced(follow, monkeypatch):
    root = follow()
    root.top.mkdir()
    root.check()
    emitter = root.reach.watches._queue._emitter
    emitter.stop()
    os.eventfd_write(emitter._end, 1)
    wait_until(lambda: not emitter.is_alive())

    assert (root.check(), root.state) == (True, WATCHED)
    (root.top / "log").touch()
    root.heard("log")


@pytest.mark.parametrize(
    ("mode", "fs_type", "state"),
    [
        ("auto", "ext4", WATCHED),
        ("auto", "nfs4", ("polled", "another host may write here (nfs4)")),
        (
            "auto",
            "fuse.sshfs",
            ("polled", "what lies behind it may change without an event (fuse.sshfs)"),
        ),
        ("events", "nfs4", WATCHED),
        ("poll", "ext4", ("polled", "set to poll")),
    ],
)
def test_a_root_is_polled_where_its_file_system_or_somebody_says_so(follow, mode, fs_type, state):
    root = follow(mode=mode)
    root.top.mkdir()
    root.mount(root.top, fs_type)

    assert (root.check(), root.state, root.check()) == (True, state, False)
    assert (root.reach.watches is None) == (state[0] == "polled")


def test_a_share_inside_a_root_is_silent_and_not_the_rest(follow):
    root = follow()
    (root.top / "share" / "a").mkdir(parents=True)
    root.check()
    assert root.reach.silent == ()

    root.mount(root.top / "share", "lustre")

    assert (root.check(), root.state, root.reach.silent) == (True, WATCHED, ("share",))


def test_a_root_with_another_mount_inside_is_looked_through_anew(follow):
    """Whatever its file system: what lies there is not what lay there, and it may be unmounted again."""
    root = follow()
    (root.top / "disk").mkdir(parents=True)
    root.check()

    root.mount(root.top / "disk", "ext4")

    assert (root.check(), root.state, root.reach.silent, root.check()) == (
        True,
        WATCHED,
        (),
        False,
    )


def test_a_share_inside_that_was_unmounted_is_away_as_long_as_its_folder_is_there(follow):
    root = follow()
    (root.top / "share").mkdir(parents=True)
    root.known_mounts = ["share", "no more"]

    assert (root.check(), root.state, root.reach.away) == (True, WATCHED, ("share",))
    (root.top / "share").rmdir()
    assert (root.check(), root.reach.away) == (True, ())


def test_an_unmounted_root_leaves_an_empty_folder_behind_and_is_missing(follow, share):
    root = follow()
    root.top.mkdir()
    with share(root.top) as unmount:
        root.mounts = Mounts.read()
        assert (root.check(), root.state, root.reach.place.is_mount) == (True, WATCHED, True)
        root.known_mounts = [""]
        unmount()
        root.mounts = Mounts.read()
        assert (root.check(), root.state) == (True, ("missing", "nothing is mounted there"))
        assert root.check() is False
    with share(root.top):
        root.mounts = Mounts.read()
        assert (root.check(), root.state) == (True, WATCHED)
        (root.top / "log").touch()
        root.heard("log")


def test_a_root_that_is_empty_and_was_not_is_missing_until_something_lies_there(follow):
    """Not every share is in the table when it is mounted: an automounter, a container."""
    root = follow()
    root.top.mkdir()
    root.is_used = True
    assert (root.check(), root.state) == (False, ("missing", "it is empty, and was not"))

    (root.top / "a").mkdir()

    assert (root.check(), root.state) == (True, WATCHED)
    (root.top / "a").rmdir()  # by somebody who cleaned up while we watched
    assert (root.check(), root.state) == (False, WATCHED)


REFUSALS = [(errno.EMFILE, "no queue"), (errno.ENOSPC, "no watch")]


@pytest.mark.parametrize(("number", "words"), REFUSALS)
def test_what_the_kernel_refuses_is_polled_and_asked_for_ever_later(
    follow, monkeypatch, number, words
):
    """The kernel's own refusals are had for real in the tests of its queue, at the cost of a name space."""
    root = follow()
    root.top.mkdir()
    tries = []

    def refuse(*arguments):
        tries.append(root.now)
        raise OSError(number, words)

    with monkeypatch.context() as patched:
        patched.setattr(
            "watcher.observe.KernelQueue"
            if number == errno.EMFILE
            else "watcher.observe.Watches.add",
            refuse,
        )
        assert (root.check(), root.state, root.reach.refusal) == (True, ("polled", words), number)
        # Nothing begins anew with each try: a tree of a hundred thousand folders would be scanned with each.
        assert [root.check() for _ in range(200)] == [False] * 200
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, RETRY_LIMIT_S, RETRY_LIMIT_S]

    assert [root.check() for _ in range(100)].count(True) == 1
    assert (root.state, root.reach.refusal) == (WATCHED, None)


def test_events_that_are_distrusted_are_not_listened_to_any_more(follow):
    root = follow()
    root.top.mkdir()
    root.check()

    for _ in range(3):
        root.reach.distrust("changes were found")

    assert (root.check(), root.state, root.reach.watches) == (
        True,
        ("polled", "changes were found"),
        None,
    )
    assert root.check() is False


def test_where_events_are_set_they_are_trusted(follow):
    root = follow(mode="events")
    root.top.mkdir()
    root.check()

    root.reach.distrust("changes were found")

    assert (root.check(), root.state) == (False, WATCHED)


def test_the_time_of_closing_does_not_grow_with_what_is_watched(follow):
    root = follow()
    root.top.mkdir()
    for number in range(500):
        (root.top / f"{number}").mkdir()
    root.check()
    for number in range(500):
        root.reach.watches.add(f"{number}")
    began = time.thread_time()

    root.reach.close()

    assert time.thread_time() - began < 0.5
    assert Path(root.top).is_dir()
