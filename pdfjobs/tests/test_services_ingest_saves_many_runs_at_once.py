"""Readings of many runs in one transaction: each as if it were alone, in as many statements as for one."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pdfjobs import queries
from pdfjobs.models import History, Job, LogFile, Run, SeriesPiece
from pdfjobs.services import ingest
from pdfjobs.services.ingest import Reading
from pdfjobs.services.status import change_status
from pdfjobs.tests.test_services_ingest_keeps_points_exactly import standing, turn

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 1, tzinfo=UTC)


def make_runs(count):
    jobs = Job.objects.bulk_create(
        Job(number=n, name=f"{n}", submitted_at=AT, status="running", machine_status="running")
        for n in range(1, count + 1)
    )
    return Run.objects.bulk_create(
        Run(job=job, root="tree", folder=f"{job.number}", stem="a") for job in jobs
    )


def first(run, **more):
    return Reading(run, [turn((0, 0), 5, {"s": [(1.0, float(run.pk))]})], standing(**more))


def next_(run, status="running", **more):
    return Reading(run, [turn((1, 5), 6, {"s": [(2.0, 2.0)]})], standing(status, **more))


def test_each_run_gets_its_own_facts_and_points():
    runs = make_runs(3)

    saved = ingest.record(first(run, facts={"cycle": run.pk}, progress=run.pk / 9) for run in runs)

    assert saved == {run.pk for run in runs}
    assert [(run.facts, run.progress) for run in Run.objects.order_by("pk")] == [
        ({"cycle": run.pk}, run.pk / 9) for run in runs
    ]
    assert list(LogFile.objects.order_by("pk").values_list("run", "offset")) == [
        (run.pk, 5) for run in runs
    ]
    assert SeriesPiece.objects.values("file").distinct().count() == 3


def test_many_runs_take_as_many_statements_as_one():
    runs = make_runs(31)
    ingest.record(first(run) for run in runs)

    with CaptureQueriesContext(
        connection,
    ) as one:
        ingest.record([next_(runs[0])])
    with CaptureQueriesContext(connection) as many:
        ingest.record(next_(run) for run in runs[1:])

    assert len(many) == len(one)


def test_who_was_overtaken_loses_alone():
    slow, ended, good, deleted = make_runs(4)
    ingest.record([first(slow), first(ended), first(good)])
    ingest.record([next_(slow)])
    Run.objects.filter(pk=ended.pk).update(finished=True)
    before = list(LogFile.objects.exclude(run=good).order_by("pk").values())
    Job.objects.get(runs=deleted).delete()

    saved = ingest.record([next_(slow), next_(ended), next_(good), first(deleted)])

    assert saved == {good.pk}
    assert list(LogFile.objects.exclude(run=good).order_by("pk").values()) == before
    assert LogFile.objects.get(run=good).offset == 6


def test_only_a_status_that_changes_is_changed():
    running, normal, persons, outdated = make_runs(4)
    ingest.record(first(run) for run in (running, normal, persons, outdated))
    change_status(persons.job_id, "other", reason="mine", source="person", actor="mara")
    Job.objects.filter(pk=outdated.job_id).update(status="error")
    written = History.objects.count()

    ingest.record(
        [
            next_(running),
            next_(normal, "normal", reason="Job finished", finished=True),
            next_(persons),
            next_(outdated),
        ]
    )

    said = Job.objects.order_by("pk").values_list("status", "status_reason", "machine_status")
    assert list(said) == [
        ("running", "", "running"),
        ("normal", "Job finished", "normal"),
        ("other", "mine", "running"),
        ("running", "", "running"),
    ]
    assert History.objects.count() == written + 2


def test_pages_see_that_each_job_was_looked_at():
    runs = make_runs(3)
    ingest.record(first(run) for run in runs)
    Job.objects.update(updated_at=AT)
    versions = {run.pk: queries.job_version(run.job, run) for run in Run.objects.all()}
    listed = queries.list_version()

    ingest.record(next_(run, facts={"cycle": 7}) for run in runs[:2])

    changed = {
        run.pk
        for run in Run.objects.select_related("job")
        if queries.job_version(run.job, run) != versions[run.pk]
    }
    assert changed == {runs[0].pk, runs[1].pk}
    assert queries.list_version() != listed
    assert list(Job.objects.filter(updated_at=AT)) == [runs[2].job]


def test_two_runs_of_one_job_leave_the_word_to_the_later():
    (early,) = make_runs(1)
    late = Run.objects.create(job=early.job, ordinal=2, root="tree", folder="late", stem="a")

    ingest.record([first(early, reason="early"), first(late, reason="late")])

    assert Job.objects.get().status_reason == "late"


def test_times_come_back_as_they_were_said():
    runs = make_runs(2)
    start, end = datetime(2026, 3, 1, 1, 2, 3, 456789, UTC), datetime(2026, 3, 2, tzinfo=UTC)

    ingest.record([first(runs[0], started_at=start, ended_at=end, finished=True), first(runs[1])])
    ingest.judge_again(Run.objects.get(pk=runs[0].pk), standing("normal", finished=True))

    times = Run.objects.order_by("pk").values_list("started_at", "ended_at", "finished")
    assert list(times) == [(start, None, True), (None, None, False)]


def test_a_fault_of_one_leaves_nothing_of_any():
    good, bad = make_runs(2)

    def broken(*_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ingest.record([first(good), Reading(bad, [turn((0, 0), 1)], broken)])

    assert not LogFile.objects.exists()
