"""Whatever a file holds, SQLite and PostgreSQL give back what they were given: `verify` compares it value by value.

Run on both: `pytest --database postgresql` takes PostgreSQL.
"""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdfjobs import names
from pdfjobs.models import Job, Run
from pdfjobs.services import runs

pytestmark = pytest.mark.django_db

TEXT = st.text(st.characters(categories=["L", "N", "P", "Z", "C", "S"]), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
HARD = {
    "z": "first, though not by name",
    "nul": "a\0b",
    "lone surrogate": "\udcff",
    "\0": "a key",
    "minus zero": -0.0,
    "large": 1e22,
    "largest": 1.7976931348623157e308,
    "smallest": 5e-324,
    "one": 1.0,
    "digits": 10**40,
}


@pytest.fixture
def run():
    job = Job.objects.create(number=1, name="a", submitted_at=datetime(2026, 1, 1, tzinfo=UTC))
    return Run.objects.create(job=job, root="tree", folder="a", stem="a")


def kept(facts):
    """What comes back, as text: that tells 1 from 1.0 and sees the order of keys."""
    Run.objects.update(facts=facts)
    assert Run.objects.values_list("facts", flat=True).get() == Run.objects.get().facts
    return json.dumps(Run.objects.get().facts)


def test_facts_come_back_to_the_last_digit_and_in_their_order(run):
    assert kept(HARD) == json.dumps(HARD)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=st.dictionaries(TEXT, VALUES, max_size=5))
def test_any_facts_come_back_as_they_were(run, facts):
    assert kept(facts) == json.dumps(facts)


def test_facts_saved_many_at_once_come_back_as_they_were(run):
    Run.objects.bulk_create(
        Run(job=run.job, ordinal=n, root="tree", folder=str(n), stem="", facts=HARD, record=None)
        for n in (2, 3)
    )
    both = list(Run.objects.filter(ordinal__gt=1))
    for one in both:
        one.record = {"deck": HARD}
    Run.objects.bulk_update(both, ["record"])

    found = Run.objects.filter(ordinal__gt=1).values_list("facts", "record")
    assert [json.dumps(row) for row in found] == [json.dumps([HARD, {"deck": HARD}])] * 2


def test_a_name_of_any_length_is_no_reason_to_lose_a_run(run):
    stem = names.to_stored("\udcff" * 255)

    made = runs.make_found_run(
        "tree",
        "b",
        stem,
        solver="calculix",
        name="b",
        owner="o" * 151,
        seen=datetime(2026, 1, 1, tzinfo=UTC),
    )

    assert Run.objects.select_related("job").get(pk=made.pk).stem == stem
    assert runs.find_run("tree", ["b"], stem) == made


def test_a_title_with_what_no_database_takes_is_kept_readable(run):
    runs.keep_deck(run, "caf\udce9.inp", {"title": "a\0b \udcff", "files": ["caf\udce9.inp"]})

    job = Job.objects.get()
    assert (job.title, job.name) == ("a�b ÿ", "café.inp")
    assert job.deck == {"title": "a\0b \udcff", "files": ["caf\udce9.inp"]}


@pytest.mark.parametrize("query", ["q", "status", "user", "project"])
@pytest.mark.parametrize("value", ["%00", "a%00b", "%ED%B3%BF", "%FF"])
def test_a_page_asked_with_what_no_database_takes_is_an_answer(run, admin_client, query, value):
    assert admin_client.get(f"/?{query}={value}").status_code == 200
