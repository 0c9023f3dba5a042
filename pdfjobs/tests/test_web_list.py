"""The job list: what it shows, finds and hides, and what a poll costs."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pdfjobs import queries
from pdfjobs.export import job_object
from pdfjobs.listing import find
from pdfjobs.listing.expression import EVERYBODY
from pdfjobs.listing.params import ListParams
from pdfjobs.listing.words import STATUS_WORDS
from pdfjobs.models import STATUSES, Job, Run
from pdfjobs.queries import Eta
from pdfjobs.tests.web_rows import NOW, make_intake, make_job

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def numbers(**params):
    return find.matching(ListParams(**params), EVERYBODY)


def test_an_empty_diary_says_what_to_do(mara, settings):
    page = mara.get("/").text

    assert "Drop a deck into the hot folder" in page
    assert str(settings.INSTANCE.hotfolder) in page


def test_jobs_come_newest_first_fifty_a_page(mara):
    for number in range(1, 61):
        make_job(number)

    first, second = mara.get("/"), mara.get("/?page=2")

    assert [int(row["number"]) for row in first.context["rows"]] == list(range(60, 10, -1))
    assert [int(row["number"]) for row in second.context["rows"]] == list(range(10, 0, -1))
    assert 'rel="next"' in first.text and 'rel="prev"' in second.text
    for odd in ("0", "99", "x", ""):
        assert mara.get("/", {"page": odd}).status_code == 200


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("1000001", [1000001]),
        ("10000", [1000002, 1000001]),
        ("00001", []),
        ("bracket", [1000001]),
        ("BRACK", [1000001]),
        ("racket", []),
        ("static", [1000001]),
        ("lüft", [1000002]),
        ("LÜFT", [1000002]),
        ("eigen rib", []),
        ("rib thick", [1000001]),
        ("mara", [1000001]),
        ("fan", [1000002]),
        ("feat:", [1000001]),
        ("crack", [1000002]),
        ("error", [1000002]),
        ("err", [1000002]),
        ("termination", [1000002]),
        ("run", [1000001]),
        ("100%", []),
        (".*", []),
        ("(", []),
        ("\\", []),
        ("'; drop table", []),
    ],
)
def test_search_looks_at_the_beginnings_of_words(q, found):
    make_job(
        1000001,
        name="bracket_v12_static.inp",
        title="Rib 2 mm thicker",
        owner="mara",
        info="feat: rib",
        status="running",
    )
    make_job(
        1000002,
        name="Gehäuse Lüfter.inp",
        title="Eigenfrequenzen",
        owner="jens",
        project="Fan housing",
        result_summary="crack at rib-less corner",
        status="error",
    )

    if q == "eigen rib":  # both words must be found
        found = [1000002]
    assert numbers(q=q) == found


def test_a_missing_title_hides_no_job_from_the_search():
    make_job(1, name="beam.inp", title=None)

    assert numbers(q="beam") == [1]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, [3, 2]),
        ({"show_obsolete": True}, [3, 2, 1]),
        ({"status": "running"}, [3]),
        ({"status": "no such"}, []),
        ({"user": "mara"}, [2]),
        ({"project": "Fan"}, [3]),
        ({"user": "mara", "project": "Fan"}, []),
    ],
)
def test_the_list_can_be_narrowed(params, found):
    make_job(1, result_assessment="obsolete", owner="mara", project="Fan")
    make_job(2, owner="mara")
    make_job(3, status="running", project="Fan")

    assert numbers(**params) == found


def test_addresses_keep_what_narrows_the_list(mara):
    make_job(1, owner="a&b", status="running")

    page = mara.get("/", {"user": "a&b", "q": "deck", "show_obsolete": "1"})

    assert "?q=deck&amp;status=running&amp;user=a%26b&amp;show_obsolete=1" in page.text
    assert page.context["poll"] == "?q=deck&user=a%26b&show_obsolete=1"


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_said_in_words(mara, status):
    make_job(1, status=status)

    assert STATUS_WORDS[status] in mara.get("/").text


def test_whatever_stands_in_a_deck_stays_text(mara):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    make_job(1, name=evil, title=evil, owner=evil, project=evil, status_reason=evil)
    make_intake(evil, reason=evil)
    for address in ("/", "/intake/", "/jobs/1/"):
        page = mara.get(address).text

        assert "<script>alert" not in page and "<img src=x" not in page, address
        assert "&lt;script&gt;alert(1)" in page, address


def test_the_page_is_read_in_eight_queries_however_long(mara):
    for number in range(1, 61):
        make_job(number)
        make_intake(f"{number}.inp")
    with CaptureQueriesContext(connection) as asked:
        mara.get("/")

    assert len(asked) <= 8


def test_a_poll_with_nothing_new_is_a_304_for_three_queries(mara):
    make_job(1)
    make_intake()
    first = mara.get("/", headers=HTMX)
    with CaptureQueriesContext(connection) as asked:
        again = mara.get("/", headers=HTMX | {"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert len(asked) <= 3


@pytest.mark.parametrize(
    "change",
    [
        lambda: Job.objects.get(number=1).save(),
        lambda: make_job(2),
        lambda: Job.objects.all().delete(),
        lambda: make_intake("other.inp"),
        lambda: make_intake("taken.inp", state="taken"),
    ],
)
def test_a_poll_sees_every_change(mara, change):
    make_job(1)
    known = mara.get("/", headers=HTMX)["ETag"]

    change()

    assert mara.get("/", headers=HTMX | {"If-None-Match": known}).status_code == 200


def test_a_poll_gets_the_changing_part_alone(mara):
    make_job(1)
    make_intake("door.inp")
    part = mara.get("/", headers=HTMX).text

    assert "<html" not in part and 'id="job-rows"' in part and "door.inp" in part


@pytest.mark.parametrize("state", ["arriving", "claimed"])
def test_arriving_decks_are_shown_before_they_are_jobs(mara, state):
    make_intake("door.inp", state=state)

    assert "door.inp" in mara.get("/").text


def test_arriving_decks_stand_in_front_of_the_first_page_alone(mara):
    for number in range(1, 52):
        make_job(number)
    make_intake("door.inp")

    assert "door.inp" not in mara.get("/?page=2").text
    assert "door.inp" not in mara.get("/?after=30").text
    assert "door.inp" in mara.get("/?page=1").text


@pytest.mark.parametrize("state", ["taken", "refused", "gone"])
def test_what_has_arrived_is_not_arriving(mara, state):
    make_intake("door.inp", state=state)

    assert "door.inp" not in mara.get("/").text


@pytest.mark.parametrize(
    ("values", "eta"),
    [
        ({"facts": {"eta_s": 90}, "progress": 0.5}, Eta(90.0, estimated=False)),
        ({"progress": 0.25}, Eta(10800.0, estimated=True)),
        ({"progress": 0.0}, None),
        ({"progress": 1.0}, None),
        ({"progress": None}, None),
        ({"progress": 0.5, "started_at": None}, None),
        ({"progress": 0.5, "started_at": NOW + timedelta(hours=9)}, None),
    ],
)
def test_the_time_left(values, eta):
    job = Job(number=1, status="running")
    run = Run(**{"facts": {}, "started_at": NOW} | values)

    assert queries.eta(job, run, NOW + timedelta(hours=1)) == eta


def iso(minutes):
    return (NOW + timedelta(minutes=minutes)).isoformat()


ENDS = {"best": iso(90), "early": iso(80), "late": iso(110)}


def test_the_diarys_own_estimate_comes_before_the_solvers():
    run = Run(facts={"eta_s": 9e6, "ends": ENDS}, progress=0.5, started_at=NOW)

    found = queries.eta(Job(number=1, status="running"), run, NOW + timedelta(hours=1))

    assert found == Eta(
        1800.0,
        estimated=True,
        early=NOW + timedelta(minutes=80),
        late=NOW + timedelta(minutes=110),
        printed_s=9e6,
    )


def test_an_end_that_is_overdue_has_no_time_left():
    run = Run(facts={"ends": ENDS}, progress=0.9, started_at=NOW)

    assert (
        queries.eta(Job(number=1, status="running"), run, NOW + timedelta(hours=9)).seconds == 0.0
    )


def alert(rule, level, **more):
    return {"rule": rule, "level": level, "words": f"{rule} words", "line": None, **more}


STALLED = [
    alert("stalled", "red", after=iso(50)),
    alert("stalled", "yellow", after=iso(10)),
    alert("time step", "yellow"),
]


@pytest.mark.parametrize(
    ("status", "minutes", "shown"),
    [
        ("running", 5, [("time step", "yellow")]),
        ("running", 20, [("stalled", "yellow"), ("time step", "yellow")]),
        ("running", 60, [("stalled", "red"), ("time step", "yellow")]),
        ("error", 60, [("time step", "yellow")]),
    ],
)
def test_silence_is_a_warning_from_its_moment_on(status, minutes, shown):
    now = NOW + timedelta(minutes=minutes)
    for kept in (STALLED, STALLED[1::-1] + STALLED[2:]):
        found = queries.alerts(Job(number=1, status=status), Run(facts={"alerts": kept}), now)

        assert [(one["rule"], one["level"]) for one in found] == shown


def test_the_list_says_cause_warnings_and_when_it_ends(mara):
    make_job(
        1,
        status="error",
        status_reason="exit 1",
        facts={"cause": "no convergence", "cause_text": "<b>", "cause_line": 3},
    )
    make_job(
        2,
        status="running",
        run_values={"progress": 0.5},
        facts={
            "ends": ENDS,
            "eta_s": 60,
            "alerts": [alert("added mass", "red"), alert("x", "yellow")],
        },
    )
    make_job(3, status="other", status_reason="silent", facts={"cause": "unknown"})

    page = mara.get("/").text

    assert '<b class="cause" title="&lt;b&gt;">no convergence</b> exit 1' in page
    assert "added mass +1" in page and "added mass words; x: x words" in page
    assert "by its pace; the solver said 1 min" in page and page.count("<time") >= 2
    assert "unknown" not in page


def test_what_has_ended_has_no_time_left():
    run = Run(facts={"eta_s": 90}, progress=0.5, started_at=timezone.now())

    assert queries.eta(Job(number=1, status="error"), run, timezone.now()) is None


def test_the_latest_run_is_the_current_one(mara):
    job = make_job(1, status="running")
    Run.objects.create(job=job, ordinal=2, root="runs", folder="2", progress=0.33)

    assert mara.get("/").context["rows"][0]["progress"] == 0.33


@pytest.mark.parametrize("tab", ["arriving", "refused", "taken", "gone", ""])
def test_intake_shows_what_was_refused_and_why(mara, tab):
    make_intake(
        "bad.inp", state="refused", reason="includes mesh.inc, which is not there", kept_as="1_bad"
    )
    page = mara.get("/intake/", {"state": tab}).text

    assert ("mesh.inc" in page) is (tab in ("refused", ""))


def test_the_intake_poll_is_a_304_until_something_comes(mara):
    known = mara.get("/intake/", headers=HTMX)["ETag"]
    again = mara.get("/intake/", headers=HTMX | {"If-None-Match": known})
    make_intake()
    later = mara.get("/intake/", headers=HTMX | {"If-None-Match": known})

    assert (again.status_code, later.status_code) == (304, 200)


def test_a_job_that_a_person_calls_normal_is_complete_everywhere(client):
    job = make_job(status="normal", status_source="person")
    job.runs.update(progress=0.4)

    assert job_object(job)["progress"] == 1.0


def test_an_empty_list_has_no_bar_to_edit_with(mara):
    make_job()

    bars = [
        re.search(r'<form id="bulk"[^>]*>', mara.get(address).text)[0].endswith(" hidden>")
        for address in ("/", "/?q=nothing")
    ]

    assert bars == [False, True]
    assert re.search(r'<label class="bulk-all" hidden', mara.get("/?q=nothing").text)


PLACES = [
    ({"root": "archive", "folder": "P22/bracket_v3"}, "in bracket_v3"),
    ({"root": "archive", "folder": "P22/100%25 <i>"}, "in 100% <i>"),
    ({"root": "archive", "folder": "P22/Job-1"}, ""),
    ({"root": "archive", "folder": ""}, ""),
    ({"root": "runs", "folder": "1000001_job-1", "ours": True}, ""),
]


@pytest.mark.parametrize(("place", "inside"), PLACES)
def test_the_folder_tells_apart_what_is_called_alike(mara, place, inside):
    make_job(1, name="Job-1.inp", run_values=place)

    answer = mara.get("/?columns=folder")

    (row,) = answer.context["rows"]
    assert row["inside"] == inside
    stored = f"{place['root']}/{place['folder']}".rstrip("/")
    assert row["folder"] == stored.replace("%25", "%")
    assert "<i>" not in answer.text and 'class="c-folder"' in answer.text
