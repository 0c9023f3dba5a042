"""The API: the pages' jobs as JSON, for who has a token or a session."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from pdfjobs.api.listquery import LOOKS, ListQuery
from pdfjobs.api.schemas import JobOut
from pdfjobs.export import job_object
from pdfjobs.forms import ListForm
from pdfjobs.models import History, Job, Member, Project, Token
from pdfjobs.services import tokens
from pdfjobs.tests.web_rows import make_job, make_log, make_message, make_series

pytestmark = pytest.mark.django_db

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def mara():
    return User.objects.create_user("mara")


@pytest.fixture
def api(mara):
    """A program with mara's token."""
    _token, secret = tokens.make(mara, "test", 30)
    return Client(headers={"Authorization": f"Bearer {secret}"}, enforce_csrf_checks=True)


def said(response):
    return response.status_code, response.json()


def test_a_job_is_what_the_command_line_says(api):
    make_job(title=EVIL, facts={"time": 1.5, "series": {"b": {}, "a": {}}}, solver="calculix")

    status, job = said(api.get("/api/v1/jobs/1000001"))

    expected = job_object(Job.objects.prefetch_related("runs", "base_runs").get())
    assert status == 200
    assert job | {"submitted_at": None} == expected | {"submitted_at": None}
    assert set(job) == set(JobOut.model_fields)
    assert job["submitted_at"] == "2026-03-01T12:00:00Z"


def test_the_list_pages_through_all_jobs_once(api, django_assert_max_num_queries):
    for number in range(1, 121):
        make_job(number, run=False)
    seen, address, front = [], "/api/v1/jobs", []
    while address:
        with django_assert_max_num_queries(10):
            page = api.get(address).json()
        seen += [job["number"] for job in page["jobs"]]
        front.append(page["newer"])
        address = page["older"]

    assert seen == list(range(120, 0, -1))
    assert front[0] is None and all(front[1:])
    assert api.get(front[1]).json()["jobs"][0]["number"] == 120
    assert page["total"] == {"number": 120, "at_least": False}


def test_search_and_filters_are_the_pages(api, client, mara):
    make_job(1, name="rotor.inp", status="error", owner="mara", submitted_at=timezone.now())
    make_job(2, name="wing.inp", status="normal")
    client.force_login(mara)
    for query, found in [
        ("q=rot", [1]),
        ("q=-rotor", [2]),
        ("status=normal", [2]),
        ("user=mara", [1]),
        ("mine=true", [1]),
        ("mine=false", [2, 1]),
        ("since=2026-03-02", [1]),
        ("sort=name", [1, 2]),
        ("sort=number", [1, 2]),
        ("q=nothing", []),
    ]:
        page = api.get(f"/api/v1/jobs?{query}").json()
        assert [job["number"] for job in page["jobs"]] == found, query
        if query != "mine=false":  # for pages mere presence is a yes
            shown = client.get(f"/?{query}").context["rows"]
            assert [int(row["number"]) for row in shown] == found, query


def test_the_query_has_the_names_of_the_lists_form():
    assert set(ListQuery.model_fields) == set(ListForm.base_fields) - set(LOOKS)


@pytest.mark.parametrize(
    ("query", "about"),
    [
        ("stauts=error", "stauts: no such parameter."),
        ("page=x", "page: "),
        ("page=0", "page: "),
        ("sort=weather", "sort: "),
        ("since=yesterday", "since: "),
        ("q=" + "x" * 1001, "q: "),
        ("q=%00", "q: Null characters"),
    ],
)
def test_a_query_that_cannot_be_read_is_said_and_not_overlooked(api, query, about):
    status, fault = said(api.get(f"/api/v1/jobs?{query}"))

    assert (status, fault["error"]) == (422, "invalid")
    assert fault["detail"].startswith(about)
    assert fault["remedy"]


def test_messages_come_worst_first_and_by_severity(api):
    log = make_log(make_job(), "a b.log")
    make_message(log, 0, severity="warning", text=EVIL, line=3, count=2)
    make_message(log, 1, severity="error", code="E1", text="no", line=4)
    make_message(make_log(log.run.job, "d3hsp"), severity="error", code="E1", text="no", line=9)
    places = [{"path": "a b.log", "line": 4, "count": 1}, {"path": "d3hsp", "line": 9, "count": 1}]
    error = {"severity": "error", "code": "E1", "text": "no", "places": places, **places[0]}
    place = {"path": "a b.log", "line": 3, "count": 2}
    warning = {"severity": "warning", "code": "", "text": EVIL, "places": [place], **place}

    assert said(api.get("/api/v1/jobs/1000001/messages")) == (200, [error, warning])
    assert len(api.get("/api/v1/jobs/1000001/messages?severity=warning").json()) == 1


