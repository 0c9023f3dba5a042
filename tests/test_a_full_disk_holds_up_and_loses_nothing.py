"""A disk fills up and has space again: what waited goes on by itself, and pages answer or say why not."""

import contextlib
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.decks import beam
from tests.disks import filled, small_disk
from tests.faults import LONG, SEED, processes_by_kind, started_once
from tests.logwriter import LogWriter
from tests.service import QUICK, Service, wait_for

ROUNDS = 5 if LONG else 1
CHANGES = 60


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[Service]:
    """A service whose VAR and whose run tree are small disks of their own."""
    tree = tmp_path / "tree"
    settings = f'{QUICK}[[trees]]\nname = "tree"\npath = "{tree}"\n'
    with small_disk(tmp_path / "var", megabytes=48), small_disk(tree, megabytes=4):
        service = Service(tmp_path / "var", settings=settings)
        try:
            yield service.start()
        finally:
            if service.process is not None and service.process.poll() is None:
                service.stop()


class Visitor:
    """Somebody who is logged in and looks at pages."""

    def __init__(self, service: Service) -> None:
        self._url = service.url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        with self._opener.open(service.login_link, timeout=20) as answer:
            token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())
        form = urlencode({"csrfmiddlewaretoken": token[1]}).encode()
        with self._opener.open(service.login_link, form, timeout=20):
            pass

    def sees(self, path: str) -> tuple[int, str]:
        """Status and text of the answer."""
        try:
            with self._opener.open(self._url + path, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


def health(visitor: Visitor) -> tuple[int, str] | None:
    """What /healthz says; that the queue server was killed a moment ago is no matter of the disk."""
    code, text = visitor.sees("/healthz")
    return None if text == "queue" else (code, text)


@pytest.mark.timeout(1800 if LONG else 300)
def test_a_full_disk_under_the_instance_and_under_a_run_tree_loses_nothing(
    cramped: Service,
) -> None:
    tree = cramped.var.parent / "tree"
    writer, visitor = LogWriter(tree, SEED, cases=8), Visitor(cramped)
    assert cramped.differences_at_rest() == []
    number = cramped.jobs()[0]["number"]

    for turn in range(ROUNDS):
        name = f"later{turn}.inp"
        (cramped.var / name).write_text(beam(increments=60))
        with filled(cramped.var):
            writer.make(CHANGES)
            (cramped.var / name).rename(cramped.hotfolder / name)
            hindered = cramped.differences()
            for kind in ("worker", "watcher", "queue server"):
                for process in processes_by_kind(cramped)[kind]:
                    process.kill()
            seen = {path: visitor.sees(path) for path in ("/", f"/jobs/{number}/")}
            seen["/healthz"] = wait_for(lambda: health(visitor), "the queue server", 10)
        with filled(tree):
            for _ in range(CHANGES):
                with contextlib.suppress(OSError):
                    writer.make(1)
        writer.make(CHANGES)

        unexplained = {
            path: (code, text[:500])
            for path, (code, text) in seen.items()
            if code >= 500 and not re.search("disk|space", text, re.IGNORECASE)
        }
        assert hindered != []
        assert unexplained == {}
        assert cramped.differences_at_rest(150) == []
        assert writer.folders() - {job["run_dir"] for job in cramped.jobs()} == set()
        job = wait_for(lambda name=name: cramped.job(name), f"the job of {name}")
        ended = cramped.ended(name)[name]
        assert (ended["number"], ended["status"]) == (job["number"], "normal")
        assert started_once(cramped, ended)
