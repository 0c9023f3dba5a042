"""Single readings: whose file it is, how far a turn goes, and what happens when it changes meanwhile."""

import os
import shutil
from pathlib import Path

import pytest
from django.db.models import Q

from pdfjobs.models import IntakeRecord, Job, LogFile, Run
from pdfjobs.points.series import stored
from workers.logfile import ChangingLogError, OpenLog
from workers.logreading import read_turn
from workers.parsers.calculix.screen import CalculixScreen
from workers.tasks import reading
from workers.tests.conftest import make_run

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parent / "samples/calculix"


@pytest.fixture
def case(instance, tmp_path) -> Path:
    """A folder of somebody else's run in a watched tree, not read yet."""
    folder = tmp_path / "tree" / "case"
    shutil.copytree(SAMPLES / "2.20-normal-cutbacks", folder)
    return folder


def offset() -> int:
    return LogFile.objects.get().offset


def series(name: str) -> list[tuple[float, float]]:
    """The points of the only log."""
    return [
        point
        for row in stored(Q())
        for found, xs, ys in row.columns()
        if found == name
        for point in zip(xs, ys, strict=True)
    ]


def test_a_turn_reads_so_much_and_asks_for_the_rest(case, settings):
    size = (case / "bar.log").stat().st_size
    turn = settings.PDFJOBS.logs.turn_bytes

    assert reading.read_turns("tree", ["case/bar.log"]) == ["case/bar.log"]
    assert offset() == turn

    while reading.read_turns("tree", ["case/bar.log"]):
        pass
    assert offset() == size


@pytest.mark.parametrize(
    "paths",
    [
        ["case/bar.inp"],
        ["case/nothing.log"],
        ["nowhere/bar.log"],
        ["case"],
        ["bar.log"],
        [],
    ],
    ids=str,
)
def test_what_is_no_log_in_a_folder_makes_no_job(case, tmp_path, paths):
    shutil.copy(case / "bar.log", tmp_path / "tree" / "bar.log")

    assert reading.read_turns("tree", paths) == []
    assert not Job.objects.exists()


def test_a_root_that_is_in_no_setting_is_left_alone(case):
    assert reading.read_turns("other", ["case/bar.log"]) == []


def test_a_found_run_is_named_after_its_deck_and_keeps_its_stem(case):
    reading.read_turns("tree", ["case/bar.sta", "case/bar.cvg", "case/bar.log"])

    run = Run.objects.select_related("job").get()
    assert (run.folder, run.stem, run.deck_file, run.ours) == ("case", "bar", "bar.inp", False)
    assert (run.job.name, run.job.solver) == ("bar.inp", "calculix")
    assert run.job.owner == case.owner()


def test_each_stem_and_each_folder_is_a_run_of_its_own(case):
    shutil.copy(case / "bar.log", case / "plate.log")
    shutil.copy(case / "bar.log", case / "bar.2.log")
    shutil.copytree(case, case / "nested")
    paths = [f"case/{name}" for name in ("bar.log", "plate.log", "bar.2.log", "nested/bar.log")]

    reading.read_turns("tree", paths)

    places = sorted(Run.objects.values_list("folder", "stem"))
    assert places == [("case", "bar"), ("case", "bar.2"), ("case", "plate"), ("case/nested", "bar")]


@pytest.mark.parametrize("name", ["beam.log", "other.log", "sub/beam.log"])
def test_a_log_in_a_run_folder_of_ours_that_waits_is_not_its_own(instance, name):
    run = make_run(instance)
    path = instance.runs / run.folder / name
    path.parent.mkdir(exist_ok=True)
    shutil.copy(SAMPLES / "2.20-normal" / "bar.log", path)

    assert reading.read_turns("runs", [f"{run.folder}/{name}"]) == []
    assert (LogFile.objects.count(), Run.objects.count()) == (0, 1)


def test_a_folder_that_intake_has_not_finished_makes_no_second_job(instance):
    folder = instance.runs / "1000001_bar"
    shutil.copytree(SAMPLES / "2.20-normal", folder)
    record = IntakeRecord.objects.create(
        root="hotfolder", path="bar", name="bar", state="claimed", number=1000001, place=folder.name
    )
    reading.read_turns("runs", [f"{folder.name}/bar.log"])
    assert not Run.objects.exists()

    record.delete()

    reading.read_turns("runs", [f"{folder.name}/bar.log"])
    assert Run.objects.exists()


@pytest.fixture
def meddle(monkeypatch):
    """Does something to the file whenever the parser has been fed."""

    def install(do):
        feed = CalculixScreen.feed

        def fed(self, chunk):
            news = feed(self, chunk)
            do()
            return news

        monkeypatch.setattr(CalculixScreen, "feed", fed)

    return install


def other_run(path: Path) -> bytes:
    """Another run's log with the same banner."""
    return path.read_bytes()[:1024] + b" increment 1 attempt 1 \n" * 4000


