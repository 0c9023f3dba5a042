"""The timeline: who did what, in which run, of whom one wants to see, and the way back."""

import pytest

from pdfjobs import timeline
from pdfjobs.models import History, Job, Run
from pdfjobs.services.review import save_review, version_of
from pdfjobs.tests.web_rows import NOW, make_job

pytestmark = pytest.mark.django_db


def note(job, actor="", field="status", **values):
    return History.objects.create(job=job, actor=actor, field=field, **values)


def told(page):
    return [(entry.row.actor, entry.row.field) for entry in page.entries]


def test_people_and_machine_are_told_apart():
    job = make_job()
    note(job, after="running"), note(job, "mara", "info", after="x"), note(job, after="normal")

    assert told(timeline.page(job, most=9)) == [("", "status"), ("mara", "info"), ("", "status")]
    assert told(timeline.page(job, who="people", most=9)) == [("mara", "info")]
    assert told(timeline.page(job, who="machine", most=9)) == [("", "status"), ("", "status")]


def test_a_long_timeline_has_pages(mara):
    job = make_job()
    rows = [note(job, "mara", "info", after=f"text {i}") for i in range(250)]

    first = mara.get("/jobs/1000001/history/")
    second = mara.get(f"/jobs/1000001/history/?below={rows[150].pk}")
    third = mara.get(f"/jobs/1000001/history/?below={rows[50].pk}")

    assert f'href="?below={rows[150].pk}"' in first.text and "Newest" not in first.text
    assert [len(page.context["timeline"].entries) for page in (first, second, third)] == [100, 100, 50]  # fmt: skip
    assert "Older" not in third.text


@pytest.mark.parametrize(
    "query", ["below=x", "below=-1", "below=" + "9" * 40, "below=²", "who=<b>"]
)
def test_an_odd_address_does_no_harm(mara, query):
    make_job()

    assert mara.get(f"/jobs/1000001/history/?{query}").status_code == 200


def test_runs_have_their_borders_also_across_pages():
    job = make_job(run_values={"started_at": NOW})
    note(job, after="error")
    for ordinal in (2, 3):
        Run.objects.create(job=job, ordinal=ordinal, root="runs", folder=f"f{ordinal}", stem="")
        note(job, "mara", "retry", note=f"run {ordinal}")
        note(job, after="error")

    whole = timeline.page(job, most=9)
    rest = timeline.page(job, most=9, below=whole.entries[2].row.pk)

    def borders(page):
        return [entry.border.ordinal if entry.border else None for entry in page.entries]

    assert (borders(whole), borders(rest)) == ([3, None, 2, None, 1], [2, 1])


def test_a_job_of_one_run_has_no_borders():
    job = make_job()
    note(job, after="error")

    assert timeline.page(job, most=9).entries[0].border is None


def test_of_a_long_text_the_lines_that_changed_are_told():
    job = make_job()
    text = "\n".join(f"line {i}" for i in range(40))
    note(job, "mara", "info", before=text, after=text.replace("line 20", "other"))

    (entry,) = timeline.page(job, most=9).entries

    assert entry.lines == (
        *(("", line) for line in ("line 0", "…", "line 19")),
        *(("del", "line 20"), ("ins", "other")),
        *(("", line) for line in ("line 21", "…", "line 39")),
    )


def test_of_a_huge_text_only_a_part_is_shown():
    job = make_job()
    note(job, "mara", "info", before="a\n" * 50_000, after="b\n" * 50_000)

    (entry,) = timeline.page(job, most=9).entries

    assert (len(entry.lines), entry.more) == (timeline.MOST_LINES, 100_000 - timeline.MOST_LINES)


def test_only_what_still_stands_can_be_undone(mara):
    job = make_job()
    for text in ("one", "two"):
        job.refresh_from_db()
        save_review(job, actor="mara", version=version_of(job), changes={"info": text})

    page = mara.get("/jobs/1000001/history/").context["timeline"]

    assert [entry.can_undo for entry in page.entries] == [True, False]


def test_an_undo_by_the_page_restores_and_says_so(mara):
    job = make_job()
    save_review(job, actor="jens", version=version_of(job), changes={"info": "x"})
    row = History.objects.get()

    answer = mara.post(f"/jobs/1000001/history/{row.pk}/undo/", follow=True)
    again = mara.post(f"/jobs/1000001/history/{row.pk}/undo/", {"from": "history"}, follow=True)

    assert "The change is taken back." in answer.text and Job.objects.get().info == ""
    assert answer.redirect_chain == [("/jobs/1000001/", 302)]
    assert "Somebody changed information since" in again.text
    assert again.redirect_chain == [("/jobs/1000001/history/", 302)]


def test_a_row_of_another_job_is_not_undone_here(mara):
    make_job()
    other = make_job(1000002)
    save_review(other, actor="jens", version=version_of(other), changes={"info": "x"})

    answer = mara.post(f"/jobs/1000001/history/{History.objects.get().pk}/undo/")

    assert answer.status_code == 404
    assert Job.objects.get(number=1000002).info == "x"


def test_markup_stays_text(mara):
    evil = "<img src=x onerror=alert(1)>"
    job = make_job(name=evil)
    note(job, evil, evil, before=evil, after=evil * 9, note=evil)

    assert "<img src=x" not in mara.get("/jobs/1000001/history/").text
