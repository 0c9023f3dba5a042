"""Workers and the watcher word what they keep in English; the pages have a form for each of these sentences."""

import pytest
from django.conf import settings
from django.utils.translation import override

from pdfjobs import languages, models, staging, wording
from pdfjobs.filekinds import TYPES
from pdfjobs.sentences.alerts import ALERTS
from pdfjobs.sentences.notes import NOTES
from pdfjobs.sentences.reasons import REASONS
from pdfjobs.sentences.refusals import REFUSALS
from pdfjobs.sentences.tasks import TASKS
from pdfjobs.sentences.troubles import TROUBLES
from pdfjobs.sentences.watching import ADVICE, WHYS
from pdfjobs.services import restored
from pdfjobs.tests.test_pages_in_another_language import write
from tests.spoken import ANY, ROOT, Source
from watcher.limits import Limits, Use, advice
from watcher.publish import LANES
from workers.alertrules import RULES
from workers.intake.archives import SPECIAL
from workers.parsers.causes import CAUSES
from workers.tasks.turns import describe
from workers.verdict import SILENT

ROOMS = [*(ROOT / "pdfjobs/services").glob("*.py"), *(ROOT / "workers").rglob("*.py")]
SOURCES = [Source(path.relative_to(ROOT)) for path in sorted(ROOMS) if "tests" not in path.parts]
KEPT = {
    "silent since 2026-03-01 12:00 UTC": "still seit 2026-03-01 12:00 UTC",
    "the solver crashed (SIGSEGV): **ERROR {0} %s": "abgestürzt (SIGSEGV): **ERROR {0} %s",
    "the solver crashed (SIGFPE)": "the solver crashed (SIGFPE)",  # not in the catalogue
    "  *ERROR in line 7": "  *ERROR in line 7",
}
READ = "read {n} log in {folder}", "read {n} logs in {folder}"
GERMAN = {
    (None, "silent since {since}"): "still seit {since}",
    (None, "the solver crashed ({signal}): {words}"): "abgestürzt ({signal}): {words}",
    (None, "{said} (its worker died {times}x)"): "{said} ({times}-mal gestorben)",
    (None, "take in {name}"): "«take in {name}»",
    (None, READ): ("liest {n} Log in {folder}", "liest {n} Logs in {folder}"),
}


@pytest.fixture
def german(tmp_path, settings):
    write(tmp_path / "de" / "LC_MESSAGES", GERMAN)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = languages.offered([tmp_path])
    with override("de"):
        yield


def unknown(texts, *kinds):
    """Those that none of the kinds has a form for; a lone value is no sentence."""
    said = {text for text in texts if text.strip() and text != ANY}
    assert said
    return {text for text in said if not any(kind.knows(text) for kind in kinds)}


@pytest.mark.parametrize(
    ("words", "vocabulary"),
    [
        (wording.CAUSE_WORDS, CAUSES),
        (wording.RULE_WORDS, {rule.name for rule in RULES}),
        (wording.QUEUE_WORDS, settings.QUEUES),
        (wording.ROLE_WORDS, models.ROLES),
        (wording.INTAKE_WORDS, models.INTAKE_STATES),
        (wording.TYPE_WORDS, TYPES),
    ],
    ids=("causes", "rules", "queues", "roles", "intake", "files"),
)
def test_each_word_of_a_vocabulary_can_be_said(words, vocabulary):
    assert set(words) == set(vocabulary)


def test_codes_that_are_words_are_their_own_english():
    for words in (wording.CAUSE_WORDS, wording.RULE_WORDS, wording.ROLE_WORDS, wording.TYPE_WORDS):
        assert words.untranslated() == {code: code for code in words}


def test_the_forms_of_early_warnings_are_those_of_their_rules():
    assert set(ALERTS.forms) == {rule.words for rule in RULES}


def test_every_verdict_has_its_form():
    verdict, steps = Source("workers/verdict.py"), Source("workers/solversteps.py")
    said = {
        *verdict.returned("_status", "_status_of_foreign", "_status_of_ended"),
        *verdict.returned("_passed_limit", "_failed_step"),
        *steps.given("NotHereError", 0),
    }

    sentences = {text for text in said if " " in text} - {f"{ANY} {ANY} UTC"}
    assert unknown(sentences, REASONS) == set()
    assert REASONS.knows(f"{SILENT} 2026-03-01 12:00 UTC")


def test_every_reason_and_note_of_services_and_workers_has_its_form():
    calls = (
        *(("change_status", "reason"), ("create", "note"), ("create", "status_reason")),
        *(("hold", 1), ("note", 2), ("note", 3), ("History", "note"), ("update", "reason")),
    )
    said = {
        text for source in SOURCES for name, place in calls for text in source.given(name, place)
    }

    assert {
        "waits for a free slot",
        "asked to end",
        "made the project",
        "stopped by x7 before it started",
    } <= said
    said |= {*Source("pdfjobs/services/directory.py").given("_note", 1)}
    assert unknown(said - {"changed", "removed"}, REASONS, NOTES, REFUSALS) == set()


