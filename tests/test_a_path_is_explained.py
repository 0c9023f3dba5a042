"""`manage.py explain` follows paths through the real service, and tells what it can when parts of it are down."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.decks import beam
from tests.faults import stopped
from tests.servers import chosen
from tests.service import QUICK, Service, wait_for

STA = """
 SUMMARY OF JOB INFORMATION
  STEP      INC     ATT  ITRS     TOT TIME     STEP TIME      INC TIME
      1          1     1     2  0.100000E+01  0.100000E+01  0.100000E+01
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("explain")
    (folder / "tree" / "case 7").mkdir(parents=True)
    (folder / "tree" / "case 7" / "beam.sta").write_text(STA)
    settings = f'{QUICK}[[trees]]\nname = "cluster"\npath = "{folder / "tree"}"\n'
    service = Service(folder / "var", settings=settings).start()
    yield service
    service.remove()


def explain(service: Service, path: Path | str) -> dict[str, Any]:
    done = service.manage("explain", "--json", str(path), check=False)
    assert done.returncode in (0, 1), done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if told["verdict"]["fine"] else 1)
    return told


def verdict(service: Service, path: Path | str) -> tuple[str, str]:
    told = explain(service, path)["verdict"]
    return told["code"], told["text"]


def said(told: dict[str, Any], about: str) -> str:
    return " ".join(part["said"] for part in told["story"] if part["about"] == about)


def test_a_deck_is_followed_from_its_drop_to_its_job(running: Service) -> None:
    wait_for(lambda: running.watched().get("hotfolder"), "the watcher")
    odd = os.fsdecode(b"bl\xe4tter.inp")
    (running.hotfolder / "empty").mkdir()  # its files are waited for for a minute
    running.drop("wing.inp", beam())
    running.drop(odd, "no deck at all\n")
    job = running.ended("wing.inp")["wing.inp"]

    arriving = explain(running, running.hotfolder / "empty")
    log = wait_for(
        lambda: (
            (told := explain(running, Path(job["run_dir"]) / "wing.sta"))
            and told["verdict"]["code"] == "read"
            and told
        ),
        "its log to be read",
    )

    assert arriving["verdict"]["code"] == "settling"
    assert "It is settling: its last change was seen" in said(arriving, "Settling")
    assert (arriving["not_asked"], log["not_asked"]) == ([], [])
    assert verdict(running, running.hotfolder / "wing.inp") == (
        "job",
        f"It is job {job['number']}, which stands as normal.",
    )
    assert log["verdict"]["text"] == (
        f"It is a log of job {job['number']} (normal), read to its last byte."
    )
    assert "The parser calculix.sta" in said(log, "Parser")
    assert "No task in any queue is about it." in said(log, "Queues")
    wait_for(lambda: verdict(running, running.hotfolder / odd)[0] == "refused", "its refusal")


def test_a_log_of_a_tree_is_followed_from_the_watchers_memory_to_its_last_byte(
    running: Service,
) -> None:
    log = running.var.parent / "tree" / "case 7" / "beam.sta"
    wait_for(lambda: len(running.jobs()) == 2, "its job")

    told = explain(running, log)

    assert told["verdict"]["code"] == "read"
    assert "The watcher handed it over" in said(told, "Memory")
    assert "as it is now" in said(told, "Memory")
    assert "kernel watch" in said(told, "Watching")


def test_parts_that_are_down_are_named_and_the_rest_is_told(running: Service) -> None:
    log = running.var.parent / "tree" / "case 7" / "beam.sta"

    with stopped(*running.find("-m", "watcher")):
        silent = explain(running, log)
    with stopped(*wait_for(lambda: running.find(chosen.queue_program), "the queue server")):
        begun = time.monotonic()
        deaf = explain(running, log)
        took_s = time.monotonic() - begun

    assert any(part.startswith("the watcher: ") for part in silent["not_asked"])
    assert any(part.startswith("the queues: ") for part in deaf["not_asked"])
    for told in (silent, deaf):
        assert told["verdict"]["text"].endswith("read to its last byte.")
    assert took_s < 30


def test_a_service_that_has_ended_left_its_memory(running: Service) -> None:
    log = running.var.parent / "tree" / "case 7" / "beam.sta"
    running.stop()
    (running.hotfolder / "later.inp").write_text(beam())

    told = explain(running, log)

    assert told["facts"]["word"]["source"] == "memory"
    assert "The watcher handed it over" in said(told, "Memory")
    assert told["verdict"]["text"].endswith("read to its last byte.")
    assert verdict(running, running.hotfolder / "later.inp")[0] == "no watcher"
