"""One run tree: when a change is handed over, once while it waits, and what becomes of it when the queue loses it."""

import os
import subprocess

import pytest

from watcher.delivery import BATCH
from watcher.outbox import ROOM
from watcher.pace import Pace

from .rig import STEP_S, Rig


@pytest.fixture
def rig(tmp_path):
    rig = Rig(tmp_path)
    rig.rest()
    yield rig
    rig.kill()


def test_a_file_is_handed_over_when_quiet(rig):
    rig.write("beam.sta")

    assert rig.run(0.2) == []
    assert rig.run(2 * STEP_S) == ["beam.sta"]
    assert rig.run(20) == []


def test_a_file_that_is_never_quiet_is_handed_over_at_the_ceiling(rig):
    rig.write("beam.sta")
    told = []
    for number in range(48):
        rig.append("beam.sta")
        if rig.run(STEP_S, reads=True):
            told.append(number)

    assert told == [16, 33]


def test_files_due_together_are_one_task(rig):
    for name in "cab":
        rig.write(name)
    rig.run(1)

    assert rig.tasks.handed == [("ingest", ["a", "b", "c"])]


def test_many_files_are_several_tasks_and_no_more_than_there_is_room_for(rig):
    most = ROOM["ingest"]
    for number in range(most + 250):
        rig.write(f"{number}/log")
    rig.run(2)

    assert [len(paths) for _, paths in rig.tasks.handed] == [BATCH] * (most // BATCH)
    assert rig.state("pending", "outstanding") == {"pending": 250, "outstanding": most}

    rig.rest()
    assert [len(paths) for _, paths in rig.tasks.handed[most // BATCH :]] == [BATCH, BATCH, 50]


def test_the_flood_of_one_run_keeps_no_other_waiting(rig):
    for number in range(2 * ROOM["ingest"]):
        rig.write(f"flood/{number // 10}/{number}")
    rig.run(2)
    rig.write("other/log")
    rig.run(1)
    before = len(rig.tasks.handed)

    rig.tasks.do(rig.tasks.waiting()[0])

    rig.run(1)
    assert "other/log" in rig.tasks.paths(before)


def test_a_deleted_file_is_forgotten_and_nobody_has_to_be_told(rig):
    rig.write("a/beam.sta")
    rig.rest()

    (rig.top / "a/beam.sta").unlink()

    assert rig.rest() == []
    assert rig.memory.tree("runs").digests() == {}


def test_a_file_that_comes_back_as_it_was_is_handed_over_again(rig):
    place = rig.write("a/beam.sta")
    rig.rest()
    place.rename(rig.top / "a/.hidden")
    rig.rest()

    (rig.top / "a/.hidden").rename(place)

    assert rig.rest() == ["a/beam.sta"]


def test_a_file_whose_task_waits_is_not_queued_again_until_that_has_begun(rig):
    rig.write("a")
    rig.run(1)

    for _ in range(5):
        rig.append("a")
        assert rig.run(1) == []
    rig.write("b")
    assert rig.run(1) == ["b"]
    assert rig.state("pending", "outstanding", "oldest_path") == {
        "pending": 1,
        "outstanding": 2,
        "oldest_path": "a",
    }
    assert rig.tree.state()["oldest_s"] == pytest.approx(6.0, abs=0.2)

    rig.tasks.begin(rig.tasks.waiting()[0])
    assert rig.run(0.25) == ["a"]
    assert (rig.rest(10), rig.tree.pending) == ([], 0)


def test_a_change_that_waited_longer_than_its_quiet_time_goes_out_at_once(rig):
    rig.write("a")
    rig.run(1)
    rig.append("a")
    rig.run(0.5)

    rig.tasks.do_all()
    rig.now += 0.1
    rig.turn()  # asks and hears that it was read; what was long quiet waits no more
    rig.turn()

    assert rig.tasks.paths() == ["a", "a"]


def test_what_could_not_be_handed_over_is_kept_once_each(rig):
    rig.tasks.is_away = True
    for _ in range(20):
        rig.write("a", f"{rig.now}")
        rig.write("b", f"{rig.now}")
        assert rig.run(1) == []

    rig.tasks.is_away = False

    assert rig.run(2 * STEP_S) == ["a", "b"]
    assert rig.rest(10) == []


def test_a_task_that_was_queued_and_nobody_heard_of_it_is_queued_again(rig):
    """Twice does no harm, never would."""
    rig.write("a")
    rig.tasks.answers_are_lost = True
    rig.run(0.3)
    rig.tasks.answers_are_lost = False

    rig.rest()

    assert set(rig.tasks.paths()) == {"a"}
    assert rig.tree.pending == 0


def test_a_change_within_one_tick_of_the_clock_is_handed_over_though_it_does_not_show(rig):
    """Two writes of the same size, so close together that the kernel gives them the same time."""
    place = rig.write("a", "first")
    stamp = place.stat()
    now = rig.now
    rig.tree.take(rig.watches.take())
    rig.now += 0.3
    os.utime(place)
    rig.turn()
    assert (rig.tasks.paths(), rig.now) == (["a"], now + 0.3)
    handed = place.stat()
    rig.tasks.do_all()

    place.write_text("later")
    os.utime(place, ns=(handed.st_atime_ns, handed.st_mtime_ns))
    assert (place.stat().st_size, place.stat().st_ino) == (stamp.st_size, stamp.st_ino)

    rig.rest()
    assert rig.tasks.read["a"][1] == b"later"
    assert rig.rest(100) == []


def test_events_that_change_nothing_hand_nothing_over(rig):
    place = rig.write("a", age_s=60)
    rig.rest()
    stamp = place.stat()

    for _ in range(3):
        place.touch()
        os.utime(place, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        place.open("a").close()
        place.rename(rig.top / "b")
        (rig.top / "b").rename(place)

    assert rig.rest(100) == []


def test_a_hint_that_comes_late_still_counts(rig):
    rig.tasks.is_away = True
    rig.write("a/beam.frd")
    rig.run(1)
    rig.write("b/beam.frd")
    rig.write("b/beam.sta")
    rig.run(STEP_S)

    rig.hint(ignore=["*.frd"])
    rig.tasks.is_away = False

    assert (rig.rest(100), rig.tree.pending) == (["b/beam.sta"], 0)


def test_hinted_files_that_wait_to_be_read_are_left_out_when_they_change(rig):
    rig.write("beam.frd")
    rig.run(1)
    rig.append("beam.frd")
    rig.run(STEP_S)

    rig.hint(ignore=["*.frd"])

    assert (rig.rest(100), rig.tree.pending) == ([], 0)


def test_hinted_files_are_left_out_until_the_hint_is_gone(rig):
    rig.hint(ignore=["*.frd"])
    rig.write("a/beam.frd")
    rig.write("a/beam.sta")
    rig.rest()
    assert rig.tasks.paths() == ["a/beam.sta"]

    rig.hint(ignore=["*.dat"])

    assert rig.rest() == ["a/beam.frd"]


def test_a_hint_that_says_the_same_again_costs_nothing(rig, monkeypatch):
    """It comes every ten seconds, and there may be 300,000 paths to look through."""
    rig.hint(ignore=["*.frd"])
    monkeypatch.setattr(rig.tree, "is_worth", None)
    rig.write("beam.sta")

    rig.hint(ignore=["*.frd"])


@pytest.mark.parametrize("make", [os.mkfifo, lambda place: place.symlink_to("log"), os.mkdir])
def test_only_regular_files_are_handed_over(rig, make):
    make(rig.top / "x")

    assert rig.rest() == []


@pytest.mark.parametrize("quiet_s", [0.0, 0.2])
def test_growing_logs_are_read_to_their_last_line(tmp_path, quiet_s):
    rig = Rig(tmp_path, pace=Pace(quiet_s, 1.0, 5.0, 5.0))
    for second in range(30):
        for number in range(20):
            rig.append(f"{number}.log", f"{second}\n")
        rig.run(1.0, reads=True)
    rig.rest(6.0)

    whole = "".join(f"{second}\n" for second in range(30)).encode()
    assert {path: read[1] for path, read in rig.tasks.read.items()} == {
        f"{number}.log": whole for number in range(20)
    }
    rig.kill()


def test_a_path_of_very_many_folders_is_handed_over(rig):
    """Deeper than Python calls itself."""
    place = rig.top
    for _ in range(1200):
        place = place / "a"
        place.mkdir()
    (place / "log").touch()

    assert rig.rest(3.0) == ["a/" * 1200 + "log"]
    rig.kill()
    subprocess.run(["rm", "-r", rig.top / "a"], check=True)
    rig.start()
    assert rig.rest(3.0) == ["a/"]
