"""Each test begins in a process that remembers nothing of the one before."""

import shutil

import pytest
from django.core.cache import cache
from django.utils import translation

from pdfjobs import known, languages
from pdfjobs.tests import pseudo as pseudo_language
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


@pytest.fixture(scope="session")
def pseudo_locale(tmp_path_factory):
    if shutil.which("xgettext") is None:
        pytest.skip("needs GNU gettext: apt-get install gettext")
    return pseudo_language.make(tmp_path_factory.mktemp("pseudo"))


@pytest.fixture
def pseudo(pseudo_locale, settings):
    """Everything that can be translated is said in marks."""
    settings.LOCALE_PATHS = [pseudo_locale]
    settings.LANGUAGES = languages.offered([pseudo_locale])
    with translation.override("de"):
        yield
