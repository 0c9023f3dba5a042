"""The whole way with a PostgreSQL server, which is restarted and whose connections are ended at work."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.decks import beam
from tests.postgres import Server, running
from tests.service import QUICK, Service, wait_for

PASSWORD = "four words, one ünlaut"
FAULTS = [signal.SIGQUIT, *([signal.SIGINT] if os.environ.get("PDFJOBS_LONG") else [])]
"""How the server goes away: a crash; in the long form also as an administrator stops it."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that asks for a password, as a department's does."""
    with running(PASSWORD) as started:
        yield started


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Name of the test's own."""
    return tmp_path.name


@pytest.fixture
def service(server: Server, database: str, tmp_path: Path) -> Iterator[Service]:
    """A service on that database, its password in a file."""
    secret = tmp_path / "password"
    secret.touch(0o600)
    secret.write_text(f"{PASSWORD}\n")
    settings = QUICK + server.database(database) + f'password_file = "{secret}"\n'
    mine = Service(tmp_path / "var", settings=settings)
    yield mine
    mine.remove()


def test_a_dropped_deck_is_run_and_nothing_lies_in_sqlite(service: Service) -> None:
    service.start()
    service.drop("beam.inp", beam(increments=40, heading="kept by PostgreSQL"))

    job = service.ended("beam.inp")["beam.inp"]

    assert (job["status"], job["title"], job["progress"]) == ("normal", "kept by PostgreSQL", 1.0)
    assert service.differences() == []
    assert not (service.var / "diary.sqlite3").exists()


def test_connections_that_end_at_work_lose_nothing(
    server: Server, database: str, service: Service
) -> None:
    """All connections of web and workers are ended a dozen times while decks arrive, run and are read."""
    service.start()
    decks = [f"beam_{n}.inp" for n in range(4)]
    ended = 0
    for turn in range(12):
        if turn < len(decks):
            service.drop(decks[turn], beam(increments=60, length=14, width=3))
        time.sleep(0.7)  # a moment of work between two faults
        ended += server.end_connections(database)

    jobs = service.ended(*decks)

    assert ended >= 12
    assert {deck: job["status"] for deck, job in jobs.items()} == dict.fromkeys(decks, "normal")
    wait_for(lambda: service.differences() == [], "nothing to differ", 60)
    assert len(service.jobs()) == len(decks)


@pytest.mark.parametrize("sig", FAULTS, ids=lambda sig: sig.name)
def test_a_server_that_is_away_for_a_while_loses_nothing(
    server: Server, service: Service, sig: signal.Signals
) -> None:
    service.start()
    service.drop("before.inp", beam(increments=60, length=14, width=3))
    wait_for(lambda: service.job("before.inp"), "the job")
    server.stop(sig)
    service.drop("meanwhile.inp", beam(increments=10))
    found = service.runs / "found" / "beam.sta"
    found.parent.mkdir()
    sample = Path(__file__).parent.parent / "workers/tests/samples/calculix/2.20-normal"
    found.write_bytes(next(sample.glob("*.sta")).read_bytes())
    refused = service.manage("verify", check=False)
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False)
    server.start()

    ended = service.ended("before.inp", "meanwhile.inp")

    assert {name: job["status"] for name, job in ended.items()} == {
        "before.inp": "normal",
        "meanwhile.inp": "normal",
    }
    wait_for(lambda: len(service.jobs()) == 3, "the run that was found", 60)
    wait_for(lambda: service.differences() == [], "nothing to differ", 60)


def test_a_server_that_is_not_there_is_said_in_one_line(service: Service) -> None:
    settings = service.var / "pdfjobs.toml"
    settings.write_text(settings.read_text().replace('host = "', 'host = "/nowhere'))

    with pytest.raises(
        AssertionError, match=r"The database does not answer .*/nowhere.*\[database\]"
    ):
        service.start()

    assert "Traceback" not in service.said


def test_a_password_that_others_may_read_is_said_in_one_line(
    service: Service, tmp_path: Path
) -> None:
    (tmp_path / "password").chmod(0o644)

    with pytest.raises(AssertionError, match=r"others may read it; chmod 600 it"):
        service.start()

    assert "Traceback" not in service.said


def test_a_database_that_cannot_take_every_text_is_refused_with_the_remedy(
    server: Server, service: Service
) -> None:
    server.ask("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    settings = service.var / "pdfjobs.toml"
    settings.write_text(re.sub('name = ".*"', 'name = "latin"', settings.read_text(), count=1))

    refused = service.manage("jobs", check=False)

    assert (refused.returncode, refused.stderr) == (
        2,
        "database.name = 'latin': that database takes LATIN1 only, and logs hold anything;"
        " make another: createdb --encoding=UTF8 --template=template0 latin\n",
    )
