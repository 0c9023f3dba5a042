"""verify and rescan: each kind of difference is seen, told by exit code, and mended without a start."""

import io
import json
import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from pdfjobs import config
from pdfjobs.models import IntakeRecord, Job, LogFile, Message, Run, SeriesChunk
from pdfjobs.points import chunks
from workers import checking
from workers.tasks import reading
from workers.tests.conftest import configure, make_run

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parent / "samples/calculix"


def age(path: Path, seconds: float = 1000) -> None:
    """As if last written so long ago."""
    at = int(time.time() - seconds)
    os.utime(path, (at, at))


@pytest.fixture
def tree(instance, tmp_path) -> Path:
    """A run of somebody else, read to its end."""
    folder = tmp_path / "tree" / "case"
    folder.mkdir()
    for name in ("bar.log", "bar.sta", "bar.cvg", "bar.inp"):
        shutil.copy(SAMPLES / "2.20-normal-cutbacks" / name, folder)
        age(folder / name)
    look(folder)
    return tmp_path / "tree"


def look(folder: Path) -> None:
    """Reads all files of a folder as the watcher's tasks would."""
    left = [f"{folder.name}/{name}" for name in sorted(os.listdir(folder))]
    while left:
        left = reading.read_turns("tree", left)


def seen() -> list[tuple]:
    return [(d.location, d.field, d.disk, d.diary) for d in checking.check_all().differences]


