"""Who sees and does what, in a real browser: projects and roles, tokens, shared views, undo, one's own zone and colours."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import enter, watched_page
from tests.service import Service
from tests.test_the_list_in_chromium import run_code

ROWS = """
import django
django.setup()
from django.contrib.auth.models import User
from pdfjobs.tests.web_rows import make_job
make_job(1000001, name="door.key", project="Door", owner="root", status="normal")
make_job(1000002, name="roof.key", project="Roof", owner="root", status="error")
User.objects.create_user("jens")
"""
CLOSED = '[web]\nopen_to_all = false\nfeedback_to = "diary@example.org"\n'


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service in which people see the jobs of their projects, with one job of each of two."""
    running = Service(Path(tmp_path_factory.mktemp("people")) / "var", settings=CLOSED).start()
    run_code(running, ROWS)
    yield running
    running.remove()


@pytest.fixture(scope="module")
def staff(browser: Browser, closed: Service) -> Any:
    return enter(browser, closed)


@pytest.fixture(scope="module")
def jens(browser: Browser, closed: Service) -> Any:
    return enter(browser, closed, closed.url + closed.manage("login_link", "jens").stdout.strip())


@pytest.fixture
def page(browser: Browser, closed: Service, staff: Any) -> Iterator[Page]:
    with watched_page(browser, staff) as opened:
        opened.goto(closed.url)
        yield opened


@pytest.fixture
def his(browser: Browser, closed: Service, jens: Any) -> Iterator[Page]:
    with watched_page(browser, jens) as opened:
        opened.goto(closed.url)
        yield opened


def names(page: Page) -> list[str]:
    return page.locator("#job-rows .c-name .name").all_inner_texts()


def test_a_project_lets_people_in_by_their_roles(page: Page, his: Page, closed: Service) -> None:
    door = f"{closed.url}/jobs/1000001/"
    assert names(page) == ["roof.key", "door.key"] and names(his) == []
    answer = his.goto(door)
    assert answer is not None and answer.status == 404

    page.goto(f"{closed.url}/projects/")
    page.get_by_role("button", name="Door").click()
    page.get_by_label("Account").fill("jens")
    page.locator("#role").select_option("viewer")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_label("Role of jens", exact=True)).to_have_value("viewer")
    his.goto(closed.url)
    assert names(his) == ["door.key"]
    his.goto(door)
    expect(his.get_by_role("button", name="Save review")).to_have_count(0)

    page.get_by_label("Role of jens", exact=True).select_option("member")
    page.get_by_role("button", name="Change the role of jens").click()
    expect(page.get_by_label("Role of jens", exact=True)).to_have_value("member")
    his.goto(door)
    his.locator("[name=result_assessment]").select_option("ok")
    his.get_by_role("button", name="Save review").click()
    expect(his.locator("#job-header")).to_contain_text("OK")

    page.get_by_role("button", name="Take jens out of the project").click()
    expect(page.get_by_label("Role of jens", exact=True)).to_have_count(0)
    answer = his.goto(door)
    assert answer is not None and answer.status == 404


def test_an_edit_is_undone_from_the_timeline(page: Page, closed: Service) -> None:
    page.goto(f"{closed.url}/jobs/1000002/")
    page.locator("[name=result_summary]").fill("Buckles at 12 ms")
    page.get_by_role("button", name="Save review").click()
    change = page.locator("#job-timeline li.by-person").filter(has_text="Buckles at 12 ms")
    expect(change).to_be_visible()

    change.get_by_role("button", name="Undo").click()

    expect(page.locator("[name=result_summary]")).to_have_value("")
    expect(page.locator("#job-timeline li.by-person")).to_have_count(2)


def test_a_token_lets_a_program_in_until_it_is_revoked(page: Page, closed: Service) -> None:
    page.goto(f"{closed.url}/account/tokens/")
    page.get_by_label("What it is for").fill("nightly batch")
    page.get_by_role("button", name="Make token").click()
    secret = page.locator("main [data-copy-text]").inner_text()

    def asked() -> Any:
        context = page.context.browser.new_context()  # type: ignore[union-attr]
        said = {"Authorization": f"Bearer {secret}"}
        answer = context.request.get(f"{closed.url}/api/v1/jobs", headers=said)
        found = [job["number"] for job in answer.json()["jobs"]] if answer.ok else answer.status
        context.close()
        return found

    assert asked() == [1000002, 1000001]
    page.goto(f"{closed.url}/account/tokens/")
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke the token nightly batch").click()
    expect(page.locator("body")).to_contain_text("You have no tokens.")
    assert asked() == 401


