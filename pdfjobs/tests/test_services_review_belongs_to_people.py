"""What people write about a job: never lost, never overwritten, never touched by a machine."""

from datetime import UTC, datetime

import pytest
from django.forms.models import model_to_dict

from pdfjobs.models import History, Job
from pdfjobs.services.errors import StaleReviewError
from pdfjobs.services.review import current_review, save_review, version_of
from pdfjobs.services.status import change_status

pytestmark = pytest.mark.django_db

MACHINES = (
    "title",
    "solver",
    "machine_status",
    "machine_reason",
    "machine_source",
    "deck",
    "name",
    "number",
    "submitted_at",
)


@pytest.fixture
def job():
    return Job.objects.create(
        number=7, name="a.inp", info="first", submitted_at=datetime(2026, 1, 1, tzinfo=UTC)
    )


def rows(job):
    fields = History.objects.filter(job=job).order_by("pk")
    return list(fields.values_list("actor", "field", "before", "after"))


def test_each_field_that_differs_has_a_row(job):
    changes = {
        "analysis_status": "done",
        "result_assessment": "ok",
        "result_summary": "holds",
        "info": "first",
        "base_runs": [9, 3],
    }

    save_review(job, actor="anna", version=version_of(job), changes=changes)

    assert rows(job) == [
        ("anna", "analysis_status", "open", "done"),
        ("anna", "result_assessment", "", "ok"),
        ("anna", "result_summary", "", "holds"),
        ("anna", "base_runs", "", "3 9"),
    ]
    assert current_review(Job.objects.get()) == {
        **{name: value for name, value in changes.items() if name != "base_runs"},
        "base_runs": "3 9",
        "tags": "",
        "reviewer": "",
    }


def test_a_stale_version_is_refused_with_what_stands_there_now(job):
    opened = version_of(job)
    save_review(job, actor="bert", version=opened, changes={"info": "bert's"})

    with pytest.raises(StaleReviewError) as refusal:
        save_review(
            job,
            actor="anna",
            version=opened,
            changes={"info": "anna's", "base_runs": [1], "status": "error"},
        )

    assert refusal.value.current["info"] == "bert's"
    assert current_review(Job.objects.get())["info"] == "bert's"
    assert rows(job) == [("bert", "info", "first", "bert's")]
    assert Job.objects.get().status == "none"


def test_a_machines_word_makes_no_review_stale(job):
    opened = version_of(job)
    change_status(job.pk, "running", reason="", source="file")

    save_review(job, actor="anna", version=opened, changes={"info": "mine"})

    assert Job.objects.get().info == "mine"


def test_nothing_that_a_machine_wrote_is_touched(job):
    """Between the form's opening and its saving a worker wrote; the object in hand is of before."""
    Job.objects.update(title="new title", solver="calculix", deck={"nodes": 4})
    change_status(job.pk, "running", reason="began", source="launcher")
    before = model_to_dict(Job.objects.get(), MACHINES)

    save_review(job, actor="anna", version=version_of(job), changes={"info": "mine"})

    after = Job.objects.get()
    assert model_to_dict(after, MACHINES) == before
    assert (after.status, after.info) == ("running", "mine")


def test_a_whole_form_without_a_change_writes_nothing(job):
    save_review(job, actor="anna", version=version_of(job), changes={"base_runs": [4, 2]})
    before, count = Job.objects.values().get(), History.objects.count()
    form = {**current_review(job), "base_runs": [2, 4], "status": job.status}

    save_review(job, actor="bert", version=version_of(job), changes=form)

    assert Job.objects.values().get() == before
    assert History.objects.count() == count


def test_base_runs_are_kept_by_number_whether_the_job_is_there_or_not(job):
    save_review(job, actor="a", version=version_of(job), changes={"base_runs": [5, 99, 5]})
    save_review(job, actor="a", version=version_of(job), changes={"base_runs": [99]})

    assert list(job.base_runs.values_list("number", flat=True)) == [99]
    assert rows(job) == [("a", "base_runs", "", "5 99"), ("a", "base_runs", "5 99", "99")]


def test_a_status_by_hand_stands_against_the_machine(job):
    save_review(job, actor="anna", version=version_of(job), changes={"status": "error"})
    change_status(job.pk, "normal", reason="end mark", source="file")

    job.refresh_from_db()
    assert (job.status, job.status_reason, job.status_source) == ("error", "set by anna", "person")
    assert (job.machine_status, job.machine_reason) == ("normal", "end mark")


def test_a_review_with_an_impossible_status_saves_nothing(job):
    with pytest.raises(ValueError):
        save_review(
            job, actor="a", version=version_of(job), changes={"info": "x", "status": "fine"}
        )

    assert Job.objects.get().info == "first"
    assert rows(job) == []
