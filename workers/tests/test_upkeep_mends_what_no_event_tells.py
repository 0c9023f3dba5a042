"""The sweep: what the queue lost, what a kill interrupted, what fell silent, what went and came back."""

import os
import shutil
import time
from datetime import timedelta
from pathlib import Path

import django_rq
import pytest
from django.utils import timezone
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from pdfjobs import queue
from pdfjobs.models import History, IntakeRecord, Job, Run
from pdfjobs.services import runs as service
from workers import checking, tasks
from workers.intake.incoming import Incoming
from workers.tasks import reading
from workers.tests.conftest import configure, make_run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queue_server")]
SAMPLES = Path(__file__).parent / "samples/calculix"


def waiting(name: str = "solve") -> list[str]:
    return django_rq.get_queue(name).get_job_ids()


@pytest.fixture
def foreign(instance, tmp_path) -> Path:
    """A log of somebody else's run, still without an end mark."""
    log = tmp_path / "tree" / "case" / "bar.log"
    log.parent.mkdir()
    whole = (SAMPLES / "2.20-normal" / "bar.log").read_bytes()
    log.write_bytes(whole[: len(whole) // 2])
    look(log)
    return log


def look(log: Path) -> None:
    left = [f"case/{log.name}"]
    while left:
        left = reading.read_turns("tree", left)


def age(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def status() -> tuple[str, str, bool]:
    run = Run.objects.select_related("job").get()
    return run.job.status, run.job.status_reason, run.finished


def test_runs_that_the_queue_forgot_are_back_in_it_once(instance, queue_server):
    made = [make_run(instance, number=number) for number in (1, 2, 3)]
    for run in made:
        service.queue_run(run)
    queue_server.flushall()

    tasks.sweep()
    tasks.sweep()

    assert sorted(waiting()) == ["run-1-1", "run-2-1", "run-3-1"]


def test_a_run_that_waits_or_runs_already_is_not_queued_again(instance):
    run = make_run(instance)
    assert [service.queue_run(run), service.queue_run(run)] == [True, False]

    queue = django_rq.get_queue("solve")
    task = queue.fetch_job("run-1000001-1")
    worker = SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer)
    worker.register_birth()
    queue.connection.lmove(queue.key, queue.intermediate_queue_key, "LEFT", "RIGHT")
    assert service.queue_run(run) is False, "between two lists"
    worker.prepare_execution(task)
    worker.prepare_job_execution(task, remove_from_intermediate_queue=True)

    assert service.queue_run(run) is False, "running"
    tasks.sweep()
    assert waiting() == []


@pytest.mark.parametrize("left_as", ["queued", "started", "failed"])
def test_what_a_dead_worker_left_under_the_runs_id_does_not_block_it(instance, left_as):
    """The task's own record says that it waits or runs, but no list leads to it."""
    run = make_run(instance)
    service.queue_run(run)
    queue = django_rq.get_queue("solve")
    task = queue.fetch_job("run-1000001-1")
    queue.connection.delete(queue.key)
    task.set_status(left_as)

    tasks.sweep()

    assert waiting() == ["run-1000001-1"]


def test_young_finished_and_foreign_runs_are_not_queued(instance, foreign):
    make_run(instance, number=1, finished=True)
    young = make_run(instance, number=2)
    Job.objects.filter(pk=young.job_id).update(submitted_at=timezone.now())

    tasks.sweep()

    assert waiting() == []


def test_a_run_whose_folder_is_away_waits_for_it(instance):
    run = make_run(instance)
    home = instance.runs / run.folder
    home.rename(instance.var / "away")
    tasks.sweep()
    assert waiting() == []

    (instance.var / "away").rename(home)
    tasks.sweep()

    assert waiting() == ["run-1000001-1"]


def test_a_stop_that_the_queue_lost_is_done(instance):
    run = make_run(instance, stop_wanted_by="anna")

    tasks.sweep()

    run.refresh_from_db()
    assert run.finished
    assert run.job.status_reason == "stopped by anna before it started"
    assert waiting() == []


def test_a_foreign_run_falls_silent_and_runs_again_when_it_grows(foreign, settings, tmp_path):
    configure(settings, tmp_path, logs={"silent_s": 1000})
    tasks.sweep()
    assert status() == ("running", "", False)

    age(foreign, 1500)
    look(foreign)
    at = time.strftime("%Y-%m-%d %H:%M", time.gmtime(foreign.stat().st_mtime))
    assert status() == ("other", f"silent since {at} UTC", True)
    assert checking.check_all().differences == []

    with foreign.open("ab") as file:
        file.write(b" one more line\n")
    look(foreign)
    assert status() == ("running", "", False)


def test_silence_is_seen_without_any_event(foreign, settings, tmp_path):
    """Nothing is written and nothing is told: the clock alone makes it silent."""
    age(foreign, 1500)
    look(foreign)
    assert status()[0] == "running"
    configure(settings, tmp_path, logs={"silent_s": 1000})

    tasks.sweep()
    tasks.sweep()

    assert status()[0::2] == ("other", True)
    assert checking.check_all().differences == []
    rows = History.objects.filter(field="status").order_by("pk")
    assert list(rows.values_list("before", "after")) == [("none", "running"), ("running", "other")]


def test_growth_during_the_sweep_wins_over_silence(foreign, settings, tmp_path, monkeypatch):
    """A reader saves newer bytes between the sweep's look and its word."""
    from pdfjobs.services import ingest

    age(foreign, 1500)
    look(foreign)
    configure(settings, tmp_path, logs={"silent_s": 1000})
    judge_again = ingest.judge_again

    def grown_meanwhile(run, judge):
        with foreign.open("ab") as file:
            file.write(b" alive\n")
        look(foreign)
        judge_again(run, judge)

    monkeypatch.setattr(ingest, "judge_again", grown_meanwhile)
    tasks.sweep()

    assert status() == ("running", "", False)


def test_a_folder_that_goes_and_comes_back_is_noted_once_each(foreign):
    kept = foreign.parent.with_name("kept")
    before = status()
    foreign.parent.rename(kept)
    for _ in range(3):
        tasks.sweep()
    assert Run.objects.get().gone_since is not None
    assert status() == before

    kept.rename(foreign.parent)
    for _ in range(3):
        tasks.sweep()

    assert Run.objects.get().gone_since is None
    notes = History.objects.filter(field="folder").order_by("pk").values_list("note", flat=True)
    assert list(notes) == ["gone from the disk", "back on the disk"]


def test_a_root_taken_out_of_the_settings_does_not_stop_the_sweep(
    instance, foreign, settings, tmp_path
):
    make_run(instance, number=9)
    configure(settings, tmp_path, trees=[])

    tasks.sweep()

    assert waiting() == ["run-9-1"]
    assert Run.objects.get(ours=False).gone_since is not None


def test_an_interrupted_intake_is_asked_to_go_on(instance):
    values = {"root": "hotfolder", "state": "claimed"}
    old = IntakeRecord.objects.create(path="a", name="a.inp", number=1, **values)
    IntakeRecord.objects.create(path="b", name="b.inp", number=2, **values)
    IntakeRecord.objects.filter(pk=old.pk).update(updated_at=timezone.now() - timedelta(minutes=1))

    tasks.sweep()

    queue = django_rq.get_queue("intake")
    asked = [(task.func_name, task.kwargs) for task in queue.get_jobs()]
    assert asked == [("workers.tasks.resume_intake", {"record_id": old.pk})]


def test_the_watcher_is_told_what_is_not_worth_an_event(instance, queue_server):
    from pdfjobs.queue import key

    tasks.sweep()

    for root in ("runs", "tree"):
        assert b'"*.frd"' in queue_server.get(key("hints", root))


def test_a_run_folder_removed_for_good_does_not_stop_the_sweep(instance):
    make_run(instance, number=1)
    make_run(instance, number=2)
    shutil.rmtree(instance.runs / "1_beam")

    tasks.sweep()

    assert waiting() == ["run-2-1"]


def test_an_arriving_deck_that_went_while_no_watcher_looked_is_noted_as_gone(instance):
    tasks.arrive("hotfolder", ["gone.inp", "there.inp"], [1, 1])
    assert not IntakeRecord.objects.exists(), "what is not there does not arrive"
    for name in ("gone.inp", "there.inp"):
        (instance.hotfolder / name).write_text("*NODE\n")
    tasks.arrive("hotfolder", ["gone.inp", "there.inp"], [1, 1])
    (instance.hotfolder / "gone.inp").unlink()
    IntakeRecord.objects.update(updated_at=timezone.now() - timedelta(minutes=1))

    tasks.sweep()

    assert dict(IntakeRecord.objects.values_list("path", "state")) == {
        "gone.inp": "gone",
        "there.inp": "arriving",
    }


def test_a_drop_that_waits_for_space_does_not_arrive_a_second_time(instance):
    drop = instance.hotfolder / "waits.inp"
    drop.write_text("*NODE\n")
    info = drop.lstat()
    IntakeRecord.objects.create(
        root="hotfolder", path="waits.inp", name="waits.inp", state="claimed", number=7,
        device=info.st_dev, inode=info.st_ino, mtime_ns=info.st_mtime_ns,
    )  # fmt: skip

    tasks.arrive("hotfolder", ["waits.inp"], [6])

    assert IntakeRecord.objects.get().state == "claimed"


def test_a_large_archive_at_work_is_not_asked_to_go_on(instance):
    record = IntakeRecord.objects.create(
        root="hotfolder", path="big.zip", name="big.zip", state="claimed", number=9
    )
    IntakeRecord.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    incoming = Incoming(instance.incoming / str(record.number))

    with incoming.held():
        tasks.sweep()
        assert waiting("intake") == []
        assert checking.check_all().differences == []
    tasks.sweep()

    assert len(waiting("intake")) == 1


def work_off(name: str) -> None:
    queue = django_rq.get_queue(name)
    SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer).work(burst=True)


def test_a_reading_that_failed_is_tried_again_later_and_later(foreign, monkeypatch):
    """Five tries in a row are spent within a second of a locked database; the log would wait for its next change."""
    real = reading.read_paths

    def failing(root, paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reading, "read_paths", failing)
    queue.send("ingest", queue.INGEST, "read", root="tree", paths=["case/bar.log"], ticket="")
    work_off("ingest")
    (rq_id,) = django_rq.get_queue("ingest").failed_job_registry.get_job_ids()

    tasks.sweep()
    assert waiting("ingest") == [], "too early"

    make_older(rq_id, 11)
    tasks.sweep()
    work_off("ingest")
    make_older(rq_id, 11)
    tasks.sweep()
    assert waiting("ingest") == [], "the second time it waits longer"

    monkeypatch.setattr(reading, "read_paths", real)
    make_older(rq_id, 21)
    tasks.sweep()
    work_off("ingest")
    assert django_rq.get_queue("ingest").failed_job_registry.get_job_ids() == []


def make_older(rq_id: str, seconds: float) -> None:
    """Makes a failed task older."""
    rq_job = django_rq.get_queue("ingest").fetch_job(rq_id)
    rq_job.ended_at = timezone.now() - timedelta(seconds=seconds)
    rq_job.save()
