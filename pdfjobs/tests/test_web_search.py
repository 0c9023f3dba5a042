"""The earlier diary's searches, filters and pages, asked through HTTP: the `search` cases of its table and more."""

import csv
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from pdfjobs.models import Job, Run
from pdfjobs.services import joblines, review
from pdfjobs.tests.web_rows import NOW, make_job, make_log, make_message

pytestmark = pytest.mark.django_db

TABLE = Path(__file__).parents[3] / "shared" / "spec" / "job-diary-cases.tsv"
needs_table = pytest.mark.skipif(
    not TABLE.exists(), reason="../shared/spec is absent: put it beside the checkout"
)
STATUSES = {
    **{"pen": "pending", "run": "running", "fin": "finished", "nor": "normal", "err": "error"},
    **{"oth": "other", "non": "none"},
}
ASSESSMENTS = {"": "", "ok": "ok", "nok": "not_ok", "oth": "other", "isu": "issue"}
ASSESSMENTS |= {"obs": "obsolete"}
ANALYSES = {"opn": "open", "ong": "ongoing", "don": "done"}


def rows(area):
    if not TABLE.exists():
        return []
    with TABLE.open(newline="") as file:
        return [row for row in csv.reader(file, delimiter="\t") if row[0] == area]


def cases():
    for _, given, expected in rows("search"):
        name, query = re.match(r"\[(search-\d+)\].*GET (/\S*)", given).groups()
        yield pytest.param(query, json.loads(re.search(r"\[.*?\]", expected)[0]), id=name)


@pytest.fixture
def earlier():
    """The table's four jobs."""
    for _, _, text in rows("fixture/WEB"):
        for row in json.loads(text):
            make_job(
                row["job_id"],
                name=row["main_name"],
                owner=row["user"],
                project=row["project"],
                status=STATUSES[row["job_status"]],
                info=row.get("info", ""),
                analysis_status=ANALYSES[row.get("analysis_status", "opn")],
                result_assessment=ASSESSMENTS[row.get("result_assessment", "")],
                result_summary=row.get("result_summary", ""),
                run_values={"folder": row["sub_dir"].lstrip("/"), "stem": row["main_name"]},
            )


def listed(page):
    assert page.status_code == 200
    return [int(row["number"]) for row in page.context["rows"]]


@needs_table
@pytest.mark.parametrize(("address", "found"), list(cases()))
def test_an_earlier_search_finds_the_same_jobs(mara, earlier, address, found):
    assert listed(mara.get(address)) == found


@needs_table
def test_the_table_has_its_cases():
    assert len(rows("search")) == 22


@pytest.mark.parametrize(
    ("page", "first"),
    [("1", 60), ("2", 10), ("99", 10), ("x", 60), ("", 60), ("0", 60), ("-1", 60), ("9" * 30, 60)],
)
def test_a_page_past_the_end_is_the_last_and_a_word_the_first(mara, page, first):
    for number in range(1, 61):
        make_job(number)

    assert listed(mara.get("/", {"page": page}))[0] == first


def test_a_very_long_word_is_found_after_every_save(mara):
    """The earlier diary lost it with the second save."""
    job, word = make_job(1), "x" * 250
    for info in (word, f"{word} once more"):
        job = review.save_review(
            job, actor="mara", version=review.version_of(job), changes={"info": info}
        )

        for asked in (word, word[:200], word[:20]):
            assert listed(mara.get("/", {"q": asked})) == [1]


def test_a_job_without_user_leads_to_no_user(mara):
    """The earlier diary linked to ?user=None."""
    make_job(1, owner="", project="")

    page = mara.get("/").text

    assert "user=None" not in page and "?user=" not in page and "?project=" not in page


