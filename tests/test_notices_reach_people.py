"""A person's way from "how to reach me" to the message, in a real browser against the real service, with a mail server
that goes away and a worker that is killed."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import enter, watched_page
from tests.decks import broken_beam
from tests.mailserver import Hook, MailServer
from tests.service import QUICK, Service, wait_for

SETTINGS = """
[mail]
host = "127.0.0.1"
port = {port}
sender = "pdfjobs@example.com"
[notify]
inside = ["127.0.0.0/8"]
[web]
address = "https://diary.example.com"
"""
A_VIEW = (
    "SavedView.objects.create(name='All', query='',"
    " owner=__import__('django.contrib.auth.models').contrib.auth.models.User.objects.first()).pk"
)

IN_HAND = (
    "Notice.objects.filter(state='waiting',"
    " due_at__gt=__import__('django.utils.timezone').utils.timezone.now()).count()"
)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    yield server
    server.stop()


@pytest.fixture
def served(tmp_path: Any, mail: MailServer) -> Iterator[Service]:
    service = Service(tmp_path / "var", settings=QUICK + SETTINGS.format(port=mail.port)).start()
    yield service
    service.remove()


def worker_of_notices(service: Service) -> int | None:
    """Its pid stands at the end of its name."""
    with service.queue_server() as client:
        for key in client.keys("*:worker:notices@*"):
            return int(key.decode().rpartition("-")[2])
    return None


def kill_between_two_messages(service: Service) -> bool:
    """Whether the worker had nothing in hand; what it has may be sent and not noted yet, and is sent again in minutes."""
    pid = worker_of_notices(service)
    if pid is None:
        return False
    os.kill(pid, signal.SIGSTOP)
    in_hand = service.query(IN_HAND)
    os.kill(pid, signal.SIGCONT if in_hand else signal.SIGKILL)
    return not in_hand


def test_a_failure_is_told_once_through_a_mail_server_that_was_away(
    browser: Browser, served: Service, mail: MailServer, hook: Hook
) -> None:
    with watched_page(browser, enter(browser, served)) as page:
        notifications = f"{served.url}/notifications/"
        page.goto(notifications)
        for address, name in (("mara@example.com", "My mail"), (hook.url, "The hook")):
            page.get_by_label("Mail address, or a service's address").fill(address)
            page.get_by_label("Name (if you like)").fill(name)
            page.get_by_role("button", name="Add", exact=True).click()
            expect(page.locator("body")).to_contain_text(name)

        page.get_by_role("button", name="Send a test by My mail").click()
        wait_for(lambda: mail.subjects == ["A test message of pdfjobs"], "the test", 30)

        served.query(A_VIEW)
        for name in ("My mail", "The hook"):
            page.goto(notifications)
            form = page.locator("form", has=page.get_by_label("A saved view"))
            form.get_by_label("by", exact=True).select_option(label=name)
            form.get_by_role("button", name="Follow").click()
            expect(page.locator(".notes")).to_contain_text(f"by {name}")

        mail.stop()
        served.drop("broken_at_night.inp", broken_beam())
        job = served.ended("broken_at_night.inp")["broken_at_night.inp"]
        wait_for(lambda: hook.calls, "the hook's call", 60)
        wait_for(
            lambda: page.goto(notifications) and page.locator(".ways .trouble").count(),
            "the mail server's absence on the page",
            60,
        )
        wait_for(lambda: kill_between_two_messages(served), "the worker with nothing in hand")

        mail.start()
        wait_for(lambda: len(mail.mails) > 1, "the mail", 60)
        wait_for(
            lambda: page.goto(notifications) and page.locator(".ways .trouble").count() == 0,
            "the trouble to be over",
            30,
        )
        page.goto(f"{served.url}/jobs/{job['number']}/")
        page.get_by_role("button", name="Follow", exact=True).click()
        page.get_by_text("Following", exact=True).click()
        page.get_by_label("early warning").uncheck()
        page.locator("details.follow").get_by_role("button", name="Save").click()
        expect(page.locator(".notes")).to_contain_text("Saved.")

    title = f"Failed: {job['number']} broken_at_night.inp: "
    assert [subject[: len(title)] for subject in mail.subjects[1:]] == [title]
    assert [call["title"][: len(title)] for call in hook.calls] == [title]
    words = mail.mails[1].get_content()
    assert "no elastic constants" in words and "What to do: " in words
    assert f"https://diary.example.com/jobs/{job['number']}/" in words
    events = "list(Follow.objects.exclude(job=None).values_list('events', flat=True))"
    assert served.query(events) == [["ended", "failed"]]
