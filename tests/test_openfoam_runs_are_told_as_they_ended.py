"""OpenFOAM cases that people run by themselves in a run tree: each ends in the diary as it ended on the machine."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import foamcase
from tests.disks import small_disk
from tests.service import QUICK, Service, wait_for

SILENT_S = 4


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that soon takes a log without a word for ended."""
    folder = tmp_path_factory.mktemp("openfoam")
    settings = (
        f'{QUICK}silent_s = {SILENT_S}\n[[trees]]\nname = "cases"\npath = "{folder / "cases"}"\n'
    )
    (folder / "cases").mkdir()
    service = Service(folder / "var", settings=settings).start()
    yield service
    service.remove()


def case_in(service: Service, name: str, **values: Any) -> Path:
    case = service.var.parent / "cases" / name
    foamcase.make(case, **values)
    foamcase.mesh(case)
    return case


def told_of(service: Service, name: str, status: str) -> dict[str, Any]:
    """The job of a case, once it stands so and nothing is left to be read."""

    def told() -> dict[str, Any] | None:
        job = service.job(name)
        return job if job and job["status"] == status else None

    try:
        wait_for(told, f"{name} to be {status}", 60)
    except AssertionError:
        raise AssertionError(f"{name} is {service.job(name)}, not {status}") from None
    assert service.differences_at_rest() == []
    job = told()  # not what the mesh's log alone said
    assert job, service.job(name)
    return job


def test_a_case_that_reaches_its_end_time_is_normal(watched: Service) -> None:
    case = case_in(watched, "cavity", end_time=0.1, time_step=0.005)

    assert foamcase.start(case).wait() == 0
    job = told_of(watched, "cavity", "normal")

    assert (job["solver"], job["time"], job["progress"]) == ("openfoam", 0.1, 1.0)
    assert (job["status_reason"], job["errors"], job["cause"]) == ("End", 0, None)
    assert {"residual.Ux", "residual.p", "courant.max", "continuity.cumulative"} <= {*job["series"]}


def test_a_case_that_diverges_ends_with_its_floating_point_trap(watched: Service) -> None:
    case = case_in(
        watched, "diverging", end_time=500, time_step=0.5, viscosity=1e-7, cells=20, every=10**6
    )

    assert foamcase.start(case).wait() == -signal.SIGFPE
    job = told_of(watched, "diverging", "error")

    assert job["cause"] == "floating point error"
    assert 0 < job["progress"] < 1


def test_a_wrong_entry_is_an_input_error(watched: Service) -> None:
    case = case_in(watched, "entry", pressure_solver="solver NoSuchSolver;")

    assert foamcase.start(case).wait() == 1
    job = told_of(watched, "entry", "error")

    assert job["cause"] == "input error"
    assert "NoSuchSolver" in job["status_reason"]


def test_a_missing_field_is_a_missing_file(watched: Service) -> None:
    case = case_in(watched, "missing")
    (case / "0/U").unlink()

    assert foamcase.start(case).wait() == 1
    job = told_of(watched, "missing", "error")

    assert job["cause"] == "missing file"


def test_a_killed_solver_falls_silent(watched: Service) -> None:
    case = case_in(watched, "killed", end_time=1e6, every=10**9)

    solver = foamcase.start(case)
    told_of_running = wait_for(
        lambda: (job := watched.job("killed")) and job["time"] and job, "the first time steps"
    )
    solver.kill()
    solver.wait()
    job = told_of(watched, "killed", "other")

    assert told_of_running["status"] == "running"
    assert job["status_reason"].startswith("silent since")
    assert job["time"] > 0


def test_a_solver_whose_disk_is_full_says_so(watched: Service) -> None:
    """Its log lies on another disk: on the full one its last words may be lost."""
    logs = watched.var.parent / "cases" / "full"
    logs.mkdir()
    with small_disk(watched.var.parent / "small", megabytes=1) as case:
        foamcase.make(case, end_time=1e6, every=1, cells=20)
        foamcase.mesh(case)

        assert foamcase.start(case, logs / "log.icoFoam").wait() == 1
    job = told_of(watched, "full", "error")

    assert job["cause"] == "out of disk"
