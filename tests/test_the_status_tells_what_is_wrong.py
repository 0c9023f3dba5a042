"""The real service says how it is, by address, by command and on its page, while parts of it stand still."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.faults import stopped
from tests.servers import chosen
from tests.service import Service, wait_for

TOKEN = "the-token-of-a-test"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("status")
    tree = folder / "tree"
    tree.mkdir()
    service = Service(
        folder / "var",
        settings=f'[[trees]]\nname = "archive"\npath = "{tree}"\n',
        PDFJOBS_METRICS_TOKEN=TOKEN,
    ).start()
    yield service
    service.remove()


def ask(service: Service, path: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(f"{service.url}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def status(service: Service) -> dict:
    done = service.manage("status", "--json", check=False)
    told = json.loads(done.stdout)
    assert done.returncode == ["ok", "warn", "fail"].index(told["level"]), done.stderr
    return told


def failing(service: Service) -> set[str]:
    return {each["part"] for each in status(service)["problems"] if each["level"] == "fail"}


def queue_server(service: Service) -> psutil.Process:
    return wait_for(lambda: service.find(chosen.queue_program), "the queue server")[0]


def test_a_service_that_runs_is_well_and_knows_its_parts(running: Service) -> None:
    wait_for(lambda: not failing(running), "all parts to be there")

    told = status(running)

    assert ask(running, "/healthz") == (200, "ok")
    assert [root["name"] for root in told["watcher"]["roots"]] == ["hotfolder", "runs", "archive"]
    assert {worker["slot"] for worker in told["queues"]["workers"]} >= {
        *("arrivals", "intake", "ingest", "upkeep", "solve-1", "solve-2")
    }
    assert all(queue["workers"] for queue in told["queues"]["queues"])
    assert told["database"]["error"] == ""
    assert told["program"]["serving_since"]
    assert told["watcher"]["pid"] in {process.pid for process in running.processes()}


def test_a_watcher_that_stands_still_is_named_and_heard_again(running: Service) -> None:
    with stopped(running.find("-m", "watcher")[0]):
        wait_for(lambda: ask(running, "/healthz") == (503, "watcher"), "its silence to be noticed")
        assert "watcher" in failing(running)
        assert ask(running, "/readyz") == (200, "ok")

    wait_for(lambda: ask(running, "/healthz") == (200, "ok"), "the watcher's word")
    wait_for(lambda: not failing(running), "nothing to fail")


def test_a_queue_server_that_hangs_is_named_and_pages_come(running: Service) -> None:
    with stopped(queue_server(running)):
        # An answer may be a second old.
        wait_for(lambda: ask(running, "/healthz") == (503, "queue"), "its silence to be noticed")
        assert failing(running) == {"queue server"}
        assert ask(running, "/login/")[0] == 200

    wait_for(lambda: ask(running, "/healthz") == (200, "ok"), "the queue server's answer")


def test_a_root_that_is_away_is_told_and_is_no_ill_health(running: Service) -> None:
    tree = running.var.parent / "tree"
    away = tree.rename(tree.with_name("away"))
    try:
        missing = wait_for(
            lambda: [
                each for each in status(running)["problems"] if each["part"] == "root archive"
            ],
            "the missing root to be told",
        )
        assert missing[0]["level"] == "warn"
        assert str(tree) in missing[0]["remedy"]
        assert ask(running, "/healthz") == (200, "ok")
    finally:
        away.rename(tree)

    wait_for(
        lambda: all(each["part"] != "root archive" for each in status(running)["problems"]),
        "the root to be taken up again",
    )


def test_metrics_are_scraped_by_token(running: Service) -> None:
    code, text = ask(running, "/metrics", Authorization=f"Bearer {TOKEN}")

    assert code == 200
    assert re.search(r'^pdfjobs_up\{part="watcher"\} 1\.0$', text, re.MULTILINE)
    assert ask(running, "/metrics", Authorization="Bearer no")[0] == 401
    code, page = ask(running, "/metrics")
    assert "id_password" in page  # strangers are sent to the login


def test_a_service_that_ended_is_told_by_the_command(running: Service, tmp_path: Path) -> None:
    """Also on a VAR where there never was one."""
    never = Service(tmp_path / "nowhere")
    done = never.manage("status", check=False)

    assert done.returncode == 2
    assert "There is no instance at" in done.stdout
    assert "Traceback" not in done.stderr
    assert not never.var.exists()
