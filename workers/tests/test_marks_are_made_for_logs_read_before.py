"""A log that was read before its lines were counted and marked gets both when somebody opens it, and only then."""

import shutil
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from pdfjobs import queue
from pdfjobs.logs.logmarks import NAMES, STATE
from pdfjobs.models import Job, LogFile, Run, SeriesChunk, SeriesPiece
from pdfjobs.points import chunks
from pdfjobs.services import ingest
from pdfjobs.services import logmarks as service
from workers import checking
from workers.tasks import marking, reading
from workers.tests.conftest import configure
from workers.tests.queue_scene import lists_of, queue_of, work_off

SAMPLE = Path(__file__).parent / "samples/ls-dyna"
OLDER = "0003_room_for_updates"
WARNING = " *** Warning 40538 (SOL+538)\n     shell element # %d is distorted\n \n"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def log(instance, queue_server, settings, tmp_path) -> Path:
    """Three blocks of 64 KiB of a running LS-DYNA job's log with warnings, read as it is now read."""
    configure(settings, tmp_path, logs={"turn_bytes": 1 << 20})
    log = tmp_path / "tree/crash/messag"
    log.parent.mkdir()
    head = next(SAMPLE.glob("*running*/mes*")).read_text()
    log.write_text(head + "".join(WARNING % n + "words\n" * 9 for n in range(1500)))
    read()
    return log


def read() -> None:
    left = ["crash/messag"]
    while left:
        left = reading.read_turns("tree", left)


def kept() -> dict[str, list[tuple[float, float]]]:
    """Places and marks as the diary has them."""
    found: dict[str, list[tuple[float, float]]] = {}
    for chunk in SeriesChunk.objects.filter(name__in=NAMES).order_by("name", "start"):
        found.setdefault(chunk.name, []).extend(chunks.points(bytes(chunk.data), chunk.count))
    for piece in SeriesPiece.objects.order_by("file_id", "number"):
        for name, xs, ys in chunks.piece_columns(bytes(piece.data)):
            if name in NAMES:
                found.setdefault(name, []).extend(zip(xs, ys, strict=True))
    return found


@pytest.fixture
def before(log) -> dict[str, list[tuple[float, float]]]:
    """The log as a diary knew it that kept neither; what it would have kept."""
    made = kept()
    assert {name: len(points) for name, points in made.items()} == {
        "mark.warning": 1501,  # one is the sample's
        "place.line": log.stat().st_size >> 16,
    }
    SeriesChunk.objects.filter(name__in=NAMES).delete()
    for piece in SeriesPiece.objects.all():
        columns = chunks.piece_columns(bytes(piece.data))
        left = {
            name: list(zip(xs, ys, strict=True)) for name, xs, ys in columns if name not in NAMES
        }
        SeriesPiece.objects.filter(pk=piece.pk).update(data=chunks.pack_piece(left))
    row = LogFile.objects.get()
    del row.state[STATE]
    row.save()
    return made


@pytest.fixture
def mara(client):
    client.force_login(User.objects.create_user("mara", is_staff=True))
    return client


def address(kind: str = "files") -> str:
    return f"/jobs/{Job.objects.get().number}/{kind}/messag"


def test_who_opens_the_log_has_it_marked_once_and_sees_the_marks_when_they_are_there(before, mara):
    series = SeriesChunk.objects.exclude(name__in=NAMES).count()
    first, again = mara.get(address()), mara.get(address())

    (task,) = queue_of("backlog").get_jobs()
    assert (task.func_name, task.description) == (
        "workers.tasks.mark_lines",
        f"mark warnings and errors in messag of {Job.objects.get().number}",
    )
    assert [page.context["marking"] for page in (first, again)] == [True, True]
    assert "are being marked" in first.text
    assert 'data-coming="yes"' in mara.get(address("rows"), {"marking": "1"}).text

    work_off("backlog")

    page = mara.get(address(), {"mark": "warning:1000"})
    assert (page.context["marking"], "are being marked" in page.text) == (False, False)
    assert [jump["count"] for jump in page.context["jumps"]] == [0, 1501]
    target = next(row for row in page.context["rows"] if row.is_target)
    assert (target.severity, target.line) == ("warning", before["mark.warning"][999][1])
    assert 'data-coming="no"' in mara.get(address("rows"), {"marking": "1"}).text
    assert kept() == before
    assert SeriesChunk.objects.exclude(name__in=NAMES).count() >= series
    assert checking.check_all().differences == []
    assert lists_of("backlog") == {}


