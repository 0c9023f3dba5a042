"""The one host of these tests, which each of them finds as the one before has left it."""

import json
import re
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from container import FOLDER, Container
from playwright.sync_api import Browser, sync_playwright

from tests.browsing import FLAGS
from tests.service import APP

PROVISION = APP / "provision"
PLAYBOOK = APP / "build" / "ansible" / "bin" / "ansible-playbook"
INVENTORY = PROVISION / "inventories" / "test"

Recap = dict[str, int]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Packages are fetched and a release is installed: minutes, on a busy machine many."""
    for item in items:
        item.add_marker(pytest.mark.timeout(2400))


@pytest.fixture(scope="session")
def host() -> Iterator[Container]:
    container = Container()
    container.make()
    container.boot()
    try:
        yield container
    finally:
        container.end()


def command(playbook: str, *more: str) -> list[str]:
    return [
        *(str(PLAYBOOK), "--inventory", str(INVENTORY / "hosts.yml")),
        *("--vault-password-file", str(INVENTORY / "vault-password")),
        *(str(PROVISION / playbook), *more),
    ]


def environment(host: Container) -> dict[str, str]:
    return {
        **host.environment,
        "ANSIBLE_CONFIG": str(PROVISION / "ansible.cfg"),
        "ANSIBLE_HOME": str(FOLDER / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
    }


@pytest.fixture(scope="session")
def play(host: Container) -> Callable[..., Recap]:
    """Plays a playbook on the host; its words are kept in a file of that name, its counts are the answer.

    One that `fails` must do so.
    """

    def playing(name: str, playbook: str, *more: str, fails: bool = False) -> Recap:
        said = FOLDER / f"{name}.log"
        with said.open("wb") as file:
            done = subprocess.run(
                command(playbook, *more),
                env=environment(host),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        assert (done.returncode != 0) is fails, f"{said}:\n{_end_of(said)}"
        recap = re.search(r"^pdfjobs-test\s+: (.+)$", said.read_text(), re.MULTILINE)
        assert recap is not None, f"{said}: no recap"
        return {key: int(count) for key, count in re.findall(r"(\w+)=(\d+)", recap[1])}

    return playing


def reason(name: str) -> str:
    """What the play of this name said at last, as where it failed."""
    log = (FOLDER / f"{name}.log").read_text()
    return json.loads(re.findall(r'"msg": ("(?:[^"\\]|\\.)*")', log)[-1])


@pytest.fixture(scope="session")
def first_play(play: Callable[..., Recap]) -> Recap:
    """The bare host has become the service."""
    return play("site-first", "site.yml")


@pytest.fixture(scope="session")
def tls(host: Container, first_play: Recap) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=host.say("cat", "/etc/ssl/pdfjobs/host.crt"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield chromium
        chromium.close()


def _end_of(said: Path) -> str:
    return "\n".join(said.read_text(errors="replace").splitlines()[-40:])
