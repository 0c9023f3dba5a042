"""Each test begins in a process that remembers nothing of the one before."""

import pytest
from django.core.cache import cache

from pdfjobs import known
from pdfjobs.tests.backup_scene import identity, scene, template  # noqa: F401 - fixtures
from pdfjobs.views import shared


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch):
    monkeypatch.setattr(shared, "FRESH_S", 0.0)
    cache.clear()
    known.forget()
    shared.forget()


@pytest.fixture
def mara(client, django_user_model):
    """A browser in which a person without further rights is logged in."""
    client.force_login(django_user_model.objects.create_user("mara"))
    return client
