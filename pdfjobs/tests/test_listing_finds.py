"""Both databases' searches find what a plain look at every line finds, however far its numbers lie apart."""

import random
import time
from collections import Counter
from datetime import date
from types import SimpleNamespace

import pytest
from django.core.cache.backends import base, locmem
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from pdfjobs.listing import count, find
from pdfjobs.listing.expression import CURRENT, EVERYBODY, Clause, Term, expression
from pdfjobs.listing.lines import engine
from pdfjobs.listing.match import lets_through
from pdfjobs.listing.params import ListParams
from pdfjobs.listing.words import (
    JOB,
    MARK,
    MOST_BYTES,
    OBSOLETE,
    SERIES,
    SPANS,
    facet,
    line_of,
)
from pdfjobs.models import STATUSES, Job
from pdfjobs.services import joblines
from pdfjobs.tests.web_rows import NOW, make_job

STEMS = [
    "a",
    "ab",
    "bracket",
    "bracket_crash_static",
    "brücke",
    "b'r\\a",
    f"{SERIES}b12",
    f"{SERIES}9",
]
FACETS = [facet("user", "mara"), facet("project", "A b")]
WORDS = [f"{field}{stem}" for field in ("", f"{MARK}d") for stem in STEMS]
NUMBERS = st.sampled_from([1, 4095, 4096, 8191, 8192, 32_768, 65_537, 262_144, 600_000, 1_000_001])
NUMBERS = st.builds(lambda base, more: base + more, NUMBERS, st.integers(0, 3))
DAYS = st.dates(date(2016, 1, 1), date(2026, 12, 31))
LINES = st.dictionaries(
    NUMBERS,
    st.builds(
        lambda words, facets, status, day, obsolete: sorted(
            {*words, *facets, facet("status", status), JOB, *([OBSOLETE] if obsolete else [])}
            | {facet(span, f"{day:{form}}") for span, form in SPANS.items()}
        ),
        st.sets(st.sampled_from(WORDS), max_size=6),
        st.sets(st.sampled_from(FACETS)),
        st.sampled_from(STATUSES),
        DAYS,
        st.booleans(),
    ),
    max_size=25,
)


def _least(word):
    """Marks are never cut: nobody can type them."""
    marks = word[: 2 * word.startswith(f"{MARK}d")]
    return len(marks) + len(SERIES) * word[len(marks) :].startswith(SERIES) + 1


TERMS = st.one_of(
    st.builds(
        lambda word, length: Term(word[: max(length, _least(word))], True),
        st.sampled_from(WORDS),
        st.integers(1, 20),
    ),
    st.sampled_from(FACETS + WORDS).map(Term),
)
CLAUSES = st.builds(
    Clause, st.lists(TERMS, min_size=1, max_size=3).map(tuple), st.sampled_from([True, True, False])
)
BETWEEN = st.builds(
    lambda since, until: expression(ListParams(since=since, until=until), EVERYBODY)[0],
    DAYS,
    st.none() | DAYS,
) | DAYS.map(lambda day: expression(ListParams(until=day), EVERYBODY)[0])
ASKED = st.lists(CLAUSES | BETWEEN, max_size=4).map(tuple) | st.just(CURRENT)


class TestFinding(TestCase):
    @settings(max_examples=60)
    @given(LINES, ASKED, st.booleans(), st.none() | NUMBERS, st.integers(0, 8), st.integers(0, 5))
    def test_as_a_plain_look_does(self, lines, asked, newest_first, behind, most, skipped):
        status_of = {
            number: next(each for each in STATUSES if facet("status", each) in line)
            for number, line in lines.items()
        }
        Job.objects.bulk_create(
            Job(number=number, status=status, submitted_at=NOW)
            for number, status in status_of.items()
        )
        engine().write(lines.items())

        fit = [number for number, line in lines.items() if lets_through(asked, set(line))]
        fit.sort(reverse=newest_first)
        beyond = [n for n in fit if behind is None or (n < behind if newest_first else n > behind)]
        found = engine().numbers(
            asked, newest_first=newest_first, behind=behind, most=most, skipped=skipped
        )
        newest = sorted(fit, reverse=True)[: most + 1]

        assert found == beyond[skipped : skipped + most]
        assert engine().exactly(asked) == len(fit)
        assert engine().tally(asked, most + 1) == Counter(status_of[number] for number in newest)
        some = engine().tally(asked, most + 1, newest=False)
        assert sum(some.values()) == len(newest)
        assert Counter(some) <= Counter(status_of[number] for number in fit)
        assert engine().kept(lines) == {number: set(line) for number, line in lines.items()}


