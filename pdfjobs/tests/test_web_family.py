"""Base runs on the pages: relatives, the family's picture, deck differences, and the deck run again."""

import re

import pytest
import redis
from django.contrib.auth.models import User
from django.utils import timezone

from pdfjobs import queue
from pdfjobs.models import History, Job, Run
from pdfjobs.services import decksummary, families, runagain
from pdfjobs.services.review import save_review, version_of
from pdfjobs.tests.web_rows import make_intake, make_job, make_log, make_message

pytestmark = pytest.mark.django_db

NASTY = "<script>alert(1)</script>"
ASKED = "the deck is copied to the hot folder"


@pytest.fixture
def closed(settings):
    """A diary in which people see the jobs of their projects, and their own."""
    settings.PDFJOBS = settings.PDFJOBS.model_copy(
        update={"web": settings.PDFJOBS.web.model_copy(update={"open_to_all": False})}
    )


def make_family(**values):
    """A base, two variants, and a variant of one of them."""
    jobs = {n: make_job(n, **values) for n in (1000001, 1000002, 1000003, 1000004)}
    for number, bases in {1000002: [1000001], 1000003: [1000001], 1000004: [1000002]}.items():
        families.set_base_runs(jobs[number], bases)
    return {number: Job.objects.get(number=number) for number in jobs}


def summary(value, **more):
    parts = {"solver": "ls-dyna", "ordered": False, "parameters": {}, "meshes": [], "includes": []}
    card = ["*MAT_ELASTIC", "5", [[5, 7.85e-9, value]]]
    known = {"*MAT_ELASTIC": [["MID", "RO", "E"]]}
    return (
        parts
        | {"groups": {"*MAT_ELASTIC": "material"}, "fields": known, "cards": [card]}
        | {"box": [], "left_out": {}}
        | more
    )


def test_a_job_is_linked_with_its_base_and_its_variants(mara):
    make_family(info=f"thicker {NASTY}\nbecause of the peak")

    page = mara.get("/jobs/1000002/").text

    for link in (
        '<a class="num" href="/jobs/1000001/">',
        '<a class="num" href="/jobs/1000004/">',
        "/jobs/1000002/difference/?base=1000001",
        "/jobs/1000004/difference/?base=1000002",
        'href="/jobs/1000002/family/#job-1000002"',
    ):
        assert link in page
    assert "/jobs/1000003/" not in page
    assert "thicker &lt;script&gt;" in page and NASTY not in page


def test_a_base_that_is_not_there_yet_is_shown_as_its_number_and_linked_later(mara):
    families.set_base_runs(make_job(1000002), [1000001])
    before = mara.get("/jobs/1000002/").text

    families.note_new(make_job(1000001))
    after = mara.get("/jobs/1000002/").text

    assert 'href="/jobs/1000001/"' not in before and "1000001" in before
    assert 'href="/jobs/1000001/"' in after


def test_a_rejected_base_shows_on_the_page_and_in_the_list_of_all_that_descend_from_it(mara):
    jobs = make_family()
    save_review(
        jobs[1000001],
        actor="mara",
        version=version_of(jobs[1000001]),
        changes={"result_assessment": "not_ok"},
    )

    pages = {number: mara.get(f"/jobs/{number}/").text for number in jobs}
    marked = {
        number: hasattr(job, "rejected_bases") and bool(job.rejected_bases)
        for number, job in _listed().items()
    }

    expected = {1000001: False, 1000002: True, 1000003: True, 1000004: True}
    assert {n: "Built on a rejected base" in page for n, page in pages.items()} == expected
    assert marked == expected


def _listed():
    from pdfjobs import queries

    rows = queries.listed(range(1000001, 1000005), with_bases=False)
    return {row.job.number: row.job for row in rows}


def test_the_family_is_drawn_with_links_states_and_no_inline_style(mara):
    jobs = make_family(name=f"a{NASTY}.inp", status="normal")
    Job.objects.filter(pk=jobs[1000002].pk).update(result_assessment="not_ok")

    page = mara.get("/jobs/1000004/family/").text

    assert page.count(' class="family-node ') == 4
    said = re.findall(r'class="family-status"[^>]*>(.*?)</text>', page)
    assert sorted(said) == ["✓ normal", "✓ normal", "✓ normal", "✓ not OK"]
    assert page.count('class="family-line"') == 3
    assert 'aria-current="page" aria-label="1000004' in page
    assert "normal termination" in page
    assert "style=" not in page and NASTY not in page


