"""A new version of a parser re-reads exactly what the old one read, behind the live news."""

import io
import shutil
from pathlib import Path

import pytest
import redis
from django.core.management import call_command
from django.db import OperationalError

from pdfjobs import queue
from pdfjobs.models import Job, LogFile, Run
from pdfjobs.services import ingest
from workers import checking, parsers
from workers.management.commands import reparse as command
from workers.parsers.calculix.screen import CalculixScreen
from workers.parsers.calculix.tables import CalculixSta
from workers.tasks import reading
from workers.tests.queue_scene import lists_of, queue_of, work_off

SAMPLES = Path(__file__).parent / "samples/calculix"
pytestmark = pytest.mark.django_db(transaction=True)


class NewScreen(CalculixScreen):
    """The next version, which says something else."""

    version = CalculixScreen.version + 1

    def report(self):
        report = super().report()
        report.title = "as the new version says"
        return report


@pytest.fixture
def cases(instance, queue_server, tmp_path) -> list[Path]:
    """Four runs of two logs each, read by the present parsers."""
    folders = [tmp_path / "tree" / f"case{number}" for number in range(4)]
    for folder in folders:
        folder.mkdir()
        for name in ("bar.log", "bar.sta"):
            shutil.copy(SAMPLES / "2.20-normal" / name, folder)
        left = [f"{folder.name}/bar.log", f"{folder.name}/bar.sta"]
        while left:
            left = reading.read_turns("tree", left)
    assert LogFile.objects.count() == 8
    return folders


@pytest.fixture
def newer(cases, monkeypatch):
    """The screen log's parser is a newer one."""
    others = tuple(kind for kind in parsers.PARSERS if kind is not CalculixScreen)
    monkeypatch.setattr(parsers, "PARSERS", (NewScreen, *others))


def reparse(*words: str) -> str:
    out = io.StringIO()
    call_command("reparse", *words, stdout=out)
    return out.getvalue()


def asked() -> list[list[str]]:
    return [task.kwargs["paths"] for task in queue_of("backlog").get_jobs()]


def generations() -> dict[str, tuple[int, int]]:
    """Of each log: how often it was begun, and by which version it was read."""
    rows = LogFile.objects.values_list("run__folder", "path", "generation", "parser_version")
    return {f"{folder}/{path}": (begun, version) for folder, path, begun, version in rows}


def test_nothing_is_asked_for_while_every_parser_is_the_present_one(cases):
    assert reparse() == "0 logs will be read again, 0 not on the disk\n"
    assert asked() == []


def test_exactly_what_the_old_version_read_is_read_again_and_the_new_one_is_heard(newer):
    old, new = CalculixScreen.version, NewScreen.version
    assert reparse() == (
        f"calculix  calculix.screen  {old} -> {new}: 4 logs\n"
        "4 logs will be read again, 0 not on the disk\n"
    )
    assert asked() == [[f"case{number}/bar.log" for number in range(4)]]
    assert lists_of("ingest") == {}, "live news go first"

    work_off("backlog")

    assert generations() == {
        f"case{number}/bar.{ending}": seen
        for number in range(4)
        for ending, seen in (("log", (2, new)), ("sta", (1, CalculixSta.version)))
    }
    titles = [run.facts["title"] for run in Run.objects.all()]
    assert titles == ["as the new version says"] * 4
    assert checking.check_all().differences == []
    assert reparse() == "0 logs will be read again, 0 not on the disk\n"


def test_a_dry_run_says_the_same_and_asks_for_nothing(newer):
    before = list(LogFile.objects.order_by("pk").values())

    said = reparse("--dry-run")

    assert said.endswith(": 4 logs\n4 logs would be read again, 0 not on the disk\n")
    assert asked() == []
    assert list(LogFile.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    ("words", "cases_asked"),
    [
        (["--solver", "calculix"], [0, 1, 2, 3]),
        (["--solver", "ls-dyna"], []),
        (["--project", "bridge"], [1]),
        (["--project", "bri"], []),
        (["--status", "error"], [2]),
        (["--number", "NUMBER"], [3]),
        (["--number", "1"], []),
        (["--project", "bridge", "--status", "error"], []),
    ],
    ids=lambda words: " ".join(map(str, words)),
)
def test_a_choice_is_kept_to(newer, words, cases_asked):
    runs = {run.folder: run for run in Run.objects.select_related("job")}
    Job.objects.filter(pk=runs["case1"].job_id).update(project="bridge")
    Job.objects.filter(pk=runs["case2"].job_id).update(status="error")
    number = str(runs["case3"].job.number)

    reparse(*[number if word == "NUMBER" else word for word in words])

    paths = [path for paths in asked() for path in paths]
    assert paths == [f"case{number}/bar.log" for number in cases_asked]


