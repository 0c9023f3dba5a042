"""A person's way through the pages, in a real browser against the real service."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import WAIT_MS, enter, fresh_link, watched_page
from tests.decks import beam, broken_beam
from tests.service import Service, wait_for


def test_a_login_link_lets_in_once(browser: Browser, service: Service) -> None:
    link = fresh_link(service)
    cookies = enter(browser, service, link)

    with watched_page(browser, cookies) as page:
        page.goto(link)
        expect(page.locator("body")).to_contain_text(
            re.compile("used|valid|expired", re.IGNORECASE)
        )


def test_a_deck_arrives_runs_and_ends_before_ones_eyes(page: Page, service: Service) -> None:
    page.goto(service.url)

    service.drop("watched.inp", beam(increments=150, length=14, width=4, heading="A watched beam"))
    expect(page.locator("body")).to_contain_text("watched.inp", timeout=5_000)
    row = page.get_by_role("row").filter(has_text="watched.inp")
    expect(row).to_contain_text("running", timeout=WAIT_MS)
    row.get_by_role("link").first.click()

    bar = page.locator("progress").first
    seen = wait_for(lambda: 0 < float(bar.get_attribute("value") or 0) < 1, "the bar to move", 60)
    assert seen
    canvas = page.locator("canvas").first
    expect(canvas).to_be_visible(timeout=WAIT_MS)
    before = canvas.screenshot()
    wait_for(lambda: canvas.screenshot() != before, "the plot to move", 60)
    expect(page.locator("#job-header .badge")).to_contain_text(
        "normal termination", timeout=120_000
    )
    expect(page.locator("body")).to_contain_text("A watched beam")
    expect(bar).to_have_attribute("value", re.compile("^1"))


def test_a_broken_deck_shows_the_solvers_own_words(page: Page, service: Service) -> None:
    service.drop("broken_in_chromium.inp", broken_beam())
    job = service.ended("broken_in_chromium.inp")["broken_in_chromium.inp"]

    page.goto(f"{service.url}/jobs/{job['number']}/")

    expect(page.locator("#job-header .badge")).to_contain_text("error termination")
    expect(page.locator("body")).to_contain_text("no elastic constants")


def test_a_review_is_saved_and_shown_and_an_invalid_one_is_told(
    page: Page, service: Service
) -> None:
    service.drop("reviewed.inp", beam())
    job = service.ended("reviewed.inp")["reviewed.inp"]
    address = f"{service.url}/jobs/{job['number']}/"
    page.goto(address)

    page.locator("[name=analysis_status]").select_option("done")
    page.locator("[name=result_assessment]").select_option("ok")
    page.locator("[name=result_summary]").fill("Stiff enough: 12 % <below> the limit.")
    page.get_by_role("button", name=re.compile("save", re.IGNORECASE)).click()
    expect(page.locator("body")).to_contain_text("saved", ignore_case=True)
    page.goto(address)

    expect(page.locator("[name=result_summary]")).to_have_value(
        "Stiff enough: 12 % <below> the limit."
    )
    expect(page.locator("[name=analysis_status]")).to_have_value("done")
    saved = service.job("reviewed.inp")
    assert (saved["analysis_status"], saved["result_assessment"]) == ("done", "ok")

    page.locator("[name=base_runs]").fill("not a number")
    page.locator("[name=result_summary]").fill("kept while I mend it")
    page.get_by_role("button", name=re.compile("save", re.IGNORECASE)).click()
    expect(page.locator("body")).to_contain_text(re.compile("number", re.IGNORECASE))
    expect(page.locator("[name=result_summary]")).to_have_value("kept while I mend it")
    assert service.job("reviewed.inp")["result_summary"] == "Stiff enough: 12 % <below> the limit."


def test_a_run_is_stopped_and_run_again_from_its_page(page: Page, service: Service) -> None:
    service.drop("by_button.inp", beam(increments=200, length=14, width=4))
    job = wait_for(
        lambda: (j := service.job("by_button.inp")) and j["status"] == "running" and j, "the run"
    )
    page.goto(f"{service.url}/jobs/{job['number']}/")
    page.on("dialog", lambda dialog: dialog.accept())

    page.get_by_role("button", name=re.compile("^stop", re.IGNORECASE)).click()
    expect(page.locator("#job-header .badge")).to_contain_text("other termination", timeout=WAIT_MS)
    page.get_by_role("button", name="Run again", exact=True).click()
    wait_for(lambda: service.job("by_button.inp")["run"] == 2, "the second run")
    ended = service.ended("by_button.inp")["by_button.inp"]

    assert ended["status"] == "normal"
    assert service.differences() == []


def test_what_was_refused_stands_on_intake_with_its_reason(page: Page, service: Service) -> None:
    service.drop("refused.inp", b"\x7fELF\0\0\0")
    wait_for(
        lambda: service.query(
            "IntakeRecord.objects.filter(name='refused.inp', state='refused').count()"
        ),
        "the refusal",
    )

    page.goto(f"{service.url}/intake/")

    expect(page.locator("body")).to_contain_text("refused.inp")
    expect(page.locator("body")).to_contain_text("not a text file")


def test_staff_watches_the_queues_and_sees_the_run(page: Page, service: Service) -> None:
    service.drop("in_the_queue.inp", beam(increments=200, length=14, width=4))
    job = wait_for(
        lambda: (
            (j := service.job("in_the_queue.inp"))
            and j["status"] == "running"
            and j["progress"]
            and j
        ),
        "the run",
    )
    page.goto(service.url)
    page.get_by_role("link", name=re.compile("queues", re.IGNORECASE)).click()
    page.wait_for_url(re.compile("/rq/"))
    for queue in ("arrivals", "intake", "ingest", "solve", "upkeep"):
        expect(page.locator("body")).to_contain_text(queue)

    page.goto(f"{service.url}/rq/0/view/jobs/solve/started/8/asc/1")
    expect(page.locator("body")).to_contain_text(str(job["number"]))
    expect(page.locator("body")).to_contain_text("in_the_queue.inp")
    meta = queue_meta(service, f"run-{job['number']}-1")
    assert (meta["number"], meta["deck"]) == (job["number"], "in_the_queue.inp")
    assert re.fullmatch(r"\d+%", meta["progress"])
    service.manage("stop", str(job["number"]), check=False)


def queue_meta(service: Service, rq_id: str) -> dict:
    """What RQ keeps beside a task, as rq-dashboard shows it."""
    with service.queue_server() as client:
        (key,) = client.keys(f"*:job:{rq_id}")
        return json.loads(client.hget(key, "meta"))


def test_queues_are_refused_to_those_who_are_not_staff(browser: Browser, service: Service) -> None:
    service.query(
        "[__import__('django.contrib.auth.models').contrib.auth.models.User.objects.create_user('joe', password='a-long-one-7')][0].pk"
    )
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{service.url}/login/")
    page.locator("[name=username]").fill("joe")
    page.locator("[name=password]").fill("a-long-one-7")
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"{service.url}/")

    answer = page.goto(f"{service.url}/rq/")

    assert answer is not None
    assert answer.status == 403
    context.close()


@pytest.mark.parametrize(
    "path",
    ["/", "/jobs/1/", "/1/", "/intake/", "/password/", "/status/", "/metrics", "/admin/", "/rq/", "/rq/0/data/queues.json",
     "/rq/static/js/main.js", "/jobs/1/series.json", "/jobs/1/rows/x.log", "/nothing/here"],
)  # fmt: skip
def test_strangers_are_sent_to_the_login(browser: Browser, service: Service, path: str) -> None:
    context = browser.new_context()

    answer = context.request.get(f"{service.url}{path}", max_redirects=0)

    assert answer.status == 302, answer.text()
    assert "/login/" in answer.headers["location"]
    context.close()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_the_window(
    browser: Browser, cookies: Any, service: Service, width: int, scheme: str
) -> None:
    service.drop("x" * 200 + ".inp", beam())
    job = service.ended("x" * 200 + ".inp")["x" * 200 + ".inp"]
    looks = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}

    with watched_page(browser, cookies, **looks) as page:
        for path in ("/", f"/jobs/{job['number']}/", "/intake/", "/password/", "/status/"):
            page.goto(f"{service.url}{path}")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, path
