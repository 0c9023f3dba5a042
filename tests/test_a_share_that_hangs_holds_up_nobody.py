"""A run tree whose server is gone neither answers nor refuses: decks, other trees and pages go on, and it is told."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.decks import beam
from tests.disks import hanging
from tests.faults import SEED
from tests.logwriter import LogWriter
from tests.service import QUICK, Service, wait_for

VISITORS = 30
"""More than the pages have threads."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """With two run trees of two runs each."""
    tables = QUICK
    for name in ("share", "plain"):
        LogWriter(tmp_path / name, SEED, cases=2)
        tables += f'[[trees]]\nname = "{name}"\npath = "{tmp_path / name}"\n'
    mine = Service(tmp_path / "var", settings=tables).start()
    try:
        yield mine
    finally:
        mine.stop()


def numbers_below(service: Service, tree: Path) -> list[int]:
    return [job["number"] for job in service.jobs() if Path(job["run_dir"]).is_relative_to(tree)]


def crowd(service: Service, path: str) -> None:
    """Visitors who do not wait for each other."""

    def visit() -> None:
        with suppress(OSError):
            urllib.request.urlopen(f"{service.url}{path}", timeout=60).close()

    for _ in range(VISITORS):
        threading.Thread(target=visit, daemon=True).start()


def test_decks_other_trees_and_pages_go_on_and_its_runs_keep_what_is_known(
    service: Service, tmp_path: Path
) -> None:
    share, plain = tmp_path / "share", tmp_path / "plain"
    assert service.differences_at_rest() == []
    known = numbers_below(service, share)

    with hanging(share):
        service.drop("beam.inp", beam())
        LogWriter(plain / "later", SEED + 1, cases=2)
        crowd(service, f"/jobs/{known[0]}/files/")

        # A minute: the hang may begin in the middle of a look.
        wait_for(
            lambda: service.watched().get("share", {}).get("why") == "it does not answer",
            "the watcher's word",
            90,
        )
        told = json.loads(service.manage("status", "--json", check=False).stdout)["problems"]
        assert [problem["what"] for problem in told] == [
            "The root share is missing (it does not answer): nothing there is noticed."
        ]
        assert service.ended("beam.inp")["beam.inp"]["status"] == "normal"
        wait_for(lambda: len(numbers_below(service, plain)) == 4, "the runs of the other tree")
        with urllib.request.urlopen(f"{service.url}/readyz", timeout=10) as answer:
            assert answer.status == 200
        checked = service.manage("verify", check=False)
        assert (checked.returncode, "the root share does not answer" in checked.stderr) == (2, True)
        assert numbers_below(service, share) == known
        assert service.query("list(Run.objects.exclude(gone_since=None))") == []

    LogWriter(share / "later", SEED + 2, cases=2)
    wait_for(lambda: len(numbers_below(service, share)) == 4, "the runs of the share that is back")
    assert service.differences_at_rest() == []
    assert "the sweep's step" not in (service.var / "logs" / "service.log").read_text()