def dump() -> dict:
    """Every row of every table of the diary."""
    models = [*apps.get_app_config("pdfjobs").get_models()]
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def verify(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("verify", *words, stdout=out, stderr=err)
    except SystemExit as end:
        return end.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


CHANGES = {
    "status": (
        lambda: Job.objects.update(machine_status="error"),
        [("tree/case", "status", "normal", "error")],
    ),
    "reason": (
        lambda: Job.objects.update(machine_reason="x"),
        [("tree/case", "status_reason", "Job finished", "x")],
    ),
    "progress": (
        lambda: Run.objects.update(progress=0.5),
        [("tree/case", "progress", 1.0, 0.5)],
    ),
    "finished": (
        lambda: Run.objects.update(finished=False),
        [("tree/case", "finished", True, False)],
    ),
    "points lost": (
        lambda: SeriesChunk.objects.filter(name="increments", file__path="bar.sta").delete(),
        [("tree/case/bar.sta", "series increments")],
    ),
    "log lost": (
        lambda: LogFile.objects.filter(path="bar.sta").delete(),
        [("tree/case/bar.sta", "log", "a log", None)],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_row_changed_behind_its_back_is_seen_and_mended(tree, change):
    do, expected = CHANGES[change]
    assert seen() == []

    do()

    found = seen()
    assert [
        difference[: len(want)] for difference, want in zip(found, expected, strict=True)
    ] == expected
    assert verify()[0] == 1
    assert checking.repair_all() == ["tree/case"]
    assert seen() == []


def test_a_fact_and_a_message_and_a_point_are_compared(tree):
    run = Run.objects.get()
    run.facts["cycle"] = 999
    run.save()
    Message.objects.create(
        file=LogFile.objects.get(path="bar.log"),
        position=9,
        severity="error",
        text="never said",
        line=1,
    )
    chunk = SeriesChunk.objects.get(name="increments", file__path="bar.sta")
    points = chunks.points(chunk.data, chunk.count)
    points[2] = (points[2][0], points[2][1] + 1e-9)
    SeriesChunk.objects.filter(pk=chunk.pk).update(data=chunks.pack(points))

    assert [(where, field) for where, field, *_ in seen()] == [
        ("tree/case", "cycle"),
        ("tree/case/bar.log", "messages"),
        ("tree/case/bar.sta", "series increments"),
    ]
    checking.repair_all()
    assert seen() == []


@pytest.mark.parametrize("data", [b"", b"no zlib", chunks.pack([(1.0, 1.0)])])
def test_a_chunk_that_cannot_be_read_is_a_difference_and_mended(tree, data):
    SeriesChunk.objects.filter(name="increments", file__path="bar.sta").update(data=data)

    assert [(where, field) for where, field, *_ in seen()] == [
        ("tree/case/bar.sta", "series increments")
    ]
    checking.repair_all()
    assert seen() == []


def test_a_log_that_nobody_told_of_is_seen(tree):
    shutil.copytree(tree / "case", tree / "other")
    shutil.copy(tree / "case" / "bar.log", tree / "case" / "second.log")
    shutil.copytree(tree / "case", tree / "case" / "nested")
    for path in tree.rglob("*.*"):
        age(path)

    places = [place for place, field, *_ in seen() if field == "run"]

    assert places == [
        "tree/case/second.log",
        *(f"tree/case/nested/{name}" for name in ("bar.cvg", "bar.log", "bar.sta", "second.log")),
        *(f"tree/other/{name}" for name in ("bar.cvg", "bar.log", "bar.sta")),
    ]
    checking.repair_all()
    assert seen() == []
    assert Job.objects.count() == 5


def test_a_folder_with_a_deck_and_no_log_is_a_job_that_is_not_started(tree, queue_server):
    (tree / "deck").mkdir()
    shutil.copy(tree / "case" / "bar.inp", tree / "deck" / "plate.inp")
    shutil.copy(tree / "case" / "bar.inp", tree / "deck" / "plate2.inp")
    (tree / "deck" / "plate2.inp").write_text("** nothing but a comment\n")
    (tree / "deck" / "notes.txt").write_text("to do\n")
    for path in (tree / "deck").iterdir():
        age(path)
    assert [(place, field) for place, field, *_ in seen()] == [("tree/deck/plate.inp", "run")]

    checking.repair_all()

    job = Job.objects.get(name="plate.inp")
    assert (job.status, job.status_reason) == ("none", "no log says how it stands")
    assert seen() == []
    assert queue_server.keys("*queue*") == []


def test_a_drop_that_was_never_finished_is_seen_once_it_should_have_been(tree, settings, tmp_path):
    configure(settings, tmp_path, intake={"quiet_s": 30})
    record = IntakeRecord.objects.create(
        root="hotfolder", path="a.inp", name="a.inp", state="claimed", number=5
    )

    assert checking.check_all().settling == ["hotfolder/a.inp"]

    IntakeRecord.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    assert seen() == [("hotfolder/a.inp", "intake", "unfinished", "claimed")]
    checking.repair_all()
    record.refresh_from_db()
    assert record.state in ("refused", "gone")
    assert seen() == []


def test_a_folder_that_intake_left_half_made_is_not_taken_for_somebody_elses(instance):
    """Killed between the rename and the job, with old logs in the folder that was dropped."""
    folder = instance.runs / "1000001_bar"
    shutil.copytree(SAMPLES / "2.20-normal", folder)
    IntakeRecord.objects.create(
        root="hotfolder", path="bar", name="bar", state="claimed", number=1000001, place=folder.name
    )

    assert reading.read_turns("runs", [f"{folder.name}/bar.log"]) == []
    checking.check_all()

    assert not Job.objects.exists()


def test_young_files_are_settling_and_no_difference(tree, settings, tmp_path):
    configure(settings, tmp_path, logs={"ceiling_s": 100})
    with (tree / "case" / "bar.sta").open("a") as file:
        file.write("more\n")
    Job.objects.update(machine_status="error")
    (tree / "new").mkdir()
    shutil.copy(tree / "case" / "bar.sta", tree / "new")

    check = checking.check_all()

    assert check.differences == []
    assert check.settling == ["tree/case", "tree/new/bar.sta"]


def test_a_file_from_the_future_does_not_settle_for_ever(tree):
    age(tree / "case" / "bar.sta", -100_000)
    look(tree / "case")

    assert (seen(), checking.check_all().settling) == ([], [])


def test_a_touched_log_moves_the_end_by_itself(tree):
    """Without a mark of the recorder a run ended when its newest log was written."""
    age(tree / "case" / "bar.log", 500)
    look(tree / "case")

    assert seen() == []
    end = Run.objects.get().ended_at
    assert abs((datetime.now(UTC) - end).total_seconds() - 500) < 60


def test_a_folder_that_is_gone_is_no_difference(tree):
    before = dump()
    shutil.rmtree(tree / "case")

    check = checking.check_all()

    assert (check.differences, check.gone) == ([], ["tree/case"])
    assert (checking.repair_all(), dump()) == ([], before)


def test_a_log_that_is_gone_leaves_its_facts(tree):
    before = dump()
    (tree / "case" / "bar.sta").unlink()

    assert seen() == []
    checking.repair_all()
    assert dump() == before


def test_a_root_that_is_in_no_setting_any_more_is_gone(tree, settings, tmp_path):
    configure(settings, tmp_path, trees=[])

    assert checking.check_all().gone == ["tree/case"]


def test_verify_changes_nothing(tree):
    shutil.copytree(tree / "case", tree / "other")
    for path in tree.rglob("*.*"):
        age(path)
    Run.objects.update(progress=0.1)
    before, files = dump(), sorted(str(path) for path in tree.rglob("*"))

    code, *_ = verify("--json")

    assert code == 1
    assert dump() == before
    assert sorted(str(path) for path in tree.rglob("*")) == files


def test_verify_prints_an_array_of_differences(tree):
    assert verify("--json") == (0, "[]\n", "")

    Job.objects.update(machine_status="error")

    code, out, _ = verify("--json")
    assert code == 1
    assert json.loads(out) == [
        {
            "location": "tree/case",
            "job": Job.objects.get().number,
            "field": "status",
            "disk": "normal",
            "diary": "error",
        }
    ]


def test_verify_in_words(tree):
    assert verify() == (0, "0 differences in 1 runs\n", "")


def test_a_disk_that_cannot_be_read_is_exit_2(tree, monkeypatch):
    def broken(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "pread", broken)

    code, out, err = verify("--json")

    assert (code, out) == (2, "")
    assert err.startswith("could not check: ")


def test_a_database_that_cannot_be_read_is_exit_2(tmp_path):
    import subprocess
    import sys

    var = tmp_path / "var"
    config.Instance(var).make_folders()
    (var / "diary.sqlite3").write_bytes(b"this is no database" * 100)

    done = subprocess.run(
        [sys.executable, "manage.py", "verify", "--json"],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "PDFJOBS_VAR": str(var)},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "could not check" in done.stderr
    assert "Traceback" not in done.stderr


def test_rescan_says_what_it_mended_and_starts_nothing(tree, queue_server, capsys):
    run = make_run(config.Instance(tree.parent / "var"), number=7, deck="touch started\n")
    Job.objects.exclude(pk=run.job_id).update(machine_status="error")

    call_command("rescan")

    assert capsys.readouterr().out == "repaired: tree/case\n1 repaired, 0 differences left\n"
    assert Run.objects.get(pk=run.pk).generation == 0
    assert queue_server.keys("*") == []


def test_rescan_reads_logs_longer_than_a_turn_without_a_queue(tree, settings, monkeypatch):
    for table in settings.RQ_QUEUES.values():
        monkeypatch.setitem(table, "URL", "unix:///nobody/there.sock")
    assert (tree / "case" / "bar.log").stat().st_size > 3 * settings.PDFJOBS.logs.turn_bytes
    shutil.copytree(tree / "case", tree / "other")
    for path in tree.rglob("*.*"):
        age(path)
    LogFile.objects.all().delete()

    call_command("rescan")

    assert seen() == []


def test_a_pending_run_with_a_deck_is_no_difference(instance):
    make_run(instance)
    Job.objects.update(
        deck={"solver": "calculix", "title": "a beam", "end_time": 1.0, "nodes": 4, "elements": 1}
    )

    assert seen() == []


def test_names_that_are_not_utf8_are_compared_and_mended(instance, tmp_path):
    folder = tmp_path / "tree" / os.fsdecode(b"f\xe4lle 100%")
    folder.mkdir()
    name = os.fsdecode(b"tr\xe4ger%41.log")
    shutil.copy(SAMPLES / "2.20-normal" / "bar.log", folder / name)
    age(folder / name)
    assert [field for _, field, *_ in seen()] == ["run"]

    checking.repair_all()

    assert seen() == []
    assert LogFile.objects.count() == 1
    connection.check_constraints()
