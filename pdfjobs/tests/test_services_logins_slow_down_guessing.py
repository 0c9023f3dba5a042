"""Guessing passwords at the login page: who is held up, for how long, and who is not."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client

from pdfjobs.models import LoginRecord
from pdfjobs.services import logins

pytestmark = pytest.mark.django_db

WINDOW_S = 600


@pytest.fixture(autouse=True)
def people(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for name in ("mara", "jens"):
        User.objects.create_user(name, password="right")


def limits(settings, **values):
    login = settings.PDFJOBS.login.model_copy(update=values)
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"login": login})


def guess(account, address, password="wrong", client=None):
    client = client or Client()
    said = {"username": account, "password": password}
    return client.post("/login/", said, REMOTE_ADDR=address)


def statuses(attempts):
    return [guess(account, address).status_code for account, address in attempts]


def later(**time):
    LoginRecord.objects.update(at=F("at") - timedelta(**time))


def test_the_sixth_guess_is_held_up_and_told_for_how_long():
    assert statuses([("mara", "192.0.2.7")] * 5) == [200] * 5

    held = guess("mara", "192.0.2.7", password="right")

    assert held.status_code == 429
    assert WINDOW_S - 20 < int(held.headers["Retry-After"]) <= WINDOW_S
    assert "Too many logins have failed. Try again in 10 minutes;" in held.text
    assert "_auth_user_id" not in held.client.session


def test_the_wait_ends_and_gets_no_longer_by_trying():
    statuses([("mara", "192.0.2.7")] * 5)
    later(seconds=WINDOW_S - 30)

    held = guess("mara", "192.0.2.7", password="right")
    later(seconds=31)
    after = guess("mara", "192.0.2.7", password="right")

    assert (held.status_code, after.status_code) == (429, 302)
    assert "Try again in 30 seconds" in held.text or "Try again in 29 seconds" in held.text


def test_a_guesser_holds_up_nobody_elsewhere():
    statuses([("mara", "192.0.2.7")] * 9)

    assert guess("mara", "192.0.2.8", "right").status_code == 302
    assert guess("jens", "192.0.2.7", "right").status_code == 302


def test_case_and_the_rest_of_an_ipv6_network_make_no_new_guesser():
    names = ("mara", "MARA", "Mara", "mArA", "maRa", "marA")
    attempts = [(name, f"2001:db8::{n}") for n, name in enumerate(names)]

    assert statuses(attempts) == [200] * 5 + [429]
    assert guess("mara", "2001:db8:0:1::1", "right").status_code == 302


def test_one_address_that_tries_every_account_is_held_up(settings):
    limits(settings, tries_of_address=8)

    assert statuses([(f"name{n}", "192.0.2.7") for n in range(9)]) == [200] * 8 + [429]
    assert guess("mara", "192.0.2.7", "right").status_code == 429
    assert guess("mara", "192.0.2.8", "right").status_code == 302


def test_many_addresses_that_try_one_account_are_held_up(settings):
    limits(settings, tries_of_account=8)

    assert statuses([("mara", f"192.0.2.{n}") for n in range(9)]) == [200] * 8 + [429]
    assert guess("jens", "192.0.2.99", "right").status_code == 302


def test_a_browser_that_was_here_is_not_held_up_by_what_others_guess(settings):
    limits(settings, tries_of_account=8, tries_of_address=8)
    known = Client()
    assert guess("mara", "192.0.2.7", "right", known).status_code == 302
    known.post("/logout/")
    statuses([("mara", f"192.0.2.{n}") for n in range(9)])
    statuses([(f"name{n}", "192.0.2.7") for n in range(9)])

    assert guess("mara", "192.0.2.7", "right").status_code == 429
    assert guess("mara", "192.0.2.7", "right", known).status_code == 302


def test_a_known_browser_may_not_guess_for_ever():
    known = Client()
    guess("mara", "192.0.2.7", "right", known)
    known.post("/logout/")

    got = [guess("mara", f"192.0.2.{n}", "wrong", known).status_code for n in range(6)]

    assert got == [200] * 5 + [429]


def test_a_known_browser_is_known_for_its_account_alone():
    known = Client()
    guess("jens", "192.0.2.7", "right", known)
    known.post("/logout/")
    statuses([("mara", "192.0.2.7")] * 5)

    assert guess("mara", "192.0.2.7", "right", known).status_code == 429


def test_a_mark_that_somebody_made_up_is_none():
    forged = Client()
    name = next(name for name in _mark_of("jens") if name.endswith("_known"))
    statuses([("mara", "192.0.2.7")] * 5)
    for value in ("mara", '["mara", "x"]', _mark_of("jens")[name].value + "x"):
        forged.cookies[name] = value
        assert guess("mara", "192.0.2.7", "right", forged).status_code == 429


def _mark_of(account):
    client = Client()
    guess(account, "192.0.2.200", "right", client)
    return client.cookies


def test_a_link_works_while_passwords_are_held_up():
    from pdfjobs.loginlink import login_path

    statuses([("mara", "192.0.2.7")] * 6)
    path = login_path(User.objects.get(username="mara"))

    assert Client().post(path, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_what_is_held_up_leaves_one_row_an_address():
    statuses([("mara", "192.0.2.7")] * 9)

    rows = LoginRecord.objects.values_list("act", flat=True)
    assert sorted(rows) == ["failed"] * 5 + ["held_up"]


def test_every_way_in_and_out_leaves_a_row():
    from pdfjobs.loginlink import login_path

    client = Client()
    guess("Mara", "192.0.2.7")
    guess("mara", "192.0.2.7", "right", client)
    client.post("/logout/", REMOTE_ADDR="192.0.2.7")
    client.post(login_path(User.objects.get(username="jens")), REMOTE_ADDR="192.0.2.8")

    rows = LoginRecord.objects.order_by("pk").values_list("act", "account", "how", "address")
    assert list(rows) == [
        ("failed", "Mara", "password", "192.0.2.7"),
        ("login", "mara", "password", "192.0.2.7"),
        ("logout", "mara", "password", "192.0.2.7"),
        ("login", "jens", "link", "192.0.2.8"),
    ]


def test_a_disabled_account_is_no_way_in_and_no_news():
    User.objects.filter(username="mara").update(is_active=False)

    right, wrong = guess("mara", "192.0.2.7", "right"), guess("nobody", "192.0.2.7")

    errors = [list(answer.context["form"].non_field_errors()) for answer in (right, wrong)]
    assert (right.status_code, errors[0]) == (200, errors[1])


def test_rows_are_kept_for_a_year_and_some():
    guess("mara", "192.0.2.7")
    later(days=logins.KEPT.days + 1)

    guess("mara", "192.0.2.7", "right")

    assert [row.act for row in LoginRecord.objects.all()] == ["login"]


def test_the_administration_has_no_login_of_its_own():
    answer = Client().post("/admin/login/?next=/admin/", {"username": "mara", "password": "right"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/?next=%2Fadmin%2F")
    assert not LoginRecord.objects.exists()