def test_a_log_that_grows_meanwhile_and_later_is_marked_to_its_end(before, log, monkeypatch):
    monkeypatch.setattr(marking, "TURN_S", 0.0)
    monkeypatch.setattr(marking, "BLOCK", 50_000)
    assert service.ask(LogFile.objects.get())
    keep, turns = service.keep, []

    def late(file, found, state):
        turns.append(file.offset)
        if len(turns) == 1:
            with log.open("a") as file_:
                file_.write(WARNING % 7777)
            read()  # as the marks are about to be saved
        return keep(file, found, state)

    monkeypatch.setattr(service, "keep", late)
    work_off("backlog")
    with log.open("a") as file:
        file.write("words\n" * 20_000 + WARNING % 8888)
    read()

    assert len(turns) == 2
    assert len(kept()["mark.warning"]) == 1503
    assert STATE in LogFile.objects.get().state
    assert checking.check_all().differences == []


def test_a_turn_that_was_killed_is_done_again(before, monkeypatch):
    monkeypatch.setattr(marking, "TURN_S", 0.0)
    monkeypatch.setattr(marking, "BLOCK", 100_000)
    file = LogFile.objects.get()
    for kill in ("before it says how far it is", "before the next is queued", ""):
        with monkeypatch.context() as patch:
            if kill.endswith("it is"):
                patch.setattr(marking.Found, "add", lambda *_: (_ for _ in ()).throw(SystemExit))
            elif kill:
                patch.setattr(service, "send", lambda *_: (_ for _ in ()).throw(SystemExit))
            try:
                marking.give_turn(file.pk)
            except SystemExit:
                continue
    work_off("backlog")

    assert kept() == before


def test_what_a_lost_queue_server_knew_is_found_anew(before, queue_server, monkeypatch):
    monkeypatch.setattr(marking, "TURN_S", 0.0)
    monkeypatch.setattr(marking, "BLOCK", 100_000)
    file = LogFile.objects.get()
    marking.give_turn(file.pk)
    queue_server.flushall()

    assert service.ask(file)
    work_off("backlog")

    assert kept() == before


def test_a_reading_that_was_begun_before_and_saved_behind_has_them_made_once_more(
    before, log, mara, monkeypatch
):
    file, record = LogFile.objects.get(), ingest.record

    def late(readings):
        monkeypatch.setattr(ingest, "record", record)
        marking.give_turn(file.pk)
        return record(readings)

    with log.open("a") as added:
        added.write("words\n")
    monkeypatch.setattr(ingest, "record", late)
    read()
    assert STATE not in LogFile.objects.get().state

    assert mara.get(address()).context["marking"]
    work_off("backlog")

    assert kept() == before
    assert mara.get(address()).context["marking"] is False


@pytest.mark.parametrize("fault", ["gone", "another", "cut"])
def test_a_log_that_is_not_the_one_that_was_read_is_left(before, log, fault):
    file = LogFile.objects.get()
    if fault == "gone":
        log.unlink()
    elif fault == "another":
        shutil.copy(log, log.with_name("new"))
        log.with_name("new").replace(log)
    else:
        log.write_text("cut")

    marking.give_turn(file.pk)

    assert (kept(), lists_of("backlog")) == ({}, {})
    assert queue.connection().keys(queue.key("marking", "*")) == []


def test_nothing_is_asked_for_what_nobody_reads_or_while_the_queue_server_is_away(
    before, log, mara, settings, monkeypatch, tmp_path
):
    (log.parent / "notes.txt").write_text("no log")
    other = mara.get(address().replace("messag", "notes.txt"))
    for table in settings.RQ_QUEUES.values():
        monkeypatch.setitem(table, "URL", f"unix://{tmp_path}/no.sock")
    away, later = mara.get(address()), mara.get(address(), {"marking": "1"})
    rows = mara.get(address("rows"), {"marking": "1"})

    assert [page.status_code for page in (other, away, later)] == [200, 200, 200]
    assert [page.context["marking"] for page in (other, away, later)] == [False, False, False]
    assert 'data-coming="no"' in rows.text


@pytest.mark.timeout(60)
def test_a_log_in_a_database_of_an_older_version_is_marked(before, log, mara):
    """Its rows as that version laid them down, and this version's migrations over them."""
    names = [field.attname for field in LogFile._meta.concrete_fields if field.name != "run"]
    values = LogFile.objects.values(*names).get()
    run = Run.objects.values("root", "folder", "stem").get()
    Job.objects.all().delete()
    call_command("migrate", "pdfjobs", OLDER, verbosity=0)
    try:
        older = MigrationExecutor(connection).loader.project_state(("pdfjobs", OLDER)).apps
        job = older.get_model("pdfjobs", "Job").objects.create(
            number=1000001, name="crash", solver="ls-dyna", submitted_at="2026-03-01T12:00:00Z"
        )
        run = older.get_model("pdfjobs", "Run").objects.create(job=job, **run)
        older.get_model("pdfjobs", "LogFile").objects.create(run=run, **values | {"pieces": 0})
    finally:
        call_command("migrate", "pdfjobs", verbosity=0)

    assert mara.get(address()).context["marking"]
    work_off("backlog")

    assert kept() == before
    assert [jump["count"] for jump in mara.get(address()).context["jumps"]] == [0, 1501]
