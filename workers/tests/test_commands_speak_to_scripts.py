"""`jobs`, `verify` and `stop` as scripts call them."""

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command

from pdfjobs.models import BaseRun, Job, Run
from pdfjobs.services import joblines

APP = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db
KEYS = {
    *("number", "name", "title", "solver", "solver_version", "status", "status_reason"),
    *("status_source", "progress", "time", "end_time", "warnings", "errors", "submitted_at"),
    *("started_at", "ended_at", "run_dir", "deck", "user", "project", "cluster", "scheduler_id"),
    *("base_runs", "info", "analysis_status", "result_assessment", "result_summary"),
}
"""The design's section 7: at least these."""
AT = datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)


def make_job(number=1, *, run=None, **values):
    job = Job.objects.create(
        number=number, **{"name": f"deck{number}.inp", "submitted_at": AT, **values}
    )
    if run is not None:
        Run.objects.create(
            job=job, **{"root": "runs", "folder": f"{number}_deck", "stem": "deck", **run}
        )
    joblines.refresh([job.pk])
    return job


def jobs(*words: str) -> list[dict]:
    out = io.StringIO()
    call_command("jobs", "--json", *words, stdout=out)
    return json.loads(out.getvalue())


def test_no_job_is_an_empty_array():
    assert jobs() == []


def test_every_promised_key_is_there_with_and_without_a_run(instance):
    make_job(1)
    make_job(2, run={})

    for job in jobs():
        assert set(job) >= KEYS


def test_what_is_not_known_is_null_and_zero_is_zero(instance):
    make_job(1, run={})
    facts = {"time": 0.0, "end_time": 0.0, "warnings": 0, "errors": 0, "solver_version": "2.20"}
    make_job(2, run={"facts": facts, "progress": 0.0})

    second, first = jobs()

    unknown = ("solver_version", "progress", "time", "end_time", "warnings", "errors", "title")
    assert {
        key: first[key] for key in (*unknown, "started_at", "ended_at", "deck")
    } == dict.fromkeys((*unknown, "started_at", "ended_at", "deck"))
    assert [second[key] for key in unknown] == ["2.20", 0.0, 0.0, 0.0, 0, 0, None]


def test_times_are_utc_with_z_and_places_absolute(instance):
    make_job(1, run={"started_at": AT, "deck_file": "deck.inp"})
    BaseRun.objects.create(job=Job.objects.get(), number=42)
    BaseRun.objects.create(job=Job.objects.get(), number=7)

    (job,) = jobs()

    assert (job["submitted_at"], job["started_at"]) == ("2026-01-02T03:04:05.678Z",) * 2
    assert job["run_dir"] == str(instance.runs / "1_deck")
    assert job["deck"] == str(instance.runs / "1_deck" / "deck.inp")
    assert job["base_runs"] == [7, 42]


def test_the_latest_run_speaks_for_the_job(instance):
    job = make_job(1, run={"ordinal": 2, "progress": 0.5})
    Run.objects.create(job=job, ordinal=1, root="runs", folder="x", stem="y", progress=1.0)

    assert (jobs()[0]["progress"], jobs()[0]["run"]) == (0.5, 2)


def test_a_job_in_a_root_that_is_in_no_setting_is_listed(instance):
    make_job(1, run={"root": "gone", "deck_file": "a.inp"})

    assert (jobs()[0]["run_dir"], jobs()[0]["deck"]) == (None, None)


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["--number", "2"], [2]),
        (["--number", "99999999999999999999"], []),
        (["--status", "error"], [3]),
        (["--search", "deck1"], [1]),
        (["--search", "DECK"], [3, 2, 1]),
        (["--search", "nothing"], []),
        (["--search", "nor"], [2]),
        (["--search", "err"], [3]),
        (["--search", "pen"], [1]),
        (["--status", "error", "--search", "deck"], [3]),
        (["--number", "2", "--status", "error"], []),
    ],
)
def test_jobs_are_found_also_by_the_earlier_diarys_words(words, numbers):
    for number, status in enumerate(("pending", "normal", "error"), 1):
        make_job(number, status=status)

    assert [job["number"] for job in jobs(*words)] == numbers


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("pen", "pending"),
        ("run", "running"),
        ("fin", "finished"),
        ("nor", "normal"),
        ("err", "error"),
        ("oth", "other"),
        ("non", "none"),
    ],
)
def test_each_code_of_the_earlier_diary_finds_its_status(code, status):
    for number, word in enumerate(
        ("pending", "running", "finished", "normal", "error", "other", "none"), 1
    ):
        make_job(number, status=word, name=f"x{number}")

    found = jobs("--search", code)

    # "undefined" and "termination" are words of the pages too; the code's own status is always among them
    assert status in {job["status"] for job in found}
    assert len(found) < 7


def test_names_that_are_not_plain_survive(instance):
    make_job(1, name="träger 100% „neu“.inp", run={"folder": "f%E4lle"})

    (job,) = jobs()

    assert job["name"] == "träger 100% „neu“.inp"
    assert job["run_dir"].endswith("/fälle")


def test_values_that_are_no_json_numbers_are_text(instance):
    make_job(1, run={"facts": {"time": "nan", "end_time": "inf"}})

    assert (jobs()[0]["time"], jobs()[0]["end_time"]) == ("nan", "inf")


def test_without_json_there_is_a_line_a_job(instance):
    make_job(1, run={"progress": 0.25}, status="running", solver="calculix", owner="anna")
    out = io.StringIO()

    call_command("jobs", stdout=out)

    assert out.getvalue() == "1  running   25%  calculix   anna         deck1.inp\n"


FILL = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.utils import timezone
from pdfjobs.models import Job
Job.objects.bulk_create(
    Job(number=n, name=f"deck{n}.inp", submitted_at=timezone.now()) for n in range(1, 3000)
)
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> dict[str, str]:
    """The environment of an instance with many jobs."""
    environment = {
        **os.environ,
        "PDFJOBS_VAR": str(tmp_path_factory.mktemp("filled")),
        "DJANGO_SETTINGS_MODULE": "pdfjobs.settings",
    }
    subprocess.run([sys.executable, "-c", FILL], cwd=APP, env=environment, check=True)
    return environment


@pytest.mark.timeout(60)
@pytest.mark.parametrize("words", [["--json"], []], ids=["json", "lines"])
def test_a_reader_that_goes_away_early_does_no_harm(filled, words):
    """As `manage.py jobs | head`: no traceback."""
    with subprocess.Popen(
        [sys.executable, "manage.py", "jobs", *words],
        cwd=APP,
        env=filled,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.read(10)
        process.stdout.close()
        said = process.stderr.read()

    assert said == b""


@pytest.mark.timeout(60)
def test_with_json_standard_output_holds_json_only(filled):
    done = subprocess.run(
        [sys.executable, "manage.py", "jobs", "--json", "--number", "7"],
        cwd=APP,
        env=filled,
        capture_output=True,
        text=True,
        check=True,
    )

    assert [job["number"] for job in json.loads(done.stdout)] == [7]