def test_all_means_also_what_the_present_parsers_read(cases):
    reparse("--all", "--number", str(Run.objects.get(folder="case2").job.number))
    work_off("backlog")

    begun_anew = {path for path, (begun, _) in generations().items() if begun == 2}
    assert begun_anew == {"case2/bar.log", "case2/bar.sta"}
    assert checking.check_all().differences == []


def test_a_reparse_that_was_stopped_halfway_goes_on_with_what_is_left(newer, monkeypatch):
    monkeypatch.setattr(command, "BATCH", 1)
    real, sent = queue.send, []

    def send(*args, **values):
        if len(sent) == 2:
            raise redis.ConnectionError("Connection refused")
        sent.append(values["paths"])
        real(*args, **values)

    with monkeypatch.context() as patch:
        patch.setattr(queue, "send", send)
        with pytest.raises(SystemExit) as stopped:
            reparse()
    assert stopped.value.code == 2
    work_off("backlog")

    reparse()
    work_off("backlog")

    assert set(generations().values()) == {(2, NewScreen.version), (1, CalculixSta.version)}


def test_a_gone_folders_logs_are_named_and_left(newer, cases):
    shutil.rmtree(cases[1])
    before = list(LogFile.objects.filter(run__folder="case1").order_by("pk").values())

    said = reparse()
    work_off("backlog")

    assert said.startswith("not on the disk, left as it is: tree/case1/bar.log\n")
    assert said.endswith("3 logs will be read again, 1 not on the disk\n")
    assert list(LogFile.objects.filter(run__folder="case1").order_by("pk").values()) == before


def test_logs_of_a_root_that_is_in_no_setting_are_named_and_left(newer):
    Run.objects.filter(folder="case0").update(root="elsewhere")

    said = reparse()

    assert "not on the disk, left as it is: elsewhere/case0/bar.log" in said
    assert asked() == [["case1/bar.log", "case2/bar.log", "case3/bar.log"]]


def test_a_log_whose_parser_is_no_more_goes_to_whichever_claims_it(cases):
    LogFile.objects.filter(run__folder="case0", path="bar.sta").update(parser="calculix.table")

    said = reparse()
    work_off("backlog")

    assert f"calculix.table  {CalculixSta.version} -> whichever claims it now: 1 log\n" in said
    assert LogFile.objects.get(run__folder="case0", path="bar.sta").parser == "calculix.sta"


def test_the_queue_is_not_flooded(newer, monkeypatch):
    monkeypatch.setattr(command, "BATCH", 1)
    monkeypatch.setattr(command, "MOST_WAITING", 2)
    lengths = []

    def wait(_):
        lengths.append(len(asked()))
        work_off("backlog")

    monkeypatch.setattr(command.time, "sleep", wait)

    reparse()
    work_off("backlog")

    assert lengths == [2]
    assert {version for _, version in generations().values()} == {
        NewScreen.version,
        CalculixSta.version,
    }


def test_a_reading_of_a_reparse_is_described_as_such(newer):
    reparse()

    (task,) = queue_of("backlog").get_jobs()
    assert (task.description, task.kwargs["ticket"]) == ("read again 4 logs in tree", "")


@pytest.mark.parametrize("fault", [OperationalError("database is locked"), redis.TimeoutError()])
def test_what_could_not_be_asked_for_is_said_with_exit_code_2(newer, monkeypatch, fault, capsys):
    def away(*_, **__):
        raise fault

    monkeypatch.setattr(queue, "send", away)

    with pytest.raises(SystemExit) as ended:
        call_command("reparse")

    assert ended.value.code == 2
    assert "could not ask for all: " in capsys.readouterr().err


def test_a_line_that_comes_at_the_same_moment_does_not_undo_it(cases, monkeypatch):
    log = cases[0] / "bar.sta"
    row = LogFile.objects.get(run__folder=cases[0].name, path="bar.sta")
    with log.open("a") as file:
        file.write("     1         99     1     2  0.990000E+00  0.990000E+00  0.100000E-01\n")
    record = ingest.record

    def late(readings):
        reparse("--all")  # while the line was read, and before it is saved
        monkeypatch.setattr(ingest, "record", record)
        return record(readings)

    monkeypatch.setattr(ingest, "record", late)
    reading.read_turns("tree", [f"{cases[0].name}/bar.sta"])

    again = LogFile.objects.get(pk=row.pk)
    assert again.generation == row.generation + 1
    assert again.offset == log.stat().st_size
