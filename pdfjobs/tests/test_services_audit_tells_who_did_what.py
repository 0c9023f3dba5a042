"""The audit log: the page over the tables that keep what people did, and the lines that leave the machine."""

import logging
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from pdfjobs import auditlog
from pdfjobs.models import History, LoginRecord
from pdfjobs.services import projects, review
from pdfjobs.tests.web_rows import make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return User.objects.create_superuser("mara", password="right-enough-9")


@pytest.fixture
def browser(staff):
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def lines(caplog, django_capture_on_commit_callbacks):
    """What an act writes."""
    caplog.set_level(logging.INFO, logger="pdfjobs.auditlog")

    def written(act):
        caplog.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return [r.getMessage() for r in caplog.records if r.name == "pdfjobs.auditlog"]

    return written


def reviewed(job, **changes):
    review.save_review(job, actor="jens", version=review.version_of(job), changes=changes)


def test_a_change_of_a_review_is_a_line_a_field(lines):
    job = make_job(1000001)

    assert lines(lambda: reviewed(job, info='say "a"\nb', tags=["x"])) == [
        f'job.info by="jens" of={job.pk} after="say \\"a\\"\\nb"',
        f'job.tags by="jens" of={job.pk} after="x"',
    ]


def test_what_the_diary_does_itself_is_no_line(lines):
    job = make_job(1000001)

    assert lines(lambda: History.objects.create(job=job, actor="", field="status")) == []


def test_what_is_taken_back_was_never_said(caplog):
    from django.db import transaction

    caplog.set_level(logging.INFO, logger="pdfjobs.auditlog")
    with pytest.raises(RuntimeError), transaction.atomic():
        auditlog.tell("job.info", by="jens")
        raise RuntimeError

    assert caplog.records == []


def test_projects_and_members_are_lines(lines, staff):
    User.objects.create_user("jens")

    def act():
        projects.put_member(projects.make("P1", staff), "jens", "member", staff)

    assert lines(act) == [
        'project.made by="mara" of="P1" note="made the project"',
        'project.changed by="mara" of="P1" note="jens added as member"',
    ]


def test_logins_are_lines_and_nothing_typed_ends_one(lines, staff):
    def act():
        for name, word in (('ma"ra\n9', "x"), ("mara", "right-enough-9")):
            said = {"username": name, "password": word}
            Client().post("/login/", said, REMOTE_ADDR="192.0.2.7")

    assert lines(act) == [
        'login.failed by="ma\\"ra\\n9" address="192.0.2.7" how="password"',
        'login.login by="mara" address="192.0.2.7" how="password"',
    ]


def test_a_long_value_is_cut(lines):
    (line,) = lines(lambda: auditlog.tell("job.info", after="x" * 1000))

    assert line == f'job.info after="{"x" * 300}\\u2026"'


def test_what_administrators_change_is_a_row_and_a_line(lines, browser, staff):
    jens = User.objects.create_user("jens")
    form = {"username": "jens", "is_active": "on", "is_staff": "on"}
    dates = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}

    def act():
        answer = browser.post(f"/admin/auth/user/{jens.pk}/change/", {**form, **dates})
        assert answer.status_code == 302, answer.context["errors"]

    (line,) = lines(act)

    assert line.startswith('user.changed by="mara" of="jens" note="Changed ')
    assert LogEntry.objects.count() == 1


def test_an_account_is_closed_and_never_deleted(browser):
    jens = User.objects.create_user("jens")

    one = browser.post(f"/admin/auth/user/{jens.pk}/delete/", {"post": "yes"})
    form = {"action": "delete_selected", "_selected_action": [jens.pk], "post": "yes"}
    browser.post("/admin/auth/user/", form)

    assert one.status_code == 403
    assert User.objects.filter(pk=jens.pk).exists()


def test_groups_that_are_deleted_together_are_a_line_each(lines, browser):
    pks = [Group.objects.create(name=name).pk for name in ("a", "b")]
    form = {"action": "delete_selected", "_selected_action": pks, "post": "yes"}

    got = lines(lambda: browser.post("/admin/auth/group/", form))

    assert sorted(got) == [
        'group.removed by="mara" of="a"',
        'group.removed by="mara" of="b"',
    ]


def shown(answer):
    return [(entry.by, entry.act, entry.about) for entry in answer.context["page"].entries]


def test_the_page_shows_all_three_newest_first(browser, staff):
    job = make_job(1000001, name="beam.inp")
    LoginRecord.objects.create(act="failed", account="eve", folded="eve", address="192.0.2.7")
    reviewed(job, info="thin")
    projects.make("P1", staff)

    assert shown(browser.get("/audit/")) == [
        ("mara", "made", "Pdfjobs | project: P1"),
        ("jens", "information", "beam.inp"),
        ("eve", "failed to log in", "192.0.2.7"),
    ]
    assert shown(browser.get("/audit/?source=logins")) == [("eve", "failed to log in", "192.0.2.7")]
    assert shown(browser.get("/audit/?by=jens")) == [("jens", "information", "beam.inp")]
    assert shown(browser.get("/audit/?by=EVE&source=nonsense")) == [
        ("eve", "failed to log in", "192.0.2.7")
    ]


def test_pages_leave_nothing_out_and_show_nothing_twice(browser, monkeypatch, staff):
    monkeypatch.setattr("pdfjobs.views.audit.PAGE_SIZE", 3)
    job = make_job(1000001)
    for n in range(4):
        LoginRecord.objects.create(act="login", account=f"a{n}", folded=f"a{n}")
        History.objects.create(job=job, actor=f"h{n}", field="info")
    projects.make("P1", staff)

    seen, address, sizes = [], "/audit/", []
    while address:
        page = browser.get(address).context["page"]
        seen += [entry.by for entry in page.entries]
        sizes.append(len(page.entries))
        address = page.older and f"/audit/?below={page.older}"

    assert seen == ["mara", *(f"{kind}{n}" for n in (3, 2, 1, 0) for kind in "ha")]
    assert sizes == [3, 3, 3]


def test_a_clock_that_was_set_back_hides_no_entry_behind_a_page(browser, monkeypatch):
    """The later row says an earlier time; the page after the first one began behind both."""
    monkeypatch.setattr("pdfjobs.views.audit.PAGE_SIZE", 1)
    for minutes, name in ((0, "before"), (5, "after")):
        row = LoginRecord.objects.create(act="login", account=name, folded=name)
        at = timezone.now() - timedelta(minutes=minutes)
        LoginRecord.objects.filter(pk=row.pk).update(at=at)

    first = browser.get("/audit/").context["page"]
    second = browser.get("/audit/", {"below": first.older}).context["page"]

    assert [entry.by for entry in (*first.entries, *second.entries)] == ["after", "before"]
    assert second.older == ""


@pytest.mark.parametrize("below", ["x", "logins-", "logins--1", "jobs-9999999999999999999999", ","])
def test_an_odd_address_is_the_first_page(browser, below):
    LoginRecord.objects.create(act="login", account="eve", folded="eve")

    assert len(shown(browser.get("/audit/", {"below": below}))) == 1
