"""What may happen to a run, and what is refused with words."""

from datetime import UTC, datetime

import pytest

from pdfjobs.models import History, IntakeRecord, Job, Run
from pdfjobs.services import runs
from pdfjobs.services.errors import RefusedError

pytestmark = pytest.mark.django_db
SEEN = datetime(2026, 1, 1, tzinfo=UTC)


def make_run(number=1, **values):
    job = Job.objects.create(number=number, name="a.inp", solver="calculix", submitted_at=SEEN)
    place = {"root": "runs", "folder": f"{number}_a", "stem": "a", "ours": True}
    return Run.objects.create(job=job, **{**place, **values})


def test_a_run_is_claimed_by_one_of_two():
    run = make_run()
    other = Run.objects.get()

    assert [runs.claim_start(run), runs.claim_start(other)] == [True, False]
    assert (Run.objects.get().generation, run.generation) == (1, 1)


@pytest.mark.parametrize(
    "values", [{"record": {}}, {"finished": True}, {"stop_wanted_by": "anna"}], ids=str
)
def test_a_run_that_began_ended_or_was_stopped_cannot_be_claimed(values):
    run = make_run(**values)

    assert runs.claim_start(run) is False
    assert Run.objects.get().generation == 0


@pytest.mark.parametrize(
    ("values", "words"),
    [({"ours": False}, "did not start this run"), ({"finished": True}, "has ended already")],
)
def test_a_stop_that_makes_no_sense_is_refused(values, words):
    run = make_run(**values)

    with pytest.raises(RefusedError, match=words):
        runs.request_stop(run.job, "anna")

    assert (Run.objects.get().stop_wanted_by, History.objects.count()) == ("", 0)


@pytest.mark.parametrize(
    ("values", "words"), [({"ours": False}, "did not start this job"), ({}, "has not ended yet")]
)
def test_a_retry_that_makes_no_sense_is_refused(values, words):
    run = make_run(**values)

    with pytest.raises(RefusedError, match=words):
        runs.request_retry(run.job, "anna")

    assert Run.objects.count() == 1


def test_a_job_without_runs_can_be_neither_stopped_nor_retried():
    job = Job.objects.create(number=3, name="a", submitted_at=SEEN)

    for act in (runs.request_stop, runs.request_retry):
        with pytest.raises(RefusedError):
            act(job, "anna")


def test_a_retry_takes_the_folder_and_leaves_the_earlier_run_its_facts():
    run = make_run(finished=True, facts={"cycle": 7}, cores=4, wall_limit_s=60.0, progress=1.0)

    new = runs.request_retry(run.job, "anna")

    old = Run.objects.get(ordinal=1)
    assert (old.folder, old.facts, old.progress) == ("1_a/.pdfjobs/run-1", {"cycle": 7}, 1.0)
    assert (new.ordinal, new.folder, new.cores, new.wall_limit_s) == (2, "1_a", 4, 60.0)
    assert (new.facts, new.record, new.generation, new.finished) == ({}, None, 0, False)
    job = Job.objects.get()
    assert (job.status, job.status_reason) == ("pending", "waits for a free slot")
    assert History.objects.values_list("actor", "field", "note").earliest("pk") == (
        "anna",
        "retry",
        "run 2",
    )


def test_of_two_retries_the_second_is_refused():
    run = make_run(finished=True)
    runs.request_retry(run.job, "anna")

    with pytest.raises(RefusedError):
        runs.request_retry(run.job, "bert")

    assert Run.objects.count() == 2


@pytest.mark.parametrize(
    ("folder", "stem", "expected"),
    [
        ("case", "a", "a"),
        ("case", "b", "b"),
        ("case", "c", None),
        ("case/sub", "a", "a"),
        ("case/sub/deep", "s", "s"),
        ("other", "a", None),
        ("casement", "a", None),
    ],
)
def test_a_log_belongs_to_the_nearest_run_with_its_stem(folder, stem, expected):
    for number, (place, of) in enumerate([("case", "a"), ("case", "b"), ("case/sub", "s")], 1):
        make_run(number, root="tree", folder=place, stem=of, ours=False)
    parents = [folder, *(folder[:i] for i, c in enumerate(folder) if c == "/")]

    found = runs.find_run("tree", parents, stem)

    assert (found.stem if found else None) == expected


def test_a_run_seen_by_two_workers_is_one_job():
    seen = {"solver": "calculix", "name": "a", "owner": "anna", "seen": SEEN}

    first = runs.make_found_run("tree", "case", "a", **seen)
    second = runs.make_found_run("tree", "case", "a", **seen)

    assert first == second
    assert (Job.objects.count(), Run.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("root", "folder", "state", "expected"),
    [
        ("runs", "7_a", "claimed", True),
        ("runs", "7_a/sub", "claimed", True),
        ("runs", "7_ab", "claimed", False),
        ("tree", "7_a", "claimed", False),
        ("runs", "7_a", "taken", False),
    ],
)
def test_a_folder_that_intake_is_making_is_nobody_elses(root, folder, state, expected):
    IntakeRecord.objects.create(root="hotfolder", path="a", name="a", state=state, place="7_a")

    assert runs.is_being_taken_in(root, folder) is expected


def test_a_stop_before_the_start_names_who_wanted_it():
    run = make_run(stop_wanted_by="anna")

    runs.cancel_pending(run)

    job = Job.objects.get()
    assert (job.status, job.status_reason) == ("other", "stopped by anna before it started")
    assert Run.objects.get().finished


@pytest.mark.parametrize("act", ["hold", "cancel_pending"])
@pytest.mark.django_db(transaction=True)
def test_a_kill_between_run_and_status_leaves_neither(act, monkeypatch):
    run = make_run()

    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "change_status", killed)
    with pytest.raises(KeyboardInterrupt):
        runs.hold(run, "why") if act == "hold" else runs.cancel_pending(run)

    assert not Run.objects.get().finished