def make_three():
    make_job(
        1000001,
        name="(old) Bracket_v2_000123.inp",
        title="Rib -5 mm",
        owner="mara",
        project="Fan housing",
        info="x=5.2 see 12:30, **stiffer**; `*RIGID` #1000002",
        status="error",
        cause="out of memory",
        submitted_at=NOW.replace(month=2, day=28),
    )
    log = make_log(Job.objects.get())
    make_message(log, text="*ERROR reading *ELASTIC: element 9137234", code="E17")
    make_message(log, 1, text="time step of shell 77001", code="41143", severity="warning")
    make_message(log, 2, text="decomposition took 3 s", severity="note")
    make_job(1000002, name="gear.key", owner="Mara", project="Fan_housing", solver="ls-dyna")
    make_job(1000003, name="Lüfter.key", owner="jens", reviewer="mara", warned=True)
    Job.objects.get(number=1000002).tags.create(name="Thesis A")
    joblines.refresh(Job.objects.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "-gear"}, [1000003, 1000001]),
        ({"q": "-gear -jens"}, [1000001]),
        ({"q": "key -gear"}, [1000003]),
        ({"q": "status:err"}, [1000001]),
        ({"q": "status:err,none user:mara"}, [1000003, 1000002, 1000001]),
        ({"q": "name:gear,lüft"}, [1000003, 1000002]),
        ({"q": "-name:gear,lüft"}, [1000001]),
        ({"q": "name:mara"}, []),
        ({"q": "user:mara"}, [1000003, 1000002, 1000001]),
        ({"q": "owner:jens"}, [1000003]),
        ({"q": "project:hous"}, [1000002, 1000001]),
        ({"q": "tag:thesis"}, [1000002]),
        ({"q": "tag:a"}, [1000002]),
        ({"q": "error:element"}, [1000001]),
        ({"q": "message:9137"}, [1000001]),
        ({"q": "warning:9137"}, []),
        ({"q": "warning:shell"}, [1000001]),
        ({"q": "warning:7700"}, [1000001]),
        ({"q": "message:41143"}, [1000001]),
        ({"q": "-message:41143"}, [1000003, 1000002]),
        ({"q": "error:shell"}, []),
        ({"q": "shell elastic"}, [1000001]),
        ({"q": "decomposition"}, []),
        ({"q": "9137234"}, [1000001]),
        ({"q": "e17"}, [1000001]),
        ({"q": "cause:memory"}, [1000001]),
        ({"q": "date:2026-02"}, [1000001]),
        ({"q": "number:1000002"}, [1000002]),
        ({"q": "number:0"}, []),
        ({"q": "nosuchfield:gear"}, []),
        ({"q": "12:30"}, [1000001]),
        ({"q": "x=5"}, [1000001]),
        ({"q": "stiffer"}, [1000001]),
        ({"q": "**stiff**"}, [1000001]),
        ({"q": "stiff*"}, [1000001]),
        ({"q": "info:rigid"}, [1000001]),
        ({"q": "elastic"}, [1000001]),
        ({"q": "*elastic"}, [1000001]),
        ({"q": "info:1000002"}, [1000001]),
        ({"q": "analysis:open -gear"}, [1000003, 1000001]),
        ({"q": "result:ok"}, []),
        ({"q": "status=error"}, []),
        ({"q": "is=job"}, []),
        ({"q": "#1"}, [1000003, 1000002, 1000001]),
        ({"q": "(old"}, [1000001]),
        ({"q": "old"}, [1000001]),
        ({"q": "bracket_v2_0001"}, [1000001]),
        ({"q": "bracket_v2_000123.i"}, [1000001]),
        ({"q": "bracket_v2_000124"}, []),
        ({"q": "bracket_v2_"}, [1000001]),
        ({"q": "v2_0001"}, [1000001]),
        ({"q": "v2_000123.i"}, [1000001]),
        ({"q": "name:v2_"}, [1000001]),
        ({"q": "racket_v2"}, []),
        ({"q": "LÜFTER.K"}, [1000003]),
        ({"q": "lu\u0308fter"}, [1000003]),
        ({"q": "-"}, []),
        ({"q": "status:"}, []),
        ({"q": "\x01\x7f"}, []),
        ({"q": "a\x01b"}, []),
        ({"q": "\x1f\x1e"}, [1000003, 1000002, 1000001]),
        ({"q": '" OR "'}, []),
        ({"q": "' | '"}, []),
        ({"q": "gear:* & key"}, []),
        ({"q": "😀" * 300}, []),
        ({"q": " ".join("abcdefghijklmnop")}, []),
        ({"user": "mara"}, [1000001]),
        ({"user": "Mara"}, [1000002]),
        ({"user": "mar"}, []),
        ({"project": "Fan housing"}, [1000001]),
        ({"project": "Fan_housing"}, [1000002]),
        ({"project": "fan housing"}, []),
        ({"tag": "Thesis A"}, [1000002]),
        ({"cause": "out of memory"}, [1000001]),
        ({"status": "error,other"}, [1000001]),
        ({"solver": "ls-dyna"}, [1000002]),
        ({"mine": "1"}, [1000003, 1000001]),
        ({"review": "1"}, [1000001]),
        ({"warned": "1"}, [1000003]),
        ({"since": "2026-03-01"}, [1000003, 1000002]),
        ({"until": "2026-02-28"}, [1000001]),
        ({"since": "2025-06-17", "until": "2026-02-28"}, [1000001]),
        ({"since": "2026-03-02"}, []),
        ({"since": "2026-03-02", "until": "2026-03-01"}, []),
        ({"since": "2026-02-01", "until": "2026-02-28", "q": "-gear"}, [1000001]),
    ],
)
def test_the_search_knows_fields_and_exclusions(mara, asked, found):
    make_three()

    assert listed(mara.get("/", asked)) == found


