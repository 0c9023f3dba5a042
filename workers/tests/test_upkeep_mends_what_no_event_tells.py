"""The sweep: what the queue lost, what a kill interrupted, what fell silent, what went and came back."""

import json
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
from pdfjobs.models import Counter, History, IntakeRecord, Job, Run
from pdfjobs.services import runs as service
from workers import checking, tasks
from workers.intake.incoming import Incoming
from workers.tasks import drops, reading, upkeep
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


def hints(queue_server, root: str) -> dict:
    return json.loads(queue_server.get(queue.key("hints", root)))


def test_the_watcher_is_told_what_is_not_worth_an_event_and_what_is_unfinished(
    instance, queue_server
):
    made = [make_run(instance, number=number) for number in (1, 2, 3)]
    Run.objects.filter(pk=made[1].pk).update(finished=True)
    Run.objects.filter(pk=made[2].pk).update(root="tree", folder="f%E4lle/50%25", ours=False)

    tasks.sweep()

    diary = f"{Counter.objects.get(name='diary').value:x}"
    for root, folders in (("runs", ["1_beam"]), ("tree", ["f\udce4lle/50%"])):
        said = hints(queue_server, root)
        assert said == {"ignore": upkeep.NOT_LOGS, "unfinished": folders, "diary": diary}


def test_the_diarys_id_is_made_once_and_differs_between_diaries(instance, queue_server):
    tasks.sweep()
    first = hints(queue_server, "runs")["diary"]
    tasks.sweep()
    again = hints(queue_server, "runs")["diary"]
    Counter.objects.all().delete()
    tasks.sweep()

    assert first == again != hints(queue_server, "runs")["diary"]


def test_of_very_many_unfinished_runs_the_newest_are_told(instance, queue_server, monkeypatch):
    monkeypatch.setattr(upkeep, "MOST_UNFINISHED", 2)
    for number in (1, 2, 3):
        make_run(instance, number=number)

    tasks.sweep()

    assert hints(queue_server, "runs")["unfinished"] == ["2_beam", "3_beam"]


def test_a_step_that_fails_keeps_no_other_from_its_turn(instance, monkeypatch):
    run = make_run(instance)

    def broken(*_):
        raise RuntimeError("no hints today")

    monkeypatch.setattr(service, "unfinished_folders", broken)

    with pytest.raises(RuntimeError, match="no hints today"):
        tasks.sweep()

    assert waiting() == [f"run-{run.job.number}-1"]


def test_every_finished_run_has_its_turn_when_folders_are_looked_at(instance, monkeypatch):
    """Three a sweep here; a thousand in the real one."""
    monkeypatch.setattr(upkeep, "SLICE", 3)
    made = [make_run(instance, number=number, finished=True) for number in range(1, 11)]
    for run in made:
        shutil.rmtree(instance.runs / run.folder)

    counts = []
    for _ in range(4):
        tasks.sweep()
        counts.append(Run.objects.filter(gone_since__isnull=False).count())

    assert counts == [3, 6, 9, 10]
    assert History.objects.filter(field="folder").count() == 10


def test_an_unfinished_run_does_not_wait_behind_the_finished_ones(instance, monkeypatch):
    monkeypatch.setattr(upkeep, "SLICE", 3)
    for number in range(1, 11):
        make_run(instance, number=number, finished=True)
    last = make_run(instance, number=11)
    shutil.rmtree(instance.runs / last.folder)

    tasks.sweep()

    assert Run.objects.get(gone_since__isnull=False) == last


def test_silence_is_seen_of_each_of_many(instance, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(upkeep, "SLICE", 2)
    for number in range(1, 6):
        run = make_run(instance, number=number, ours=False)
        Job.objects.filter(pk=run.job_id).update(status="running", machine_status="running")

    for _ in range(3):
        tasks.sweep()

    assert set(Run.objects.values_list("finished", flat=True)) <= {True, False}
    assert not Job.objects.filter(machine_status="running").exists()


def old(record: IntakeRecord, seconds: float) -> None:
    before = timezone.now() - timedelta(seconds=seconds)
    IntakeRecord.objects.filter(pk=record.pk).update(updated_at=before)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_settled_drop_that_was_forgotten_is_asked_for_once(instance, monkeypatch, kind):
    """The watcher's request was lost; nothing about the drop changes any more, so no event will tell."""
    monkeypatch.setattr(drops, "FORGOTTEN_S", 0.0)
    monkeypatch.setattr(drops, "STUCK_S", 0.0)
    settled = instance.hotfolder / "beam.inp"
    if kind == "folder":
        settled.mkdir()
        (settled / "inner.inp").write_text("*NODE\n")
    else:
        settled.write_text("*NODE\n")
    tasks.arrive("hotfolder", ["beam.inp"], [6])
    old(IntakeRecord.objects.get(), 60)
    monkeypatch.setattr(drops.time, "time", lambda now=time.time: now() + 3600)

    tasks.sweep()
    tasks.sweep()

    info = settled.lstat()
    (asked,) = django_rq.get_queue("intake").get_jobs()
    assert (asked.func_name, asked.kwargs) == (
        "workers.tasks.take_in",
        {
            "root": "hotfolder",
            "path": "beam.inp",
            "device": info.st_dev,
            "inode": info.st_ino,
            "size": info.st_size,
            "mtime_ns": info.st_mtime_ns,
        },
    )


def test_a_drop_that_still_changes_is_left_to_the_watcher(instance, monkeypatch):
    growing = instance.hotfolder / "folder"
    growing.mkdir()
    (growing / "a.inp").write_text("*NODE\n")
    tasks.arrive("hotfolder", ["folder"], [6])
    old(IntakeRecord.objects.get(), 3600)

    tasks.sweep()

    assert waiting("intake") == []


def test_an_interrupted_intake_is_asked_once_however_long_the_queue_is_busy(instance):
    record = IntakeRecord.objects.create(
        root="hotfolder", path="a", name="a.inp", number=1, state="claimed"
    )
    old(record, 60)

    for _ in range(3):
        tasks.sweep()

    assert waiting("intake") == [f"resume-{record.pk}"]


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
