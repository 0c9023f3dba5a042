"""Changes that no event tells of, folders that come and go, watches that the kernel has not: every look finds them."""

import os
import shutil
import sqlite3

import pytest

from watcher.habits import Habits
from watcher.listening import REFUSED_S
from watcher.memory import MemoryFullError
from watcher.survey import LET_GO_S, SLICE_S
from watcher.trust import MOST_MISSED, SUSPECT_S

from .rig import HABITS, STEP_S, Rig

HOUR = 3600.0
RESCAN_S = HABITS.rescan_s + 2 * STEP_S


@pytest.fixture
def make(tmp_path):
    made = []

    def rig(**options):
        made.append(Rig(tmp_path, **options))
        return made[-1]

    yield rig
    for one in made:
        one.kill()


@pytest.fixture
def rig(make):
    return make()


@pytest.fixture
def polled(make):
    """A tree on a share: nothing is watched."""
    return make(is_watched=False)


def unseen(rig):
    """What happened made no event."""
    if rig.events is not None:
        rig.events.forget()


# What lies there


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


def test_a_run_that_goes_on_is_no_import_however_calm(rig):
    rig.write("old/log", age_s=2 * HOUR)
    rig.hint(unfinished=["old"])
    rig.begin()

    rig.rest()

    assert rig.tasks.handed == [("ingest", ["old/log"])]
    assert sorted(rig.watches) == ["", "old"]


# Changes without an event


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


# Watches


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

    assert rig.rest(RESCAN_S + 1.5) == ["a/log"]
    assert rig.tasks.handed[-1][0] == "ingest"
    assert "a" in rig.watches
    rig.append("a/log")
    assert rig.rest(0.5) == ["a/log"]


def test_a_change_in_the_moment_of_letting_go_is_not_lost(rig, monkeypatch):
    rig.write("a/log")
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
    rig.write("a/log", age_s=60)
    watch = rig.watches.add

    def write_before(folder, **options):
        if folder == "a":
            rig.write("a/between")
        watch(folder, **options)

    monkeypatch.setattr(rig.watches, "add", write_before)

    assert rig.rest() == ["a/between", "a/log"]


def test_a_share_inside_whose_changes_make_no_events_is_polled(make):
    rig = make()
    rig.write("share/a/log")
    rig.write("b/log")
    rig.begin(silent=("share",))
    rig.rest()

    assert (sorted(rig.watches), rig.state("polled")) == (["", "b"], {"polled": 2})
    rig.append("share/a/log")
    assert rig.rest(HABITS.poll_s + 1.5) == ["share/a/log"]


# Out of reach


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


def test_trouble_with_a_folder_is_told_of_once(polled, monkeypatch, caplog):
    polled.write("a/log")
    polled.rest()

    def fails(place):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "scandir", fails)
    polled.rest(10 * HABITS.poll_s)

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


# Imports


def archive(rig, folders=40, files=5):
    """Old runs; their paths."""
    paths = [f"{run}/{file}" for run in range(folders) for file in range(files)]
    for path in paths:
        rig.write(path, age_s=2 * HOUR)
    return sorted(paths)


def test_an_import_says_how_far_it_is(rig):
    archive(rig, folders=300, files=5)
    rig.begin()

    rig.run(STEP_S)
    assert rig.state("import", "scan_at")["import"] == {"done": 160, "total": 300}
    rig.rest(5.0)
    assert rig.state("import") == {"import": None}


@pytest.mark.parametrize("is_committed", [True, False])
def test_an_import_that_is_killed_goes_on_where_it_was(make, is_committed):
    """What was on its way is handed over again only where the kill came before the memory knew."""
    rig = make()
    paths = archive(rig, folders=300, files=5)
    rig.begin()
    rig.run(STEP_S)
    half = len(rig.tasks.paths())
    assert 0 < half < len(paths)
    if not is_committed:
        rig.tasks.do_all()
        rig.tree.step(rig.now)
        rig.now += 0.2
        rig.tree.deliver(rig.tasks, rig.now)
        rig.tree.deliver(rig.tasks, rig.now)

    before = len(rig.tasks.paths())
    rig.restart()
    rig.rest(10.0)

    handed = rig.tasks.paths()
    assert sorted(set(handed)) == paths
    assert len(handed) == len(paths) + (before - half)
    assert {lane for lane, _ in rig.tasks.handed} == {"backlog"}


def test_news_do_not_wait_behind_an_import(rig):
    archive(rig, folders=300, files=5)
    rig.begin()
    rig.run(STEP_S)

    rig.write("new/log")

    assert rig.run(1.0)[-1:] == ["new/log"]
    assert rig.tasks.handed[-1] == ("ingest", ["new/log"])


