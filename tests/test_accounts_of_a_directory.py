"""Logins by LDAP, with a real slapd: who comes in, what groups give, and how a disabled account loses access."""

import time

import ldap
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from pdfjobs import config, known
from pdfjobs.directory import adapter, backend
from pdfjobs.loginlink import login_path
from pdfjobs.models import LoginRecord, Member
from pdfjobs.services import tokens
from tests import slapd
from tests.service import wait_for

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(120)]

PASSWORD = "a right one"


@pytest.fixture(scope="module")
def department():
    with slapd.running() as running:
        yield running


@pytest.fixture
def people(department):
    """mara leads, jens works, eve is in the directory and not in the diary's group; new for each test."""
    dns = {name: department.person(name, PASSWORD) for name in ("mara", "jens", "eve")}
    groups = [
        department.group("diary", dns["mara"], dns["jens"]),
        department.group("staff", dns["mara"]),
        department.group("leads", dns["mara"]),
        department.group("works", dns["mara"], dns["jens"]),
    ]
    yield dns
    for dn in (*dns.values(), *groups):
        try:
            department.delete(dn)
        except ldap.NO_SUCH_OBJECT:
            pass


@pytest.fixture(autouse=True)
def asked(settings, department, people):
    """The diary asks the directory, and knows nothing of it yet."""
    read = config.parse(department.toml(leads="manager", works="member").encode(), "pdfjobs.toml")
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"ldap": read.ldap})
    for name, value in adapter.for_django(read.ldap).items():
        setattr(settings, name, value)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    backend.forget()
    known.forget()


@pytest.fixture
def clock(monkeypatch):
    """Moves the time that answers are remembered by."""
    ahead = [0.0]
    real = time.monotonic
    for module in (backend, known):
        monkeypatch.setattr(f"{module.__name__}.monotonic", lambda: real() + ahead[0])

    def forward(seconds):
        ahead[0] += seconds

    return forward


def log_in(account, password=PASSWORD):
    client = Client()
    client.answer = client.post("/login/", {"username": account, "password": password})
    return client


def is_in(client):
    return client.get("/").status_code == 200


def of(name):
    return User.objects.get(username=name)


def test_who_is_in_the_directory_logs_in_by_its_password():
    client = log_in("jens")

    assert is_in(client)
    jens = of("jens")
    assert (jens.get_full_name(), jens.email) == ("M Jens", "jens@example.com")
    assert not jens.has_usable_password()
    assert not is_in(log_in("jens", "wrong"))


@pytest.mark.parametrize(
    ("name", "password"),
    [("jens", ""), ("jens", "wrong"), ("nobody", PASSWORD), ("*", PASSWORD), ("jens)(uid=*", "x")],
)
def test_nobody_else_does(name, password):
    assert not is_in(log_in(name, password))
    assert not User.objects.exists()


def test_who_is_not_in_the_required_group_stays_out():
    assert not is_in(log_in("eve"))
    assert not User.objects.exists()


def test_groups_say_who_is_staff_and_what_roles_people_have():
    log_in("mara"), log_in("jens")

    assert [user.username for user in User.objects.filter(is_staff=True)] == ["mara"]
    roles = Member.objects.filter(project__name="P1").values_list("user__username", "role")
    assert sorted(roles) == [("jens", "member"), ("mara", "manager")]
    assert not User.objects.filter(is_superuser=True).exists()


def test_changed_groups_count_while_somebody_is_logged_in(department, people, clock):
    client = log_in("mara")
    department.change(f"cn=staff,ou=groups,{slapd.BASE}", member=[people["jens"]])
    department.change(f"cn=leads,ou=groups,{slapd.BASE}", member=[people["jens"]])

    clock(60)

    assert client.get("/audit/").status_code == 403
    assert of("mara").memberships.get().role == "member"


def test_an_account_of_the_diarys_own_cannot_be_entered_by_the_directory():
    User.objects.create_superuser("mara", password="another one 9")

    assert not is_in(log_in("mara"))
    assert is_in(log_in("mara", "another one 9"))
    assert of("mara").is_superuser