ORDERED = {
    **{"number": "number", "name": "name", "owner": "owner"},
    **{"submitted": "submitted_at", "ended": "ended_at", "family": "family"},
}


@pytest.mark.parametrize("sort", ORDERED)
def test_an_order_holds_over_the_pages(mara, sort):
    """Who has nothing of what is sorted by comes first, and last where the last comes first."""
    for number in range(1, 131):
        ended = NOW - timedelta(hours=number % 5) if number % 4 else None
        job = make_job(number, name=f"deck{number % 7}.inp", owner="mara" if number % 3 else "jens")
        Job.objects.filter(pk=job.pk).update(ended_at=ended, family=number % 6 or None)
    rows = Job.objects.values_list("number", ORDERED[sort])
    due = [number for number, _ in sorted(rows, key=lambda row: (row[1] is not None, *row[::-1]))]
    for sign in ("", "-"):
        wanted, page, seen = f"{sign}{sort}", {}, []
        while True:
            here = listed(mara.get("/", {"sort": wanted} | page))
            seen += here
            if len(here) < 50:
                break
            page = {"after": here[-1]}

        assert seen == (due[::-1] if sign else due)
        paged = [n for page in (1, 2, 3) for n in listed(mara.get(f"/?sort={wanted}&page={page}"))]
        assert paged == seen
        back = listed(mara.get("/", {"sort": wanted, "before": seen[100]}))
        assert back == seen[50:100]


def test_a_line_of_many_words_is_kept_as_far_as_it_goes(mara):
    """PostgreSQL refuses lines beyond a megabyte."""
    job = make_job(1, name="gear.key", title=" ".join(f"{n:0180d}" for n in range(2500)))
    job.info = " ".join(f"ü{n:0150d}" for n in range(2500))
    job.save()
    joblines.refresh([job.pk])

    assert listed(mara.get("/?q=gear")) == [1]


def test_what_stands_in_no_job_is_counted_as_nothing(mara):
    make_job(1, submitted_at=timezone.now(), run=False)
    Run.objects.all().delete()

    page = mara.get("/", {"q": "nothing at all"})

    assert (listed(page), str(page.context["total"])) == ([], "0")
