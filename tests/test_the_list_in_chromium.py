"""The job list by hand, keyboard and eye, in a real browser."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import enter, watched_page
from tests.service import APP, Service, wait_for

JOBS = range(1000001, 1000061)
ROWS = """
import django
django.setup()
from pdfjobs.tests.web_rows import make_job, make_log, make_series
series = {"residual.p": {"n": 40, "first": 1.0, "last": 0.1, "min": 0.1, "max": 1.0}}
for number in range(1000001, 1000061):
    job = make_job(
        number, name=f"case_{number}.inp", solver="openfoam" if number % 2 else "abaqus",
        owner="mara", project="Fan" if number % 3 else "Door", facts={"series": series}, run=number % 5,
        status="error" if number % 7 == 0 else "none",
    )
    if number % 5:
        xs = [float(x) for x in range(40)]
        make_series(make_log(job), "residual.p", xs, [1.0 / (1 + x) for x in xs])
"""


def run_code(service: Service, code: str) -> None:
    environment = service.environment | {"DJANGO_SETTINGS_MODULE": "pdfjobs.settings"}
    subprocess.run([sys.executable, "-c", code], cwd=APP, env=environment, check=True, timeout=60)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with sixty jobs that no solver ran."""
    running = Service(Path(tmp_path_factory.mktemp("list")) / "var").start()
    run_code(running, ROWS)
    yield running
    running.remove()


@pytest.fixture(scope="module")
def cookies(browser: Browser, filled: Service) -> Any:
    return enter(browser, filled)


@pytest.fixture
def page(browser: Browser, filled: Service, cookies: Any) -> Iterator[Page]:
    with watched_page(browser, cookies, viewport={"width": 1600, "height": 900}) as opened:
        opened.goto(filled.url)
        yield opened


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id")


def chosen(page: Page) -> list[str]:
    return page.eval_on_selector_all(
        "#job-rows input:checked", "boxes => boxes.map(box => box.value)"
    )


def changed(filled: Service, number: int, title: str) -> None:
    """A job changes as by a worker; the page sees it with its next poll."""
    run_code(
        filled,
        "import django; django.setup()\n"
        "from pdfjobs.models import Job; from pdfjobs.services import joblines\n"
        f"job = Job.objects.get(number={number}); job.title = {title!r}; job.save()\n"
        "joblines.refresh([job.pk])",
    )


def test_the_keyboard_walks_opens_and_chooses(page: Page, filled: Service) -> None:
    for key in "jjk":
        page.keyboard.press(key)
    assert focused(page) == "open-1000060"

    for key in ("x", "j", "j", "X"):
        page.keyboard.press(key)
    assert chosen(page) == ["1000060", "1000059", "1000058"]
    expect(page.locator("#bulk-count")).to_have_text("3 jobs chosen")

    page.keyboard.press("/")
    page.keyboard.type("case_1000003")
    page.keyboard.press("Enter")
    expect(page.locator("#job-rows > tr")).to_have_count(1)
    expect(page.locator("#bulk-count")).to_have_text("3 jobs chosen, 3 of them not on this page")
    page.keyboard.press("Escape")
    expect(page.locator("#bulk")).to_be_hidden()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{filled.url}/jobs/1000003/")


def test_a_change_elsewhere_moves_neither_choice_nor_focus_nor_page(
    page: Page, filled: Service
) -> None:
    page.locator("#pick-1000040").check()
    page.locator("#pick-1000036").click(modifiers=["Shift"])
    page.locator("#open-1000038").focus()
    before = page.evaluate("[scrollY, document.getElementById('job-1000038').offsetTop]")
    page.evaluate("document.getElementById('job-1000039').dataset.mark = 'same node'")

    changed(filled, 1000038, "Changed while one looked")
    expect(page.locator("#job-1000038")).to_contain_text("Changed while one looked")

    assert chosen(page) == [str(number) for number in range(1000040, 1000035, -1)]
    assert focused(page) == "open-1000038"
    assert page.evaluate("[scrollY, document.getElementById('job-1000038').offsetTop]") == before
    page.keyboard.press("j")
    assert focused(page) == "open-1000037"


def test_many_jobs_are_edited_at_once_and_the_edit_is_undone(page: Page, filled: Service) -> None:
    for number in (1000057, 1000056):
        page.locator(f"#pick-{number}").check()
    page.keyboard.press("e")
    page.keyboard.type("not OK")
    page.get_by_label("Add tags").fill("friday, <b>bold</b>")
    page.get_by_role("button", name="Apply").click()

    expect(page.locator(".note")).to_have_text("2 jobs are changed.")
    expect(page.locator("#job-1000057 .c-review")).to_have_text("not OK")
    assert sorted(chosen(page)) == ["1000056", "1000057"]
    tagged = "list(Tag.objects.order_by('job__number').values_list('job__number', 'name'))"
    assert filled.query(tagged) == [
        [number, tag] for number in (1000056, 1000057) for tag in ("<b>bold</b>", "friday")
    ]

    page.keyboard.press("u")
    page.keyboard.press("Enter")
    expect(page.locator(".note")).to_have_text("2 jobs are as they were before.")
    expect(page.locator("#job-1000057 .c-review")).to_have_text("")
    assert filled.query(tagged) == []
    page.keyboard.press("Escape")


