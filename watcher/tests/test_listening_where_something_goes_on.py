"""Which folders have a watch: taken, let go of, taken up again, and polled where the kernel has none."""

import os
import shutil

import pytest

from watcher.listening import REFUSED_S
from watcher.survey import LET_GO_S

from .rig import HABITS, STEP_S, habits

RESCAN_S = HABITS.rescan_s + 2 * STEP_S


def test_a_calm_folder_loses_its_watch_and_gets_it_back_with_the_next_change(rig):
    rig.write("a/log")
    rig.rest()
    assert "a" in rig.watches

    rig.rest_long(HABITS.grace_s + 2 * LET_GO_S)
    assert list(rig.watches) == [""]

    rig.write("a/new")  # what is made there shows at the folder itself
    assert rig.rest_long(120.0) == ["a/new"]
    assert "a" in rig.watches
    rig.append("a/log")
    assert rig.rest() == ["a/log"]


def test_a_calm_log_that_grows_again_is_found_by_a_scan_and_then_followed(rig):
    """A run taken up again after hours writes to the log it has: nothing shows at its folder."""
    rig.write("a/log")
    rig.rest()
    rig.rest_long(HABITS.grace_s + 2 * LET_GO_S)

    rig.append("a/log")

    while not rig.tree.pending:
        rig.turn()
        rig.now += STEP_S
    assert "a" in rig.watches
    assert rig.rest() == ["a/log"]
    assert rig.tasks.handed[-1][0] == "ingest"
    rig.append("a/log")
    assert rig.rest(0.5) == ["a/log"]


def test_a_change_in_the_moment_of_letting_go_is_not_lost(make, monkeypatch):
    rig = make(habits=habits(rescan_s=100_000.0))
    rig.write("a/log", age_s=600)
    rig.rest()
    drop = rig.watches.drop

    def write_before(folder):
        rig.append("a/log", "the last line")
        drop(folder)

    monkeypatch.setattr(rig.watches, "drop", write_before)
    rig.rest_long(HABITS.grace_s + LET_GO_S - 30.0)
    while "a" in rig.watches:
        rig.turn()
        rig.now += 1.0
    monkeypatch.undo()

    assert rig.rest(2.0) == ["a/log"]


@pytest.mark.parametrize("unfinished", ["a", "a/b"])
def test_the_folder_of_an_unfinished_run_keeps_its_watch(rig, unfinished):
    rig.write("a/b/log")
    rig.hint(unfinished=[unfinished])
    rig.rest_long(HABITS.grace_s + 2 * LET_GO_S)
    assert "a/b" in rig.watches

    rig.hint()
    rig.rest_long(2 * LET_GO_S)

    assert sorted(rig.watches) == ["", "a"]  # folders of folders keep theirs: new runs appear there


def test_a_run_that_is_said_to_go_on_is_watched_at_once_and_what_was_missed_found(rig):
    rig.write("a/log")
    rig.rest()
    rig.rest_long(HABITS.grace_s + 2 * LET_GO_S)
    rig.append("a/log")

    rig.hint(unfinished=["a"])

    assert rig.rest(1.0) == ["a/log"]
    assert "a" in rig.watches


def test_what_the_kernel_has_no_watch_for_is_polled_until_it_has(make):
    rig = make(limit=3)
    for folder in "abcde":
        rig.write(f"{folder}/log")
    rig.begin()
    rig.rest()
    assert (len(rig.watches), rig.tree.refused) == (3, 3)
    assert rig.state("polled") == {"polled": 3}

    for folder in "abcde":
        rig.append(f"{folder}/log")
    assert len(rig.rest(HABITS.poll_s + 1.5)) == 5

    rig.events.limit = 100
    rig.rest(REFUSED_S + 1.0)

    assert (len(rig.watches), rig.tree.refused, rig.state("polled")) == (6, 0, {"polled": 0})
    for folder in "abcde":
        rig.append(f"{folder}/log")
    assert len(rig.rest(0.5)) == 5
    assert rig.tree.missed == 0


def test_the_kernel_is_not_asked_for_each_folder_while_it_has_no_watch(make, monkeypatch):
    rig = make(limit=1)
    asked = []
    watch = rig.events.watch
    for folder in range(50):
        rig.write(f"{folder}/log")
    rig.begin()
    watch = rig.events.watch
    monkeypatch.setattr(
        rig.events, "watch", lambda path, writes=True: (asked.append(path), watch(path))[1]
    )

    rig.rest(3 * REFUSED_S)

    assert len(asked) <= 4


def test_a_root_that_is_followed_anew_asks_for_watches_at_once(make):
    rig = make(limit=1)
    rig.write("a/log")
    rig.rest()
    assert rig.tree.refused == 1

    rig.limit = None
    rig.begin()
    rig.turn()

    assert (sorted(rig.watches), rig.tree.refused) == (["", "a"], 0)


def test_folders_gone_want_no_watch_any_more(make):
    rig = make(limit=1)
    rig.write("a/log")
    rig.rest()
    assert rig.tree.refused == 1

    shutil.rmtree(rig.top / "a")
    rig.rest(RESCAN_S)

    assert (rig.tree.refused, rig.state("folders", "polled")) == (0, {"folders": 1, "polled": 0})


def test_a_folder_is_watched_before_it_is_listed(rig, monkeypatch):
    """What is made in between is told of by an event, or listed."""
    watch = rig.watches.add

    def write_after(folder, **options):
        watch(folder, **options)
        if folder == "a":
            rig.write("a/between")

    monkeypatch.setattr(rig.watches, "add", write_after)
    (rig.top / "a").mkdir()

    assert rig.rest() == ["a/between"]


def test_what_is_made_between_listing_and_watching_is_listed_again(rig, monkeypatch):
    """A scan lists before it knows that something goes on in an old folder."""
    rig.write("a/log", age_s=7200)
    os.utime(rig.top / "a/log")
    rig.begin()
    watch = rig.watches.add

    def write_before(folder, **options):
        if folder == "a":
            (rig.top / "a/between").write_text("x")
        watch(folder, **options)

    monkeypatch.setattr(rig.watches, "add", write_before)

    assert rig.rest() == ["a/between", "a/log"]


def test_a_folder_that_replaced_an_empty_one_is_listened_to(rig):
    """The kernel goes on with the old one's watch as long as somebody has that open."""
    (rig.top / "a").mkdir()
    rig.rest()
    assert "a" in rig.watches
    holds = os.open(rig.top / "a", os.O_RDONLY | os.O_DIRECTORY)
    other = rig.top.parent / "other"
    other.mkdir()
    (other / "log").touch()

    other.rename(rig.top / "a")

    assert rig.rest() == ["a/log"]
    rig.append("a/log")
    assert rig.rest(0.5) == ["a/log"]
    os.close(holds)


def test_a_share_inside_whose_changes_make_no_events_is_polled(make):
    rig = make()
    rig.write("share/a/log")
    rig.write("b/log")
    rig.begin(silent=("share",))
    rig.rest()

    assert (sorted(rig.watches), rig.state("polled")) == (["", "b"], {"polled": 2})
    rig.append("share/a/log")
    assert rig.rest(HABITS.poll_s + 1.5) == ["share/a/log"]
