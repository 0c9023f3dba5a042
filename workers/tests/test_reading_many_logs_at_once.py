"""Batches: whatever grows in whatever order, each log is read as if it were alone, and a fault of one is its own."""

import os
import shutil
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rq.timeouts import JobTimeoutException

from pdfjobs.models import History, Job, LogFile, Run
from pdfjobs.points.series import series_points, series_version, stored
from pdfjobs.services import ingest
from workers.parsers import claimant
from workers.parsers.calculix.tables import CalculixSta
from workers.tasks import reading
from workers.tests.conftest import make_run

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parent / "samples/calculix"
TEXTS = {
    name: (SAMPLES / "2.20-normal-cutbacks" / name).read_bytes()
    for name in ("bar.log", "bar.sta", "bar.cvg")
}
STA = TEXTS["bar.sta"]


@pytest.fixture
def tree(instance, tmp_path, monkeypatch) -> Path:
    """A watched tree; a machine that is busy with other things must not end a task early."""
    monkeypatch.setattr(reading, "TURNS_S", 60.0)
    return tmp_path / "tree"


def make_cases(tree: Path, count: int, size: int = 600) -> list[str]:
    """The beginnings of so many runs' .sta, read; their paths in the tree."""
    paths = [f"case{i}/bar.sta" for i in range(count)]
    for path in paths:
        (tree / path).parent.mkdir()
        (tree / path).write_bytes(STA[:size])
    assert reading.read_turns("tree", paths) == []
    return paths


def grow(tree: Path, path: str, data: bytes) -> None:
    with (tree / path).open("ab") as file:
        file.write(data)


def read(left: list[str]) -> None:
    while left:
        left = reading.read_turns("tree", left)


def points_of(path: str) -> dict:
    """The diary's points of a log."""
    found = {}
    folder, _, name = path.rpartition("/")
    for row in stored(Q(file__run__folder=folder, file__path=name)):
        for series, xs, ys in row.columns():
            found.setdefault(series, []).extend(zip(xs, ys, strict=True))
    return found


def fresh(data: bytes) -> tuple[dict, dict]:
    """Report and points of a first reading."""
    parser = claimant(data[:4096])()
    news = parser.feed(data)
    return parser.report().to_json(), news.points


PIECES = st.tuples(
    st.integers(0, 3), st.sampled_from(sorted(TEXTS)), st.integers(1, 400) | st.integers(1, 9000)
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(PIECES, min_size=1, max_size=6), max_size=12))
def test_any_interleaving_of_growing_logs_is_what_a_fresh_reading_gives(tree, batches):
    Job.objects.all().delete()
    shutil.rmtree(tree)
    tree.mkdir()
    told = set()
    for batch in batches:
        touched = {}
        for case, name, size in batch:
            path = f"case{case}/{name}"
            (tree / path).parent.mkdir(exist_ok=True)
            have = (tree / path).stat().st_size if (tree / path).exists() else 0
            grow(tree, path, TEXTS[name][have : have + size])
            touched[path] = None
        told |= set(touched)
        left = reading.read_turns("tree", touched)
        assert set(left) <= set(touched)
    read(sorted(told))

    for path in told:
        data = (tree / path).read_bytes()
        row = LogFile.objects.filter(run__folder=path[:5], path=path[6:]).first()
        if claimant(data[:4096]) is None:
            assert row is None
            continue
        report, points = fresh(data)
        assert row.report == {**report, "messages": []}
        assert points_of(path) == points
        assert row.offset == len(data)
        assert [m.text for m in row.messages.all()] == [m["text"] for m in report["messages"]]


