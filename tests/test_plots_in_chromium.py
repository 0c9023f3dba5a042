"""Plots and comparing in a real browser: what the hand does, the address keeps and sends."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import WAIT_MS, enter, watched_page
from tests.decks import beam
from tests.service import Service, wait_for

POINTS = 120_000
MADE = f"""
(lambda job, run: [
    __import__("pdfjobs.services.points", fromlist=["x"]).keep_points([
        __import__("pdfjobs.services.points", fromlist=["x"]).Growth.of(
            LogFile.objects.create(run=run, path="glstat", parser="x", parser_version=1, device=1, inode=run.pk, head_len=0, head_sha=""),
            {{"energy.kinetic": [(k / {POINTS}, 1000.0 + k % 7 + (9000.0 if k == 77777 else 0.0)) for k in range({POINTS})],
              "energy.total": [(k / 100, 2000.0 + k) for k in range(100)],
              "energy.ratio": [(k / 100, 1.0 + k / 1000) for k in range(100)],
              "time_step": [(k / 100, 1e-6) for k in range(100)]}},
            fresh=True, over=True)], []),
    job.number][1])
"""
SERIES = {
    "energy.kinetic": {"x": "time", "unit": "mJ", "n": POINTS, "first": 1000.0, "last": 1000.0},
    "energy.total": {"x": "time", "unit": "mJ", "n": 100, "first": 2000.0, "last": 2099.0},
    "energy.ratio": {"x": "time", "unit": None, "n": 100, "first": 1.0, "last": 1.099},
    "time_step": {"x": "time", "unit": "s", "n": 100, "first": 1e-6, "last": 1e-6},
}


def made(service: Service, number: int) -> int:
    """A job whose log has a long series with one peak, without a solver."""
    facts = json.dumps({"series": SERIES, "end_time": 1.0, "solver": "ls-dyna"})
    job = (
        f"Job.objects.create(number={number}, name='crash{number}.key', solver='ls-dyna', status='normal',"
        " submitted_at='2026-03-01T12:00:00Z')"
    )
    run = (
        f"Run.objects.create(job=job, root='runs', folder='gone{number}', stem='', finished=True,"
        f" facts=json.loads({facts!r}))"
    )
    return service.query(f"(lambda job: {MADE.strip()}(job, {run}))({job})")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    mine = Service(tmp_path_factory.mktemp("plots") / "var").start()
    for number in (1000001, 1000002):
        made(mine, number)
    mine.query("BaseRun.objects.create(job=Job.objects.get(number=1000002), number=1000001).pk")
    yield mine
    mine.remove()


@pytest.fixture(scope="module")
def cookies(browser: Browser, running: Service) -> Any:
    return enter(browser, running)


@pytest.fixture
def page(browser: Browser, cookies: Any) -> Iterator[Page]:
    with watched_page(browser, cookies, viewport={"width": 1400, "height": 1000}) as opened:
        yield opened


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.evaluate("location.href")).query)


def value(page: Page, curve: str, column: int) -> str:
    row = page.locator("[data-plot-values] tbody tr").filter(has_text=curve).first
    return row.locator("td").nth(column).inner_text()


def test_a_plot_is_zoomed_to_the_sample_and_its_address_can_be_sent(
    page: Page, running: Service
) -> None:
    page.goto(f"{running.url}/jobs/1000002/")
    canvas = page.locator("[data-plot-canvas]")
    expect(canvas.locator("canvas")).to_have_count(1)
    expect(page.get_by_role("button", name="Energies")).to_have_attribute("aria-pressed", "true")
    wait_for(lambda: value(page, "energy.kinetic", 2) == "10000", "the peak in the whole", 30)

    over = canvas.locator(".u-over")
    box = over.bounding_box()
    assert box is not None
    at = box["x"] + box["width"] * 77777 / POINTS
    with page.expect_response(lambda answer: "from=" in answer.url):
        page.mouse.move(at - 4, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(at + 4, box["y"] + 60, steps=4)
        page.mouse.up()
    low, high = float(asked(page)["from"][0]), float(asked(page)["to"][0])
    assert low < 77777 / POINTS < high < low + 0.02
    wait_for(lambda: value(page, "energy.kinetic", 1) == "1000", "the samples beside the peak", 30)
    assert value(page, "energy.kinetic", 2) == "10000"

    page.get_by_role("checkbox", name="log energy").check()
    page.get_by_role("button", name="base run 1000001").click()
    row = page.locator("[data-plot-values] tr").filter(has_text="1000001 energy.kinetic")
    expect(row).to_have_count(1)
    assert asked(page)["with"] == ["1000001"] and asked(page)["log"] == ["energy [mJ]"]

    link = page.evaluate("location.href")
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_role("checkbox", name="log energy")).to_be_checked()
    expect(row).to_have_count(1)
    assert (float(asked(page)["from"][0]), float(asked(page)["to"][0])) == (low, high)
    page.get_by_role("button", name="Whole range").click()
    wait_for(lambda: "from" not in asked(page), "the whole range", 30)


def test_keys_alone_do_what_the_mouse_does(page: Page, running: Service) -> None:
    page.goto(f"{running.url}/jobs/1000001/")
    canvas = page.locator("[data-plot-canvas]")
    expect(canvas.locator("canvas")).to_have_count(1)

    canvas.focus()
    page.keyboard.press("+")
    wait_for(lambda: "from" in asked(page), "the zoom", 30)
    first = float(asked(page)["from"][0])
    page.keyboard.press("Shift+ArrowRight")
    wait_for(lambda: float(asked(page)["from"][0]) > first, "the move", 30)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-plot-said]")).to_contain_text("energy.kinetic")
    page.keyboard.press("0")
    wait_for(lambda: "from" not in asked(page), "the whole range", 30)


def test_curves_are_chosen_freely_and_saved_as_table_and_picture(
    page: Page, running: Service, tmp_path: Path
) -> None:
    page.goto(f"{running.url}/jobs/1000001/")
    page.get_by_role("button", name="Time step").click()
    expect(page.locator("[data-plot-values] tbody tr")).to_have_count(1)
    page.get_by_role("checkbox", name="energy.ratio").check()
    expect(page.locator("[data-plot-values] tbody tr")).to_have_count(2)
    assert asked(page)["curves"] == ["time_step,energy.ratio"]

    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV").click()
    saved.value.save_as(tmp_path / "series.csv")
    with page.expect_download() as drawn:
        page.get_by_role("button", name="PNG").click()
    drawn.value.save_as(tmp_path / "series.png")

    lines = (tmp_path / "series.csv").read_text().splitlines()
    assert (lines[0], lines[1], len(lines)) == (
        "time,time_step [s],energy.ratio",
        "0.0,1e-06,1.0",
        101,
    )
    assert (tmp_path / "series.png").read_bytes().startswith(b"\x89PNG")


def test_on_a_phone_each_axis_has_a_plot_of_its_own(
    browser: Browser, cookies: Any, running: Service
) -> None:
    with watched_page(browser, cookies, viewport={"width": 390, "height": 800}) as page:
        page.goto(f"{running.url}/jobs/1000001/")

        canvases = page.locator("[data-plot-canvas] canvas")
        expect(canvases).to_have_count(2, timeout=WAIT_MS)
        for path in ("/jobs/1000001/", "/compare/?jobs=1000001,1000002", "/compare/"):
            page.goto(f"{running.url}{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_a_fingers_hint_speaks_of_what_a_finger_can_do(
    browser: Browser, cookies: Any, running: Service
) -> None:
    hand: dict[str, Any] = {"viewport": {"width": 390, "height": 800}, "has_touch": True}
    with watched_page(browser, cookies, **hand) as page:
        for path in ("/compare/?jobs=1000001,1000002", "/jobs/1000001/"):
            page.goto(f"{running.url}{path}")
            hint = page.locator("#plot-hint").inner_text()
            assert hint.startswith("Tap the plot") and "Shift" not in hint, path

        values = page.locator("[data-plot-values]")
        expect(values).to_contain_text("energy.kinetic")
        before = values.inner_text()
        page.locator(".u-over").first.tap(position={"x": 60, "y": 40})
        expect(values).not_to_have_text(before, use_inner_text=True)
        page.get_by_role("button", name="Zoom in").tap()
        wait_for(lambda: "from" in asked(page), "the range in the address")


def test_jobs_stand_side_by_side_from_the_job_page_on(page: Page, running: Service) -> None:
    page.goto(f"{running.url}/jobs/1000002/")
    page.get_by_role("link", name="Compare with base run 1000001").click()
    page.wait_for_url(re.compile(r"/compare/\?jobs=1000001,1000002"))

    expect(page.locator("[data-plot-canvas] canvas")).to_have_count(3)
    assert page.locator("#plot-hint").inner_text().startswith("Drag to zoom, Shift")
    page.get_by_role("button", name="Time step").click()
    expect(page.locator("[data-plot-canvas] canvas")).to_have_count(1)
    assert asked(page)["plot"] == ["time step"]
    page.get_by_role("link", name="Compare all with 1000002").click()
    expect(page.locator("table.compare thead a.num").first).to_have_text("1000002")


def drawn(page: Page) -> None:
    """Keeps what is written into the canvases."""
    page.add_init_script(
        "window.drawn = []; const write = CanvasRenderingContext2D.prototype.fillText;"
        "CanvasRenderingContext2D.prototype.fillText = function (text, ...at)"
        " { window.drawn.push(text); return write.call(this, text, ...at); }"
    )


def test_the_numbers_at_an_axis_tell_its_places_apart_however_small_they_are(
    page: Page, running: Service
) -> None:
    drawn(page)
    page.goto(f"{running.url}/jobs/1000001/?from=0.0000401&to=0.0000409")
    wait_for(lambda: "4.05e-5" in page.evaluate("drawn"), "the middle of the range, written", 30)

    numbers = set(page.evaluate("drawn.filter(text => text.includes('e-'))"))
    assert numbers == {f"4.0{digit}e-5" for digit in range(1, 10)}

    page.goto(f"{running.url}/jobs/1000001/?from=0.25&to=0.75&plot=time+step")
    wait_for(lambda: "0.50" in page.evaluate("drawn"), "the middle of the range, written", 30)


def test_a_plot_grows_while_the_solver_works(page: Page, running: Service) -> None:
    running.drop("grows.inp", beam(increments=400, length=14, width=4))
    job = wait_for(
        lambda: (j := running.job("grows.inp")) and j["status"] == "running" and j["series"] and j,
        "the run's first points",
    )
    page.goto(f"{running.url}/jobs/{job['number']}/")
    expect(page.locator("[data-plot-values] tbody tr").first).to_be_visible()

    def last() -> str:
        return page.locator("[data-plot-values] tbody td").first.inner_text()

    before = last()
    wait_for(lambda: last() != before, "a newer value", 60)
    running.manage("stop", str(job["number"]), check=False)
