"""Every change that people make can be taken back, once, and by itself."""

import pytest

from pdfjobs.models import Attachment, History, Job
from pdfjobs.services.errors import RefusedError
from pdfjobs.services.review import current_review, save_review, version_of
from pdfjobs.services.status import change_status
from pdfjobs.services.undo import attached, undo
from pdfjobs.tests.web_rows import make_job

pytestmark = pytest.mark.django_db


def change(job, **changes):
    job.refresh_from_db()
    save_review(job, actor="mara", version=version_of(job), changes=changes)
    return job.history.first()


@pytest.mark.parametrize(
    ("field", "first", "second", "stands"),
    [
        ("info", "one", "two", "one"),
        ("result_assessment", "ok", "obsolete", "ok"),
        ("reviewer", "", "jens", ""),
        ("base_runs", [3, 9], [4], "3 9"),
        ("tags", ["rib", "crash"], [], "crash, rib"),
    ],
)
def test_a_change_is_taken_back_with_a_row_of_its_own(field, first, second, stands):
    job = make_job()
    if first:
        change(job, **{field: first})
    row = change(job, **{field: second})

    made = undo(row.pk, "jens")

    assert current_review(Job.objects.get())[field] == stands
    assert (made.actor, made.field, made.before, made.after, made.note) == (
        *("jens", field, row.after, row.before),
        "undo of a change by mara",
    )


def test_what_was_changed_since_is_not_taken_back():
    job = make_job()
    first = change(job, info="one")
    change(job, info="two")

    with pytest.raises(RefusedError, match="changed information since"):
        undo(first.pk, "jens")

    assert Job.objects.get().info == "two"
    assert History.objects.filter(field="info").count() == 2


def test_an_undo_can_be_taken_back_and_then_the_change_before_it():
    job = make_job()
    first, second = change(job, info="one"), change(job, info="two")

    undo(undo(second.pk, "jens").pk, "jens")
    assert Job.objects.get().info == "two"
    undo(second.pk, "jens")
    undo(first.pk, "jens")

    assert Job.objects.get().info == ""


def test_a_status_by_hand_goes_back_to_the_machine():
    job = make_job()
    change_status(job.pk, "error", reason="*ERROR", source="file")
    row = change(job, status="normal")

    made = undo(row.pk, "jens")

    job.refresh_from_db()
    assert (job.status, job.status_reason, job.status_source) == ("error", "*ERROR", "file")
    assert (made.actor, made.before, made.after) == ("jens", "normal", "error")


def test_what_a_machine_did_is_not_taken_back():
    job = make_job()
    change_status(job.pk, "running", reason="", source="file")
    stop = History.objects.create(job=job, actor="mara", field="stop", note="asked to end")

    for row in (job.history.get(field="status"), stop):
        with pytest.raises(RefusedError, match="cannot be taken back"):
            undo(row.pk, "jens")


def test_a_deleted_attachment_comes_back_as_it_was():
    job = make_job()
    was = {"name": "a, b, from c.png", "sha256": "ab" * 32, "size": 7, "media_type": "image/png"}
    note = attached(Attachment(by="mara", **was))
    row = History.objects.create(
        job=job, actor="jens", field="attachment", before=was["name"], note=note
    )

    made = undo(row.pk, "mara")

    assert Attachment.objects.values(*was, "by").get() == was | {"by": "mara"}
    undo(made.pk, "mara")
    assert not Attachment.objects.exists()
    with pytest.raises(RefusedError):
        undo(made.pk, "mara")
