"""Polls of many: what they cost while nothing changes, and how soon they learn what did."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pdfjobs import known, queries
from pdfjobs.models import Job, Member, Project
from pdfjobs.tests.web_rows import make_intake, make_job
from pdfjobs.views import shared

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    its = Clock()
    for module in (known, shared):
        monkeypatch.setattr(module, "monotonic", its)
    return its


@pytest.fixture
def busy(clock, monkeypatch):
    """So many ask that answers are kept for as long as they may."""
    monkeypatch.setattr(shared, "FRESH_S", 2.0)
    monkeypatch.setattr(shared._Answer, "is_due", lambda one: clock.now - one.checked >= 2.0)


def person(name, **values):
    client = Client()
    client.force_login(User.objects.create_user(name, **values))
    return client


def poll(client, etag="", address="/"):
    return client.get(address, headers=HTMX | ({"If-None-Match": etag} if etag else {}))


def asked(client, etag):
    """Status of a poll, and the questions that the database was asked for it."""
    with CaptureQueriesContext(connection) as questions:
        answer = poll(client, etag)
    return answer.status_code, len(questions)


def test_an_unchanged_poll_asks_one_question(clock):
    mara = person("mara")
    make_job(1)
    make_intake()
    etag = poll(mara)["ETag"]

    assert asked(mara, etag) == (304, 1)


def test_many_who_see_the_same_ask_nothing_and_cause_one_look(busy, clock):
    make_job(1)
    people = [person(f"p{number}") for number in range(5)]
    etags = {poll(one)["ETag"] for one in people}

    assert len(etags) == 1
    assert [asked(one, *etags) for one in people] == [(304, 0)] * 5

    make_job(2)
    assert poll(people[0], *etags).status_code == 304
    clock.now += 2.0
    answers = [poll(one, *etags) for one in people]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len({answer.content for answer in answers}) == 1
    assert b'id="job-2"' in answers[0].content


def test_a_process_that_knows_less_does_not_turn_back_what_a_browser_shows(busy, clock):
    mara = person("mara")
    make_job(1)
    old = dict(shared._kept)
    poll(mara)
    old = dict(shared._kept)
    clock.now += 2.0
    make_job(2)
    newer = poll(mara)["ETag"]

    shared._kept.clear()
    shared._kept.update(old)

    answer = poll(mara, newer)
    assert (answer.status_code, answer["ETag"]) == (304, newer)


@pytest.mark.parametrize("etag", ['"x"', '"9e99-1-2"', 'W/"--"', "*", '"nan-a-b"'])
def test_a_strange_etag_knows_nothing(etag):
    make_job(1)

    assert poll(person("mara"), etag).status_code == 200


def test_what_is_about_oneself_is_shown_to_nobody_else(busy, settings):
    make_job(1, owner="mara")
    make_job(2, owner="jens")
    mara, jens = person("mara"), person("jens")
    mine = [poll(one, address="/?mine=1").content for one in (mara, jens)]

    assert [b'id="job-1"' in part for part in mine] == [True, False]
    assert [b'id="job-2"' in part for part in mine] == [False, True]


def test_who_sees_some_jobs_is_shown_no_others(busy, clock, settings):
    settings.PDFJOBS = settings.PDFJOBS.model_copy(
        update={"web": settings.PDFJOBS.web.model_copy(update={"open_to_all": False})}
    )
    make_job(1, project="Fan")
    mara, jens = person("mara"), person("jens")
    Member.objects.create(
        project=Project.objects.create(name="Fan"), user=User.objects.get(username="jens")
    )

    parts = [poll(one).content for one in (person("root", is_staff=True), mara, jens)]

    assert [b'id="job-1"' in part for part in parts] == [True, False, True]


def test_a_closed_account_sees_nothing_after_a_short_while(clock):
    mara = person("mara")
    assert mara.get("/").status_code == 200
    User.objects.update(is_active=False)  # by another process

    clock.now += known.FOR_S - 1
    assert mara.get("/").status_code == 200
    clock.now += 1
    assert mara.get("/")["Location"].startswith("/login/")
    assert known.FOR_S <= 60


def test_being_seen_does_not_prolong_what_is_remembered(clock):
    mara = person("mara")
    mara.get("/")
    User.objects.update(is_active=False)
    for _ in range(10):
        clock.now += known.FOR_S / 10
        last = mara.get("/")

    assert last.status_code == 302


def test_a_logout_ends_the_session_at_once(clock):
    mara = person("mara")
    mara.get("/")
    cookies = mara.cookies.output(header="").strip()

    mara.post("/logout/")

    stranger = Client(headers={"Cookie": cookies.partition(";")[0]})
    assert stranger.get("/").status_code == 302


def test_a_new_password_ends_the_other_sessions_at_once(clock):
    here, there = Client(), Client()
    user = User.objects.create_user("mara", password="old words 17")
    for client in (here, there):
        client.force_login(user)
        assert client.get("/").status_code == 200

    new = {f"new_password{n}": "quite new words 18" for n in (1, 2)}
    here.post("/password/", {"old_password": "old words 17"} | new)

    assert (here.get("/").status_code, there.get("/").status_code) == (200, 302)


def test_an_account_closed_in_the_administration_sees_nothing_at_once(clock):
    root, mara = person("root", is_staff=True, is_superuser=True), person("mara")
    assert mara.get("/").status_code == 200
    user = User.objects.get(username="mara")

    root.post(f"/admin/auth/user/{user.pk}/change/", {"username": "mara", "date_joined_0": ""})
    user.is_active = False
    user.save()

    assert mara.get("/").status_code == 302


def test_who_was_looked_up_before_a_logout_is_not_remembered_after_it(rf, clock):
    user = User.objects.create_user("mara")
    mara = Client()
    mara.force_login(user)

    def view(request):
        assert request.user.is_authenticated
        known.forget()  # as another thread's logout does

    request = rf.get("/")
    request.COOKIES = {name: morsel.value for name, morsel in mara.cookies.items()}
    request.session, request._cached_user, request.user = mara.session, user, user
    known.people(view)(request)

    assert known._people == {}


def test_the_memory_of_people_is_bounded(clock, monkeypatch):
    monkeypatch.setattr(known, "MOST", 3)
    for number in range(8):
        person(f"p{number}").get("/")

        assert len(known._people) <= 3


def test_a_commit_that_comes_late_changes_the_version():
    """Its time is that of its change, which another one's may have passed."""
    early, late = make_job(1), make_job(2)
    now = timezone.now()
    Job.objects.filter(pk=early.pk).update(updated_at=now.replace(year=2020))
    Job.objects.filter(pk=late.pk).update(updated_at=now)
    before = queries.list_version()

    Job.objects.filter(pk=early.pk).update(updated_at=now.replace(microsecond=0))

    assert queries.list_version() != before


def test_the_version_of_a_diary_at_rest_stays():
    make_job(1)
    make_intake()
    Job.objects.update(updated_at=timezone.now().replace(year=2020))
    queries.IntakeRecord.objects.update(updated_at=timezone.now().replace(year=2020))

    assert queries.list_version() == queries.list_version()
    assert "lately" not in queries.list_version()
