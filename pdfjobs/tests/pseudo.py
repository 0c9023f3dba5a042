"""A language in which every text of ours, and every one of Django's, is its English in marks; made as docs/translate.md says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import django
import polib

import pdfjobs
from pdfjobs.tests.unmarked import in_page

ROOM = Path(pdfjobs.__file__).parent
DJANGO = ("conf", "contrib/admin", "contrib/auth", "contrib/contenttypes", "contrib/sessions")
LEFT_OUT = shutil.ignore_patterns("tests", "assets", "locale", "__pycache__")


def make(folder):
    """The folder of catalogues, with one for `de`; each step by the tools that a translator has."""
    room = folder / "pdfjobs"
    shutil.copytree(ROOM, room, ignore=LEFT_OUT)
    (room / "locale").mkdir()
    _manage(room, "makemessages", folder)
    path = room / "locale" / "de" / "LC_MESSAGES" / "django.po"
    catalogue = polib.pofile(str(path))
    ours = {(entry.msgctxt, entry.msgid) for entry in catalogue}
    for part in DJANGO:
        theirs = Path(django.__file__).parent / part / "locale/en/LC_MESSAGES/django.po"
        for entry in polib.pofile(str(theirs)):
            if (entry.msgctxt, entry.msgid) not in ours:
                ours.add((entry.msgctxt, entry.msgid))
                catalogue.append(entry)
    for entry in catalogue:
        _mark(entry)
    catalogue.save()
    _manage(room, "compilemessages", folder)
    return room / "locale"


def plain(html):
    """What is left of a page, or of a text, without all that is in marks."""
    parts = 1
    while parts:  # marked words stand within marked words
        html, parts = re.subn(r"«[^«»]*»", "", html)
    return html


def english(html, data):
    """The texts that no translator got to see; `data`: what rows of the test say themselves."""
    found = in_page(plain(html))
    return [text for text in found if in_page(f"<p>{re.sub(data, '', text)}</p>")]


def _mark(entry):
    entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
    if entry.msgid_plural:
        entry.msgstr_plural = {0: _marked(entry.msgid), 1: _marked(entry.msgid_plural)}
    else:
        entry.msgstr = _marked(entry.msgid)


def _marked(words):
    """Line breaks at the ends stay there, as gettext asks."""
    inner = words.strip("\n")
    begin = words[: len(words) - len(words.lstrip("\n"))]
    return f"{begin}«{inner}»{words[len(begin) + len(inner) :]}"


def _manage(room, command, var):
    argv = [sys.executable, str(ROOM.parent / "manage.py"), command, "--locale", "de"]
    environment = os.environ | {"PDFJOBS_VAR": str(var / "var")}
    done = subprocess.run(
        argv, cwd=room, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
