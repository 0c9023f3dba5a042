"""A folder that is written to all the time is looked at instead of listened to, until it is calm."""

import shutil
from collections import Counter

import pytest

from watcher.muting import CALM_LOOKS, FEW, MANY, MOST_FILES, WINDOW_S, Muting

from .rig import PACE, STEP_S, habits

LOGS = 3 * MANY // int(WINDOW_S / STEP_S)
"""So many, each written in every turn, are three times too much."""


@pytest.mark.parametrize(("is_crowded", "most"), [(False, MANY), (True, FEW)])
def test_so_many_writes_in_a_while_are_too_much(is_crowded, most):
    muting = Muting()

    said = [
        muting.is_too_much("a", 1, 10.0 + number * WINDOW_S / MANY, is_crowded=is_crowded)
        for number in range(most)
    ]

    assert said == [False] * (most - 1) + [True]


def test_the_same_writes_in_a_longer_while_are_not():
    muting = Muting()

    assert not any(
        muting.is_too_much("a", 1, number * 1.1 * WINDOW_S / MANY, is_crowded=False)
        for number in range(10 * MANY)
    )


def test_counts_of_folders_long_calm_do_not_pile_up():
    muting = Muting()
    for number in range(50_000):
        muting.is_too_much(f"{number}", 1, number / 1000, is_crowded=False)

    assert len(muting._counts) <= 10_001


def test_a_muted_folder_is_looked_at_until_it_was_calm_so_often():
    muting = Muting()
    muting.mute("a", 11.0)
    said, now = [], 10.0
    for found in (False, True, *[False] * CALM_LOOKS):
        assert (muting.due(now), muting.next_due()) == ([], now + 1.0)
        now += 1.0
        assert muting.due(now) == ["a"]
        said.append(muting.looked("a", found, now + 1.0))

    assert said == [False] * (CALM_LOOKS + 1) + [True]
    assert (muting.due(1000.0), muting.next_due()) == ([], float("inf"))


def write_steadily(rig, folder, seconds):
    """To all its logs, every time the loop turns; the paths handed over."""
    told = []
    for _ in range(int(seconds / STEP_S)):
        for number in range(LOGS):
            rig.append(f"{folder}/{number}")
        told += rig.run(STEP_S, reads=True)
    return told


def make_busy(rig, folder="a"):
    for number in range(LOGS):
        rig.write(f"{folder}/{number}")
    rig.rest()
    write_steadily(rig, folder, 3 * WINDOW_S)
    assert rig.watches.is_muted(folder)


def test_logs_that_are_written_all_the_time_are_read_all_the_same(rig):
    rig.write("b/log")
    make_busy(rig)

    told = Counter(write_steadily(rig, "a", 20.0))

    assert set(told) == {f"a/{number}" for number in range(LOGS)}
    assert 20 / (2.5 * PACE.ceiling_s) <= min(told.values())
    assert max(told.values()) <= 20 / PACE.ceiling_s + 2
    assert (rig.watches.is_muted("a"), rig.watches.is_heard("b")) == (True, True)


def test_a_muted_folder_tells_at_once_of_new_files_and_folders(rig):
    make_busy(rig)

    rig.write("a/new")
    rig.write("a/b/new")

    assert set(rig.rest(0.4)) >= {"a/new", "a/b/new"}


def test_the_last_write_to_a_muted_folder_is_read_and_the_folder_listened_to_again(rig):
    make_busy(rig)
    rig.rest(0.3)

    rig.append("a/0", "the last line")

    rig.rest(3.0)
    assert rig.tasks.read["a/0"][1].endswith(b"the last line")
    rig.rest(10.0)
    assert rig.watches.is_heard("a")
    rig.append("a/0")
    assert rig.rest(0.4) == ["a/0"]


def test_what_is_written_between_the_last_look_and_listening_is_found(rig, monkeypatch):
    make_busy(rig)
    add = rig.watches.add

    def write_before(folder, **options):
        rig.append("a/0", "between")
        add(folder, **options)

    monkeypatch.setattr(rig.watches, "add", write_before)
    rig.rest(10.0)

    assert rig.watches.is_heard("a")
    assert rig.tasks.read["a/0"][1].endswith(b"between")


def test_a_folder_of_many_entries_is_not_muted(rig):
    """To list it every second would cost more than its events: a root with its runs' folders in it."""
    for number in range(MOST_FILES):
        (rig.top / f"a/{number}.run").mkdir(parents=True)
    for number in range(LOGS):
        rig.write(f"a/{number}")
    rig.rest()

    write_steadily(rig, "a", 3 * WINDOW_S)

    assert rig.watches.is_heard("a")


def test_a_muted_folder_that_is_gone_is_not_looked_at(rig):
    make_busy(rig)
    shutil.rmtree(rig.top / "a")

    rig.rest(3.0)

    assert rig.tree._busy.next_due() == float("inf")


def test_a_rescan_of_a_muted_folder_is_no_reason_to_distrust_events(make):
    """Its writes make no events because we asked for none."""
    rig = make(habits=habits(rescan_s=7.3))  # between two of its looks
    make_busy(rig)

    write_steadily(rig, "a", 60.0)

    assert (rig.watches.is_muted("a"), rig.tree.missed) == (True, 0)
