"""The pages in a browser that asks for another language, whose words are a third longer than the English ones."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
import pytest
from playwright.sync_api import Browser, Page, expect

from pdfjobs.tests import pseudo
from tests.browsing import enter, watched_page
from tests.service import Service
from tests.test_the_list_in_chromium import run_code

ROWS = """
import django
django.setup()
from pdfjobs.services import families
from pdfjobs.tests.web_rows import NOW, make_job, make_log, make_message
jobs = [
    make_job(
        1000001 + at, name=f"{name}_frontal_offset.key", solver="ls-dyna", owner="mara", project="Door", status=status,
        result_summary="**Buckles** at 12 ms", result_assessment="not_ok" if at else "", submitted_at=NOW,
        facts={"warnings": 8402, "errors": 2, "wall_time_s": 90000.0, "time": 0.1, "cycle": 412},
        run_values={"started_at": NOW, "ended_at": NOW},
    )
    for at, (name, status) in enumerate({"door": "normal", "roof": "error", "sill": "other"}.items())
]
for path in ("messag", "d3hsp", "out.log"):
    log = make_log(jobs[0], path)
    for at in range(9):
        make_message(log, at, severity="warning", code="40509", text=f"shell {at} is warped", line=at + 1)
    make_message(log, 9, text="negative volume in solid element", line=77)
families.set_base_runs(jobs[1], [1000001])
"""
PAGES = (
    *("/", "/?shape=cards", "/?q=nothing-has-this", "/jobs/1000001/", "/jobs/1000002/"),
    *("/jobs/1000001/history/", "/jobs/1000002/family/", "/jobs/1000001/report/"),
    *("/compare/?jobs=1000001,1000002", "/intake/", "/upload/", "/status/", "/help/", "/projects/"),
    *("/notifications/", "/account/tokens/", "/password/", "/audit/"),
)
WORDS = re.compile(r"%\(\w+\)\w|%\w|\{[^}]*\}|<[^>]*>|&\w+;|\S+[/:.@_]\S+|([^\W\d_]{3,})")
OVERLAPS = """() => {
  // What is seen of each line of text: cut off by whatever around it hides or scrolls.
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const owner = node.parentElement;
    if (!node.data.trim() || !owner.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const around = [];
    for (let each = owner; each; each = each.parentElement) around.push([each, getComputedStyle(each)]);
    if (around.some(([, style]) => ["fixed", "sticky"].includes(style.position) || style.clipPath !== "none")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
      for (const [each, style] of around) {
        if (style.overflowX === "visible" && style.overflowY === "visible") continue;
        const edge = each.getBoundingClientRect();
        [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
        [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
      }
      if (right - left > 1 && bottom - top > 1) lines.push([node, left, top, right, bottom]);
    }
  }
  const found = [];
  lines.forEach(([one, l, t, r, b], at) => {
    for (const [other, left, top, right, bottom] of lines.slice(at + 1)) {
      const wide = Math.min(r, right) - Math.max(l, left), high = Math.min(b, bottom) - Math.max(t, top);
      if (one !== other && wide > 2 && high > Math.min(b - t, bottom - top) / 3)
        found.push(`${one.data.trim().slice(0, 40)} / ${other.data.trim().slice(0, 40)}`);
    }
    if (r > 0 && (l < -1 || r > innerWidth + 1)) found.push(`outside: ${one.data.trim().slice(0, 40)}`);
  });
  return found;
}"""


def stretch(words: str) -> str:
    """Each word a third longer; what a page puts in, and addresses, stay as they are."""
    return WORDS.sub(lambda word: word[0] + "ä" * (len(word[1] or "") // 3), words)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service into whose folder somebody has put a catalogue, as docs/translate.md says."""
    if shutil.which("xgettext") is None:
        pytest.skip("needs GNU gettext: apt-get install gettext")
    folder: Path = tmp_path_factory.mktemp("language")
    catalogue = polib.pofile(str(pseudo.make(folder) / "de/LC_MESSAGES/django.po"))
    for entry in catalogue:
        entry.msgstr = stretch(entry.msgstr)
        entry.msgstr_plural = {form: stretch(said) for form, said in entry.msgstr_plural.items()}
    place = folder / "service/locale/de/LC_MESSAGES"
    place.mkdir(parents=True)
    catalogue.save_as_mofile(str(place / "django.mo"))
    running = Service(folder / "service").start()
    run_code(running, ROWS)
    yield running
    running.remove()


@pytest.fixture(scope="module")
def cookies(browser: Browser, served: Service) -> Any:
    return enter(browser, served)


@pytest.fixture
def german(browser: Browser, served: Service, cookies: Any) -> Iterator[Page]:
    """A page on a phone whose owner reads German."""
    looks = {"viewport": {"width": 390, "height": 844}, "timezone_id": "Europe/Berlin"}
    with watched_page(browser, cookies, locale="de-DE", **looks) as page:
        yield page


def test_pages_come_in_the_language_that_the_browser_asks_for(
    browser: Browser, served: Service, cookies: Any, german: Page
) -> None:
    german.goto(f"{served.url}/jobs/1000001/")
    expect(german.locator("html")).to_have_attribute("lang", "de")
    expect(german.locator("#messages-title")).to_contain_text(re.compile("^«Messagesää»"))
    expect(german.locator("#job-header .badge")).to_contain_text("«normalää terminationäää»")

    with watched_page(browser, cookies, locale="fr-FR") as page:
        page.goto(f"{served.url}/jobs/1000001/")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("#messages-title")).to_contain_text(re.compile("^Messages"))


def test_times_are_said_as_the_reader_says_them(german: Page, served: Service) -> None:
    german.goto(f"{served.url}/jobs/1000001/")
    time = german.locator("#job-facts time").first

    expect(time).to_have_text(re.compile(r"^1\. März (2026|13:00)"))
    time.hover()
    expect(time).to_have_attribute("title", re.compile(r"^01\.03\.2026, 13:00:00 MEZ \(vor \d"))


def test_long_words_lie_over_nothing_on_a_phone(german: Page, served: Service) -> None:
    found = {}
    for path in PAGES:
        answer = german.goto(served.url + path)
        assert answer is not None and answer.ok, path
        for closed in german.locator("#job-messages details").all():
            closed.evaluate("each => { each.open = true; }")
        faults = german.evaluate(OVERLAPS)
        wide = german.evaluate("document.documentElement.scrollWidth")
        if faults or wide > 390:
            found[path] = [f"{wide} px wide", *faults[:5]]

    assert found == {}
