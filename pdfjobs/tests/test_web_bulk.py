"""Many jobs are edited at once, all or none, and what one did last can be taken back."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pdfjobs.models import History, Job, Member, Project
from pdfjobs.services import bulk, review
from pdfjobs.services.errors import RefusedError
from pdfjobs.tests.test_web_list_tools import shown, tag
from pdfjobs.tests.web_rows import make_job

pytestmark = pytest.mark.django_db

LEAVE = {"analysis": "leave", "assessment": "leave"}


@pytest.fixture
def user():
    return User.objects.create_user("mara")


@pytest.fixture
def mara(client, user):
    client.force_login(user)
    return client


@pytest.fixture
def closed(settings):
    """People see the jobs of their projects alone."""
    web = settings.PDFJOBS.web.model_copy(update={"open_to_all": False})
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": web})


def said(page):
    return [str(message) for message in page.context["messages"]]


def reviews(*numbers):
    return {n: review.current_review(Job.objects.get(number=n)) for n in numbers}


def state(number):
    job = Job.objects.get(number=number)
    return (
        job.result_assessment,
        job.analysis_status,
        review.FIELDS["tags"].read(job),
        review.FIELDS["base_runs"].read(job),
    )


def edit(client, numbers, follow=True, **fields):
    return client.post("/jobs/bulk/", LEAVE | {"job": numbers} | fields, follow=follow)


def test_the_chosen_jobs_are_changed_each_with_its_history(mara):
    for number in (1, 2, 3):
        tag(make_job(number), "old", "kept")

    page = edit(
        mara, [1, 2], assessment="ok", analysis="done", add_tags="new, old b", remove_tags="old",
        base_runs="7 2",
    )  # fmt: skip

    assert state(1) == ("ok", "done", "kept, new, old b", "2 7")
    assert state(2) == ("ok", "done", "kept, new, old b", "7")
    assert state(3) == ("", "open", "kept, old", "")
    rows = list(
        History.objects.filter(job__number=2)
        .order_by("pk")
        .values_list("actor", "field", "before", "after", "note")
    )
    assert rows == [
        ("mara", "analysis_status", "open", "done", "together with 1 other job"),
        ("mara", "result_assessment", "", "ok", "together with 1 other job"),
        ("mara", "tags", "kept, old", "kept, new, old b", "together with 1 other job"),
        ("mara", "base_runs", "", "7", "together with 1 other job"),
    ]
    assert said(page) == ["2 jobs are changed."]
    assert shown(mara.get("/?q=tag:new")) == [2, 1]


def test_undo_restores_what_the_last_edit_replaced(mara):
    for number in (1, 2, 3):
        tag(make_job(number, result_assessment="issue" if number == 2 else ""), "old")
    before = reviews(1, 2, 3)
    edit(mara, [1, 2, 3], assessment="not_ok", add_tags="x", base_runs="9")

    page = mara.post("/jobs/bulk/undo/", {"next": "?mine=1"}, follow=True)

    assert reviews(1, 2, 3) == before
    assert said(page) == ["3 jobs are as they were before."]
    assert page.redirect_chain[-1][0] == "/?mine=1"
    assert shown(mara.get("/?q=tag:x")) == [] and shown(mara.get("/?tag=old")) == [3, 2, 1]
    assert "There is no edit" in said(mara.post("/jobs/bulk/undo/", follow=True))[0]


def test_undo_leaves_what_somebody_changed_since_and_says_so(mara):
    for number in (1, 2):
        make_job(number)
    edit(mara, [1, 2], assessment="ok", analysis="done")
    job = Job.objects.get(number=2)
    review.save_review(
        job, actor="jens", version=review.version_of(job), changes={"result_assessment": "issue"}
    )

    page = mara.post("/jobs/bulk/undo/", follow=True)

    assert state(1)[:2] == ("", "open") and state(2)[:2] == ("issue", "open")
    assert said(page) == [
        "2 jobs are as they were before.",
        "2: Somebody changed result since; undo that change first.",
    ]


def test_undo_takes_back_ones_own_edit_only(mara):
    make_job(1)
    edit(mara, [1], assessment="ok")
    stranger = Client()
    stranger.force_login(User.objects.create_user("jens"))

    page = stranger.post("/jobs/bulk/undo/", follow=True)

    assert state(1)[0] == "ok" and "There is no edit" in said(page)[0]


def test_obsolete_is_one_button_and_hides_the_jobs(mara):
    make_job(1)
    make_job(2)

    page = edit(mara, [1], act="obsolete", add_tags="ignored")

    assert state(1) == ("obsolete", "open", "", "") and shown(page) == [2]


def test_all_that_match_can_be_edited(mara):
    for number in range(1, 71):
        make_job(number, solver="su2" if number % 2 else "abaqus")

    page = edit(mara, [], all="1", next="?solver=su2", add_tags="odd")

    assert said(page) == ["35 jobs are changed."]
    assert page.redirect_chain[-1][0] == "/?solver=su2"
    assert mara.get("/?tag=odd").context["total"].number == 35


def test_more_than_fit_into_one_edit_are_refused(mara, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 2)
    for number in (1, 2, 3):
        make_job(number)

    page = edit(mara, [], all="1", assessment="ok")

    assert "At most 2 jobs" in said(page)[0] and state(1)[0] == ""


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Nothing was said"),
        ({"assessment": "splendid"}, "splendid"),
        ({"analysis": "maybe"}, "maybe"),
        ({"base_runs": "7 x"}, "“x” is no job number"),
        ({"base_runs": "99999999999999999999"}, "is no job number"),
        ({"base_runs": "٣"}, "is no job number"),
        ({"add_tags": "x" * 51}, "at most 50 letters"),
        ({"job": [], "assessment": "ok"}, "No job is chosen"),
        ({"job": ["x", "-1", "9" * 30], "assessment": "ok"}, "No job is chosen"),
        ({"add_tags": "a\0b"}, "ull characters"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(mara, fields, words):
    make_job(1)

    page = edit(mara, fields.pop("job", [1]), **fields)

    assert words in said(page)[0]
    assert state(1) == ("", "open", "", "") and not History.objects.exists()


def test_what_is_so_already_writes_no_history(mara):
    make_job(1, result_assessment="ok")

    page = edit(mara, [1], assessment="ok")

    assert said(page) == ["The chosen jobs were like that already."]
    assert not History.objects.exists()


def test_base_runs_can_be_taken_off(mara):
    make_job(1).base_runs.create(number=5)

    edit(mara, [1], base_runs="none")

    assert state(1)[3] == ""


def test_one_edits_only_what_one_may_review(mara, user, closed):
    Member.objects.create(project=Project.objects.create(name="Fan"), user=user, role="member")
    Member.objects.create(project=Project.objects.create(name="Door"), user=user, role="viewer")
    for number, project in enumerate(("Fan", "Door", "Secret"), 1):
        make_job(number, project=project)

    page = edit(mara, [1, 2, 3], assessment="ok")

    assert [state(number)[0] for number in (1, 2, 3)] == ["ok", "", ""]
    assert said(page) == [
        "1 job is changed.",
        "1 job was left: reviewing it needs the role member in its project.",
    ]


def test_who_lost_the_role_cannot_undo_either(mara, user, closed):
    mine = Member.objects.create(project=Project.objects.create(name="Fan"), user=user)
    make_job(1, project="Fan")
    edit(mara, [1], assessment="ok")
    mine.delete()

    page = mara.post("/jobs/bulk/undo/", follow=True)

    assert state(1)[0] == "ok" and said(page) == ["0 jobs are as they were before."]


@pytest.mark.parametrize("address", ["/jobs/bulk/", "/jobs/bulk/undo/", "/jobs/shape/"])
def test_edits_need_a_post_with_the_pages_token(user, address):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(user)

    assert careful.post(address, {"job": 1}).status_code == 403
    assert careful.get(address).status_code == 405


@pytest.mark.parametrize(("count", "ok"), [(1, False), (2, True), (10, True), (11, False)])
def test_two_to_ten_jobs_are_compared(mara, count, ok):
    numbers = list(range(1, count + 1))

    answer = edit(mara, numbers, follow=False, act="compare")

    compared = f"/compare/?jobs={','.join(map(str, numbers))}"
    assert answer["Location"] == (compared if ok else "/?")


def test_one_failure_leaves_every_job_as_it_was(monkeypatch):
    jobs = [make_job(1), make_job(2)]
    before = reviews(1, 2)

    def fails(pks):
        raise RefusedError("no")

    monkeypatch.setattr(bulk.joblines, "refresh", fails)
    with pytest.raises(RefusedError):
        bulk.edit(jobs, bulk.Edit(result_assessment="ok", add_tags=("x",)), "mara")

    assert reviews(1, 2) == before and not History.objects.exists()


def test_an_edit_costs_as_few_statements_for_many_jobs_as_for_two():
    change = bulk.Edit("done", "ok", add_tags=("x",), remove_tags=("y",))
    asked = []
    for numbers in (range(1, 3), range(3, 43)):
        jobs = [make_job(number) for number in numbers]
        with CaptureQueriesContext(connection) as queries:
            assert bulk.edit(jobs, change, "mara").jobs == len(jobs)
        asked.append(len(queries))

    assert asked[0] == asked[1] <= 20


def test_a_changed_base_run_makes_a_family(mara):
    for number in (1, 2, 3):
        make_job(number)

    edit(mara, [1, 2, 3], base_runs="1")

    assert list(Job.objects.order_by("number").values_list("family", flat=True)) == [1, 1, 1]
    assert [state(number)[3] for number in (1, 2, 3)] == ["", "1", "1"]
