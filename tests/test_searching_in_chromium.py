"""How an engineer finds a job again: words, filters, groups, pages and old links, in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import enter, watched_page
from tests.service import Service
from tests.test_the_list_in_chromium import run_code

ROWS = """
import django
django.setup()
from pdfjobs.models import Job
from pdfjobs.services import joblines
from pdfjobs.tests.web_rows import make_job, make_log, make_message
for number in range(1000001, 1000061):
    make_job(number, name=f"crash_{number}.key", owner="root" if number % 2 else "mara", project="Door" * 40)
rail = make_job(1000061, name="rail.inp", title="Rail 2 mm", info="**stiffer** rail", owner="mara", status="error",
                project="Rail", cause="no convergence")
make_message(make_log(rail), text="*ERROR: too many attempts")
wide = make_job(1000062, name="wide_rail.inp", owner="root", project="Rail", status="normal", warned=True)
wide.base_runs.create(number=rail.number)
make_job(1000063, name="gone.inp", project="Rail", status="normal", result_assessment="obsolete")
Job.objects.filter(pk__in=[rail.pk, wide.pk]).update(family=rail.number)
joblines.refresh(Job.objects.values_list("pk", flat=True))
"""
RAIL, WIDE, GONE = "1000061", "1000062", "1000063"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with three jobs to find, and sixty more."""
    running = Service(Path(tmp_path_factory.mktemp("search")) / "var").start()
    run_code(running, ROWS)
    yield running
    running.remove()


@pytest.fixture(scope="module")
def cookies(browser: Browser, filled: Service) -> Any:
    return enter(browser, filled)


@pytest.fixture
def page(browser: Browser, filled: Service, cookies: Any) -> Iterator[Page]:
    with watched_page(browser, cookies, viewport={"width": 1500, "height": 900}) as opened:
        opened.goto(filled.url)
        yield opened


def found(page: Page) -> list[str]:
    return page.locator("#job-rows .c-number").all_inner_texts()


def search(page: Page, words: str) -> list[str]:
    page.keyboard.press("/")
    page.locator("#search").fill(words)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return found(page)


def test_words_beginnings_exclusions_and_fields_find_jobs(page: Page) -> None:
    for words, numbers in {
        "rail": [WIDE, RAIL],
        "rai -wide": [RAIL],
        "stiff*": [RAIL],
        "error:attempts": [RAIL],
        "cause:convergence user:mara": [RAIL],
        "status:error,normal project:rail": [WIDE, RAIL],
        "nothing-has-this": [],
    }.items():
        assert search(page, words) == numbers, words
    expect(page.locator("body")).to_contain_text("No job matches.")


def test_switches_show_what_is_mine_unreviewed_or_was_warned_of(page: Page) -> None:
    for switch, numbers in {"warned": [WIDE], "review": [WIDE, RAIL]}.items():
        page.locator(f"#switch-{switch} a").click()
        page.wait_for_url(re.compile(f"{switch}=1"))
        assert found(page) == numbers, switch
        page.locator(f"#switch-{switch} a").click()
        page.wait_for_url(lambda url, name=switch: f"{name}=1" not in url)

    page.locator("#switch-mine a").click()
    page.wait_for_url(re.compile("mine=1"))
    assert len(found(page)) == 31 and WIDE in found(page) and RAIL not in found(page)


def test_obsolete_jobs_are_shown_when_asked_for(page: Page) -> None:
    assert GONE not in found(page)

    page.get_by_role("link", name="show obsolete").click()
    page.wait_for_url(re.compile("show_obsolete"))
    expect(page.locator(f"#job-{GONE}")).to_have_class("obsolete")
    page.get_by_role("link", name="hide obsolete").click()
    expect(page.locator(f"#job-{GONE}")).to_have_count(0)


def test_pages_are_turned_by_link_and_key_and_old_links_lead_to_them(
    page: Page, filled: Service
) -> None:
    first = found(page)
    page.get_by_role("link", name="older").click()
    expect(page.locator("#newer")).to_be_visible()
    second = found(page)
    assert len(first) == 50 and first + second == [str(n) for n in range(1000062, 1000000, -1)]

    page.keyboard.press("p")
    expect(page.locator("#older")).to_be_visible()
    assert found(page) == first
    page.goto(f"{filled.url}/?page=2")
    assert found(page) == second
    page.goto(f"{filled.url}/?q=rail&user=mara&project=Rail")
    assert found(page) == [RAIL]
    page.goto(f"{filled.url}/{RAIL}/")
    page.wait_for_url(f"**/jobs/{RAIL}/")


@pytest.mark.parametrize("width", [390, 1300, 1500])
def test_a_group_stands_above_its_jobs_in_a_window_of_any_width(
    browser: Browser, filled: Service, cookies: Any, width: int
) -> None:
    with watched_page(browser, cookies, viewport={"width": width, "height": 900}) as page:
        page.goto(f"{filled.url}/?sort=-family")
        expect(page.locator(".group").first).to_have_text(f"family of {RAIL}")
        assert sorted(found(page)[:2]) == [RAIL, WIDE]

        page.goto(f"{filled.url}/?sort=project")
        expect(page.locator(".group").first).to_have_text("Door" * 40)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        table, row = (page.locator(f"{each}").bounding_box() for each in (".list", "#job-1000001"))
        assert table is not None and row is not None
        assert row["width"] == pytest.approx(table["width"], abs=2)
        last = page.locator("#job-1000001 td:visible").last.bounding_box()
        assert last is not None
        assert width < 701 or last["x"] + last["width"] == pytest.approx(
            table["x"] + table["width"], abs=2
        )


@pytest.mark.parametrize("width", [390, 1500])
def test_of_ten_jobs_side_by_side_no_status_lies_over_another(
    browser: Browser, filled: Service, cookies: Any, width: int
) -> None:
    with watched_page(browser, cookies, viewport={"width": width, "height": 900}) as page:
        page.goto(f"{filled.url}/?status=normal,error,none")
        for number in (int(RAIL), int(WIDE), *range(1000053, 1000061)):
            page.locator(f"#pick-{number}").check()
        page.get_by_role("button", name="Compare").click()
        page.wait_for_url(re.compile("/compare/"))

        over = page.locator("td.kind-status .badge").evaluate_all(
            "badges => badges.map(badge => badge.getBoundingClientRect().right"
            " - badge.closest('td').getBoundingClientRect().right)"
        )
        assert len(over) == 10 and max(over) <= 0