@pytest.mark.parametrize("begun", [False, True], ids=["from the start", "in the middle"])
def test_a_log_written_anew_while_it_is_read_is_not_believed(case, meddle, begun):
    path = case / "bar.log"
    if begun:
        reading.read_turns("tree", ["case/bar.log"])
    before = list(LogFile.objects.values())
    data = other_run(path)
    meddle(lambda: path.write_bytes(data))

    with pytest.raises(ChangingLogError):
        reading.read_turns("tree", ["case/bar.log"])

    assert list(LogFile.objects.values()) == before


def test_a_log_cut_while_it_is_read_is_not_believed(case, meddle):
    reading.read_turns("tree", ["case/bar.log"])
    meddle(lambda: os.truncate(case / "bar.log", 100))

    with pytest.raises(ChangingLogError):
        reading.read_turns("tree", ["case/bar.log"])


def test_a_log_that_grows_while_it_is_read_goes_on_next_time(case, meddle):
    path = case / "bar.sta"
    path.write_bytes((SAMPLES / "2.20-normal" / "bar.log").read_bytes()[:2000])

    def grow():
        with path.open("ab") as file:
            file.write(b"\n more\n")

    meddle(grow)
    reading.read_turns("tree", ["case/bar.sta"])
    assert offset() == 2000

    reading.read_turns("tree", ["case/bar.sta"])
    assert offset() == 2007


def test_nothing_new_costs_no_write(case):
    reading.read_turns("tree", ["case/bar.sta"])
    before = list(Job.objects.values()), list(LogFile.objects.values())

    reading.read_turns("tree", ["case/bar.sta"])

    assert (list(Job.objects.values()), list(LogFile.objects.values())) == before


def test_a_reading_knows_whether_the_file_holds_more(case):
    with OpenLog(case, case / "bar.log") as opened:
        first = read_turn(None, "bar.log", opened)
        whole = read_turn(None, "bar.log", opened, to_end=True)

    assert (first.more, whole.more) == (True, False)
    assert whole.turn.checkpoint.offset == (case / "bar.log").stat().st_size


def test_a_better_parser_reads_from_the_first_byte(case, monkeypatch):
    path = case / "bar.log"
    os.truncate(path, 3000)
    reading.read_turns("tree", ["case/bar.log"])
    assert LogFile.objects.values_list("generation", "parser_version").get() == (
        1,
        CalculixScreen.version,
    )
    feed = CalculixScreen.feed

    def counted(self, chunk):
        news = feed(self, chunk)
        news.points["bytes"] = [(0.0, float(len(chunk)))]
        return news

    monkeypatch.setattr(CalculixScreen, "feed", counted)
    monkeypatch.setattr(CalculixScreen, "version", CalculixScreen.version + 1)

    reading.read_turns("tree", ["case/bar.log"])

    file = LogFile.objects.get()
    assert (file.generation, file.parser_version, file.offset) == (2, CalculixScreen.version, 3000)
    assert series("bytes") == [(0.0, 3000.0)]


def test_growth_after_the_end_is_taken_with_its_last_line_as_it_stands(instance):
    """The run has ended, so a line without newline is whole."""
    run = make_run(instance)
    home = instance.runs / run.folder
    sta = (SAMPLES / "2.20-normal" / "bar.sta").read_bytes().rstrip(b"\n")
    *lines, last = sta.split(b"\n")
    (home / "beam.sta").write_bytes(b"\n".join(lines))
    ended = {"run": 1, "ended_at": "2026-01-01T00:00:00Z", "exit_code": 0, "end_cause": "exited"}
    Run.objects.update(record=ended)
    reading.read_to_end(Run.objects.get())

    before = len(series("increments"))
    with (home / "beam.sta").open("ab") as file:
        file.write(b"\n" + last)

    reading.read_turns("runs", [f"{run.folder}/beam.sta"])

    file = LogFile.objects.get()
    assert (len(series("increments")), file.closed, file.generation) == (before + 1, True, 2)


def test_a_log_that_cannot_be_read_now_keeps_no_other_from_its_turn(case, monkeypatch):
    """One failing disk read used to block the whole batch, for good."""
    opened = OpenLog.__init__

    def failing(self, root, path):
        if str(path).endswith("bar.cvg"):
            raise OSError(5, "Input/output error")
        opened(self, root, path)

    monkeypatch.setattr(OpenLog, "__init__", failing)

    with pytest.raises(OSError, match="Input/output"):
        reading.read_turns("tree", ["case/bar.cvg", "case/bar.sta"])

    assert [row.path for row in LogFile.objects.all()] == ["bar.sta"]
    assert reading.read_turns("tree", ["case/bar.cvg", "case/bar.log"]) == [
        "case/bar.log",
        "case/bar.cvg",
    ]


def test_a_log_that_is_closed_to_us_is_passed_over(case, monkeypatch):
    monkeypatch.setattr(os, "open", _denied(os.open, "bar.cvg"))

    reading.read_turns("tree", ["case/bar.cvg", "case/bar.sta"])

    assert [row.path for row in LogFile.objects.all()] == ["bar.sta"]


def _denied(real, name):
    def opening(path, *args, **kwargs):
        if str(path).endswith(name):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *args, **kwargs)

    return opening
