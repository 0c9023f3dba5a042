"""Access tokens: shown once, kept as a fingerprint, one's own alone; and the help page beside them."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from pdfjobs.models import STATUSES, Token
from pdfjobs.services import tokens

pytestmark = pytest.mark.django_db

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def mara(client):
    user = User.objects.create_user("mara")
    client.force_login(user)
    return user


def test_a_token_is_shown_once_and_kept_as_a_fingerprint(client, mara):
    response = client.post("/account/tokens/", {"name": EVIL, "days": "30"})

    secret = response.context["secret"]
    token = Token.objects.get()
    assert re.fullmatch(r"pdfjobs_[\w-]{43}", secret)
    assert secret in response.text
    assert token.sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in repr(vars(token))
    assert abs(token.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    later = client.get("/account/tokens/").text
    assert secret not in later and EVIL not in later
    assert "&lt;script&gt;" in later
    assert response["Cache-Control"] == "no-store"


def test_a_token_may_hold_until_it_is_revoked(client, mara):
    client.post("/account/tokens/", {"name": "x", "days": "0"})

    assert Token.objects.get().expires_at is None


@pytest.mark.parametrize(
    "sent", [{}, {"name": "x"}, {"name": "", "days": "30"}, {"name": "x", "days": "5"}]
)
def test_a_form_that_cannot_be_used_is_shown_again(client, mara, sent):
    response = client.post("/account/tokens/", sent)

    assert response.status_code == 422
    assert "field-error" in response.text
    assert Token.objects.count() == 0


def test_nobody_makes_tokens_without_end(client, mara, monkeypatch):
    monkeypatch.setattr(tokens, "MOST", 2)
    for _ in range(3):
        response = client.post("/account/tokens/", {"name": "x", "days": "30"})

    assert (response.status_code, Token.objects.count()) == (409, 2)
    assert "revoke one first" in response.text


def test_one_revokes_ones_own_tokens_alone(client, mara):
    mine, _ = tokens.make(mara, "mine", None)
    other, _ = tokens.make(User.objects.create_user("jens"), "other", None)

    assert client.post(f"/account/tokens/{other.pk}/revoke/").status_code == 404
    assert client.post(f"/account/tokens/{mine.pk}/revoke/").status_code == 302
    assert list(Token.objects.all()) == [other]
    assert "other" not in client.get("/account/tokens/").text


def test_its_last_use_is_known_to_the_hour(mara, django_assert_num_queries):
    _token, secret = tokens.make(mara, "x", None)
    with django_assert_num_queries(2):
        assert tokens.holder(secret) == mara
    used = Token.objects.get().used_at
    with django_assert_num_queries(1):
        tokens.holder(secret)

    assert Token.objects.get().used_at == used
    Token.objects.update(used_at=used - timedelta(hours=2))
    tokens.holder(secret)
    assert Token.objects.get().used_at >= used


def test_the_help_page_tells_keys_search_and_every_status(client, mara):
    page = client.get("/help/")

    assert page.status_code == 200
    assert [status for status, _ in page.context["meanings"]] == list(STATUSES)
    for word in ("<kbd>/</kbd>", "solver:calculix", "normal termination", "/account/tokens/"):
        assert word in page.text


def with_address(settings, address):
    web = settings.PDFJOBS.web.model_copy(update={"feedback_to": address})
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": web})


def test_feedback_goes_to_the_address_of_the_settings(client, mara, settings):
    with_address(settings, "diary@example.com")

    page = client.get("/").text

    assert 'href="mailto:diary@example.com?subject=Bug%3A%20"' in page
    assert 'data-copy="diary@example.com"' in page
    with_address(settings, "")
    page = client.get("/").text
    assert "mailto:" not in page and "This diary names no address for feedback" in page


@pytest.mark.parametrize("address", ["x", "a@b?cc=c@d", "a@b c@d", "<a@b>", "a@b&x"])
def test_a_feedback_address_that_is_none_is_refused_at_start(address):
    from pdfjobs.config import ConfigError, parse

    with pytest.raises(ConfigError, match=r"web\.feedback_to"):
        parse(f'[web]\nfeedback_to = "{address}"\n'.encode(), "pdfjobs.toml")