def test_a_job_without_a_family_says_what_to_do(mara):
    make_job()

    assert "Name its base run" in mara.get("/jobs/1000001/family/").text
    assert "Stands alone" in mara.get("/jobs/1000001/").text


def test_a_family_shows_only_what_the_person_sees(mara, closed):
    jobs = make_family(owner="mara")
    Job.objects.filter(number=1000001).update(
        owner="jens", name="secret.inp", result_assessment="not_ok"
    )
    Job.objects.filter(number=1000003).update(owner="jens", name="secret.inp")
    del jobs

    job, family = mara.get("/jobs/1000002/").text, mara.get("/jobs/1000002/family/").text
    beside = mara.get("/jobs/1000002/difference/?base=1000001")

    for page in (job, family, beside.text):
        assert "secret" not in page and "/jobs/1000001/" not in page and "1000003" not in page
    assert "a job that you do not see" in job
    assert (beside.status_code, mara.get("/jobs/1000001/family/").status_code) == (404, 404)


def test_the_difference_names_card_id_field_and_both_values(mara):
    jobs = make_family()
    decksummary.keep(jobs[1000001], summary(210000, parameters={"t": 1}), 1)
    decksummary.keep(jobs[1000002], summary(200000, parameters={"t": 2}), 1)

    page = mara.get("/jobs/1000002/difference/").text

    assert "Materials" in page and "<code>*MAT_ELASTIC</code>" in page
    assert "<dt>E</dt><dd><del>210000</del> → <ins>200000</ins>" in page
    assert "<dt>t</dt><dd><del>1</del> → <ins>2</ins>" in page


def test_markup_in_a_deck_stays_text(mara):
    jobs = make_family()
    decksummary.keep(jobs[1000001], summary(NASTY, parameters={NASTY: NASTY}), 1)
    decksummary.keep(
        jobs[1000002],
        summary(1, cards=[[NASTY, NASTY, [[NASTY]]]], meshes=[[NASTY, NASTY, 1, "a"]]),
        1,
    )

    page = mara.get("/jobs/1000002/difference/").text

    assert NASTY not in page and "&lt;script&gt;" in page


def legend(client, number=1000001):
    page = client.get(f"/jobs/{number}/family/").text
    found = re.search(r'<p class="legend[^>]*>(.*?)</p>', page)
    return re.sub(r"<[^>]+>", "|", found[1]).strip("|") if found else ""


def test_the_legend_of_the_picture_explains_what_is_in_it_alone(mara):
    jobs = make_family()
    said = [legend(mara)]
    families.set_base_runs(jobs[1000003], [1000001, 999])
    said.append(legend(mara))
    families.set_base_runs(jobs[1000003], [1000001])
    families.set_base_runs(jobs[1000001], [1000004])
    said.append(legend(mara))
    families.set_base_runs(jobs[1000001], [])
    Job.objects.filter(number=1000001).update(result_assessment="not_ok")
    said.append(legend(mara))
    Job.objects.filter(number=1000001).update(result_assessment="")
    for number in range(1000010, 1000025):
        families.set_base_runs(make_job(number), [1000001])
    said.append(legend(mara))

    assert said == [
        "",
        "dashed box: a base run that is not among your jobs",
        "dashed line: base runs that go in a circle",
        "\u26a0 built on a rejected base",
        "dashed box with +: older variants, on the page of their base run",
    ]


def test_results_and_cost_stand_beside_the_difference(mara):
    jobs = make_family(facts={"wall_time_s": 3600.0, "cores": 4, "warnings": 1})
    log = make_log(jobs[1000002], "beam.log")
    make_message(log, text="*WARNING: something new", severity="warning")
    Job.objects.filter(number=1000002).update(status="error", cause="no convergence")

    page = mara.get("/jobs/1000002/difference/?base=1000001").text

    assert "error termination" in page and "no convergence" in page
    assert "Core hours" in page and "something new" in page


@pytest.mark.parametrize("base", ["x", "-1", "9" * 40, "1000099", "1000001;", "\0", NASTY])
def test_a_base_that_is_none_is_told(mara, base):
    make_family()

    answer = mara.get("/jobs/1000002/difference/", {"base": base})

    assert answer.status_code == 404
    assert "There is no job" in answer.text and NASTY not in answer.text


