"""A service that solves and is backed up meanwhile; its host loses everything but the runs, and it comes back."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from tests.decks import beam
from tests.postgres import Server, running
from tests.service import Service, wait_for

LONG, SHORT = "long.inp", "short.inp"
ATTACH = (
    "__import__('pdfjobs.services.attachments', fromlist=['attach'])"
    ".attach(Job.objects.first(), actor='mara', name='seen.txt', chunks=[b'what mara saw']).sha256"
)
WORDS = "This is a staging mirror"


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server | None]:
    """None for SQLite."""
    if request.param == "sqlite":
        yield None
        return
    with running("a password") as server:
        (tmp_path / "password").touch(0o600)
        (tmp_path / "password").write_text("a password\n")
        yield server


@pytest.fixture
def service(database: Server | None, tmp_path: Path) -> Iterator[Service]:
    settings = f'[backup]\nto = "{tmp_path / "store"}"\nkeep = 3\n'
    settings += f'key_file = "{tmp_path / "key"}"\n[diary]\nnumber_base = 5000001\n'
    if database is not None:
        settings += database.database("diary") + f'password_file = "{tmp_path / "password"}"\n'
    else:
        settings += '[database]\nengine = "sqlite"\n'
    mine = Service(tmp_path / "var", settings=settings)
    mine.manage("backup", "--new-key", str(tmp_path / "key"))
    yield mine
    if mine.process is not None and mine.process.poll() is None:
        mine.stop()


def backups(service: Service) -> list[dict[str, Any]]:
    return json.loads(service.manage("backup", "--list", "--json").stdout)


def contents(service: Service) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Rows and sums of every table as a fresh backup has them, and every attachment."""
    service.manage("backup")
    name = backups(service)[-1]["name"]
    assert (service.var / "last-backup").read_text() == f"{name}\n"
    raw = (service.var.parent / "store" / name / "manifest.json").read_bytes()
    files = (service.var / "attachments").glob("*/*")
    return json.loads(raw)["manifest"]["tables"], {file.name: file.read_bytes() for file in files}


def kill_a_backup(service: Service) -> None:
    """In the middle: its database lies in the store, its manifest does not."""
    store = service.var.parent / "store"
    for _ in range(20):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "backup"],
            cwd=service.app,
            env=service.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not list(store.glob("*/*database*")) and process.poll() is None:
            pass  # the middle of so small a diary's backup may be over in a few milliseconds
        process.send_signal(signal.SIGKILL)
        process.wait()
        whole = list(store.glob("*/manifest.json"))
        if not whole:
            assert list(store.glob("*/*database*"))
            return
        for manifest in whole:
            shutil.rmtree(manifest.parent)
        (service.var / "last-backup").unlink(missing_ok=True)
    pytest.fail("each of twenty backups was quicker than the signal")


def is_running(service: Service) -> int | None:
    """Its number, while the long run goes on and its log is read."""
    job = service.job(LONG)
    return job["number"] if job and job["status"] == "running" and job["progress"] else None


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_host_that_lost_all_but_the_runs_has_its_diary_back(
    service: Service, database: Server | None, tmp_path: Path
) -> None:
    service.start()
    service.drop(LONG, beam(increments=5000, length=14, width=3))
    service.drop(SHORT, beam())
    service.ended(SHORT)
    service.query(ATTACH)
    number = wait_for(lambda: is_running(service), "the long run to have been read")

    kill_a_backup(service)
    assert backups(service) == []
    assert not (service.var / "last-backup").exists()
    at_first = contents(service)[0]
    wait_for(lambda: contents(service)[0] != at_first, "a backup of what was read meanwhile")
    assert is_running(service)
    service.manage("stop", str(number))
    service.ended(LONG)
    assert service.differences_at_rest() == []
    service.stop()
    jobs, before = service.jobs(), contents(service)
    for left in service.var.iterdir():
        if left.name != "runs":
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    if database is not None:
        database.ask(sql.SQL("DROP DATABASE diary (FORCE)"))

    store, key = str(tmp_path / "store"), str(tmp_path / "key")
    service.manage("restore", "--from", store, "--key-file", key)

    assert contents(service) == before
    assert list(before[1].values()) == [b"what mara saw"]
    service.start()
    assert (service.jobs(), service.differences_at_rest()) == (jobs, [])
    service.drop("next.inp", beam())
    assert service.ended("next.inp")["next.inp"]["number"] == 5000003


def test_a_staging_mirror_starts_nothing_and_says_so(tmp_path: Path) -> None:
    settings = '[database]\nengine = "sqlite"\n'
    original = Service(tmp_path / "original", settings=settings)
    original.manage("migrate", "--verbosity", "0")
    store = str(tmp_path / "store")
    original.manage("backup", "--to", store)
    mirror = Service(tmp_path / "mirror", settings=settings)

    mirror.manage("restore", "--from", store, "--as-staging")

    mirror.start()
    mirror.drop("beam.inp", beam())
    job = mirror.ended("beam.inp")["beam.inp"]
    login = subprocess.run(["curl", "-s", f"{mirror.url}/login/"], capture_output=True, text=True)
    mirror.stop()
    assert (job["status"], job["started_at"]) == ("none", None)
    assert job["status_reason"].startswith(WORDS)
    assert WORDS in login.stdout
