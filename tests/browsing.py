"""Somebody who is logged in, in a real browser."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.service import Service

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
WAIT_MS = 60_000
expect.set_options(timeout=WAIT_MS)  # a busy machine takes its time


def fresh_link(service: Service) -> str:
    """One that logs the administrator in, once; any login before that voids it."""
    return service.url + service.manage("login_link").stdout.strip()


def enter(browser: Browser, service: Service, link: str = "") -> Any:
    """Cookies of somebody who came in by this login link, or a new one."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(link or fresh_link(service))
    page.get_by_role("button").filter(has_text=re.compile("log in|enter", re.IGNORECASE)).click()
    page.wait_for_url(f"{service.url}/")
    cookies = context.storage_state()
    context.close()
    return cookies


@contextmanager
def watched_page(browser: Browser, cookies: Any, **looks: Any) -> Iterator[Page]:
    """A page; a script error, a breach of the content policy or a request to anywhere else fails the test."""
    context = browser.new_context(storage_state=cookies, **looks)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda said: faults.append(said.text) if "Content Security" in said.text else None,
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("http://127.0.0.1:", "data:", "blob:"))
            else faults.append(request.url)
        ),
    )
    yield page
    context.close()
    assert faults == []
