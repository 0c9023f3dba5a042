"""The tools around the job list: filters with counts, columns, order, groups, saved views."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pdfjobs.models import Member, Project, SavedView, Tag
from pdfjobs.points.sparklines import forget
from pdfjobs.services import families, joblines
from pdfjobs.tests.web_rows import NOW, make_job, make_log, make_series

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def user():
    return User.objects.create_user("mara")


@pytest.fixture
def mara(client, user):
    client.force_login(user)
    forget()
    return client


def tag(job, *names):
    Tag.objects.bulk_create(Tag(job=job, name=name) for name in names)
    joblines.refresh([job.pk])


def shown(page):
    return [int(row["number"]) for row in page.context["rows"]]


def choices(page):
    return {
        facet.name: {choice.value: choice.count for choice in facet.choices}
        for facet in page.context["facets"]
    }


def test_the_filters_say_how_many_jobs_have_each_value(mara):
    tag(make_job(1, solver="abaqus", owner="mara", status="error", cause="licence"), "crash")
    tag(make_job(2, solver="abaqus", owner="jens", project="Fan"), "crash", "old")
    make_job(3, solver="su2", result_assessment="ok", analysis_status="done")
    make_job(4, solver="su2", result_assessment="obsolete")

    assert choices(mara.get("/jobs/filters/")) == {
        "status": {"none": 2, "error": 1},
        "solver": {"abaqus": 2, "su2": 1},
        "analysis": {"open": 2, "done": 1},
        "assessment": {"ok": 1},
        "cause": {"licence": 1},
        "tag": {"crash": 2, "old": 1},
        "user": {"mara": 1, "jens": 1},
        "project": {"Fan": 1},
        "only": {"mine": 1, "review": 1},
    }


def test_the_filters_say_how_many_jobs_are_mine_unreviewed_or_were_warned_of(mara):
    make_job(1, owner="mara", status="error", warned=True)
    make_job(2, reviewer="mara", status="running", warned=True)
    make_job(3, owner="jens", status="normal")
    make_job(4, owner="jens", status="normal", result_assessment="ok")
    make_job(5, owner="jens", status="normal", result_assessment="obsolete", warned=True)

    assert choices(mara.get("/jobs/filters/"))["only"] == {"mine": 2, "review": 2, "warned": 2}
    for name, found in {"mine": [2, 1], "review": [3, 1], "warned": [2, 1]}.items():
        assert shown(mara.get("/", {name: "1"})) == found
    page = mara.get("/jobs/filters/?mine=1&solver=su2")
    links = {each.value: (each.on, each.href) for each in page.context["facets"][-1].choices}
    assert links == {"mine": (True, "?solver=su2")}


def test_a_filter_that_is_on_still_offers_its_other_values(mara):
    make_job(1, solver="abaqus", owner="mara")
    make_job(2, solver="su2", owner="jens")

    page = mara.get("/jobs/filters/?solver=su2")

    assert choices(page)["solver"] == {"abaqus": 1, "su2": 1}
    assert choices(page)["user"] == {"jens": 1}
    links = {choice.value: choice.href for choice in page.context["facets"][1].choices}
    assert links == {"abaqus": "?solver=abaqus", "su2": "?"}


def test_filters_tell_nothing_of_jobs_that_one_does_not_see(mara, user, settings):
    web = settings.PDFJOBS.web.model_copy(update={"open_to_all": False})
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": web})
    Member.objects.create(project=Project.objects.create(name="Fan"), user=user, role="viewer")
    make_job(1, project="Fan", solver="su2")
    tag(make_job(2, project="Secret door", owner="jens", solver="abaqus", cause="x"), "hush")

    page = mara.get("/jobs/filters/")

    assert choices(page)["project"] == {"Fan": 1}
    for word in ("Secret", "jens", "abaqus", "hush"):
        assert word not in page.text


def test_the_filter_panel_comes_alone_with_htmx_and_as_a_page_without(mara):
    make_job(1, solver="su2")

    assert "<html" not in mara.get("/jobs/filters/", headers=HTMX).text
    assert "<html" in mara.get("/jobs/filters/").text


def test_each_filter_that_is_on_can_be_taken_off(mara):
    make_job(1)

    page = mara.get("/?q=deck&solver=su2&since=2026-01-02&mine=1&assessment=not_ok")

    off = {chip.name: (chip.value, chip.href) for chip in page.context["chips"]}
    assert off == {
        "q": ("deck", "?solver=su2&assessment=not_ok&since=2026-01-02&mine=1"),
        "solver": ("su2", "?q=deck&assessment=not_ok&since=2026-01-02&mine=1"),
        "assessment": ("not OK", "?q=deck&solver=su2&since=2026-01-02&mine=1"),
        "since": ("2026-01-02", "?q=deck&solver=su2&assessment=not_ok&mine=1"),
    }
    switches = {switch.name: switch.on for switch in page.context["switches"]}
    assert switches == {"mine": True, "review": False, "warned": False}


def test_the_search_keeps_every_other_filter(mara):
    page = mara.get("/?q=x&solver=su2&mine=1&sort=name&show_obsolete=1&page=3").text
    form = page[page.index('role="search"') :].split("</form>")[0]

    kept = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert kept == {"solver": "su2", "mine": "1", "sort": "name", "show_obsolete": "1"}


@pytest.mark.parametrize(
    ("sort", "order", "next_sort"),
    [("name", "ascending", "-name"), ("-name", "descending", "name")],
)
def test_a_columns_head_says_its_order_and_turns_it(mara, sort, order, next_sort):
    make_job(1, name="b.inp")
    make_job(2, name="a.inp")

    page = mara.get("/", {"sort": sort})

    heads = {head.column.name: head for head in page.context["heads"]}
    assert (heads["name"].order, heads["name"].href) == (order, f"?sort={next_sort}")
    assert page.text.count("aria-sort=") == 1
    assert shown(page) == ([2, 1] if sort == "name" else [1, 2])


def test_newest_first_is_the_order_of_the_numbers(mara):
    make_job(1)

    assert 'aria-sort="descending"><a href="?sort=number">Number' in mara.get("/").text


def test_too_many_for_an_order_is_said(mara, monkeypatch):
    monkeypatch.setattr("pdfjobs.listing.find.COUNTED", 2)
    for number in range(1, 5):
        make_job(number, solver="su2")

    page = mara.get("/?solver=su2&sort=name").text

    assert "too many to be put into this order" in page and "aria-sort" not in page


def test_columns_are_kept_in_the_address_and_by_the_browser(mara):
    make_job(1, title="t")
    asked = {"column": ["status", "tags", "nonsense"], "next": "?solver=su2&page=7"}

    answer = mara.post("/jobs/shape/", asked)

    assert answer["Location"] == "/?solver=su2&columns=number%2Cstatus%2Cname%2Ctags"
    for address in (answer["Location"], "/", "/?columns=status,tags"):
        heads = [head.column.name for head in mara.get(address).context["heads"]]
        assert heads == ["number", "status", "name", "tags"], address
    assert [h.column.name for h in mara.get("/?columns=solver").context["heads"]] == [
        "number",
        "name",
        "solver",
    ]
    assert mara.post("/jobs/shape/", {"column": "", "next": ""})["Location"] == "/?"
    assert "progress" in mara.get("/").context["shown"]


def test_a_poll_shows_the_shape_that_the_browser_remembers(mara):
    make_job(1)
    table = mara.get("/", headers=HTMX).text
    mara.post("/jobs/shape/", {"shape": "cards"})

    cards = mara.get("/", headers=HTMX).text
    assert "<table" in table and "<table" not in cards and 'class="cards"' in cards
    assert "<table" in mara.get("/?shape=table", headers=HTMX).text


def test_a_redirect_after_a_choice_stays_on_the_list(mara):
    for evil in (
        "//evil.example/",
        "https://evil.example/?q=1",
        "?next=//evil.example",
        "\r\nX: y",
    ):
        for address in ("/jobs/shape/", "/jobs/bulk/undo/", "/views/"):
            location = mara.post(address, {"next": evil, "name": "v"})["Location"]
            assert re.match(r"^/(\?|$)", location) and "\n" not in location, (address, location)


@pytest.mark.parametrize("shape", ["", "cards"])
def test_every_column_and_the_cards_show_what_a_job_has_as_text(mara, shape):
    names = [column.name for column in mara.get("/").context["columns"]]
    job = make_job(
        7,
        **dict.fromkeys(("name", "title", "owner", "project", "status_reason"), EVIL),
        **dict.fromkeys(("info", "result_summary", "reviewer"), EVIL),
        solver=EVIL[:60],
        family=7,
        facts={"solver_version": EVIL, "warnings": 3, "errors": 4, "cause": EVIL},
        status="error",
    )
    tag(job, EVIL[:50])
    job.base_runs.create(number=3)

    page = mara.get("/", {"columns": ",".join(names), "shape": shape}).text
    panel = mara.get("/jobs/filters/").text

    assert "&lt;script&gt;alert(1)" in page and "&lt;script&gt;alert(1)" in panel
    for text in (page, panel):
        assert "<script>alert" not in text and "<img src=x" not in text
    assert 'href="/jobs/3/"' in page and "3 warn" in page


def test_jobs_are_grouped_by_project_and_by_family(mara):
    make_job(1, project="Fan", family=1)
    make_job(2, project="Door")
    make_job(3, project="Fan", family=1)

    by_project = mara.get("/?sort=project")
    by_family = mara.get("/?sort=-family")

    groups = [
        (row["number"], (row["group"] or {}).get("words")) for row in by_project.context["rows"]
    ]
    assert groups == [("2", "Door"), ("1", "Fan"), ("3", None)]
    assert (
        by_project.text.count('class="group"') == 2
        and "?project=Fan&amp;sort=project" in by_project.text
    )
    assert "family of 1" in by_family.text and "without a base run" in by_family.text
    assert 'class="group"' not in mara.get("/").text


@pytest.mark.parametrize("shape", ["table", "cards"])
def test_a_rejected_base_shows_on_what_descends_from_it(mara, shape):
    make_job(1, result_assessment="not_ok")
    families.set_base_runs(make_job(2), [1])
    make_job(3)

    page = mara.get("/", {"shape": shape}).text

    rows = {number: page.split(f'id="job-{number}"')[1].split('id="job-')[0] for number in (2, 3)}
    assert ["Built on a rejected base" in rows[number] for number in (2, 3)] == [True, False]


def test_a_view_is_kept_under_a_name_and_opens_for_colleagues(mara, client):
    mara.post("/views/", {"name": " Fan  errors ", "shared": "1", "next": "?solver=su2&page=4&x=y"})
    mara.post("/views/", {"name": "own", "next": "?mine=1"})
    mara.post("/views/", {"name": "own", "next": "?warned=1"})

    kept = list(SavedView.objects.values_list("owner__username", "name", "query", "shared"))
    assert kept == [("mara", "Fan errors", "solver=su2", True), ("mara", "own", "warned=1", False)]
    assert 'href="/?warned=1"' in mara.get("/views/", headers=HTMX).text

    client.force_login(User.objects.create_user("jens"))
    others = client.get("/views/").text
    assert 'href="/?solver=su2"' in others and "Fan errors" in others and "warned=1" not in others


def test_only_ones_own_view_can_be_deleted(mara, user):
    own = SavedView.objects.create(owner=user, name="a", query="")
    other = User.objects.create_user("jens")
    theirs = SavedView.objects.create(owner=other, name="b", query="", shared=True)

    assert mara.post(f"/views/{theirs.pk}/delete/").status_code == 404
    assert mara.post(f"/views/{own.pk}/delete/").status_code == 302
    assert mara.get(f"/views/{theirs.pk}/delete/").status_code == 405
    assert list(SavedView.objects.values_list("name", flat=True)) == ["b"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_view_needs_a_name_of_some_length(mara, name):
    page = mara.post("/views/", {"name": name, "next": "?mine=1"}, follow=True).text

    assert "name" in page and not SavedView.objects.exists()


def test_a_views_name_stays_text(mara):
    mara.post("/views/", {"name": EVIL, "shared": "1"})

    page = mara.get("/views/").text
    assert "<script>alert" not in page and "&lt;script&gt;" in page


SERIES = {"residual.p": {"n": 3, "first": 1.0, "last": 0.01}, "time_step": {"n": 3, "first": 1.0}}


def test_a_row_has_the_curve_of_its_main_series(mara):
    job = make_job(1, solver="openfoam", facts={"series": SERIES}, status="running")
    make_series(make_log(job), "residual.p", [1.0, 2.0, 3.0], [1.0, 0.1, 0.01])

    page = mara.get("/")

    curve = page.context["rows"][0]["curve"]
    assert (curve.name, curve.path, curve.last) == ("residual.p", "M0 1 38.1 10 80 19", 0.01)
    assert f'<path d="{curve.path}"/>' in page.text


def test_curves_cost_two_queries_and_none_when_they_are_known(mara):
    for number in range(1, 6):
        job = make_job(number, solver="openfoam", facts={"series": SERIES})
        make_series(make_log(job), "residual.p", [1.0, 2.0, 3.0], [1.0, 0.1, 0.01])
    asked = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            mara.get("/")
        asked.append(
            sum(
                "series" in query["sql"].lower()
                for query in queries
                if "pdfjobs_series" in query["sql"]
            )
        )

    assert asked == [2, 0]


@pytest.mark.parametrize(
    "ys",
    [[float("nan")] * 3, [5.0], [], [float("inf"), 1.0, float("-inf")], [1e308, -1e308, 1e308]],
)
def test_points_that_make_no_curve_harm_no_page(mara, ys):
    job = make_job(1, solver="openfoam", facts={"series": SERIES})
    make_series(make_log(job), "residual.p", [float(x) for x in range(len(ys))], ys)

    page = mara.get("/")

    assert page.status_code == 200 and "nan" not in page.text.lower()[page.text.index("job-rows") :]


def test_the_page_weighs_less_than_200_kb_before_its_curves(mara):
    ys = [(k * 7919 % 100) + 1.0 for k in range(300)]
    for number in range(1, 61):
        series = {"residual.p": {"n": 300, "first": float(number), "last": 1.0}}
        job = make_job(
            1000000 + number,
            **{"name": f"side_crash_{number}_ident_variant.key", "title": "Side pole, B-pillar"},
            **{"owner": "mara", "project": "P712345v01", "status": "error", "solver": "openfoam"},
            facts={"series": series, "errors": 2, "warnings": 17},
            run_values={"progress": 0.5, "ended_at": NOW},
        )
        make_series(make_log(job), "residual.p", [float(k) for k in range(300)], ys)

    page = mara.get("/").text

    loaded = re.findall(r'(?:src|href)="/static/([^"]+)"', page)
    weights = [Path(finders.find(name)).stat().st_size for name in {*loaded}]
    assert len(weights) > 8 and page.count("<svg") == 50
    without_curves = re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)
    assert sum(weights) + len(without_curves.encode()) < 200_000