def test_every_refusal_of_intake_has_its_form():
    said = {text for source in SOURCES for text in source.given("RefusedDropError", 0)}
    said |= {text for source in SOURCES for text in source.given("say", 1)}
    said |= set(Source("workers/tasks/intake.py").said("_to_its_end"))
    faults = {SPECIAL, *Source("workers/intake/archives.py").said("_zip_members")}
    whys = set(Source("workers/intake/deckfolder.py").returned("_why_no_deck"))
    assert {f"The archive's entry {ANY} {ANY}.", f"{ANY} {ANY}"} <= said
    said -= {f"The archive's entry {ANY} {ANY}.", f"{ANY} {ANY}"}
    said |= {f"The archive's entry {ANY} {fault}." for fault in faults} | {
        f"{ANY} {why}" for why in whys
    }

    assert len(said) > 40
    assert unknown(said, REFUSALS) == set()


def test_everything_that_the_watcher_says_of_a_root_has_its_form():
    said = {
        *Source("watcher/observe.py").said("_missing", "_reason_to_poll", "_test"),
        *Source("watcher/loop.py").said("_root_words"),
        *Source("watcher/loop.py").given("distrust", 0),
        *Source("watcher/mounts.py").returned("needs_polling"),
        *Source("watcher/kernel.py").said("_last_error"),
    }

    assert unknown(said - {", ", f"{ANY}: {ANY}"}, WHYS) == set()


@pytest.mark.parametrize("limit", [None, 1000])
@pytest.mark.parametrize("times", [1, 2000])
def test_all_advice_of_the_watcher_has_its_form(limit, times):
    uses = (
        Use(watches=900),
        Use(watches=900, refused=times),
        Use(watches=0, overflows=times),
        Use(watches=0, instance_refused=True),
    )
    said = [sentence for use in uses for sentence in advice(Limits(limit, limit, limit), use)]

    assert len(said) == (4 if limit else 3)
    assert unknown(said, ADVICE) == set()
    inner = [ADVICE.find(sentence)[1]["said"] for sentence in said]
    assert unknown(inner, ADVICE) == set()


def test_tasks_that_wait_in_the_queues_have_their_forms():
    said = {text for source in SOURCES for text in source.given("send", 2)}
    publish = Source("watcher/publish.py")
    said |= {*publish.given("_put", 2)}
    said |= {
        f"{lane} {count} in runs/1_beam" for lane in LANES.values() for count in ("1 log", "3 logs")
    }
    said |= {
        f"{verb} {what}"
        for verb in ("read", "read on", "read again")
        for what in (describe("runs", ["a/b.sta"]), describe("runs", ["a/b", "a/c"]))
    }

    assert {"sweep the diary", "take in x7"} <= said
    assert (
        unknown(said - {f"{ANY} {ANY}", f"{ANY} {ANY} in {ANY}", f"read again {ANY}"}, TASKS)
        == set()
    )
    assert TASKS.find("take in a.inp (its worker died 2x)")[1] == {
        "said": "take in a.inp",
        "times": "2",
    }


def test_troubles_of_messages_have_their_forms():
    said = {
        *Source("pdfjobs/notify/carriers.py").given("CarryError", 0),
        *Source("pdfjobs/notify/seal.py").given("AddressError", 0),
        *Source("pdfjobs/notify/guard.py").given("InsideError", 0),
        *Source("pdfjobs/notify/deadline.py").given("TimeoutError", 0),
        *Source("pdfjobs/patience.py").given("NoAnswerError", 0),
        *Source("pdfjobs/services/outbox.py").given("update", "trouble"),
        *Source("workers/launchers/confinement.py").returned("why_not"),
        *(staging.WORDS, restored.DISARMED),
    }

    assert unknown(said, TROUBLES) == set()
    assert REASONS.knows(staging.WORDS)


def test_a_kept_sentence_is_said_anew_with_its_values_and_another_text_as_it_is(german):
    assert {kept: REASONS.said(kept) for kept in KEPT} == KEPT
    with override("en"):
        assert [REASONS.said(kept) for kept in KEPT] == list(KEPT)


def test_a_sentence_within_a_sentence_and_a_number_of_things_are_said_too(german):
    kept = {
        "take in a.inp (its worker died 2x)": "«take in a.inp» (2-mal gestorben)",
        "read 1 log in runs/1": "liest 1 Log in runs/1",
        "read 1,200 logs in runs/1": "liest 1,200 Logs in runs/1",
    }

    assert {each: TASKS.said(each) for each in kept} == kept


@pytest.mark.parametrize(
    "text", ["", "x" * 5000, "{", "{0}", "stopped by {who}", "a\nb", "%(n)s", "stopped by "]
)
def test_no_text_is_too_strange_to_be_shown(german, text):
    for kind in (REASONS, NOTES, REFUSALS, TASKS, TROUBLES, WHYS, ADVICE, ALERTS):
        assert isinstance(kind.said(text), str)
