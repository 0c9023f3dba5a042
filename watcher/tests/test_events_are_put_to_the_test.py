"""Do events arrive? Where a folder is ours a file of ours tells; what is late is no proof, what is lost is tried again."""

import os

from watcher.cookie import WAIT_S, is_cookie
from watcher.kernel import KernelQueue
from watcher.observe import TEST_S
from watcher.watches import Watches

from .following import WATCHED
from .waiting import wait_until


def cookies(root):
    return [name for name in os.listdir(root.top) if is_cookie(name)]


def test_events_are_put_to_the_test_where_the_folder_is_ours(follow):
    root = follow(is_ours=True)
    root.top.mkdir()
    root.check()
    root.check()
    assert len(cookies(root)) == 1

    def is_heard():
        assert not root.reach.take().touched  # nobody else hears of it
        return root.reach._cookie._is_heard

    wait_until(is_heard)
    assert (root.check(), root.state, cookies(root)) == (False, WATCHED, [])
    root.check(TEST_S)
    assert len(cookies(root)) == 1
    root.reach.close()
    assert cookies(root) == []


def test_nothing_is_written_into_a_tree_that_is_not_ours(follow):
    root = follow()
    root.top.mkdir()

    for _ in range(10):
        root.check(TEST_S)
        assert cookies(root) == []


def deaf(monkeypatch):
    """A file system whose changes make no events."""
    monkeypatch.setattr(KernelQueue, "watch", lambda self, path, writes=True: 1)


def test_a_root_whose_test_fails_twice_is_polled(follow, monkeypatch):
    deaf(monkeypatch)
    root = follow(is_ours=True)
    root.top.mkdir()
    root.check()

    changed = []
    for _ in range(20):
        root.reach.take()
        changed.append(root.check())

    assert (changed.count(True), root.state) == (
        1,
        ("polled", "a file written there made no event"),
    )
    assert cookies(root) == []


def test_an_event_that_was_not_taken_yet_is_no_failed_test(follow):
    """The loop was busy, or the machine slept: the event waits to be taken."""
    root = follow(is_ours=True)
    root.top.mkdir()
    root.check()
    root.check()

    assert [root.check(10 * WAIT_S) for _ in range(5)] == [False] * 5
    wait_until(lambda: root.reach.take() is not None and root.reach._cookie._is_heard)
    assert (root.check(), root.state, root.reach._cookie.verdict(root.now)) == (
        False,
        WATCHED,
        True,
    )


def test_a_cookie_that_may_be_among_lost_events_is_baked_again(follow, monkeypatch):
    """A flood must not end with polling for good."""
    deaf(monkeypatch)
    root = follow(is_ours=True)
    root.top.mkdir()
    root.check()
    take = Watches.take

    def lose(watches):
        changes = take(watches)
        changes.lost = True
        return changes

    monkeypatch.setattr(Watches, "take", lose)
    for _ in range(20):
        root.reach.take()
        assert (root.check(), root.state) == (False, WATCHED)
