"""Changes that no event tells of are found: by a scan, after an overflow, at the next start, by polling."""

import os
import shutil

import pytest

from .rig import HABITS, STEP_S

HOUR = 3600.0
RESCAN_S = HABITS.rescan_s + 2 * STEP_S


def test_the_first_scan_hands_over_every_file_once(rig):
    for path in ("log", "a/log", "a/b/log", "a/.pdfjobs/run-1.json", ".incoming/7/x", "a/x.tmp"):
        rig.write(path)
    (rig.top / "link").symlink_to("log")
    (rig.top / "loop").symlink_to(rig.top)
    os.mkfifo(rig.top / "pipe")

    rig.begin()

    assert rig.rest() == ["a/b/log", "a/log", "log"]
    assert rig.rest_long(HOUR) == []


def test_old_files_are_an_import_and_young_ones_are_news(rig):
    rig.write("old/log", age_s=2 * HOUR)
    rig.write("young/log", age_s=60)
    rig.begin()

    rig.rest()

    assert sorted(rig.tasks.handed) == [("backlog", ["old/log"]), ("ingest", ["young/log"])]
    assert sorted(rig.watches) == ["", "young"]


def test_an_event_before_the_first_look_makes_no_young_file_an_import(rig):
    """A new folder is walked before the scan comes to those that it lies in."""
    rig.write("log", age_s=60)
    rig.write("a/log", age_s=60)
    rig.rest()
    rig.append("log")
    rig.append("a/log")
    rig.restart()
    rig.write("a/new/log")

    assert sorted(rig.rest()) == ["a/log", "a/new/log", "log"]
    assert {lane for lane, _ in rig.tasks.handed} == {"ingest"}


def test_a_run_that_goes_on_is_no_import_however_calm(rig):
    rig.write("old/log", age_s=2 * HOUR)
    rig.hint(unfinished=["old"])
    rig.begin()

    rig.rest()

    assert rig.tasks.handed == [("ingest", ["old/log"])]
    assert sorted(rig.watches) == ["", "old"]


def unseen(rig):
    """What happened made no event."""
    if rig.events is not None:
        rig.events.forget()


def test_of_a_grown_log(rig):
    rig.write("a/log")
    rig.rest()

    rig.append("a/log")
    unseen(rig)

    assert rig.rest(RESCAN_S + 1.5) == ["a/log"]


CHANGES = {
    "grown": (lambda top: (top / "a/log").write_text("longer"), ["a/log"]),
    "shorter": (lambda top: (top / "a/log").write_text(""), ["a/log"]),
    "new": (lambda top: (top / "a/new").write_text("x"), ["a/new"]),
    "in a new folder": (lambda top: _write(top / "a/b/c/new"), ["a/b/c/new"]),
    "replaced": (lambda top: _replace(top / "a/log"), ["a/log"]),
    "renamed": (lambda top: (top / "a/log").rename(top / "a/other"), ["a/other"]),
    "deleted": (lambda top: (top / "a/log").unlink(), []),
    "folder renamed": (lambda top: (top / "a").rename(top / "b"), ["a/", "b/log"]),
    "folder gone": (lambda top: shutil.rmtree(top / "a"), ["a/"]),
    "folder replaced": (lambda top: (shutil.rmtree(top / "a"), _write(top / "a/new")), ["a/new"]),
    "folder replaced by a link": (lambda top: _replace_by_link(top / "a"), ["a/"]),
    "old time": (lambda top: os.utime(top / "a/log", (1, 1)), ["a/log"]),
}


def _write(place):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("x")


def _replace(place):
    stamp = place.stat()
    other = place.with_name(".other")
    other.write_text("x")
    os.utime(other, ns=(stamp.st_mtime_ns, stamp.st_mtime_ns))
    other.rename(place)


def _replace_by_link(place):
    elsewhere = place.parent.parent / "elsewhere"
    place.rename(elsewhere)
    place.symlink_to(elsewhere)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("is_watched", [True, False])
def test_whatever_no_event_told_of_is_found(make, change, is_watched):
    rig = make(is_watched=is_watched)
    rig.write("a/log")
    rig.rest()
    act, expected = CHANGES[change]

    act(rig.top)
    unseen(rig)

    assert rig.rest(RESCAN_S + 3) == expected
    assert rig.rest_long(HOUR) == []


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_was_lost_in_an_overflow_is_found_soon(rig, change):
    rig.write("a/log")
    rig.rest()
    act, expected = CHANGES[change]
    act(rig.top)

    rig.events.overflow()

    assert rig.rest(2.0) == expected
    assert rig.state("overflows", "rescans") == {"overflows": 1, "rescans": 1}
    for folder in ("a", "b"):  # and is followed from there on
        if (rig.top / folder).is_dir() and not (rig.top / folder).is_symlink():
            rig.write(f"{folder}/later")
            assert rig.rest(1.0) == [f"{folder}/later"]
    assert rig.tree.missed == 0


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_happened_while_nobody_watched_is_found_at_the_next_start(rig, change):
    rig.write("a/log")
    rig.rest()
    act, expected = CHANGES[change]

    rig.kill()
    act(rig.top)
    rig.start()

    assert rig.rest() == expected


@pytest.mark.parametrize("change", CHANGES)
def test_polling_finds_it_within_its_time(polled, change):
    polled.write("a/log")
    polled.rest()
    act, expected = CHANGES[change]

    act(polled.top)

    assert polled.rest(2 * HABITS.poll_s + 1.0) == expected
