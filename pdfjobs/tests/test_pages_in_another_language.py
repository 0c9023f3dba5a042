"""A catalogue that somebody puts beside the diary turns its pages into that language, and nothing else."""

import csv
import io
import json
import re

import polib
import pytest
from django.core.management import call_command
from django.utils import translation

from pdfjobs import languages
from pdfjobs.listing.words import STATUS_WORDS
from pdfjobs.table import ConfigError
from pdfjobs.tests.web_rows import NOW, make_job
from pdfjobs.wording import STATUS_NAMES

pytestmark = pytest.mark.django_db
GERMAN = {
    (None, "Jobs"): "Berechnungen",
    (None, "Log out"): "Abmelden",
    (None, "Save review"): "Beurteilung sichern",
    (None, "Not uploaded: the service did not answer as expected. Try again."): "Nicht angekommen.",
    (None, "information"): "Angaben",
    (None, "%(time)s ago"): "vor %(time)s",
    ("status", "normal termination"): "normal beendet",
    ("status", "running"): "rechnet",
    ("analysis", "ongoing"): "in Arbeit",
    ("result", "not OK"): "nicht in Ordnung",
    ("days", "d"): "T",
    ("hours", "h"): "Std.",
}


def write(folder, said):
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    for (where, words), meant in said.items():
        one, *many = words if isinstance(words, tuple) else (words,)
        said_so = {"msgstr_plural": dict(enumerate(meant))} if many else {"msgstr": meant}
        plural = {"msgid_plural": many[0]} if many else {}
        catalogue.append(polib.POEntry(msgctxt=where, msgid=one, **plural, **said_so))
    folder.mkdir(parents=True)
    catalogue.save_as_mofile(str(folder / "django.mo"))


@pytest.fixture
def german(tmp_path, settings):
    """A diary whose operator has put a German catalogue into its folder."""
    write(tmp_path / "de" / "LC_MESSAGES", GERMAN)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = languages.offered([tmp_path])
    yield
    translation.deactivate()


def asked(client, address, language="de-DE,de;q=0.9", **headers):
    return client.get(address, headers={"accept-language": language} | headers)


def test_list_and_job_page_come_in_the_language_of_the_browser(mara, german):
    make_job(
        status="normal", result_assessment="not_ok", analysis_status="ongoing",
        facts={"wall_time_s": 100_000.0}, run_values={"started_at": NOW},
    )  # fmt: skip

    lists, job = asked(mara, "/?shape=cards").text, asked(mara, "/jobs/1000001/").text

    for page in (lists, job):
        assert '<html lang="de">' in page
        for words in ("Berechnungen", "Abmelden", "normal beendet", "nicht in Ordnung"):
            assert words in page
        for words in ("normal termination", "not OK", ">Jobs<", "Log out"):
            assert words not in page
    assert "1 T 3 Std." in job and "Beurteilung sichern" in job
    assert 'data-word-failed="Nicht angekommen."' in job
    assert "in Arbeit" in lists
    assert '<html lang="en">' in asked(mara, "/", language="fr").text


def test_codes_stay_codes_in_forms_and_addresses(mara, german):
    make_job(status="running", analysis_status="ongoing", run_values={"progress": 0.25})

    job = asked(mara, "/jobs/1000001/").text

    assert '<option value="ongoing" selected>in Arbeit</option>' in job
    assert 'class="badge is-running"' in job and 'value="0.2500"' in job
    assert "?status=running" in asked(mara, "/").text


def test_the_search_knows_the_status_by_its_english_words_whoever_asks(mara, german):
    make_job(1000001, status="normal")
    make_job(1000002, status="error")

    pages = {
        language: asked(mara, "/?q=normal+status:termination", language).text
        for language in ("de", "en")
    }

    assert {name: "deck1000001.inp" in page for name, page in pages.items()} == {
        "de": True,
        "en": True,
    }
    assert all("deck1000002.inp" not in page for page in pages.values())
    assert {code: str(words) for code, words in STATUS_NAMES.items()} == STATUS_WORDS


def test_a_poll_is_never_answered_in_the_language_of_another(mara, german, monkeypatch):
    monkeypatch.setattr("pdfjobs.views.shared.FRESH_S", 60.0)
    make_job(status="running")
    poll = {"hx-request": "true"}
    for address in ("/", "/jobs/1000001/live/"):
        english = asked(mara, address, "en", **poll)
        german_page = asked(mara, address, "de", **poll)
        known = english.headers["ETag"]

        again = asked(mara, address, "de", **poll, **{"if-none-match": known})

        assert "rechnet" not in english.text and "rechnet" in german_page.text
        assert again.status_code == 200
        assert "Accept-Language" in german_page.headers["Vary"]


def test_files_and_interfaces_for_programs_are_the_same_in_every_language(mara, german, capsys):
    make_job(status="normal", result_assessment="not_ok", submitted_at=NOW)

    answers = {}
    for language in ("de", "en"):
        export = asked(mara, "/jobs/export.csv", language)
        text = b"".join(export.streaming_content).decode("utf-8-sig")
        api = json.loads(asked(mara, "/api/v1/jobs/1000001", language).content)
        answers[language] = list(csv.reader(io.StringIO(text))), api
    with translation.override("de"):
        call_command("jobs", "--json")

    assert answers["de"] == answers["en"]
    assert "normal termination" in answers["de"][0][1] and answers["de"][1]["status"] == "normal"
    assert json.loads(capsys.readouterr().out)[0]["status"] == "normal"


def test_history_keeps_codes_and_shows_words(mara, german):
    job = make_job()
    job.history.create(field="result_assessment", before="", after="not_ok", actor="mara")
    job.history.create(field="status", before="running", after="normal")

    page = asked(mara, "/jobs/1000001/history/").text

    assert "nicht in Ordnung" in page and "rechnet" in page and "normal beendet" in page


def test_languages_are_those_with_a_catalogue(tmp_path):
    for name in ("de", "pt_BR", "tlh", "en"):
        write(tmp_path / "one" / name / "LC_MESSAGES", {})
    (tmp_path / "one" / "fr" / "LC_MESSAGES").mkdir(parents=True)

    assert languages.offered([tmp_path / "one", tmp_path / "absent"]) == [
        ("en", "English"),
        ("de", "Deutsch"),
        ("pt-br", "Português Brasileiro"),
        ("tlh", "tlh"),
    ]


def test_the_site_speaks_a_language_that_has_a_catalogue(tmp_path):
    write(tmp_path / "de" / "LC_MESSAGES", {})
    known = languages.offered([tmp_path])

    assert [languages.of_the_site(code, known) for code in ("en", "de")] == ["en", "de"]
    with pytest.raises(ConfigError, match="language = 'fr': has no catalogue; there are: en, de"):
        languages.of_the_site("fr", known)


def test_a_browser_that_asks_for_no_language_of_ours_gets_that_of_the_site(mara, german, settings):
    settings.LANGUAGE_CODE = "de"

    pages = {code: asked_for(mara, code) for code in ("fr", "en", "de")}

    assert pages == {"fr": "de", "en": "en", "de": "de"}


def asked_for(client, language):
    return re.search(r'<html lang="(\w+)"', asked(client, "/", language).text)[1]