@pytest.mark.parametrize("how", ["disabled", "deleted", "out of the group"])
def test_a_disabled_account_loses_its_session_within_a_minute(department, people, clock, how):
    client = log_in("jens")
    assert is_in(client)
    if how == "disabled":
        department.change(people["jens"], employeeType="disabled")
    elif how == "deleted":
        department.delete(people["jens"])
    else:
        department.change(f"cn=diary,ou=groups,{slapd.BASE}", member=[people["mara"]])

    clock(backend.FOR_S + known.FOR_S)

    assert backend.FOR_S + known.FOR_S < 60
    assert not is_in(client)
    assert not of("jens").is_active
    assert not is_in(log_in("jens"))


def test_a_disabled_account_loses_its_tokens_and_the_queues(department, people, clock):
    client = log_in("mara")
    _, secret = tokens.make(of("mara"), "batch", None)
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    assert api.get("/api/v1/me").status_code == 200
    department.change(people["mara"], employeeType="disabled")

    clock(backend.FOR_S)

    assert api.get("/api/v1/me").status_code == 401
    assert client.post("/projects/", {"name": "P9"}).status_code == 302


def test_who_came_by_a_link_is_asked_for_too(department, people, clock):
    log_in("jens")
    client = Client()
    client.post(login_path(of("jens")))
    assert is_in(client)
    department.change(people["jens"], employeeType="disabled")

    clock(backend.FOR_S + known.FOR_S)

    assert not is_in(client)


def test_who_is_enabled_again_comes_back_and_both_are_on_record(department, people, clock):
    client = log_in("jens")
    department.change(people["jens"], employeeType="disabled")
    clock(60)
    assert not is_in(client)
    department.change(people["jens"], employeeType="active")

    clock(60)

    assert is_in(log_in("jens"))
    words = LogEntry.objects.filter(content_type__model="user").order_by("id")
    assert list(words.values_list("change_message", flat=True)) == [
        "closed, by the directory",
        "opened again, by the directory",
    ]


def test_whom_staff_closed_the_directory_does_not_open(clock):
    client = log_in("jens")
    User.objects.filter(username="jens").update(is_active=False)

    clock(60)

    assert not is_in(client)
    assert not is_in(log_in("jens"))
    assert not of("jens").is_active


def test_while_the_directory_is_away_who_is_in_stays_and_who_is_not_is_told(department, clock):
    client = log_in("jens")
    department.stop()
    try:
        clock(60)

        assert is_in(client)
        refused = log_in("mara").answer
        assert "The directory of accounts does not answer" in refused.text
        assert LoginRecord.objects.filter(act="failed").count() == 0
    finally:
        department.start()
    clock(60)
    assert is_in(client)


def test_a_certificate_that_nobody_vouches_for_is_not_spoken_to(settings, department, tmp_path):
    from tests.slapd import _make_certificate

    _make_certificate(tmp_path)
    table = settings.PDFJOBS.ldap.model_copy(update={"ca_file": tmp_path / "cert.pem"})
    for name, value in adapter.for_django(table).items():
        setattr(settings, name, value)

    assert "The directory of accounts does not answer" in log_in("jens").answer.text


def test_guessing_is_held_up_as_it_is_for_the_diarys_own_accounts():
    codes = [log_in(name, "wrong").answer.status_code for name in ["jens", "JENS"] * 3]

    assert codes == [200] * 5 + [429]


def test_the_real_service_takes_the_settings_and_shuts_a_disabled_account_out(
    department, people, own_service
):
    import requests

    settings = department.toml(leads="manager", works="member")
    (own_service.var / "pdfjobs.toml").write_text(settings)
    own_service.start()
    with requests.Session() as browser:
        page = browser.get(f"{own_service.url}/login/")
        token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        said = {"username": "jens", "password": PASSWORD, "csrfmiddlewaretoken": token}
        browser.post(f"{own_service.url}/login/", said, headers={"Referer": own_service.url})
        assert browser.get(own_service.url, allow_redirects=False).status_code == 200
        department.change(people["jens"], employeeType="disabled")
        begun = time.monotonic()

        wait_for(
            lambda: browser.get(own_service.url, allow_redirects=False).status_code == 302,
            "a page that asks to log in",
        )

    assert time.monotonic() - begun < 60
    line = (own_service.var / "logs" / "audit.log").read_text().splitlines()[-1]
    assert 'user.changed by="jens" of="jens" note="closed, by the directory"' in line
