"""Logs, files and decks in a real browser, while the solver writes."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.service import Service, wait_for

HEADER = (
    " Begin reading an ls-dyna keyword file\n"
    "      Date: 01/01/2026      Time: 12:00:00 \n"
    " ls-dyna smp.123456  s   revision 9.3  \n"
)
WARNING = (
    " *** Warning 30226 (INI+226)\n     node {n} (rigidwall 1) init. penetration= 3.9500E+01\n \n"
)
ERROR = " *** Error 40509 (SOL+509)\n     negative volume in brick element # {n} cycle 1\n \n"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcffff3f0300080002fe"
    "a7a5f6a50000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def folder(service: Service) -> Path:
    """A run that goes on: its log, deck with an include, and pictures."""
    folder = service.runs / "followed"
    folder.mkdir()
    (folder / "crash.k").write_text("*KEYWORD\n$ a comment\n*INCLUDE\nmesh.k\n*END\n")
    (folder / "mesh.k").write_text("*NODE\n       1     0.0     0.0     0.0\n")
    (folder / "plot.png").write_bytes(PICTURE)
    (folder / "drawing.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    )
    text = sample()
    text += "".join(f" words of line {n}\n" for n in range(3000))
    text += "".join(WARNING.format(n=n) + ERROR.format(n=n) for n in range(40))
    text += "".join(f" further words {n}\n" for n in range(3000))
    (folder / "messag").write_text(text)
    return folder


def sample() -> str:
    """The begin of a log that LS-DYNA writes while it runs, from our own samples."""
    cases = Path(__file__).parents[1] / "workers/tests/samples/ls-dyna"
    return next(cases.glob("*running*/mes*")).read_text()


@pytest.fixture(scope="module")
def number(service: Service, folder: Path) -> int:
    def known() -> int:
        found = service.query(
            "[number for number, report in LogFile.objects.filter(run__folder='followed', path='messag')"
            ".values_list('run__job__number', 'report') if report.get('errors') == 40]"
        )
        return found[0] if found else 0

    return wait_for(known, "the log to be read")


def test_a_log_is_read_through_jumped_in_searched_and_followed(
    page: Page, service: Service, folder: Path, number: int
) -> None:
    alerts: list[str] = []
    page.on("dialog", lambda dialog: alerts.append(dialog.message) or dialog.dismiss())
    page.goto(f"{service.url}/jobs/{number}/files/messag")
    lines = page.locator("#log-lines")
    expect(page.locator("[data-count=error]")).to_have_text("40")

    page.keyboard.press("e")
    expect(page).to_have_url(re.compile("mark=error:1"))
    target = lines.locator(".row.is-target")
    expect(target).to_have_class(re.compile("is-error"))
    expect(target).to_be_in_viewport()
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile("mark=error:2"))

    page.keyboard.press("/")
    page.keyboard.type("further words 1500")
    page.keyboard.press("Enter")
    expect(target.locator("mark")).to_have_text("further words 1500")

    lines.evaluate("pane => pane.scrollTop = pane.scrollHeight")
    expect(lines).to_contain_text("further words 1999")
    lines.evaluate("pane => pane.scrollTop = 0")
    expect(lines).to_contain_text("further words 1200")

    page.get_by_role("button", name="Follow").click()
    expect(lines).to_contain_text("further words 2999")
    with (folder / "messag").open("a") as log:
        log.write(ERROR.format(n=777) + " the last words <script>alert(2)</script>\n")
    expect(lines).to_contain_text("the last words <script>alert(2)</script>")
    expect(page.locator("[data-count=error]")).to_have_text("41")
    expect(lines.locator(".row.is-error").last).to_contain_text("*** Error 40509")
    assert alerts == []


def test_a_link_to_a_line_shows_it(page: Page, service: Service, number: int) -> None:
    page.goto(f"{service.url}/jobs/{number}/files/messag?line=1234")

    target = page.locator(".row.is-target")
    expect(target).to_have_attribute("data-line", "1234")
    expect(target).to_be_in_viewport()
    expect(page.locator("#go-line")).to_have_value("1234")


def test_files_are_shown_and_saved(page: Page, service: Service, number: int) -> None:
    alerts: list[str] = []
    page.on("dialog", lambda dialog: alerts.append(dialog.message) or dialog.dismiss())
    page.goto(f"{service.url}/jobs/{number}/files/")
    page.get_by_role("searchbox", name="Part of the name").fill("plot")
    expect(page.locator(".file-table tbody tr:not([hidden])")).to_have_count(1)
    page.get_by_label("Choose plot.png").check()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Chosen files as ZIP").click()
    assert saved.value.suggested_filename.endswith(".zip")

    page.get_by_role("link", name="plot.png", exact=True).click()
    picture = page.locator("figure img")
    wait_for(
        lambda: picture.evaluate("img => img.complete && img.naturalWidth === 1"), "the picture"
    )
    page.goto(f"{service.url}/jobs/{number}/raw/drawing.svg?plain=1")
    page.goto(f"{service.url}/jobs/{number}/files/drawing.svg")
    assert alerts == []


def test_a_deck_is_read_with_its_includes(page: Page, service: Service, number: int) -> None:
    page.goto(f"{service.url}/jobs/{number}/files/crash.k")
    if page.locator(".deck-tree").count() == 0:
        pytest.fail("the deck of the run is not known; see how a found run gets its deck")

    expect(page.locator(".d-keyword").first).to_have_text("*KEYWORD")
    expect(page.locator(".d-comment").first).to_have_text("$ a comment")
    page.get_by_role("navigation", name="Files of the deck").get_by_role(
        "link", name="mesh.k"
    ).click()
    expect(page.locator(".d-keyword")).to_have_text("*NODE")


def test_the_jobs_page_goes_on_with_the_end_of_its_log(
    page: Page, service: Service, folder: Path, number: int
) -> None:
    page.goto(f"{service.url}/jobs/{number}/")
    pane = page.locator("#job-log [data-log-pane]")
    end = "pane => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 30"
    assert pane.evaluate(end)
    pane.locator(".row").first.evaluate("row => row.dataset.seen = 'yes'")

    with (folder / "messag").open("a") as log:
        log.write(" words that come\n" + ERROR.format(n=888))
    expect(pane).to_contain_text("words that come")
    expect(pane.locator(".row.is-error", has_text="*** Error 40509").last).to_be_visible()
    assert pane.evaluate(end), "who is at the end stays there"
    expect(pane.locator("[data-seen]")).to_have_count(1)  # the rows are the same: nothing flickers

    pane.hover()
    page.mouse.wheel(0, -200)
    wait_for(lambda: not pane.evaluate(end), "the pane to be scrolled")
    with (folder / "messag").open("a") as log:
        log.write(" words that come later\n")
    expect(pane).to_contain_text("words that come later")
    assert not pane.evaluate(end), "who reads further up is left there"

    (folder / "more.txt").write_text("another file\n")
    (folder / "extra").mkdir()
    service.query(
        "LogFile.objects.create(run=Run.objects.get(folder='followed'), path='more.txt', parser='x',"
        " parser_version=1, device=1, inode=1, head_len=0, head_sha='').pk"
    )
    more = page.get_by_role("link", name="The end of more.txt")
    expect(more).to_be_visible()  # the section came anew, with the rows as they were
    expect(pane.locator("[data-seen]")).to_have_count(1)
    assert not pane.evaluate(end)
    more.click()
    expect(pane).to_have_text(re.compile("another file"))
    expect(more).to_have_attribute("aria-current", "true")

    pane.locator(".ln").first.click()
    expect(page).to_have_url(f"{service.url}/jobs/{number}/files/more.txt?line=1")


def test_without_scripts_the_end_stands_on_the_jobs_page_and_in_the_viewer(
    page: Page, browser: Browser, service: Service, folder: Path, number: int
) -> None:
    cookies = page.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=cookies)
    page = context.new_page()
    with (folder / "messag").open("a") as log:
        log.write(" the last line\n")

    page.goto(f"{service.url}/jobs/{number}/#job-log")
    expect(page.locator("[data-log-pane] .row").last).to_be_in_viewport()
    expect(page.locator("[data-log-pane] .row").last).to_contain_text("the last line")
    page.get_by_role("link", name="The end of messag").click()

    expect(page.locator("#log-lines .row").last).to_contain_text("the last line")
    context.close()


def test_marks_of_a_log_that_was_read_before_they_were_kept_come_while_one_looks(
    page: Page, service: Service, folder: Path, number: int
) -> None:
    log = "LogFile.objects.get(run__folder='followed', path='messag')"
    errors = int(service.query(f"{log}.report['errors']"))
    service.query(
        f"(lambda log: [log.points.all().delete(), log.loose_points.all().delete(), log.state.pop('places'),"
        f" setattr(log, 'pieces', 0), log.save()][2]['lines'])({log})"
    )
    page.goto(f"{service.url}/jobs/{number}/files/messag?line=3210")
    expect(page.locator("[data-marking]")).to_be_hidden()
    expect(page.locator("[data-count=error]")).to_have_text(str(errors))
    expect(page.locator("#log-lines .row[data-line='3210']")).to_be_in_viewport()

    page.keyboard.press("E")

    target = page.locator("#log-lines .row.is-target")
    expect(target).to_have_class(re.compile("is-error"))
