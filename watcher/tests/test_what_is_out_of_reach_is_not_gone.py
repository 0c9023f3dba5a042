"""A share that is away, a folder that cannot be listed now: what they held is neither there nor gone."""

import os
import shutil

import pytest

from watcher.survey import SLICE_S

from .rig import HABITS, STEP_S, habits

RESCAN_S = HABITS.rescan_s + 2 * STEP_S


def test_files_of_a_share_that_is_away_are_not_gone(rig, share):
    (rig.top / "share").mkdir()
    with share(rig.top / "share") as unmount:
        rig.write("share/a/log")
        rig.write("b/log")
        rig.begin()
        rig.rest()
        unmount()
        rig.begin(away=("share",))

        assert rig.rest(3 * RESCAN_S) == []
        rig.restart()
        rig.begin(away=("share",))
        assert rig.rest(3 * RESCAN_S) == []
    assert rig.memory.tree("runs").folders_below("") == ["b", "share/a"]


@pytest.mark.parametrize("number", [5, 13, 116])
@pytest.mark.parametrize("dark", ["", "a", "a/b"])
@pytest.mark.parametrize("is_restarted", [True, False])
def test_what_cannot_be_listed_now_is_not_gone(rig, monkeypatch, number, dark, is_restarted):
    """EIO, EACCES, ESTALE: a share that stalls, a folder that somebody closed."""
    for path in ("log", "a/log", "a/b/log", "a/b/c/log"):
        rig.write(path)
    rig.rest()
    scandir = os.scandir

    def fails(place):
        if str(place) == str(rig.top / dark if dark else rig.top):
            raise OSError(number, os.strerror(number))
        return scandir(place)

    if is_restarted:
        rig.restart()
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", fails)
        assert rig.rest(3 * RESCAN_S) == []
    (rig.top / dark / "new").write_text("x")

    assert rig.rest(2 * RESCAN_S) == [f"{dark}/new" if dark else "new"]


@pytest.mark.parametrize("is_watched", [True, False])
@pytest.mark.parametrize("is_empty", [True, False])
def test_a_root_that_goes_between_two_scans_is_not_told_of_as_emptied(make, is_watched, is_empty):
    rig = make(is_watched=is_watched)
    for path in ("log", "a/log", "a/b/log"):
        rig.write(path)
    rig.rest()
    away = rig.top.with_name("away")
    rig.top.rename(away)
    if is_empty:
        rig.top.mkdir()

    assert rig.rest(3 * RESCAN_S) == []

    if is_empty:
        rig.top.rmdir()
    away.rename(rig.top)
    assert rig.rest(3 * RESCAN_S) == []
    assert rig.memory.tree("runs").folders_below("") == ["", "a", "a/b"]


@pytest.mark.parametrize("is_empty", [True, False])
def test_a_root_that_goes_in_the_middle_of_a_scan_is_not_told_of_as_emptied(rig, is_empty):
    """Unmounted, it may leave an empty folder behind; the loop sees it at its next look at the mounts."""
    for number in range(20):
        rig.write(f"{number}/log")
    rig.rest()
    rig.restart()
    rig.tick_s = SLICE_S / 4
    rig.turn()
    away = rig.top.with_name("away")
    rig.top.rename(away)
    if is_empty:
        rig.top.mkdir()

    assert rig.rest(5.0) == []
    rig.tick_s = 0.0
    assert rig.rest(5.0) == []

    if is_empty:
        rig.top.rmdir()
    away.rename(rig.top)
    rig.begin()
    assert rig.rest(5.0) == []


def test_trouble_with_a_folder_is_told_of_once(polled, monkeypatch, caplog):
    polled.write("a/log")
    polled.rest()

    def fails(place):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", fails)
        polled.rest(2 * RESCAN_S)

    told = [record.getMessage() for record in caplog.records if "a'" in record.getMessage()]
    assert told == [f"{str(polled.top / 'a')!r} cannot be looked at now: Input/output error"]


def test_a_whole_scan_finds_what_was_removed_while_nobody_watched(rig):
    for path in ("archive/1/log", "archive/2/a/log", "archive-2/log", "b/c/log", "b/log"):
        rig.write(path)
    rig.rest()
    rig.kill()
    shutil.rmtree(rig.top / "archive")
    shutil.rmtree(rig.top / "b/c")
    rig.start()

    assert rig.rest() == ["archive/", "b/c/"]
    assert rig.memory.tree("runs").folders_below("") == ["archive-2", "b"]


def test_a_folder_of_which_nothing_was_handed_over_is_not_told_of_as_gone(rig):
    (rig.top / "a/b").mkdir(parents=True)
    rig.write("c/log")
    rig.rest()
    shutil.rmtree(rig.top / "a")

    rig.begin()

    assert rig.rest(RESCAN_S) == []


def test_very_many_folders_that_are_gone_cost_what_they_are(rig):
    """Each used to be looked for among all others."""
    stamps = {f"archive/{number}/log": (number, 1, 1) for number in range(2000)}
    rig.memory.tree("runs").keep(stamps, "", 0)
    rig.memory.tree("runs").keep({f"{number}/log": (number, 1, 1) for number in range(300)}, "", 0)
    rig.memory.commit()

    rig.restart()
    told = rig.rest(5.0)

    assert len(told) == 301
    assert rig.memory.tree("runs").folders_below("") == []


def test_a_folder_that_moved_behind_the_scans_back_is_found(rig):
    """From a part that was not looked at yet to one that was."""
    for number in range(20):
        rig.write(f"{number}/log")
    rig.rest()
    rig.restart()
    rig.tick_s = 0.01  # few folders a slice
    rig.turn()
    assert rig.tree.survey.scanned_at is None
    (rig.top / "0").rename(rig.top / "moved")
    (rig.top / "moved").rename(rig.top / "0")
    rig.events.forget()

    rig.tick_s = 0.0
    told = rig.rest(RESCAN_S)

    assert "0/" not in told
    assert rig.memory.tree("runs").stamp("0/log") is not None


def test_a_polled_folder_that_could_not_be_listed_once_is_polled_again(make, monkeypatch):
    rig = make(is_watched=False, habits=habits(rescan_s=100_000.0))
    rig.write("a/log")
    rig.rest()

    def fails(place):
        raise OSError(116, "Stale file handle")

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", fails)
        rig.rest(2 * HABITS.poll_s)
    rig.append("a/log")

    assert rig.rest(HABITS.poll_s + 1.0) == ["a/log"]
