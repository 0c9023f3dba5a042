"""Jobs that were stopped and continued, by the real solvers: their runs stay, and their series are one curve."""

import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import foamcase
from tests.decks import beam
from tests.service import QUICK, Service, wait_for

GOES_ON = "*RESTART, READ, STEP=1\n*STEP, NLGEOM, INC=100\n*STATIC, DIRECT\n.25, 1.\n*BOUNDARY\nTIP, 3, 3, 0.2\n*END STEP\n"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("restarts")
    settings = f'{QUICK}[[trees]]\nname = "cases"\npath = "{folder / "cases"}"\n'
    (folder / "cases").mkdir()
    service = Service(folder / "var", settings=settings).start()
    yield service
    service.remove()


def curve(service: Service, number: int, name: str) -> dict[str, Any]:
    asked = f"Job.objects.prefetch_related('runs').get(number={number}).runs.last()"
    found: dict[str, Any] = service.query(
        f"__import__('pdfjobs.points.series').points.series.series_points({asked}, ['{name}'])['{name}']"
    )
    return found


def controlled(case: Path, before: str, after: str) -> None:
    control = case / "system/controlDict"
    control.write_text(control.read_text().replace(before, after))


def test_an_openfoam_case_that_goes_on_from_its_latest_time_is_one_curve(watched: Service) -> None:
    case = watched.var.parent / "cases" / "cavity"
    foamcase.make(case, end_time=0.05, time_step=0.005, every=5)
    foamcase.mesh(case)
    assert foamcase.start(case).wait() == 0
    controlled(case, "endTime 0.05", "endTime 0.1")
    controlled(case, "startFrom startTime", "startFrom latestTime")
    assert foamcase.start(case, case / "log.icoFoam.2").wait() == 0

    job = wait_for(
        lambda: (job := watched.job("cavity")) and job["time"] == 0.1 and job, "its second log"
    )
    assert watched.differences_at_rest() == []

    found = curve(watched, job["number"], "courant.max")
    assert (job["status"], job["run"]) == ("normal", 1)
    assert [round(x, 6) for x in found["xs"]] == [round(0.005 * k, 6) for k in range(1, 21)]
    assert found["borders"] == [
        {"x": 0.055, "job": job["number"], "run": 1, "log": "log.icoFoam.2"}
    ]


def retried(service: Service, number: int, ordinal: int) -> dict[str, Any]:
    service.query(
        f"__import__('pdfjobs.services.runs').services.runs.request_retry(Job.objects.get(number={number}), 'ada').ordinal"
    )
    return wait_for(
        lambda: (
            next(
                job for job in service.jobs() if job["number"] == number and job["run"] == ordinal
            )["status"]
            == "normal"
        ),
        f"run {ordinal}",
    )


def test_a_retry_that_reads_a_restart_file_goes_on_and_a_fresh_one_replaces(
    watched: Service, tmp_path: Path
) -> None:
    fresh = beam(increments=4, heading="goes on").replace(
        "*STEP,", "*RESTART, WRITE, FREQUENCY=1\n*STEP,", 1
    )
    with zipfile.ZipFile(tmp_path / "bar.zip", "w") as archive:
        archive.writestr("bar.inp", fresh)
        archive.writestr("bar.rin", "nothing to go on from yet")
    watched.drop("bar.zip", (tmp_path / "bar.zip").read_bytes())
    job = watched.ended("bar.inp")["bar.inp"]
    folder = Path(job["run_dir"])
    subprocess.run(["cp", folder / "bar.rout", folder / "bar.rin"], check=True)
    (folder / "bar.inp").write_text(GOES_ON)

    retried(watched, job["number"], 2)
    assert watched.differences_at_rest() == []
    found = curve(watched, job["number"], "time_step")

    assert found["xs"] == [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0]
    assert found["borders"] == [{"x": 1.25, "job": job["number"], "run": 2, "log": None}]
    residuals = curve(watched, job["number"], "residual.force")["xs"]
    assert residuals == [float(k + 1) for k in range(len(residuals))]

    (folder / "bar.inp").write_text(fresh)
    retried(watched, job["number"], 3)
    assert watched.differences_at_rest() == []
    found = curve(watched, job["number"], "time_step")

    assert (found["xs"], found.get("borders")) == ([0.25, 0.5, 0.75, 1.0], None)
