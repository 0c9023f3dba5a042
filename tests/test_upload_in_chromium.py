"""Handing in decks in a real browser: chosen, refused, several as one, and what becomes of them."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import WAIT_MS
from tests.decks import beam
from tests.service import Service

DROP = """([name, files]) => {
  const transfer = new DataTransfer();
  for (const [file, text] of files) transfer.items.add(new File([text], file));
  const area = document.getElementById("drop");
  for (const kind of ["dragenter", "dragover", "drop"])
    area.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def sent(page: Page, service: Service) -> Any:
    """The rows of what was handed in."""
    page.goto(f"{service.url}/upload/")
    return page.locator("#sent-list li")


def test_a_chosen_deck_becomes_a_job_of_this_person(
    page: Page, sent: Any, service: Service, tmp_path: Path
) -> None:
    deck = tmp_path / "handed in Träger.inp"
    deck.write_text(beam(increments=2, heading="handed in"))
    page.get_by_label("decks").set_input_files(deck)
    page.get_by_label("What changed").fill("thicker\n<b>web</b>")
    page.get_by_label("Base runs").fill("77")
    page.get_by_role("button", name="Hand in").click()

    expect(sent.first).to_contain_text(deck.name)
    expect(sent.first.get_by_role("link")).to_contain_text("is job", timeout=WAIT_MS)
    sent.first.get_by_role("link").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text(deck.name)
    job = service.ended(deck.name)[deck.name]
    account = page.locator(".account summary").inner_text().strip(" ▾")
    assert (job["user"], job["info"], job["base_runs"]) == (account, "thicker\n<b>web</b>", [77])
    assert job["status"] == "normal"


def test_dropped_files_that_belong_together_are_one_job(
    page: Page, sent: Any, service: Service
) -> None:
    page.get_by_label("belong together").check()
    page.get_by_label("Name of their folder").fill("two files")
    deck = beam(increments=2).replace(
        "*NODE, NSET=ALL", "*INCLUDE, INPUT=extra.inc\n*NODE, NSET=ALL"
    )
    page.evaluate(DROP, ["", [["main.inp", deck], ["extra.inc", "** nothing\n"]]])

    expect(sent).to_have_count(1)
    expect(sent.first.get_by_role("link")).to_contain_text("is job", timeout=WAIT_MS)


def test_what_intake_refuses_is_said_in_its_words(page: Page, sent: Any) -> None:
    page.evaluate(DROP, ["", [["holiday.jpg", "no deck"], [".hidden.inp", "x"]]])

    expect(sent).to_have_count(2)
    expect(sent.filter(has_text="hidden.inp")).to_contain_text("hidden file")
    expect(sent.filter(has_text="holiday.jpg")).to_contain_text("refused:", timeout=WAIT_MS)


def test_a_file_that_is_too_large_is_not_even_sent(page: Page, sent: Any) -> None:
    page.evaluate("document.getElementById('upload').dataset.most = '3'")
    page.evaluate(DROP, ["", [["large.inp", "four"]]])

    expect(sent.first).to_contain_text("larger than may be uploaded")


def test_a_script_in_a_files_name_stays_text(page: Page, sent: Any) -> None:
    name = "<img src=x onerror=document.title='broken'>.jpg"
    page.evaluate(DROP, ["", [[name, "x"]]])

    expect(sent.first).to_contain_text(name)
    expect(page).not_to_have_title("broken")


def test_feedback_opens_over_the_page_and_closes_by_key(page: Page, sent: Any) -> None:
    page.locator(".account summary").click()
    page.get_by_role("link", name="Give feedback").click()
    dialog = page.get_by_role("dialog", name="Give feedback")
    expect(dialog).to_contain_text("names no address for feedback")
    expect(dialog.get_by_role("link")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.goto(f"{page.url.partition('/upload')[0]}/help/")
    expect(page.locator("[aria-labelledby=feedback-words]")).to_contain_text("names no address")
    expect(page.locator("a[href^=mailto]")).to_have_count(0)
