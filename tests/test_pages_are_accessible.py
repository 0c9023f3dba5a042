"""What axe-core finds in each page, light and dark, wide and on a phone: nothing serious, and nothing wider than the window."""

import json
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browsing import watched_page
from tests.decks import beam
from tests.service import Service

PAGES = (
    *("/", "/?q=nothing-has-this", "/?shape=cards", "/intake/", "/status/", "/help/", "/upload/"),
    *("/projects/", "/account/tokens/", "/notifications/", "/password/"),
    *("/jobs/{job}/", "/jobs/{job}/history/", "/jobs/{job}/difference/?base={other}"),
    *("/jobs/{job}/report/", "/jobs/{job}/files/", "/jobs/{job}/family/", "/jobs/{job}/deck/"),
    *("/jobs/{job}/files/{log}", "/compare/?jobs={job},{other}"),
)
LOOKS = {
    "light and wide": {"color_scheme": "light", "viewport": {"width": 1500, "height": 1000}},
    "dark on a phone": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
}


@pytest.fixture(scope="module")
def numbers(service: Service) -> dict[str, Any]:
    """Two jobs that have ended, beside one of a long name, and a log of the first."""
    service.drop(f"{'long' * 40}.inp", beam(increments=3, heading="a heading " * 40))
    for name in ("seen.inp", "heard.inp"):
        service.drop(name, beam(increments=3))
    jobs = service.ended("seen.inp", "heard.inp", f"{'long' * 40}.inp")
    log = next(Path(jobs["seen.inp"]["run_dir"]).glob("*.sta")).name
    return {"job": jobs["seen.inp"]["number"], "other": jobs["heard.inp"]["number"], "log": log}


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_shuts_anybody_out(
    browser: Browser, cookies: Any, service: Service, numbers: dict[str, Any], look: str
) -> None:
    found = {}
    with watched_page(browser, cookies, **LOOKS[look]) as page:
        for path in PAGES:
            answer = page.goto(service.url + path.format(**numbers))
            assert answer is not None and answer.ok, f"{path}: {answer and answer.status}"
            if faults := serious(page):
                found[path] = faults
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > LOOKS[look]["viewport"]["width"]:
                found.setdefault(path, []).append(f"{wide} px wide")

    assert found == {}, json.dumps(found, indent=1)


def serious(page: Page) -> list[str]:
    """Each rule that is broken, and the first place where."""
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]} ({len(one['nodes'])} places)"
        for one in Axe().run(page).response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
