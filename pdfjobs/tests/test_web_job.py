"""The job page: its parts, its acts, and the review that nobody overwrites unseen."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pdfjobs.models import History, Job
from pdfjobs.services import runs as run_service
from pdfjobs.services.errors import RefusedError
from pdfjobs.services.review import version_of
from pdfjobs.tests.web_rows import make_job, make_log, make_message

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def review(job, **changed):
    return {
        "analysis_status": "open",
        "result_assessment": "",
        "result_summary": "",
        "info": "",
        "base_runs": "",
        "status": "",
        "version": version_of(job),
    } | changed


def test_the_page_says_state_facts_and_messages(mara):
    job = make_job(
        status="error",
        status_reason="increment size smaller than minimum",
        facts={"time": 12.5, "end_time": 30.0, "cycle": 412, "warnings": 2, "errors": 1},
    )
    make_message(make_log(job), text="*ERROR in nonlingeo", line=44120, code="nonlingeo")

    page = mara.get("/jobs/1000001/").text

    for words in ("error termination", "increment size smaller", "12.5", "of 30", "412"):
        assert words in page
    assert "calculix.log:44120" in page and "*ERROR in nonlingeo" in page


@pytest.mark.parametrize(
    ("status", "facts", "run", "words"),
    [
        ("running", {}, {"started_at": 36}, "36 min"),
        ("running", {"wall_time_s": 90.0}, {"started_at": 36}, "1 min 30 s"),
        ("running", {}, {"started_at": 36, "ended_at": 6}, "30 min"),
        ("running", {}, {"started_at": -5}, "0.0 s"),
        ("running", {}, {}, "\u2013"),
        ("error", {}, {"started_at": 36}, "\u2013"),
    ],
)
def test_the_wall_time_of_what_runs_is_that_since_its_start_until_the_log_says_it(
    mara, status, facts, run, words
):
    """`run` in minutes before now."""
    now = timezone.now()
    times = {name: now - timedelta(minutes=minutes) for name, minutes in run.items()}
    make_job(status=status, facts=facts, run_values=times)

    page = mara.get("/jobs/1000001/").text
    row = mara.get("/?columns=took").text

    shown = re.search(r"<dt>Wall time</dt><dd[^>]*>([^<]*)<", page)[1]
    listed = re.search(r'<td class="c-took num">([^<]*)<', row)[1]
    assert (shown, listed or "\u2013") == (words, words)


def test_a_run_that_says_nothing_goes_on_being_shown_minute_by_minute(mara, monkeypatch):
    at = timezone.now()
    make_job(status="running", run_values={"started_at": at - timedelta(minutes=36)})
    monkeypatch.setattr(timezone, "now", lambda: at)

    first = mara.get("/jobs/1000001/live/", headers=HTMX)
    known = HTMX | {"If-None-Match": first["ETag"]}
    at += timedelta(seconds=30)
    same = mara.get("/jobs/1000001/live/", headers=known)
    at += timedelta(seconds=31)
    later = mara.get("/jobs/1000001/live/", headers=known)

    assert (same.status_code, later.status_code) == (304, 200)
    assert ">37 min<" in later.text


def test_the_page_says_why_it_ended_and_where_that_stands(mara):
    make_job(
        status="error",
        status_reason="exit code 1",
        facts={
            "cause": "no convergence",
            "cause_text": "too many <cutbacks>",
            "cause_line": 686,
            "cause_path": "bar.log",
        },
    )

    page = mara.get("/jobs/1000001/").text

    assert "<b>no convergence</b>: too many &lt;cutbacks&gt;" in page
    assert "bar.log:686" in page


def test_a_cause_is_said_of_an_end_that_is_not_normal_alone(mara):
    make_job(status="normal", facts={"cause": "no convergence", "cause_text": "x"})

    assert "no convergence" not in mara.get("/jobs/1000001/").text


def test_the_page_warns_early_and_says_when_the_run_will_end(mara):
    make_job(
        status="running",
        run_values={"progress": 0.5},
        facts={
            "eta_s": 60,
            "ends": dict.fromkeys(("best", "early", "late"), "2099-01-01T00:00:00+00:00"),
            "alerts": [
                {
                    "rule": "hourglass energy",
                    "level": "red",
                    "words": "is 12 % <of it>",
                    "line": 47,
                    "path": "glstat",
                }
            ],
        },
    )

    for address in ("/jobs/1000001/", "/jobs/1000001/live/"):
        page = mara.get(address, headers=HTMX).text
        assert "Early warnings" in page and "is 12 % &lt;of it&gt;" in page and "glstat:47" in page
        assert 'title="the solver said 1 min"' in page and "left, ends <time" in page


def test_messages_come_worst_first(mara):
    log = make_log(make_job())
    for position, severity in enumerate(["note", "warning", "error", "fatal"]):
        make_message(log, position, severity=severity)

    shown = mara.get("/jobs/1000001/").context["log_messages"]

    assert [message.severity for message in shown] == ["fatal", "error", "warning", "note"]


@pytest.mark.parametrize("facts", [{}, {"series": None}, {"time": float("1e300"), "eta_s": "soon"}])
def test_a_job_of_which_little_is_known_has_a_page(mara, facts):
    make_job(facts=facts, status="running", deck={"solver": "calculix"})

    assert mara.get("/jobs/1000001/").status_code == 200


def test_letters_that_a_log_spaces_out_are_closed_up(mara):
    make_job(status="error", status_reason="E r r o r   t e r m i n a t i o n at A B C of x y z")

    page = mara.get("/jobs/1000001/").text

    assert '<p class="reason">Error   termination at A B C of x y z</p>' in page


def test_a_job_that_has_ended_without_curves_waits_for_none(mara):
    for number, status in ((1000001, "error"), (1000002, "running")):
        make_job(number, status=status)

    said = [mara.get(f"/jobs/{number}/").text for number in (1000001, 1000002)]

    assert ["hold no series" in page for page in said] == [True, False]
    assert ["as soon as the solver writes one" in page for page in said] == [False, True]


def test_a_job_without_run_and_deck_has_a_page(mara):
    make_job(run=False, deck={})

    assert mara.get("/jobs/1000001/").status_code == 200


def test_markup_from_logs_and_file_names_stays_text(mara):
    evil = "<img src=x onerror=alert(1)>"
    job = make_job(
        deck={"includes": [{"name": evil, "line": 1, "source": evil, "state": "missing"}]}
    )
    make_message(make_log(job, path=f"{evil}.log"), text=evil, code=evil)
    History.objects.create(job=job, actor=evil, field="info", before=evil, after=evil, note=evil)
    for address in ("/jobs/1000001/", "/jobs/1000001/live/"):
        assert "<img src=x" not in mara.get(address).text


def test_numbers_lead_to_their_job(mara):
    make_job()

    assert mara.get("/1000001/")["Location"] == "/jobs/1000001/"
    for address in ("/1000002/", "/jobs/1000002/", f"/{10**30}/", f"/jobs/{10**30}/"):
        assert mara.get(address).status_code == 404, address


def test_the_live_part_stops_asking_once_the_job_has_ended(mara):
    job = make_job(status="running")
    running = mara.get("/jobs/1000001/live/", headers=HTMX)
    Job.objects.filter(pk=job.pk).update(status="normal")
    ended = mara.get("/jobs/1000001/live/", headers=HTMX)

    assert (running.status_code, ended.status_code) == (200, 286)
    assert 'hx-get="/jobs/1000001/live/"' not in mara.get("/jobs/1000001/").text


def test_the_live_part_is_a_304_until_facts_change(mara):
    job = make_job(status="running", facts={"time": 1.0})
    known = mara.get("/jobs/1000001/live/", headers=HTMX)["ETag"]
    with CaptureQueriesContext(connection) as asked:
        again = mara.get("/jobs/1000001/live/", headers=HTMX | {"If-None-Match": known})
    run = job.runs.get()
    run.facts = {"time": 2.0}
    run.save()
    later = mara.get("/jobs/1000001/live/", headers=HTMX | {"If-None-Match": known})

    assert (again.status_code, later.status_code) == (304, 200)
    assert len(asked) <= 6


def test_a_review_is_saved_with_its_history(mara):
    job = make_job()

    response = mara.post(
        "/jobs/1000001/review/",
        review(job, result_assessment="ok", info="feat: rib", base_runs="7, 5;5", status="other"),
    )

    job.refresh_from_db()
    assert (response.status_code, response["Location"]) == (302, "/jobs/1000001/")
    assert (job.result_assessment, job.info, job.status, job.status_source) == (
        "ok",
        "feat: rib",
        "other",
        "person",
    )
    assert sorted(job.base_runs.values_list("number", flat=True)) == [5, 7]
    assert set(job.history.values_list("field", "actor")) == {
        ("result_assessment", "mara"),
        ("info", "mara"),
        ("base_runs", "mara"),
        ("status", "mara"),
    }


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"base_runs": "7 eight"}, "“eight” is no job number"),
        ({"base_runs": "9" * 19}, "is no job number"),
        ({"base_runs": "-1"}, "is no job number"),
        ({"base_runs": "٣"}, "is no job number"),
        ({"result_assessment": "great"}, "Select a valid choice"),
        ({"analysis_status": ""}, "This field is required"),
        ({"status": "flying"}, "Select a valid choice"),
        ({"version": ""}, "This field is required"),
        ({"info": "x" * 100_001}, "at most 100000 characters"),
    ],
)
def test_a_review_that_cannot_be_saved_is_shown_again_with_the_reason(mara, wrong, words):
    job = make_job()

    response = mara.post("/jobs/1000001/review/", review(job, result_summary="my text") | wrong)

    assert response.status_code == 422
    assert words in response.text and "my text" in response.text
    assert Job.objects.get().result_summary == ""


def test_of_two_reviews_at_once_the_later_sees_both_texts(mara):
    job = make_job()
    mine = review(job, info="mine", result_summary="my summary")
    mara.post("/jobs/1000001/review/", review(job, info="theirs"))

    conflict = mara.post("/jobs/1000001/review/", mine)

    assert conflict.status_code == 409
    assert "mine" in conflict.text and "theirs" in conflict.text
    assert Job.objects.get().info == "theirs"
    mine["version"] = conflict.context["form"]["version"].value()
    assert mara.post("/jobs/1000001/review/", mine).status_code == 302
    assert (Job.objects.get().info, Job.objects.get().result_summary) == ("mine", "my summary")


@pytest.mark.parametrize("act", ["review", "stop", "retry", "automatic"])
def test_acts_need_a_post_from_our_own_page(mara, act):
    job = make_job(info="before")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get())

    assert mara.get(f"/jobs/1000001/{act}/").status_code == (302 if act == "review" else 405)
    assert strict.post(f"/jobs/1000001/{act}/", review(job, info="after")).status_code == 403
    assert Job.objects.get().info == "before"


@pytest.mark.parametrize(("act", "name"), [("stop", "request_stop"), ("retry", "request_retry")])
def test_what_a_service_refuses_is_said_in_its_words(mara, monkeypatch, act, name):
    make_job()

    def refuse(job, actor):
        raise RefusedError(f"not now, {actor}")

    monkeypatch.setattr(run_service, name, refuse)
    monkeypatch.setattr(f"pdfjobs.views.job.run_service.{name}", refuse)
    response = mara.post(f"/jobs/1000001/{act}/", follow=True)

    assert response.redirect_chain == [("/jobs/1000001/", 302)]
    assert "not now, mara" in response.text


def test_a_status_set_by_hand_is_given_back(mara):
    make_job(
        status="normal", status_source="person", machine_status="error", machine_reason="*ERROR"
    )
    assert "Give back to automatic" in mara.get("/jobs/1000001/").text

    response = mara.post("/jobs/1000001/automatic/", follow=True)

    assert Job.objects.get().status == "error"
    assert "The status is automatic again." in response.text
    assert "automatic already" in mara.post("/jobs/1000001/automatic/", follow=True).text


@pytest.fixture
def log_folder(settings, tmp_path, monkeypatch):
    """The run folder of job 1000001, for real."""
    folder = tmp_path / "1000001_deck"
    folder.mkdir()
    monkeypatch.setattr("pdfjobs.jobfiles.root_path", {"runs": tmp_path}.__getitem__)
    return folder


def test_the_end_of_the_first_parsed_log_stands_on_the_page(mara, log_folder):
    make_log(make_job(status="running"), path="a b.log")
    (log_folder / "0.dat").write_text("no log\n")
    (log_folder / "a b.log").write_text(
        "".join(f"line {n}\n" for n in range(1, 301)) + "<b>end</b>"
    )

    page = mara.get("/jobs/1000001/")

    assert [row.line for row in page.context["tail"]["rows"]] == [*range(202, 302)]
    viewer = "/jobs/1000001/files/a%20b.log"
    assert f'href="{viewer}?line=301">301</a><code>&lt;b&gt;end&lt;/b&gt;</code>' in page.text
    assert (
        f'href="{viewer}?follow=1" data-rows="/jobs/1000001/rows/a%20b.log" aria-current="true"'
        in page.text
    )
    assert page.text.count("data-rows=") == 2


def test_no_end_stands_there_of_what_is_no_log_or_cannot_be_read(mara, log_folder):
    job = make_job()
    (log_folder / "result.frd").write_text("no log")
    alone = mara.get("/jobs/1000001/")
    make_log(job, path="a.log")
    (log_folder / "a.log").symlink_to("/etc/passwd")

    assert (alone.status_code, alone.context["tail"]) == (200, None)
    assert mara.get("/jobs/1000001/").context["tail"] is None


def test_the_page_links_the_files_as_they_lie_there(mara, log_folder):
    make_log(make_job(), path="calculix.log")
    (log_folder / "calculix.log").write_text("x")
    (log_folder / "Größe 100%.dat").write_text("")

    page = mara.get("/jobs/1000001/")

    assert [file["path"] for file in page.context["logs"]] == ["calculix.log", "Größe 100%25.dat"]
    for file in page.context["logs"]:
        inside = file["path"].replace("%", "%25").replace(" ", "%20")
        for kind in ("files", "rows"):
            assert mara.get(f"/jobs/1000001/{kind}/{inside}").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["../secret", "%2e%2e/secret", "..%2fsecret", "/etc/passwd", "%2Fetc/passwd", "%00", "absent", "sub",
     "link.log", "%252e%252e/secret"],
)  # fmt: skip
def test_no_path_leads_out_of_the_run_folder(mara, log_folder, path):
    make_job()
    (log_folder.parent / "secret").write_text("secret")
    (log_folder / "sub").mkdir()
    (log_folder / "link.log").symlink_to("/etc/passwd")

    for kind in ("files", "rows"):
        assert mara.get(f"/jobs/1000001/{kind}/{path}").status_code == 404
