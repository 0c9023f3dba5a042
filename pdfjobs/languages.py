"""The languages of the pages: English, and each that somebody has put a compiled catalogue for."""

from collections.abc import Iterable
from pathlib import Path

from django.conf.locale import LANG_INFO
from django.utils.translation import to_language

CATALOGUE = Path("LC_MESSAGES", "django.mo")


def offered(folders: Iterable[Path]) -> list[tuple[str, str]]:
    """Code and name of each, English first; folders as of gettext: `de/LC_MESSAGES/django.mo`."""
    codes = {
        to_language(catalogue.parts[-3])
        for folder in folders
        for catalogue in folder.glob(str(Path("*") / CATALOGUE))
    }
    return [(code, _name(code)) for code in ("en", *sorted(codes - {"en"}))]


def _name(code: str) -> str:
    known = LANG_INFO.get(code) or LANG_INFO.get(code.partition("-")[0]) or {}
    return str(known.get("name_local", code))
