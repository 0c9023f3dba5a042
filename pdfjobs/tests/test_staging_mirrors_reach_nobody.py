"""While an instance is a staging mirror nothing leaves it, whatever its database holds, and its pages say so."""

import pytest
from django.conf import settings

from pdfjobs import staging
from pdfjobs.notify.carriers import Carriers, Message
from pdfjobs.notify.errors import CarryError

WORDS = "This is a staging mirror"


@pytest.fixture
def mirror():
    mark = settings.INSTANCE.staging_mark
    mark.write_text("of old, as of 2026-01-01T00:00:00Z\n")
    yield
    mark.unlink()


@pytest.mark.parametrize("kind", ["mail", "json"])
def test_no_message_is_carried_and_none_is_tried_again(mirror, kind):
    with Carriers() as carriers, pytest.raises(CarryError, match=WORDS) as refused:
        carriers.send(kind, "mara@example.com", Message("a", "b", "c"))

    assert refused.value.permanent


def test_every_page_says_it_and_whom_it_mirrors_to_people_who_are_logged_in(
    mirror, client, admin_client
):
    seen_by_all = client.get("/login/").content.decode()
    seen_by_people = admin_client.get("/").content.decode()

    assert (WORDS in seen_by_all, "of old, as of" in seen_by_all) == (True, False)
    assert (WORDS in seen_by_people, "of old, as of" in seen_by_people) == (True, True)


@pytest.mark.django_db
def test_without_mark_and_setting_nothing_is_said(client, monkeypatch):
    assert WORDS not in client.get("/login/").content.decode()

    diary = settings.PDFJOBS.diary.model_copy(update={"staging": True})
    monkeypatch.setattr(settings, "PDFJOBS", settings.PDFJOBS.model_copy(update={"diary": diary}))
    assert (staging.is_mirror(), staging.mirrored()) == (True, "")
    assert WORDS in client.get("/login/").content.decode()