def test_rows_that_come_one_by_one_cost_the_same_however_long_the_log_is(tree):
    """Twice the pieces that a log may have, so that the points were moved at least once."""
    (path,) = make_cases(tree, 1, len(STA))
    run, costs, versions = Run.objects.get(), [], set()
    last = STA.splitlines(keepends=True)[-1]
    for _ in range(2 * (64 + 64)):
        grow(tree, path, last)
        with CaptureQueriesContext(connection) as asked:
            assert reading.read_turns("tree", [path]) == []
        costs.append(len(asked))
        versions.add(series_version(run))

    usual = sorted(costs)[len(costs) // 2]
    moved = [i for i, cost in enumerate(costs) if cost > usual]
    assert costs[0] == costs[-1] == usual
    assert 1 <= len(moved) <= 4
    assert len(versions) == len(costs)
    _, points = fresh((tree / path).read_bytes())
    assert points_of(path) == points
    whole = series_points(Run.objects.get(), ["cutbacks"])["cutbacks"]
    assert whole["ys"] == [y for _, y in points["cutbacks"]]
    for since in (0, 1, 100, len(whole["ys"]) - 1):
        part = series_points(Run.objects.get(), ["cutbacks"], since)
        assert part["cutbacks"]["xs"] == whole["xs"][since:]


def test_a_batch_asks_the_database_as_often_as_one_log(tree):
    paths = make_cases(tree, 30)
    for path in paths:
        grow(tree, path, STA[600:680])

    with CaptureQueriesContext(connection) as one:
        reading.read_turns("tree", paths[:1])
    with CaptureQueriesContext(connection) as many:
        reading.read_turns("tree", paths[1:])

    assert len(many) == len(one)
    assert set(LogFile.objects.values_list("offset", flat=True)) == {680}


def test_the_logs_of_a_new_run_in_one_batch_are_one_run(tree):
    shutil.copytree(SAMPLES / "2.20-normal-cutbacks", tree / "case")

    read([f"case/{name}" for name in sorted(os.listdir(tree / "case"))])

    assert list(Run.objects.values_list("folder", "stem", "finished")) == [("case", "bar", True)]
    paths = LogFile.objects.order_by("path").values_list("path", flat=True)
    assert list(paths) == ["bar.cvg", "bar.dat", "bar.log", "bar.sta"]


def test_a_parser_that_fails_on_one_log_keeps_no_other_from_being_read(tree, monkeypatch):
    paths = make_cases(tree, 3)
    for path in paths:
        grow(tree, path, STA[600:680])
    grow(tree, paths[1], b"  poison\n")
    feed = CalculixSta.feed

    def poisoned(self, chunk):
        if b"poison" in chunk:
            raise ZeroDivisionError("poison")
        return feed(self, chunk)

    monkeypatch.setattr(CalculixSta, "feed", poisoned)

    with pytest.raises(ZeroDivisionError):
        reading.read_turns("tree", paths)

    assert [row.offset for row in LogFile.objects.order_by("run__folder")] == [680, 600, 680]


def test_a_run_that_cannot_be_saved_keeps_no_other_from_being_saved(tree, monkeypatch):
    paths = make_cases(tree, 3)
    for path in paths:
        grow(tree, path, STA[600:680])
    judge_of = reading.rundisk.judge_of

    def broken_for_one(run, *more):
        if run.folder == "case1":
            return lambda *_: 1 / 0
        return judge_of(run, *more)

    monkeypatch.setattr(reading.rundisk, "judge_of", broken_for_one)

    with pytest.raises(ZeroDivisionError):
        reading.read_turns("tree", paths)

    assert [row.offset for row in LogFile.objects.order_by("run__folder")] == [680, 600, 680]


@pytest.mark.parametrize("fault", [OperationalError("database is locked"), JobTimeoutException()])
def test_what_is_no_fault_of_a_log_reaches_the_caller_as_it_is(tree, monkeypatch, fault):
    paths = make_cases(tree, 2)
    grow(tree, paths[0], STA[600:680])
    calls = []

    def away(readings):
        calls.append(len(list(readings)))
        raise fault

    monkeypatch.setattr(ingest, "record", away)

    with pytest.raises(type(fault)):
        reading.read_turns("tree", paths)

    assert calls == [1]


def test_who_is_overtaken_between_reading_and_saving_reads_on_from_there(tree, monkeypatch):
    paths = make_cases(tree, 2)
    for path in paths:
        grow(tree, path, STA[600:680])
    record, overtaken = ingest.record, []

    def late(readings):
        if not overtaken:
            overtaken.append(True)
            monkeypatch.setattr(ingest, "record", record)
            read([paths[0]])
            grow(tree, paths[0], STA[680:760])
        return record(readings)

    monkeypatch.setattr(ingest, "record", late)

    assert reading.read_turns("tree", paths) == []

    assert [row.offset for row in LogFile.objects.order_by("run__folder")] == [760, 680]
    assert points_of(paths[0]) == fresh(STA[:760])[1]


def test_after_its_time_a_task_gives_back_what_it_did_not_come_to(tree, monkeypatch):
    """Those that hold more go behind those that had no turn yet."""
    shutil.copytree(SAMPLES / "2.20-normal-cutbacks", tree / "long")
    paths = make_cases(tree, 3)
    for path in paths:
        grow(tree, path, STA[600:680])
    monkeypatch.setattr(reading, "TURNS_S", 0.0)

    assert reading.read_turns("tree", ["long/bar.log", *paths]) == [*paths, "long/bar.log"]
    assert reading.read_turns("tree", paths) == paths[1:]
    assert reading.read_turns("tree", [paths[0], paths[2]]) == [paths[2]]
    assert [
        row.offset for row in LogFile.objects.filter(path="bar.sta").order_by("run__folder")
    ] == [
        680,
        600,
        600,
    ]


def test_a_path_that_is_told_twice_has_one_turn(tree):
    shutil.copytree(SAMPLES / "2.20-normal-cutbacks", tree / "case")

    assert reading.read_turns("tree", ["case/bar.log", "case/bar.log"]) == ["case/bar.log"]


def gone() -> list[str]:
    return sorted(Run.objects.exclude(gone_since=None).values_list("folder", flat=True))


def test_a_folder_that_vanished_takes_the_runs_below_it(tree):
    for place in ("a", "a/b", "a/b/c", "ab", "A%"):
        shutil.copytree(SAMPLES / "2.20-normal", tree / place, dirs_exist_ok=True)
    read([f"{place}/bar.sta" for place in ("a", "a/b", "a/b/c", "ab", "A%")])
    shutil.rmtree(tree / "a" / "b")

    assert reading.read_turns("tree", ["a/b/", "ab/", "A%/", "never/"]) == []

    assert gone() == ["a/b", "a/b/c"]
    notes = History.objects.filter(field="folder").values_list("note", flat=True)
    assert list(notes) == ["gone from the disk"] * 2


def test_a_log_that_is_read_again_brings_its_folder_back(tree):
    paths = make_cases(tree, 2)
    shutil.move(tree / "case0", tree / "elsewhere")
    reading.read_turns("tree", ["case0/", "case1/"])
    assert gone() == ["case0"]
    shutil.move(tree / "elsewhere", tree / "case0")
    grow(tree, paths[0], STA[600:680])

    reading.read_turns("tree", paths)

    assert gone() == []


@pytest.mark.parametrize(
    "paths", [["case0/bar.sta"], ["case0/"], ["case0/bar.sta", "case0/"]], ids=str
)
@pytest.mark.parametrize("away", ["missing", "empty"])
def test_nothing_is_missing_while_its_root_is_out_of_reach(tree, paths, away):
    make_cases(tree, 1)
    tree.rename(tree.with_name("unmounted"))
    if away == "empty":
        tree.mkdir()

    with pytest.raises(OSError, match="tree"):
        reading.read_turns("tree", paths)

    assert gone() == []


def test_what_is_missing_below_a_root_that_is_there_is_no_fault(tree):
    make_cases(tree, 1)
    (tree / "case0" / "bar.sta").unlink()

    assert reading.read_turns("tree", ["case0/bar.sta"]) == []


def test_logs_of_runs_of_ours_and_of_others_go_together(tree, instance):
    run = make_run(instance, record={"run": 1, "ended_at": None})
    home = instance.runs / run.folder
    (instance.runs / "other").mkdir()
    for path in (home / "beam.sta", home / "sub.sta", instance.runs / "other" / "bar.sta"):
        path.write_bytes(STA)

    told = [f"{run.folder}/beam.sta", f"{run.folder}/sub.sta", "other/bar.sta"]
    assert reading.read_turns("runs", told) == []

    assert sorted(LogFile.objects.values_list("run__folder", "path")) == [
        (run.folder, "beam.sta"),
        ("other", "bar.sta"),
    ]
    run.refresh_from_db()
    assert (run.finished, run.facts["cycle"]) == (False, fresh(STA)[0]["cycle"])
