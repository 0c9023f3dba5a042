"""Every process but the foreground one may be killed at any moment."""

import contextlib
import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.decks import beam
from tests.service import Service, wait_for

DAEMONS = ["-m watcher", "-m workers", "valkey-server"]
SEED = int(os.environ.get("PDFJOBS_SEED", "7"))
KILLS = 200 if os.environ.get("PDFJOBS_LONG") else 12
DECK = beam(increments=60, length=10, width=4)


def started_once(service: Service, job: dict) -> bool:
    """One record, one claim, one banner in the log."""
    folder = Path(job["run_dir"])
    records = sorted(path.name for path in (folder / ".pdfjobs").glob("run-*.json"))
    claims = service.query(f"Run.objects.get(job__number={job['number']}).generation")
    stem = Path(job["deck"]).stem
    banners = (folder / f"{stem}.log").read_bytes().count(b"CalculiX Version")
    return (records, claims, banners) == (["run-1.json"], 1, 1)


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
    assert {name: started_once(service, job) for name, job in jobs.items()} == dict.fromkeys(
        names, True
    )
    assert service.differences() == []


def test_a_queue_server_that_forgot_everything_loses_no_run(own_service: Service) -> None:
    import redis

    service = own_service.start()
    names = [f"run{n}.inp" for n in range(4)]
    for name in names:
        service.drop(name, DECK)
    wait_for(lambda: any(j["status"] == "running" for j in service.jobs()), "a first run")

    with redis.Redis(unix_socket_path=str(service.var / "queue.sock")) as client:
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