def test_series_are_the_pages(api, client, mara):
    job = make_job(facts={"series": {"residual": {"unit": None, "x": "iteration", "n": 3}}})
    make_series(make_log(job), "residual", [1, 2, 3], [0.5, float("nan"), 0.1])
    client.force_login(mara)

    status, page = said(api.get("/api/v1/jobs/1000001/series?names=residual,absent"))

    shown = client.get("/jobs/1000001/series.json?names=residual,absent").json()["series"]
    assert status == 200
    assert page["series"].keys() == {"residual"}
    assert page["series"]["residual"]["ys"] == [0.5, None, 0.1] == shown["residual"]["ys"]
    assert page["series"]["residual"]["xs"] == shown["residual"]["xs"]


def test_the_review_is_changed_by_its_version(api):
    make_job(info="old")
    before = api.get("/api/v1/jobs/1000001/review").json()

    changed = api.patch(
        "/api/v1/jobs/1000001/review",
        {"version": before["version"], "info": EVIL, "base_runs": [7, 5], "tags": ["b", "a"]},
        content_type="application/json",
    )
    late = api.patch(
        "/api/v1/jobs/1000001/review",
        {"version": before["version"], "info": "late"},
        content_type="application/json",
    )

    status, review = said(changed)
    assert status == 200
    assert review == before | {
        "info": EVIL,
        "base_runs": [5, 7],
        "tags": ["a", "b"],
        "version": review["version"],
    }
    assert review["version"] != before["version"]
    assert said(late) == (
        409,
        {
            "error": "changed_meanwhile",
            "detail": "Somebody else changed this review since that version.",
            "remedy": "Read the review again, and send your changes with its version.",
        },
    )
    assert set(History.objects.values_list("actor", "field", "before", "after")) == {
        ("mara", "info", "old", EVIL),
        ("mara", "base_runs", "", "5 7"),
        ("mara", "tags", "", "a, b"),
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "bad"},
        {"result_assessment": "great"},
        {"base_runs": ["x"]},
        {"base_runs": [-1]},
        {"color": "red"},
        {"reviewer": "nobody-of-that-name"},
        {"info": 5},
        {"info": "x\0y"},
    ],
)
def test_a_review_that_cannot_be_saved_says_the_field_and_changes_nothing(api, wrong):
    job = make_job()
    version = api.get("/api/v1/jobs/1000001/review").json()["version"]

    status, fault = said(
        api.patch(
            "/api/v1/jobs/1000001/review",
            {"version": version, "info": "new"} | wrong,
            content_type="application/json",
        )
    )

    job.refresh_from_db()
    assert (status, fault["error"]) == (422, "invalid")
    assert next(iter(wrong)) in fault["detail"]
    assert (job.info, job.status, History.objects.count()) == ("", "none", 0)


def test_what_makes_no_sense_now_is_refused_in_the_services_words(api):
    make_job()

    status, fault = said(api.post("/api/v1/jobs/1000001/stop"))

    assert (status, fault["error"]) == (409, "refused")
    assert fault["detail"] == "The diary did not start this run, so it cannot stop it."


def test_stop_asks_the_solver_to_end(api):
    job = make_job(run_values={"ours": True}, status="running")

    assert said(api.post("/api/v1/jobs/1000001/stop")) == (
        202,
        {"number": 1000001, "done": "The solver is asked to stop."},
    )
    assert job.runs.get().stop_wanted_by == "mara"


def test_retry_queues_a_new_run(api):
    job = make_job(run_values={"ours": True, "finished": True}, status="error")

    assert api.post("/api/v1/jobs/1000001/retry").status_code == 202
    assert [run.ordinal for run in job.runs.order_by("ordinal")] == [1, 2]


def test_what_one_does_not_see_is_not_there(api, settings, mara):
    web = settings.PDFJOBS.web.model_copy(update={"open_to_all": False})
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": web})
    make_job(1, project="hidden")
    make_job(2, project="seen")
    Member.objects.create(project=Project.objects.create(name="seen"), user=mara, role="viewer")

    assert [job["number"] for job in api.get("/api/v1/jobs").json()["jobs"]] == [2]
    assert api.get("/api/v1/jobs?project=hidden").json()["total"]["number"] == 0
    assert said(api.get("/api/v1/jobs/1")) == said(api.get("/api/v1/jobs/999"))
    assert said(api.get("/api/v1/me")) == (
        200,
        {"user": "mara", "is_staff": False, "sees_all": False, "projects": {"seen": "viewer"}},
    )
    status, fault = said(api.post("/api/v1/jobs/2/stop"))
    assert (status, fault["detail"]) == (
        403,
        "This needs the role “member” in the project seen.",
    )