def ended(job, solver="calculix", **values):
    Job.objects.filter(pk=job.pk).update(solver=solver, status="normal", machine_status="normal")
    run = {"finished": True, "deck_file": "beam.inp", "ours": True, "ended_at": timezone.now()}
    Run.objects.filter(job=job).update(**run | values)


def test_the_deck_of_an_ended_job_is_sent_to_be_run_again(mara, monkeypatch):
    sent = []
    monkeypatch.setattr(queue, "make_room", lambda *_: True)
    monkeypatch.setattr(queue, "send", lambda *words, **values: sent.append((words, values)))
    job = make_job()
    ended(job)

    page = mara.get("/jobs/1000001/").text
    answer = mara.post("/jobs/1000001/run-again/")

    assert 'action="/jobs/1000001/run-again/"' in page
    assert (answer.status_code, answer["Location"]) == (302, "/jobs/1000001/")
    assert [(words[:2], values) for words, values in sent] == [
        (("intake", "workers.tasks.run_again"), {"job_id": job.pk, "actor": "mara"})
    ]
    row = History.objects.get(field="run again")
    assert (row.actor, row.job_id) == ("mara", job.pk)


def test_the_new_job_is_reached_from_the_note_as_soon_as_it_is_there(mara, monkeypatch):
    monkeypatch.setattr(queue, "make_room", lambda *_: True)
    monkeypatch.setattr(queue, "send", lambda *_, **__: None)
    job = make_job()
    ended(job)
    make_intake("beam.inp", "taken", owner="mara", job=make_job(1000002))
    note = mara.post("/jobs/1000001/run-again/", follow=True).text
    link = "/jobs/1000001/run-again/new/"
    went = [mara.get(link)["Location"]]
    runagain.note(job, "mara", f"handed in as {NASTY}")
    make_intake(NASTY, owner="jens")
    drop = make_intake(NASTY, "claimed", owner="mara", number=1000003)
    went.append(mara.get(link)["Location"])
    drop.job = make_job(1000003)
    drop.save()
    went.append(mara.get(link)["Location"])
    mara.post("/jobs/1000001/run-again/")  # once more: that is another one
    went.append(mara.get(link)["Location"])

    assert f'base run. <a href="{link}">To the new job</a>' in note
    assert went == ["/intake/", f"/intake/#record-{drop.pk}", "/jobs/1000003/", "/intake/"]


def test_a_deck_that_could_not_be_handed_in_is_told_where_the_new_job_would_be(mara):
    job = make_job()
    for note in (ASKED, f"not handed in: {NASTY} is no plain file."):
        runagain.note(job, "mara", note)

    answer = mara.get("/jobs/1000001/run-again/new/", follow=True)

    assert answer.redirect_chain == [("/jobs/1000001/", 302)]
    assert "not handed in: &lt;script&gt;" in answer.text and NASTY not in answer.text


def test_nobody_learns_of_a_job_that_they_do_not_see_from_its_deck_run_again(mara, closed):
    runagain.note(make_job(owner="jens"), "jens", ASKED)

    assert mara.get("/jobs/1000001/run-again/new/").status_code == 404


@pytest.mark.parametrize(
    ("values", "solver", "words"),
    [
        ({"finished": False}, "calculix", "has not ended"),
        ({"deck_file": ""}, "calculix", "no deck"),
        ({}, "ls-dyna", "no command for ls-dyna"),
        ({"gone_since": timezone.now()}, "calculix", "gone from the disk"),
    ],
)
def test_what_cannot_be_run_again_has_no_button_and_is_refused_with_words(
    mara, values, solver, words
):
    ended(make_job(), solver, **values)

    page = mara.get("/jobs/1000001/").text
    answer = mara.post("/jobs/1000001/run-again/", follow=True)

    assert "/run-again/" not in page
    assert words in answer.text
    assert not History.objects.filter(field="run again").exists()


def test_without_a_queue_server_the_person_is_told(mara, monkeypatch):
    def away(*_):
        raise redis.ConnectionError

    monkeypatch.setattr(queue, "make_room", away)
    ended(make_job())

    assert "queue server does not answer" in mara.post("/jobs/1000001/run-again/", follow=True).text


def test_running_again_needs_a_post_with_its_token_and_the_right_to_start(mara, closed):
    from django.test import Client

    ended(make_job(owner="jens"))
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="mara"))

    answers = [mara.get("/jobs/1000001/run-again/"), mara.post("/jobs/1000001/run-again/")]

    assert [answer.status_code for answer in answers] == [405, 404]
    assert strict.post("/jobs/1000001/run-again/").status_code == 403
