"""Every process but the foreground one may be killed at any moment."""

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.decks import beam
from tests.faults import LONG, SEED, Killer, started_once
from tests.logwriter import LogWriter
from tests.servers import chosen
from tests.service import QUICK, Service, wait_for

DAEMONS = ["-m watcher", "-m workers", chosen.queue_program]
KILLS = 200 if LONG else 12
DECK = beam(increments=60, length=10, width=4)


def claims(service: Service, job: dict) -> int:
    return service.query(f"Run.objects.get(job__number={job['number']}).generation")


def test_kills_in_the_middle_of_ten_runs_change_no_outcome(own_service: Service) -> None:
    service = own_service.start()
    names = [f"run{n}.inp" for n in range(10)]
    for name in names:
        service.drop(name, DECK)
    wait_for(lambda: any(j["status"] == "running" for j in service.jobs()), "a first run")

    chance = random.Random(SEED)
    killed = set()
    for daemon in chance.sample(DAEMONS * 4, 4 * len(DAEMONS)):
        found = service.find(daemon)
        if found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(found).pid, signal.SIGKILL)
                killed.add(daemon)
        time.sleep(chance.uniform(0.2, 1.0))
    jobs = service.ended(*names)

    assert killed == {*DAEMONS}
    assert {name: job["status"] for name, job in jobs.items()} == dict.fromkeys(names, "normal")
    assert {
        name: (started_once(service, job), claims(service, job)) for name, job in jobs.items()
    } == dict.fromkeys(names, (True, 1))
    assert service.differences() == []


@pytest.fixture(params=["sqlite", *(["postgresql"] if LONG else [])])
def database(request: pytest.FixtureRequest) -> Iterator[tuple[str, Callable[[], int] | None]]:
    """The lines of `pdfjobs.toml` that name one, and how to end its connections."""
    if request.param == "sqlite":
        yield "", None
        return
    with postgres.running() as server:
        yield server.database("killed"), lambda: server.end_connections("killed")


@pytest.mark.timeout(7200 if LONG else 300)
def test_random_kills_while_logs_change_and_decks_come_lose_nothing(
    tmp_path: Path, database: tuple[str, Callable[[], int] | None]
) -> None:
    """`make chaos` kills 1,000 times during 10,000 changes, with each database."""
    kills, changes, decks = (1000, 10_000, 40) if LONG else (24, 480, 4)
    tree = tmp_path / "tree"
    settings = f'{QUICK}{database[0]}[[trees]]\nname = "tree"\npath = "{tree}"\n'
    service = Service(tmp_path / "var", settings=settings)
    writer, killer = LogWriter(tree, SEED, cases=10), Killer(service, SEED, database[1])
    chance = random.Random(SEED)
    names = [f"deck{n}.inp" for n in range(decks)]
    service.start()
    try:
        for kill in range(kills):
            if kill % (kills // decks) == 0 and kill // (kills // decks) < decks:
                service.drop(names[kill // (kills // decks)], beam(increments=60))
            writer.make(changes // kills)
            wait_for(killer.kill, "somebody to kill", 60)
            time.sleep(chance.uniform(0.05, 1.2))
        left = service.differences_at_rest()
        jobs = service.ended(*names)
        known = {job["run_dir"] for job in service.jobs()}
    finally:
        service.stop()

    assert left == []
    assert writer.folders() - known == set()
    assert {name: job["status"] for name, job in jobs.items()} == dict.fromkeys(names, "normal")
    assert [name for name, job in jobs.items() if not started_once(service, job)] == []
    assert (killer.killed.total(), {*killer.killed}) == (kills, {*killer.kinds})


def test_a_queue_server_that_forgot_everything_loses_no_run(own_service: Service) -> None:
    service = own_service.start()
    names = [f"run{n}.inp" for n in range(4)]
    for name in names:
        service.drop(name, DECK)
    wait_for(lambda: any(j["status"] == "running" for j in service.jobs()), "a first run")

    with service.queue_server() as client:
        client.flushall()
    jobs = service.ended(*names)

    assert {name: job["status"] for name, job in jobs.items()} == dict.fromkeys(names, "normal")
    assert all(started_once(service, job) for job in jobs.values())
    assert service.differences() == []


def test_the_service_itself_is_started_again_when_uwsgi_is_killed(own_service: Service) -> None:
    service = own_service.start()
    (master,) = [
        p for p in service.find("uwsgi.ini") if "uwsgi" not in " ".join(p.parent().cmdline())
    ]

    master.kill()
    service.drop("after.inp", beam())

    assert service.ended("after.inp")["after.inp"]["status"] == "normal"


@pytest.mark.timeout(1500)
def test_after_many_kills_a_daemon_is_still_back_within_ten_seconds(own_service: Service) -> None:
    """`make chaos` kills 200 times."""
    service = own_service.start()
    waits = []

    for kill in range(KILLS):
        name = DAEMONS[kill % 3]
        old = {process.pid for process in wait_for(lambda name=name: service.find(name), name, 20)}
        for pid in old:
            with contextlib.suppress(ProcessLookupError):  # a pool's workers die with it
                os.kill(pid, signal.SIGKILL)
        killed = time.monotonic()
        wait_for(
            lambda name=name, old=old: {process.pid for process in service.find(name)} - old,
            f"{name} to be back",
            20,
        )
        waits.append(time.monotonic() - killed)

    assert max(waits) < 10
    service.drop("at_last.inp", beam())
    assert service.ended("at_last.inp")["at_last.inp"]["status"] == "normal"