@pytest.mark.parametrize(
    "header", ["Bearer pdfjobs_wrong", "Bearer ", "Basic bWFyYTp4", "bearer", "Bearer a b c"]
)
def test_a_header_that_opens_nothing_is_not_passed_over_for_a_session(mara, header):
    browser = Client(headers={"Authorization": header})
    browser.force_login(mara)

    response = browser.get("/api/v1/jobs")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json()["error"] == "not_logged_in"


def test_a_void_token_opens_nothing(mara):
    for ended in (
        lambda token: Token.objects.filter(pk=token.pk).update(
            expires_at=timezone.now() - timedelta(seconds=1)
        ),
        lambda token: tokens.revoke(mara, token.pk),
        lambda token: User.objects.filter(pk=mara.pk).update(is_active=False),
    ):
        token, secret = tokens.make(mara, "test", 30)
        program = Client(headers={"Authorization": f"Bearer {secret}"})
        assert program.get("/api/v1/me").status_code == 200

        ended(token)

        assert program.get("/api/v1/me").status_code == 401


def test_a_session_reads_and_writes_only_with_the_csrf_token(mara):
    make_job(run_values={"ours": True}, status="running")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(mara)

    assert browser.get("/api/v1/jobs").status_code == 200
    status, fault = said(browser.post("/api/v1/jobs/1000001/stop"))
    assert (status, fault["error"]) == (403, "not_allowed")
    page = browser.get("/account/tokens/")
    secret = page.context["csrf_token"]
    assert (
        browser.post("/api/v1/jobs/1000001/stop", headers={"X-CSRFToken": str(secret)}).status_code
        == 202
    )


def test_every_error_has_one_shape(api, mara):
    make_job()
    for response in (
        Client().get("/api/v1/jobs"),
        api.get("/api/v1/jobs/5"),
        api.get("/api/v1/nowhere"),
        api.get("/api/v1/jobs?x=1"),
        api.get("/api/v1/jobs/1000001/series"),
        api.post("/api/v1/jobs/1000001/stop"),
        api.delete("/api/v1/jobs/1000001"),
        api.patch("/api/v1/jobs/1000001/review", "{", content_type="application/json"),
    ):
        fault = response.json()
        assert response.status_code >= 400
        assert fault.keys() == {"error", "detail", "remedy"}
        assert all(isinstance(text, str) and text for text in fault.values()), fault


def test_the_description_holds_every_address_and_loads_nothing(api):
    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    document = json.loads(api.get("/api/v1/openapi.json").content, parse_constant=refuse)

    assert document["openapi"].startswith("3.")
    assert set(document["paths"]) >= {
        "/api/v1/jobs",
        "/api/v1/jobs/{number}",
        "/api/v1/jobs/{number}/review",
        "/api/v1/decks",
    }
    assert api.get("/api/v1/docs").status_code == 404


def test_a_json_answer_is_never_a_page(api):
    make_job(title=EVIL)

    response = api.get("/api/v1/jobs/1000001")

    assert response["Content-Type"].startswith("application/json")
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_window_of_a_series_is_every_point_in_it(api):
    job = make_job(facts={"series": {"force": {"unit": "N", "x": "time", "n": 3000}}})
    xs = [n / 10 for n in range(3000)]
    make_series(make_log(job), "force", xs, [x * x for x in xs])
    address = "/api/v1/jobs/1000001/series?names=force"

    window = api.get(f"{address}&from=10&to=12").json()["series"]["force"]
    few = api.get(f"{address}&points=100").json()["series"]["force"]

    inside = [x for x, _ in zip(window["xs"], window["ys"], strict=True) if 10 <= x <= 12]
    assert inside == [x for x in xs if 10 <= x <= 12]
    assert len(few["xs"]) <= 110
    assert (few["ys"][0], few["ys"][-1], few["unit"]) == (0, xs[-1] ** 2, "N")
    for wrong in ("from=5&to=1", "from=x", "points=1", "since=-1", "from=nan"):
        assert api.get(f"{address}&{wrong}").status_code == 422, wrong
