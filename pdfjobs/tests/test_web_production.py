"""Every address and every role on production settings: who gets what stays the same, and goes out by TLS alone."""

import hashlib
import re

import pytest
from django.conf import global_settings
from django.core.management import call_command
from django.test import Client, override_settings
from werkzeug.test import Client as WsgiClient

from pdfjobs import config, production, wsgi
from pdfjobs.middleware import POLICY
from pdfjobs.tests.test_web_roles import ADMINS, ROLES, TABLE, World, read

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(60)]  # a PDF a role

HOST = "diary.example.com"
TEXT = f'production = true\n[web]\naddress = "https://{HOST}"\n'
HASHED = {
    **global_settings.STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
"""As a release has its static files on a host."""
HSTS = "max-age=31536000"
OF_A_DOCUMENT = "sandbox; default-src 'none'"
"""What files of people begin their policy with."""


class Encrypted(World):
    """Everybody comes by TLS, and each answer is looked at."""

    def browser(self, role):
        client = super().browser(role)
        client.defaults["SERVER_NAME"] = HOST
        ask = client.generic

        def looked_at(*words, **request):
            response = ask(*words, **{**request, "secure": True})
            assert wrong(response) == [], words
            return response

        client.generic = looked_at
        return client


def wrong(response):
    """What is missing in an answer."""
    got = response.headers
    expected = {
        "Strict-Transport-Security": HSTS,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    faults = [
        f"{name}: {got.get(name)}" for name, value in expected.items() if got.get(name) != value
    ]
    policy = got.get("Content-Security-Policy", "")
    if policy != POLICY and (
        "unsafe" in policy.replace("style-src 'unsafe-inline'", "") or not policy
    ):
        faults.append(f"policy: {policy}")
    if not got.get("Cache-Control"):
        faults.append("no word for caches")
    for cookie in (each for each in response.cookies.values() if each.value):
        if not (cookie["secure"] and cookie["samesite"] == "Lax"):
            faults.append(f"cookie {cookie.key}")
        if not (cookie["httponly"] or cookie.key.endswith("_csrf")):
            faults.append(f"cookie {cookie.key} is open to scripts")
    return faults


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Where the static files are, as `collectstatic` leaves them."""
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=folder, STORAGES=HASHED):
        call_command("collectstatic", verbosity=0)
    return folder


@pytest.fixture
def world(settings, collected):
    settings.STATIC_ROOT, settings.STORAGES = collected, HASHED
    settings.PDFJOBS = config.parse(TEXT.encode(), "pdfjobs.toml")
    settings.ALLOWED_HOSTS = [HOST]
    for name, value in production.django_settings(settings.PDFJOBS).items():
        setattr(settings, name, value)
    return Encrypted()


@pytest.mark.parametrize("pattern", sorted(TABLE))
def test_each_role_gets_what_the_table_says_by_tls(world, pattern):
    said = dict(zip(("get", "post"), TABLE[pattern], strict=True))

    got = {
        method: {role: world.asked(method, world.address(pattern), role) for role in ROLES}
        for method in said
    }

    if pattern == "login/":  # who is in already is led on
        assert set(got["get"].values()) == {"in"}
    else:
        assert got == said


@pytest.mark.parametrize("role", ROLES[:-1])
def test_the_administration_is_for_staff_by_tls(world, role):
    got = {pattern: world.asked("get", world.address(pattern), role) for pattern in ADMINS}

    assert {word for pattern, word in got.items() if "logout" not in pattern} <= {"login", 401}


@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_is_told_without_tls(world, method):
    client = Client(SERVER_NAME=HOST)
    for pattern in {*TABLE, *ADMINS} - set(production.UNENCRYPTED):
        answer = getattr(client, method)(world.address(pattern))

        assert answer.status_code == 301, pattern
        assert answer.headers["Location"].startswith(f"https://{HOST}/")
        assert (read(answer), len(answer.cookies)) == (b"", 0)


@pytest.mark.parametrize("name", production.UNENCRYPTED)
def test_what_watches_on_the_machine_needs_no_tls(world, name):
    answer = Client(SERVER_NAME=HOST).get(f"/{name}")

    assert answer.status_code in (200, 503)
    assert re.fullmatch(r"[a-z ]+", answer.text)


@pytest.mark.parametrize("address", ["", "upload/", "views/", "status/", "projects/"])
def test_a_pages_files_are_called_by_their_contents(world, collected, address):
    names = re.findall(
        r'(?:src|href)="/static/([^"]+)"', world.browser("staff").get(f"/{address}").text
    )

    assert names
    for name in names:
        digest = hashlib.md5((collected / name).read_bytes()).hexdigest()
        assert name.split(".")[-2] == digest[:12], name


def test_another_host_name_is_not_answered(world):
    client = Client(SERVER_NAME="evil.example.com", raise_request_exception=False)

    assert client.get("/login/").status_code == 400


def test_the_cookies_of_a_login_are_for_tls_alone(world):
    user = world.users["member"]
    user.set_password("a right one 9")
    user.save()
    client = world.browser("stranger")

    client.post("/login/", {"username": "member", "password": "a right one 9"})

    kinds = {name.rpartition("_")[2]: morsel for name, morsel in client.cookies.items()}
    assert len(kinds) == 3, "session, CSRF and the browser's mark"
    assert {morsel["secure"] for morsel in kinds.values()} == {True}
    assert [name for name, morsel in kinds.items() if not morsel["httponly"]] == ["csrf"]


def test_a_form_from_another_site_is_refused(world):
    client = Client(enforce_csrf_checks=True, SERVER_NAME=HOST)
    client.force_login(world.users["staff"])
    said = {"name": "x"}

    answer = client.post(
        "/projects/", said, secure=True, headers={"Origin": "https://evil.example"}
    )

    assert answer.status_code == 403


def queues(world, role, scheme):
    browser = WsgiClient(wsgi._serve)
    for name, morsel in World.browser(world, role).cookies.items():
        browser.set_cookie(name, morsel.value, domain=HOST)
    return browser.get("/rq/", base_url=f"{scheme}://{HOST}")


@pytest.mark.django_db(transaction=True)  # the service's own application closes its connection
def test_the_queues_pages_go_out_by_tls_alone(world):
    plain = queues(world, "staff", "http")
    stranger, member = queues(world, "stranger", "https"), queues(world, "member", "https")

    assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{HOST}/rq/")
    assert (stranger.status_code, member.status_code) == (302, 403)
    assert [a.headers["Strict-Transport-Security"] for a in (stranger, member)] == [HSTS, HSTS]
