"""The languages of pages and messages: English, and each that somebody has put a compiled catalogue for."""

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils.translation import to_language

from pdfjobs.table import ConfigError

CATALOGUE = Path("LC_MESSAGES", "django.mo")


def offered(folders: Iterable[Path]) -> list[tuple[str, str]]:
    """Code and name of each, English first; folders as of gettext: `de/LC_MESSAGES/django.mo`."""
    codes = {
        to_language(catalogue.parts[-3])
        for folder in folders
        for catalogue in folder.glob(str(Path("*") / CATALOGUE))
    }
    return [(code, _name(code)) for code in ("en", *sorted(codes - {"en"}))]


def of_the_site(code: str, known: list[tuple[str, str]]) -> str:
    """ConfigError for one that there is no catalogue for."""
    if code not in dict(known):
        allowed = ", ".join(name for name, _ in known)
        raise ConfigError(f"language = {code!r}: has no catalogue; there are: {allowed}")
    return code


def spoken(code: str) -> str:
    """A person's language, or the site's for one that has no catalogue (any more)."""
    return code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _name(code: str) -> str:
    known = LANG_INFO.get(code) or LANG_INFO.get(code.partition("-")[0]) or {}
    return str(known.get("name_local", code))
