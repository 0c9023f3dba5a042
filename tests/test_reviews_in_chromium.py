"""Writing a review as people do: by keyboard, with pictures pasted, interrupted, beside a colleague, and taken back."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import watched_page
from tests.decks import beam
from tests.service import Service

PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
        "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    )
).decode()

PASTE = """([selector, data]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "image.png", { type: "image/png" }));
  const kind = { clipboardData: transfer, bubbles: true, cancelable: true };
  document.querySelector(selector).dispatchEvent(new ClipboardEvent("paste", kind));
}"""
"""What the browser does with a picture in the clipboard."""


@pytest.fixture(scope="module")
def address(service: Service) -> str:
    service.drop("to_review.inp", beam(heading="To review"))
    job = service.ended("to_review.inp")["to_review.inp"]
    return f"{service.url}/jobs/{job['number']}/"


def test_a_review_is_written_by_keyboard_and_looked_at_while_typing(
    page: Page, address: str
) -> None:
    page.goto(address)
    page.locator("body").click(position={"x": 5, "y": 500})

    page.keyboard.press("e")
    expect(page.locator("[name=result_summary]")).to_be_focused()
    number = address.rstrip("/").rpartition("/")[2]
    page.keyboard.type(f"Holds **well**, as #{number}. <script>alert(1)</script>")
    preview = page.locator("#preview-result_summary")
    expect(preview.locator("strong")).to_have_text("well")
    expect(preview.get_by_role("link", name=f"#{number}")).to_have_attribute(
        "href", f"/jobs/{number}/"
    )
    expect(preview).to_contain_text("<script>")
    expect(page.locator("[data-unsaved]")).to_be_visible()
    page.keyboard.press("Control+s")

    expect(page.locator(".notes")).to_contain_text("The review is saved.")
    expect(page.locator("[data-unsaved]")).to_be_hidden()
    expect(page.locator("#job-timeline")).to_contain_text("summary")


def test_a_pasted_picture_is_uploaded_and_shown_in_the_text(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("[name=info]").fill("See")

    page.evaluate(PASTE, ["[name=info]", PNG])

    expect(page.locator("[name=info]")).to_have_value(
        re.compile(r"^See !\[picture [-0-9 .]+png\]\(attachment:\d+\)$")
    )
    shown = page.locator("#preview-info img")
    expect(shown).to_have_js_property("naturalWidth", 1)
    expect(page.locator("#job-attachments")).to_contain_text("picture")
    page.get_by_role("button", name="Save review").click()
    expect(page.locator("#preview-info img")).to_have_js_property("complete", True)


def test_files_are_attached_and_a_removed_one_comes_back(
    page: Page, address: str, tmp_path: Path
) -> None:
    page.goto(address)
    file = tmp_path / "Messung <b> ü.csv"
    file.write_text("t;F\n")

    page.locator("#attach-file").set_input_files(file)
    page.get_by_role("button", name="Attach", exact=True).click()
    attachments = page.locator("#job-attachments")
    expect(attachments.get_by_role("link", name=file.name)).to_be_visible()
    attachments.get_by_role("button", name=f"Remove {file.name}").click()
    expect(attachments).to_contain_text(f"Removed: {file.name}")
    attachments.get_by_role("button", name="Undo").click()

    expect(page.locator(".notes")).to_contain_text("The change is taken back.")
    expect(page.locator("#job-attachments").get_by_role("link", name=file.name)).to_be_visible()


def test_a_text_survives_a_reload_until_it_is_saved_or_thrown_away(
    page: Page, address: str
) -> None:
    page.goto(address)
    page.locator("[name=tags]").fill("half a thought")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()

    expect(page.locator("[name=tags]")).to_have_value("half a thought")
    expect(page.locator("[data-draft]")).to_be_visible()
    page.get_by_role("button", name="Throw it away").click()
    expect(page.locator("[name=tags]")).to_have_value("")
    page.reload()
    expect(page.locator("[data-draft]")).to_be_hidden()


@pytest.fixture
def colleague(browser: Browser, cookies: dict) -> Iterator[Page]:
    with watched_page(browser, cookies) as opened:
        yield opened


def test_of_two_who_write_at_once_nobodys_text_is_lost(
    page: Page, colleague: Page, address: str
) -> None:
    page.goto(address)
    colleague.goto(address)
    page.locator("[name=base_runs]").fill("7")
    colleague.locator("[name=base_runs]").fill("8")
    colleague.get_by_role("button", name="Save review").click()
    expect(colleague.locator(".notes")).to_contain_text("saved")

    page.get_by_role("button", name="Save review").click()
    expect(page.locator(".f-base_runs .stored")).to_contain_text("8")
    expect(page.locator("[name=base_runs]")).to_have_value("7")
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.locator(".notes")).to_contain_text("saved")

    row = page.locator("#job-timeline li.by-person").first
    expect(row).to_contain_text("8 → 7")
    row.get_by_role("button", name="Undo").click()
    expect(page.locator("[name=base_runs]")).to_have_value("8")


def test_an_obsolete_job_warns_before_it_is_saved(page: Page, address: str) -> None:
    page.goto(address)

    page.locator("[name=result_assessment]").select_option("obsolete")

    expect(page.locator("[data-obsolete]")).to_be_visible()
    page.locator("[data-reset]").click()
    expect(page.locator("[data-obsolete]")).to_be_hidden()


def test_the_timeline_shows_people_or_the_machine(page: Page, address: str) -> None:
    page.goto(address)
    timeline = page.locator("#job-timeline")

    timeline.get_by_label("People").check()
    expect(timeline.locator(".by-machine").first).to_be_hidden()
    expect(timeline.locator(".by-person").first).to_be_visible()
    timeline.get_by_label("Machine").check()
    expect(timeline.locator(".by-machine").first).to_be_visible()
    timeline.get_by_role("link", name=re.compile("page|Everything")).click()
    page.get_by_role("link", name="People").click()
    expect(page.locator(".by-machine")).to_have_count(0)


def test_the_report_is_saved_as_one_file_and_as_pdf(
    page: Page, address: str, tmp_path: Path
) -> None:
    page.goto(address)
    page.get_by_role("link", name="Report").click()
    expect(page.locator("article.report")).to_contain_text("To review")

    with page.expect_download() as html:
        page.get_by_role("link", name="Save as HTML").click()
    file = tmp_path / "report.html"
    html.value.save_as(file)
    with page.expect_download() as pdf:
        page.get_by_role("link", name="Save as PDF").click()
    pdf.value.save_as(tmp_path / "report.pdf")

    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert "To review" in file.read_text() and "<script" not in file.read_text()
    assert 'src="data:image/png;base64,' in file.read_text()