def test_an_import_of_folders_emptied_meanwhile_is_no_endless_turn(rig):
    archive(rig, folders=100, files=1)
    rig.tasks.is_away = True
    rig.begin()
    rig.turn()
    for folder in range(100):
        (rig.top / f"{folder}/0").unlink()
    left = len(rig.tree.survey.looking.imports)

    rig.tree.survey.take_imports(10)

    assert left - len(rig.tree.survey.looking.imports) in (0, 10)


# Trust


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
    rig.rest(RESCAN_S - 1.0)
    for path in paths:
        rig.append(path)
    rig.events.take()
    rig.rest(2.0)  # a scan finds what nobody told of

    rig.events.overflow()  # and now it is said that something was lost

    rig.rest(3 * RESCAN_S)
    assert rig.tree.missed == 0


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


def test_times_that_are_set_make_no_event_and_are_no_reason_for_distrust(rig):
    """`cp -p`, rsync: the last thing that happens to a file."""
    paths = many(rig)
    for path in paths:
        os.utime(rig.top / path, (1, 1))

    assert len(rig.rest(RESCAN_S + 1.5)) == 10
    assert rig.tree.missed == 0


def test_a_watch_that_is_had_again_is_no_reason_for_distrust(make):
    """Its folder changed while there was no watch."""
    rig = make(limit=1, habits=Habits(poll_s=1000.0))
    paths = many(rig)
    for path in paths:
        rig.append(path)
    rig.events.limit = 100

    rig.rest(REFUSED_S + 2 * RESCAN_S)

    assert (rig.tree.missed, rig.tree.refused) == (0, 0)


# Turns


def test_a_walk_gives_way_to_other_work(rig):
    """The clock goes on with each look at it, so no step walks the whole tree."""
    for number in range(50):
        rig.write(f"{number}/log")
    rig.begin()
    rig.tick_s = SLICE_S / 4
    steps = 0

    while rig.tree.survey.scanned_at is None:
        assert rig.tree.next_due() <= rig.now
        rig.tree.step(rig.now)
        steps += 1

    assert steps > 10


def test_a_whole_scan_goes_on_however_much_else_there_is_to_look_at(make):
    rig = make(is_watched=False, habits=Habits(poll_s=0.1, stats_per_s=1e6))
    for number in range(20):
        rig.write(f"{number}/log")
    rig.begin()
    rig.tick_s = 2 * SLICE_S

    for _ in range(100):
        rig.turn()
        rig.tasks.do_all()

    assert rig.tree.survey.scanned_at is not None


def test_a_tree_moved_in_keeps_no_new_folder_waiting(rig):
    rig.rest()
    outside = rig.top.parent / "archive"
    for number in range(200):
        (outside / f"{number}").mkdir(parents=True)
        (outside / f"{number}/log").touch()
    outside.rename(rig.top / "archive")
    rig.tick_s = SLICE_S / 10
    rig.turn()

    rig.write("new/a/log")
    handed = []
    for _ in range(40):
        rig.turn()
        handed += rig.tasks.paths(len(handed))
        if "new/a/log" in rig.tasks.paths():
            break

    assert "new/a/log" in rig.tasks.paths()
    assert len(rig.tree.survey.looking.folders) < 200


def test_there_is_no_scan_while_there_is_more_to_hand_over_than_can_be(rig, monkeypatch):
    monkeypatch.setattr("watcher.tree.FLOOD", 10)
    for number in range(100):
        rig.write(f"{number}/log")
    rig.tasks.is_away = True
    rig.begin()
    rig.tick_s = SLICE_S / 10

    rig.run(40.0)
    assert 10 < rig.tree.pending < 40
    rig.tick_s = 0.0
    assert rig.tree.survey.next_due() == pytest.approx(rig.now + SLICE_S)

    rig.tasks.is_away = False
    assert len(rig.rest(10.0)) == 100


def test_a_tree_out_of_reach_has_nothing_due_but_its_tickets(rig):
    """What was ready and could not go anywhere made the loop turn without a pause."""
    rig.write("a/log")
    rig.run(1.0)
    rig.append("a/log")
    rig.write("b/log")
    rig.run(STEP_S)

    rig.tree.end()
    rig.end_events()
    rig.watches = None

    for _ in range(50):
        rig.turn()
        rig.tasks.do_all()
        rig.now += 1.0
        assert rig.tree.next_due() > rig.now - 1.0
    assert rig.tree.next_due() == float("inf")
    assert sorted(rig.tasks.paths()) == ["a/log"]