def test_a_base_run_and_obsolete_are_set_for_chosen_rows_and_taken_back(
    page: Page, filled: Service
) -> None:
    based = "list(BaseRun.objects.order_by('job__number').values_list('job__number', 'number'))"
    rows = [page.locator(f"#job-{number}") for number in (1000054, 1000053)]
    page.goto(f"{filled.url}/?columns=status,review,base")
    for row in rows:
        row.get_by_role("checkbox").check()

    page.keyboard.press("e")
    page.get_by_role("textbox", name="Base runs").fill("1000001 1000053")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".note")).to_have_text("2 jobs are changed.")
    expect(rows[0].locator(".c-base a")).to_have_text(["1000001", "1000053"])
    expect(rows[1].locator(".c-base a")).to_have_text(["1000001"])
    assert filled.query(based) == [[1000053, 1000001], [1000054, 1000001], [1000054, 1000053]]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".note")).to_have_text("2 jobs are as they were before.")
    expect(page.locator(".c-base a")).to_have_count(0)
    assert filled.query(based) == []

    page.get_by_role("button", name="Set obsolete").click()
    expect(page.locator(".note")).to_have_text("2 jobs are changed.")
    for row in rows:
        expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".note")).to_have_text("2 jobs are as they were before.")
    for row in rows:
        expect(row.locator(".c-review")).to_have_text("")
    page.keyboard.press("Escape")


def test_filters_narrow_and_chips_take_them_off(page: Page, filled: Service) -> None:
    page.keyboard.press("f")
    page.get_by_role("link", name="abaqus 30").click()
    page.wait_for_url(re.compile("solver=abaqus"))
    expect(page.locator("#job-rows > tr")).to_have_count(30)

    page.keyboard.press("f")
    page.get_by_label("Submitted since").fill("2026-03-02")
    page.get_by_role("button", name="Apply").first.click()
    expect(page.locator("body")).to_contain_text("No job matches.")
    page.locator("#chip-since").click()
    expect(page.locator("#job-rows > tr")).to_have_count(30)
    page.locator("#chip-solver").click()
    expect(page.locator("#job-rows > tr")).to_have_count(50)


def test_order_columns_cards_and_groups_are_chosen_and_remembered(
    page: Page, filled: Service
) -> None:
    page.locator("#head-name a").click()
    expect(page.locator("#head-name")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("#job-rows > tr").first).to_contain_text("case_1000001.inp")

    page.locator("#tool-columns summary").click()
    page.locator("#tool-columns").get_by_label("Tags").check()
    page.locator("#tool-columns").get_by_label("Owner").uncheck()
    page.get_by_role("button", name="Show", exact=True).click()
    page.goto(filled.url)
    expect(page.locator("#head-tags")).to_be_visible()
    expect(page.locator("#head-owner")).to_have_count(0)
    page.locator("#tool-columns summary").click()
    page.get_by_role("button", name="Usual columns").click()
    expect(page.locator("#head-owner")).to_be_visible()

    page.locator("#tool-columns summary").click()
    page.get_by_label("cards").check()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("ul.cards")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert chosen(page) == ["1000060"]
    expect(page.locator("#job-1000059 svg title")).to_have_text("residual.p: 0.1")

    page.locator("#tool-group summary").click()
    page.get_by_role("link", name="by project").click()
    expect(page.locator(".cards .group")).to_have_count(2)
    page.keyboard.press("Escape")


def test_a_view_is_saved_and_opened_again(page: Page, filled: Service) -> None:
    page.goto(f"{filled.url}/?solver=abaqus&sort=name&shape=table")
    page.locator("#tool-views summary").click()
    page.get_by_label("Name").fill("Abaqus by name")
    page.get_by_role("button", name="Save view").click()
    expect(page.locator(".note")).to_contain_text("saved")

    page.goto(filled.url)
    page.locator("#tool-views summary").click()
    page.get_by_role("link", name="Abaqus by name", exact=True).click()
    page.wait_for_url(f"{filled.url}/?solver=abaqus&sort=name&shape=table")
    page.locator("#tool-views summary").click()
    page.get_by_role("button", name="Delete Abaqus by name").click()
    expect(page.locator(".note")).to_contain_text("deleted")


@pytest.mark.parametrize("kind", ["Excel (XLSX)", "Text (CSV)"])
def test_the_list_is_saved_as_a_file(page: Page, kind: str) -> None:
    page.locator("#tool-export summary").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=kind).click()

    path = Path(download.value.path())
    assert re.fullmatch(r"jobs-[\d-]+\.(csv|xlsx)", download.value.suggested_filename)
    start = path.read_bytes()[:9]
    assert start.startswith((b"PK\x03\x04", b"\xef\xbb\xbfnumber"))


@pytest.mark.parametrize("width", [390, 3840])
@pytest.mark.parametrize("shape", ["table", "cards"])
def test_the_list_fits_the_window(
    browser: Browser, filled: Service, cookies: Any, width: int, shape: str
) -> None:
    with watched_page(browser, cookies, viewport={"width": width, "height": 900}) as page:
        page.goto(f"{filled.url}/?shape={shape}")
        page.locator("#pick-1000060").check()
        page.locator("#bulk-edit summary").click()
        for tool in ("columns", "export", "group"):
            page.locator(f"#tool-{tool} summary").click()
            wait_for(
                lambda: page.evaluate("document.documentElement.scrollWidth") <= width, tool, 5
            )
