"""Nobody sees a page without a login, and a login link works once."""

import json
import re

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from pdfjobs import confine, heartbeat, loginlink
from pdfjobs.config import Settings
from pdfjobs.tests.web_rows import make_job

pytestmark = pytest.mark.django_db

OPEN = {"login/", "healthz", "readyz", "enter/<str:token>"}


@pytest.fixture(autouse=True)
def no_memory():
    heartbeat.forget()


def addresses(patterns=None, prefix=""):
    """Every address of the URL map that leads to the login; the API's have a test of their own."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern) and here not in OPEN and not here.startswith("api/"):
            yield here


def filled(pattern):
    plain = re.sub(r"<(\w+:)?\w+>", "1", pattern)
    plain = re.sub(r"\(\?P<\w+>[^)]*\)", "1", plain)
    return "/" + plain.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "")


@pytest.mark.parametrize("pattern", sorted(addresses()))
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_sent_to_the_login_from_every_address(client, pattern, method):
    response = getattr(client, method)(filled(pattern), follow=True)

    if response.status_code != 405:
        assert response.redirect_chain[-1][0].startswith("/login/")
        assert "id_password" in response.text


def test_the_walk_above_sees_the_pages(client):
    assert {"", "intake/", "jobs/<int:number>/live/", "admin/"} <= set(addresses())


def test_login_leads_to_where_one_wanted_to_go_but_not_off_the_site(client):
    User.objects.create_user("mara", password="cantilever-7")
    form = {"username": "mara", "password": "cantilever-7"}

    assert client.post("/login/", form | {"next": "/intake/"})["Location"] == "/intake/"
    client.logout()
    assert client.post("/login/", form | {"next": "https://other.example/"})["Location"] == "/"


def test_a_wrong_password_is_said(client):
    response = client.post("/login/", {"username": "mara", "password": "x"})

    assert response.status_code == 200
    assert "Please enter a correct username and password" in response.text


def test_a_poll_whose_session_is_over_reloads_the_page(client):
    response = client.get("/", headers={"HX-Request": "true"}, follow=True)

    assert response.redirect_chain == [("/login/?next=/", 302)]
    assert response["HX-Refresh"] == "true"


def test_every_page_carries_the_policy(client):
    client.force_login(User.objects.create_user("mara"))
    make_job()
    for address in ("/", "/jobs/1000001/", "/intake/", "/password/", "/nowhere/"):
        response = client.get(address)

        assert "default-src 'self'" in response["Content-Security-Policy"], address
        assert "unsafe" not in response["Content-Security-Policy"], address
        assert response["X-Content-Type-Options"] == "nosniff", address
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style", response.text), (
            address
        )
        assert not re.search(r"(src|href)=\"(https?:)?//", response.text), address


def test_a_link_shows_a_button_and_logs_in_once():
    user = User.objects.create_user("mara")
    path = loginlink.login_path(user)
    first, second = Client(enforce_csrf_checks=True), Client()

    page = first.get(path)
    assert "/logout/" not in page.text and "mara" in page.text
    assert first.get("/").status_code == 302  # looking at it does not log in
    assert first.post(path).status_code == 403  # nor does a form from elsewhere
    token = first.cookies[page.wsgi_request.META["CSRF_COOKIE"] and next(iter(first.cookies))].value
    entered = first.post(path, {"csrfmiddlewaretoken": token})

    assert (entered.status_code, entered["Location"]) == (302, "/")
    assert first.get("/").status_code == 200
    assert second.get(path).status_code == second.post(path).status_code == 403
    assert second.get("/").status_code == 302


def test_a_link_is_void_after_any_login(client):
    user = User.objects.create_user("mara", password="cantilever-7")
    path = loginlink.login_path(user)
    client.post("/login/", {"username": "mara", "password": "cantilever-7"})

    assert Client().post(path).status_code == 403


def test_of_two_that_use_a_link_at_once_one_gets_in():
    user = User.objects.create_user("mara")
    token = loginlink.login_path(user).rpartition("/")[2]
    one, other = loginlink.holder(token), loginlink.holder(token)

    assert (loginlink.use_up(one), loginlink.use_up(other)) == (True, False)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1] + "~", lambda t: "x" + t, lambda t: "", lambda t: "a:b:c"]
)
def test_a_link_that_was_tampered_with_is_void(client, change):
    token = loginlink.login_path(User.objects.create_user("mara")).rpartition("/")[2]

    response = client.post(f"/enter/{change(token)}")

    assert response.status_code == (302 if change(token) == "" else 403)


def test_a_link_is_void_after_an_hour(client, monkeypatch):
    path = loginlink.login_path(User.objects.create_user("mara"))
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + loginlink.MAX_AGE_S + 1)

    assert client.post(path).status_code == 403


def test_a_closed_account_has_no_link(client):
    user = User.objects.create_user("mara")
    path = loginlink.login_path(user)
    User.objects.update(is_active=False)

    assert client.post(path).status_code == 403


def test_who_has_no_password_sets_one_and_who_has_one_must_know_it(client):
    user = User.objects.create_user("mara")
    client.force_login(user)
    new = {"new_password1": "cantilever-7", "new_password2": "cantilever-7"}

    assert client.post("/password/", new).status_code == 302
    user.refresh_from_db()
    assert user.check_password("cantilever-7")
    again = client.post("/password/", new)
    assert again.status_code == 200
    assert "old_password" in again.text


def test_root_without_run_as_is_warned_of_on_every_page(client, monkeypatch):
    client.force_login(User.objects.create_user("mara"))
    monkeypatch.setattr(confine, "usual_account", str)
    monkeypatch.setattr("pdfjobs.context.os.geteuid", lambda: 0)
    assert "Solvers run as root" in client.get("/").text
    monkeypatch.setattr("pdfjobs.context.os.geteuid", lambda: 1000)
    assert "Solvers run as root" not in client.get("/").text


FREE, CONFINED = "Solvers run as root: whoever can drop", "Solvers run as root, confined: nothing"


@pytest.mark.parametrize(
    ("tables", "account", "told", "words"),
    [
        ({}, "", [], FREE),  # no workers have tried it yet
        ({}, "", [""], CONFINED),
        ({}, "", ["", "bubblewrap is not installed"], FREE),
        ({"confine": {"mode": "never"}}, "", [""], FREE),
        ({"confine": {"mode": "always"}}, "", ["bubblewrap is not installed"], CONFINED),
        ({}, confine.ACCOUNT, [], None),
        ({"launcher": {"run_as": "nobody"}}, "", [], None),
    ],
)
def test_the_warning_of_root_says_what_holds(
    client, settings, monkeypatch, tables, account, told, words
):
    settings.PDFJOBS = Settings.model_validate(tables)
    hosts = [confine.Told("here", why_not) for why_not in told]
    monkeypatch.setattr(confine, "told", lambda _: hosts)
    monkeypatch.setattr(confine, "usual_account", lambda: account)
    monkeypatch.setattr("pdfjobs.context.os.geteuid", lambda: 0)
    client.force_login(User.objects.create_user("mara"))

    page = client.get("/").text

    assert [one for one in (FREE, CONFINED) if one in page] == ([words] if words else [])


class Server:
    """A queue server that answers one thing, and counts how often it is asked."""

    def __init__(self, answer):
        self.answer, self.asked = answer, 0

    def get(self, key):
        self.asked += 1
        return self.answer


@pytest.mark.parametrize(
    ("answer", "late"),
    [
        (json.dumps({"at": 9_999_999_999}).encode(), False),
        (json.dumps({"at": 1}).encode(), True),
        (None, True),
        (b"not json", True),
        (b"[]", True),
        (b'{"at": "noon"}', True),
    ],
)
def test_the_watchers_word_decides_the_banner(monkeypatch, answer, late):
    server = Server(answer)
    monkeypatch.setattr(heartbeat._Memory, "client", server)

    assert heartbeat.heartbeat().late is late
    heartbeat.heartbeat()
    assert server.asked == 1


def test_without_queue_server_the_pages_come_and_say_so(client, settings, tmp_path):
    client.force_login(User.objects.create_user("mara"))

    response = client.get("/")

    assert response.status_code == 200
    assert "The queue server does not answer" in response.text


def test_a_review_that_cannot_be_saved_is_shown_again_with_the_reason(client):
    """The diary that came before led on as if it were saved (defect-17)."""
    client.force_login(User.objects.create_user("mara"))
    job = make_job()
    version = client.get("/jobs/1000001/").context["form"].initial["version"]
    sent = {"status": "bad", "analysis_status": "open", "info": "kept words", "version": version}

    response = client.post("/jobs/1000001/review/", sent)

    job.refresh_from_db()
    assert (response.status_code, job.status, job.info) == (422, "none", "")
    assert "bad is not one of the available choices" in response.text
    assert "kept words" in response.text
