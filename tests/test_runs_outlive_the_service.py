"""Solvers are not the service's: it may end, die and come back, and each run is picked up where it is."""

import json
import signal
from pathlib import Path

import psutil
import pytest

from tests.decks import beam
from tests.service import Service, wait_for

LONG = beam(increments=250, length=14, width=4)


def running(service: Service, name: str) -> dict:
    return wait_for(
        lambda: (
            (job := service.job(name)) and job["status"] == "running" and job["progress"] and job
        ),
        f"{name} to show progress",
    )


def solver_pid(job: dict) -> int:
    return json.loads((Path(job["run_dir"]) / ".pdfjobs" / "run-1.json").read_text())["pid"]


def banners(job: dict) -> int:
    return (
        (Path(job["run_dir"]) / f"{Path(job['deck']).stem}.log")
        .read_bytes()
        .count(b"CalculiX Version")
    )


@pytest.mark.parametrize(
    ("sig", "group"),
    [(signal.SIGINT, True), (signal.SIGINT, False), (signal.SIGTERM, False)],
    ids=["ctrl_c", "sigint_to_make_only", "sigterm_to_make"],
)
def test_the_service_ends_within_15_s_and_the_next_one_adopts_its_run(
    own_service: Service, sig: int, group: bool
) -> None:
    service = own_service.start()
    service.drop("long.inp", LONG)
    job = running(service, "long.inp")
    pid = solver_pid(job)

    seconds = service.stop(sig, group=group)

    assert seconds < 15
    assert service.processes() == []
    assert psutil.pid_exists(pid), "the solver should go on"
    assert f"{job['number']} long.inp" in service.said

    service.start()
    ended = service.ended("long.inp")["long.inp"]

    assert (ended["status"], banners(ended)) == ("normal", 1)
    assert service.differences() == []


def test_a_run_that_ends_while_the_service_is_down_is_picked_up(own_service: Service) -> None:
    service = own_service.start()
    service.drop("long.inp", LONG)
    pid = solver_pid(running(service, "long.inp"))
    service.process.kill()  # make; the foreground process notices and ends
    service.process.wait()
    wait_for(lambda: service.processes() == [], "the service's end", 20)
    wait_for(lambda: not psutil.pid_exists(pid), "the solver's end")

    service.start()

    ended = service.ended("long.inp")["long.inp"]
    assert (ended["status"], ended["progress"], banners(ended)) == ("normal", 1.0, 1)
    assert service.differences() == []


def test_a_run_is_stopped_by_its_number(service: Service) -> None:
    service.drop("to_stop.inp", LONG)
    job = running(service, "to_stop.inp")
    pid = solver_pid(job)

    service.manage("stop", str(job["number"]), "--by", "ada")
    ended = service.ended("to_stop.inp")["to_stop.inp"]

    assert (ended["status"], ended["status_reason"]) == ("other", "stopped by ada")
    assert 0 < ended["progress"] < 1
    assert not psutil.pid_exists(pid)
    assert service.differences() == []


def test_a_wall_limit_ends_a_run(service: Service) -> None:
    service.drop("limited.inp.job.toml", "wall_limit_s = 2.5\n")
    service.drop("limited.inp", LONG)

    ended = service.ended("limited.inp")["limited.inp"]

    assert (ended["status"], ended["status_reason"]) == ("other", "wall limit of 2.5 s reached")


def test_without_its_solver_a_deck_waits_as_a_job_until_retried(
    own_service: Service, tmp_path: Path
) -> None:
    settings = own_service.var / "pdfjobs.toml"
    program = tmp_path / "later" / "ccx"
    with settings.open("a") as file:
        file.write(f'[solvers.calculix]\ncommand = ["{program}", "-i", "{{stem}}"]\n')
    service = own_service.start()
    service.drop("waits.inp", beam())
    job = wait_for(lambda: service.job("waits.inp"), "the job")
    wait_for(lambda: service.job("waits.inp")["status"] == "none", "its status")
    assert "not found on this machine" in service.job("waits.inp")["status_reason"]

    program.parent.mkdir()
    program.symlink_to("/usr/bin/ccx")
    service.query(
        f"__import__('pdfjobs.services.runs').services.runs.request_retry(Job.objects.get(number={job['number']}), 'ada').ordinal"
    )
    wait_for(lambda: service.job("waits.inp")["status"] == "normal", "the retried run's end")

    assert service.differences() == []


def test_two_instances_run_side_by_side_and_one_var_has_one_service(
    own_service: Service, service: Service, tmp_path: Path
) -> None:
    own_service.start()
    own_service.drop("mine.inp", beam())

    assert own_service.ended("mine.inp")["mine.inp"]["status"] == "normal"
    assert service.job("mine.inp") is None

    second = Service(own_service.var)
    with pytest.raises(AssertionError, match="a service runs on this VAR already"):
        second.start()


def test_a_var_with_a_long_path_and_blanks_works(tmp_path: Path) -> None:
    service = Service(tmp_path / ("deep folder " * 8) / "v").start()
    try:
        service.drop("far.inp", beam())
        assert service.ended("far.inp")["far.inp"]["status"] == "normal"
    finally:
        service.remove()
