"""From a job to its variant, its deck's difference and its family, as a person goes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import WAIT_MS
from tests.decks import beam
from tests.service import Service, wait_for

SOFTER = beam(heading="Softer").replace("210000.", "190000.")


@pytest.fixture(scope="module")
def pair(service: Service) -> tuple[int, int]:
    """A job, and a variant that was dropped with a sidecar that names it."""
    service.drop("family_base.inp", beam(heading="Base"))
    base = service.ended("family_base.inp")["family_base.inp"]["number"]
    said = f'base_runs = [{base}]\ninfo = "softer steel"\n'
    (service.hotfolder / "family_variant.inp.job.toml").write_text(said)
    service.drop("family_variant.inp", SOFTER)
    return base, service.ended("family_variant.inp")["family_variant.inp"]["number"]


def test_a_variant_is_linked_both_ways_and_its_deck_difference_is_shown(
    page: Page, service: Service, pair: tuple[int, int]
) -> None:
    base, variant = pair

    page.goto(f"{service.url}/jobs/{base}/")
    family = page.locator("#job-family")
    expect(family).to_contain_text("softer steel")
    family.get_by_role("link", name=str(variant), exact=True).click()
    page.wait_for_url(f"**/jobs/{variant}/")
    expect(page.locator("#job-family")).to_contain_text(str(base))

    def has_cards() -> bool:
        page.goto(f"{service.url}/jobs/{variant}/difference/")
        return page.locator("#changes-material").count() == 1

    wait_for(has_cards, "both decks to be summed up", 60)
    material = page.locator("#changes-material")
    expect(material).to_contain_text("*ELASTIC")
    expect(material).to_contain_text("STEEL")
    expect(material.locator("del")).to_have_text("210000")
    expect(material.locator("ins")).to_have_text("190000")
    expect(page.get_by_role("row", name=re.compile("^Status"))).to_contain_text(
        "normal termination"
    )


def test_the_family_is_a_picture_whose_boxes_lead_to_their_jobs(
    page: Page, service: Service, pair: tuple[int, int]
) -> None:
    base, variant = pair
    page.goto(f"{service.url}/jobs/{variant}/")

    page.get_by_role("link", name="Show as a picture").click()
    boxes = page.locator(".family-picture a")
    expect(boxes).to_have_count(2)
    left, right = (boxes.nth(at).bounding_box() for at in (0, 1))
    assert left is not None and right is not None and left["x"] < right["x"]
    expect(page.locator(".family-picture [aria-current=page]")).to_contain_text(str(variant))
    boxes.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/jobs/{base}/")

    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{service.url}/jobs/{variant}/family/")
    expect(page.locator(".family-picture")).to_be_hidden()
    expect(page.locator(".family-list li")).to_have_count(2)


def test_a_base_run_that_appears_only_later_is_linked_both_ways(
    page: Page, service: Service, pair: tuple[int, int]
) -> None:
    # The variant gets the number after the last one that was given, and its base the one after that.
    base = service.query("Counter.objects.get(name='job number').value") + 2
    (service.hotfolder / "early_variant.inp.job.toml").write_text(f"base_runs = [{base}]\n")
    service.drop("early_variant.inp", SOFTER)
    variant = service.ended("early_variant.inp")["early_variant.inp"]["number"]

    page.goto(f"{service.url}/jobs/{variant}/")
    awaited = page.locator(f"#base-{base}")
    expect(awaited).to_contain_text("linked as soon as it is")
    expect(awaited.get_by_role("link")).to_have_count(0)
    page.goto(f"{service.url}/jobs/{variant}/family/")
    expect(page.locator(".family-picture a")).to_have_count(1)
    expect(page.locator(".family-picture")).to_contain_text(str(base))
    expect(page.locator(".legend")).to_contain_text("not among your jobs")

    service.drop("late_base.inp", beam(heading="Late"))
    assert service.ended("late_base.inp")["late_base.inp"]["number"] == base

    page.goto(f"{service.url}/jobs/{variant}/")
    awaited.get_by_role("link", name=str(base), exact=True).click()
    page.wait_for_url(f"**/jobs/{base}/")
    back = page.locator(f"#variant-{variant}").get_by_role("link", name=str(variant), exact=True)
    expect(back).to_have_attribute("href", f"/jobs/{variant}/")
    page.get_by_role("link", name="Show as a picture").click()
    boxes = page.locator(".family-picture a")
    expect(boxes).to_have_count(2)
    left, right = (page.locator(f"#job-{number}").bounding_box() for number in (base, variant))
    assert left is not None and right is not None and left["x"] < right["x"]
    expect(page.locator(f"#job-{base} .family-status")).to_have_text("✓ normal")
    expect(page.locator(".family-line")).to_have_count(1)
    expect(page.locator(".legend")).to_have_count(0)


def test_a_base_that_is_turned_down_is_told_on_what_was_built_on_it(
    page: Page, service: Service, pair: tuple[int, int]
) -> None:
    base, variant = pair
    page.goto(f"{service.url}/jobs/{base}/")
    page.locator("[name=result_assessment]").select_option("not_ok")
    page.get_by_role("button", name="Save review").click()
    expect(page.locator("body")).to_contain_text("saved", ignore_case=True)

    page.goto(f"{service.url}/jobs/{variant}/")

    expect(page.locator(".rejected-note")).to_contain_text(f"{base} (not OK)")


def test_a_deck_is_run_again_as_a_variant_of_its_job(
    page: Page, service: Service, pair: tuple[int, int]
) -> None:
    _, variant = pair
    page.goto(f"{service.url}/jobs/{variant}/")

    page.get_by_role("button", name="Run again with this deck").click()
    expect(page.locator("body")).to_contain_text("handed in again")
    link = page.get_by_role("link", name="To the new job").get_attribute("href")

    def led() -> str | None:
        page.goto(f"{service.url}{link}")
        found = re.search(r"/jobs/(\d+)/$", page.url)
        return found and found[1]

    followed = wait_for(led, "the new job behind the note's link", 60)

    def made() -> str | None:
        page.goto(f"{service.url}/jobs/{variant}/")
        links = page.locator("#job-family li[id^=variant-] a.num")
        return links.first.inner_text() if links.count() else None

    number = wait_for(made, "the new job among the variants", 60)
    assert number == followed
    page.goto(f"{service.url}/jobs/{number}/")
    expect(page.locator("#job-header .badge")).to_contain_text(
        "normal termination", timeout=WAIT_MS
    )
    expect(page.locator("#job-family")).to_contain_text("Based on")
    assert service.differences() == []
