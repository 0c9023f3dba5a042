"""A service for the flow tests, and what they need of the machine."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browsing import FLAGS, enter, watched_page
from tests.service import QUICK, Service


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Flow tests wait on conditions, up to 300 s each; the 10 s of unit tests are not for them."""
    for item in items:
        if Path(item.path).parent == Path(__file__).parent and not item.get_closest_marker(
            "timeout"
        ):
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session", autouse=True)
def machine() -> None:
    missing = [name for name in ("ccx", "chromium", "rsync") if shutil.which(name) is None]
    assert not missing, f"not on this machine: {missing}; `make test` installs them"


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One running service that tests share; each drops decks of its own names."""
    running = Service(tmp_path_factory.mktemp("shared") / "var", settings=QUICK).start()
    yield running
    running.remove()


@pytest.fixture(scope="session")
def as_it_comes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Another, without a line of settings."""
    running = Service(tmp_path_factory.mktemp("plain") / "var").start()
    yield running
    running.remove()


@pytest.fixture
def own_service(tmp_path: Path) -> Iterator[Service]:
    """A service of the test's own, not started yet, which it may kill."""
    mine = Service(tmp_path / "var", settings=QUICK)
    yield mine
    mine.remove()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of one module: while it is open an event loop runs, and Django's database refuses to be asked beside one."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def cookies(browser: Browser, service: Service) -> Any:
    """Of an administrator who is logged in to the shared service."""
    return enter(browser, service)


@pytest.fixture
def page(browser: Browser, cookies: Any) -> Iterator[Page]:
    """A page of the shared service, logged in; a script error or a request to anywhere else fails the test."""
    with watched_page(browser, cookies) as opened:
        yield opened