@pytest.mark.django_db
@pytest.mark.parametrize("letters", ["abcdefghij", "äöüßéèêçñø", "天地玄黃宇宙洪荒日"])
def test_the_longest_line_is_kept_as_it_is(letters):
    chance = random.Random(1)
    words = ["".join(chance.choices(letters, k=13)) for _ in range(8000)]
    texts = [" ".join(words[at::4]) for at in range(4)]
    job = make_job(title=texts[0], info=texts[1], result_summary=texts[2])
    line = line_of(job, None, [], [texts[3]])
    size = sum(len(word.encode()) for word in line)
    assert 0.99 * MOST_BYTES < size <= MOST_BYTES

    engine().write([(job.number, line)])

    assert engine().kept([job.number]) == {job.number: set(line)}
    last = find.matching(ListParams(q=max(set(line) & set(words))), EVERYBODY)
    assert last == [job.number]


@given(st.lists(st.text("ab0159.é ", min_size=1, max_size=9), min_size=1, max_size=4), st.data())
def test_a_name_is_found_by_what_it_says_from_any_underscore_on(parts, data):
    name = "_".join(parts)
    rest = "_".join(parts[data.draw(st.integers(0, len(parts) - 1)) :])
    typed = rest[: data.draw(st.integers(1, len(rest)))].partition(" ")[0]
    line = set(line_of(Job(number=7, name=name, submitted_at=NOW), None, [], []))

    for asked in (typed, f"name:{typed}"):
        assert not typed or lets_through(expression(ListParams(q=asked), EVERYBODY), line), typed


@pytest.mark.django_db
def test_of_more_than_are_counted_those_under_way_are_exact_and_others_may_be_more(monkeypatch):
    monkeypatch.setattr(find, "COUNTED", 3)
    statuses = ["running", "error", "normal", "normal", "error", "normal"]
    for number, status in enumerate(statuses, 1):
        make_job(number, name="a", status=status)

    for _ in range(2):
        total, counted = find.counts(ListParams(q="a"), EVERYBODY)
        assert (total.at_least, {s: str(n) for s, n in counted.items() if n.number}) == (
            True,
            {"normal": "3+", "error": "1+", "running": "1"},
        )


@pytest.mark.django_db
def test_counts_that_are_asked_for_all_the_while_are_made_anew_after_their_time(monkeypatch):
    now = time.time()
    for module in (locmem, base):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: now))
    monkeypatch.setattr(find, "COUNTED", 1)
    for number in (1, 2):
        make_job(number, name="a", status="error")
    assert str(find.counts(ListParams(q="a"), EVERYBODY)[1]["error"]) == "2+"

    Job.objects.update(status="normal")
    joblines.refresh(list(Job.objects.values_list("pk", flat=True)))
    said = []
    for _ in range(3):
        now += find.KNOWN_FOR_S / 2
        said.append(str(find.counts(ListParams(q="a"), EVERYBODY)[1]["error"]))

    assert said == ["2+", "0+", "0+"]


@pytest.mark.django_db
def test_of_all_jobs_a_status_with_more_than_are_counted_is_counted_anew_after_its_time(
    monkeypatch,
):
    now = time.time()
    for module in (locmem, base):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: now))
    for module in (find, count):
        monkeypatch.setattr(module, "COUNTED", 1)
    for number, status in enumerate(["error", "error", "normal"], 1):
        make_job(number, status=status)

    def said():
        counted = find.counts(ListParams(), EVERYBODY)[1]
        return [str(counted[status]) for status in ("error", "normal", "running")]

    assert said() == ["1+", "1", "0"]
    Job.objects.filter(number__lt=3).update(status="normal")
    assert said() == ["1+", "1+", "0"]
    now += find.KNOWN_FOR_S + 1
    assert said() == ["0", "1+", "0"]


@pytest.mark.django_db
def test_a_list_that_was_too_long_to_be_sorted_is_sorted_when_it_is_short_again(monkeypatch):
    monkeypatch.setattr(find, "COUNTED", 60)
    for number in range(1, 62):
        make_job(number, name=f"a {100 - number}")

    def shown():
        found = find.page(ListParams(q="a", sort="name"), EVERYBODY)
        return found.unsorted, found.numbers[:2], len(found.numbers)

    assert [shown(), shown()] == [(True, [61, 60], 50)] * 2
    gone = list(range(11, 62))
    Job.objects.filter(number__in=gone).delete()
    joblines.erase(gone)
    assert shown() == (False, [10, 9], 10)


@pytest.mark.django_db
def test_a_list_that_was_short_is_counted_as_a_long_one_once_it_is(monkeypatch):
    monkeypatch.setattr(find, "COUNTED", 3)
    said = []
    for number, status in enumerate(["error", "error", "error", "normal", "normal"], 1):
        make_job(number, name="a", status=status)
        counted = find.counts(ListParams(q="a"), EVERYBODY)[1]
        said.append([str(counted[each]) for each in ("error", "normal")])

    assert said == [["1", "0"], ["2", "0"], ["3", "0"], ["3+", "1+"], ["3+", "1+"]]


@pytest.mark.django_db
def test_the_length_of_a_short_list_is_never_remembered():
    for number in (1, 2):
        make_job(number, name="a")
        beyond = find.page(ListParams(page=find.NEAR_PAGES + 1), EVERYBODY)
        assert len(beyond.numbers) == number
