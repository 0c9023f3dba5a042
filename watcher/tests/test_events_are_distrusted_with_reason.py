"""A change that no event told of counts against events, unless there is a reason for their silence."""

import os
import sqlite3

from watcher.listening import REFUSED_S
from watcher.memory import MemoryFullError
from watcher.survey import SLICE_S
from watcher.trust import MOST_MISSED, SUSPECT_S

from .rig import HABITS, STEP_S, habits

HOUR = 3600.0
RESCAN_S = HABITS.rescan_s + 2 * STEP_S


def unseen(rig):
    """What happened made no event."""
    if rig.events is not None:
        rig.events.forget()


def test_changes_without_events_in_watched_folders_are_counted(rig):
    for number in range(MOST_MISSED):
        rig.write(f"{number}/log")
    rig.rest()
    for number in range(MOST_MISSED):
        rig.append(f"{number}/log")
    unseen(rig)

    rig.rest(RESCAN_S + SUSPECT_S + 1.0)

    assert rig.tree.missed == MOST_MISSED
    rig.begin()
    assert rig.tree.missed == 0


def many(rig, count=10):
    for number in range(count):
        rig.write(f"{number}/log")
    rig.rest()
    return [f"{number}/log" for number in range(count)]


def test_a_flood_on_its_way_is_no_reason_for_distrust(rig):
    """A scan is faster than the events: these come, if late."""
    paths = many(rig)
    rig.rest(RESCAN_S - 3.0)
    for path in paths:
        rig.append(path)
    taken, rig.watches.take = rig.watches.take, lambda: None
    rig.tree.take, take = lambda changes: None, rig.tree.take
    rig.run(4.0)
    rig.watches.take, rig.tree.take = taken, take

    rig.rest(3 * RESCAN_S)

    assert rig.tree.missed == 0


def test_an_overflow_on_its_way_is_no_reason_for_distrust(rig):
    paths = many(rig)
    rig.rest(RESCAN_S - 3.0)
    for path in paths:
        rig.append(path)
    rig.events.take()
    rig.rest(3.0)  # a scan finds what nobody told of
    assert rig.tree.survey.looking.suspects

    rig.events.overflow()  # and now it is said that something was lost

    rig.rest(3 * RESCAN_S)
    assert rig.tree.missed == 0


def test_what_a_scan_finds_while_an_overflow_is_made_up_for_is_no_reason_for_distrust(rig):
    paths = many(rig, 60)
    rig.rest(RESCAN_S - 1.0)
    for path in paths:
        rig.append(path)
    rig.tick_s = SLICE_S / 8
    rig.events.overflow()
    while not rig.tree.survey.looking.recovery:
        rig.turn()
    rig.tree.survey._begin_whole()  # at the worst moment
    rig.tree.survey.scanned_at = 1.0

    rig.run(4.0, reads=True)
    rig.tick_s = 0.0
    rig.rest(3 * RESCAN_S)

    assert rig.tree.missed == 0
    assert {path: rig.tasks.read[path][1] for path in paths} == dict.fromkeys(paths, b"xmore")


def test_a_hint_that_lets_in_more_files_is_no_reason_for_distrust(rig):
    rig.hint(ignore=["*.frd"])
    for number in range(10):
        rig.write(f"{number}/x.frd")
        rig.write(f"{number}/log")
    rig.rest()

    rig.hint()

    assert len(rig.rest(2.0)) == 10
    rig.rest(3 * RESCAN_S)
    assert rig.tree.missed == 0


def test_a_hint_that_lets_in_more_files_makes_no_calm_folder_hot(rig):
    rig.hint(ignore=["*.frd"])
    for number in range(10):
        rig.write(f"{number}/x.frd", age_s=2 * HOUR)
        rig.write(f"{number}/log", age_s=2 * HOUR)
    rig.begin()
    rig.rest()

    rig.hint()

    assert len(rig.rest(2.0)) == 10
    assert {lane for lane, _ in rig.tasks.handed} == {"backlog"}
    assert list(rig.watches) == [""]


def test_another_diary_is_no_reason_for_distrust(rig):
    paths = many(rig)
    rig.memory.forget()
    rig.tree.anew()

    assert sorted(rig.rest(RESCAN_S)) == paths
    rig.rest(3 * RESCAN_S)
    assert rig.tree.missed == 0


def test_a_memory_that_fails_for_a_while_is_no_reason_for_distrust(rig, monkeypatch):
    paths = many(rig)
    for path in paths:
        rig.append(path)
    rig.run(STEP_S)

    def fails(work):
        raise MemoryFullError("full") from sqlite3.OperationalError("disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(rig.memory._file, "read", fails)
        rig.rest(2 * RESCAN_S)
    rig.rest(2 * RESCAN_S)

    assert rig.tree.missed == 0
    assert {path: rig.tasks.read[path][1] for path in paths} == dict.fromkeys(paths, b"xmore")
    known = rig.tree.survey.looking.folders
    assert {one: known.get(one).digest for one in known if one} == (
        rig.memory.tree("runs").digests()
    )


def test_times_that_are_set_make_no_event_and_are_no_reason_for_distrust(rig):
    """`cp -p`, rsync: the last thing that happens to a file."""
    paths = many(rig)
    for path in paths:
        os.utime(rig.top / path, (1, 1))

    assert len(rig.rest(RESCAN_S + 1.5)) == 10
    assert rig.tree.missed == 0


def test_a_watch_that_is_had_again_is_no_reason_for_distrust(make):
    """Its folder changed while there was no watch."""
    rig = make(limit=1, habits=habits(poll_s=1000.0))
    paths = many(rig)
    for path in paths:
        rig.append(path)
    rig.events.limit = 100

    rig.rest(REFUSED_S + 2 * RESCAN_S)

    assert (rig.tree.missed, rig.tree.refused) == (0, 0)