def test_a_view_that_is_shown_to_everybody_is_opened_by_a_colleague(
    page: Page, his: Page, closed: Service
) -> None:
    page.goto(f"{closed.url}/?status=error")
    page.locator("#tool-views summary").click()
    page.get_by_label("Name").fill("What failed")
    page.get_by_label("show it to everybody").check()
    page.get_by_role("button", name="Save view").click()
    expect(page.locator(".note")).to_contain_text("saved")

    his.locator("#tool-views summary").click()
    expect(his.get_by_role("button", name="Delete What failed")).to_have_count(0)
    his.get_by_role("link", name="What failed", exact=True).click()
    his.wait_for_url(f"{closed.url}/?status=error")


def test_staff_sees_who_did_what_and_nobody_else_does(
    page: Page, his: Page, closed: Service
) -> None:
    page.goto(f"{closed.url}/jobs/1000001/")
    page.locator("[name=info]").fill("Hinge moved")
    page.get_by_role("button", name="Save review").click()
    expect(page.locator("#job-timeline")).to_contain_text("Hinge moved")

    page.locator(".account summary").click()
    page.get_by_role("link", name="Audit log").click()
    newest = page.locator("tbody tr").first
    expect(newest).to_contain_text("root")
    expect(newest).to_contain_text("Hinge moved")
    newest.get_by_role("link", name="door.key").click()
    page.wait_for_url(f"{closed.url}/jobs/1000001/")

    page.goto(f"{closed.url}/audit/")
    page.get_by_label("Account").fill("jens")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**by=jens*")
    expect(page.locator("tbody tr").first).to_contain_text("jens")
    assert set(page.locator("tbody td:nth-child(2)").all_inner_texts()) == {"jens"}

    answer = his.goto(f"{closed.url}/audit/")
    assert answer is not None and answer.status == 403
    expect(his.locator("body")).not_to_contain_text("Hinge moved")
    his.locator(".account summary").click()
    expect(his.get_by_role("link", name="Audit log")).to_have_count(0)


def test_feedback_on_help_is_a_mail_that_names_the_page(page: Page, closed: Service) -> None:
    page.goto(f"{closed.url}/help/")

    page.get_by_role("link", name="diary@example.org").click()
    dialog = page.get_by_role("dialog", name="Give feedback")
    expect(dialog.locator("[data-copy-text]")).to_have_text("diary@example.org")
    mail = dialog.get_by_role("link", name="Write a mail").get_attribute("href")
    assert mail is not None
    address, _, asked = mail.partition("?")
    assert address == "mailto:diary@example.org"
    assert dict(parse_qsl(asked)) == {
        "subject": "Bug: Help · pdfjobs",
        "body": f"\n\n{closed.url}/help/",
    }
    dialog.get_by_role("button", name="Copy address").click()
    expect(dialog.get_by_role("status")).to_have_text("Copied.")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize(
    ("zone", "said"),
    [("Asia/Tokyo", "Mar 1, 2026.*10:30:00"), ("America/New_York", "Feb 28, 2026.*8:30:00")],
)
def test_times_are_those_of_the_readers_zone(
    browser: Browser, closed: Service, staff: Any, zone: str, said: str
) -> None:
    run_code(
        closed,
        "import django; django.setup()\nfrom pdfjobs.models import Job\n"
        "Job.objects.filter(number=1000001).update(submitted_at='2026-03-01T01:30:00Z')",
    )
    with watched_page(browser, staff, timezone_id=zone) as page:
        page.goto(f"{closed.url}/jobs/1000001/")
        time = page.locator("#job-facts time").first
        time.hover()
        expect(time).to_have_attribute("title", re.compile(said))


def test_light_or_dark_is_chosen_and_remembered(
    browser: Browser, closed: Service, staff: Any
) -> None:
    with watched_page(browser, staff, color_scheme="dark") as page:
        page.goto(closed.url)
        ground = "getComputedStyle(document.documentElement).backgroundColor"
        dark = page.evaluate(ground)
        page.get_by_role("button", name="Light or dark colours").click()
        light = page.evaluate(ground)
        page.goto(f"{closed.url}/status/")

        assert dark != light and page.evaluate(ground) == light
