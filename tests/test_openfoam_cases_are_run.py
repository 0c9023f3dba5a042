"""OpenFOAM cases dropped into the hot folder: meshed, cut, solved by the application they name, each started once."""

import io
import json
import os
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests import foamcase
from tests.faults import processes_by_kind
from tests.service import QUICK, Service, wait_for

ENDLESS = {"end_time": 1e6, "every": 10**9}
TWO_PARTS = (
    "FoamFile { version 2.0; format ascii; class dictionary; object decomposeParDict; }\n"
    "numberOfSubdomains 2; method simple; simpleCoeffs { n (2 1 1); delta 0.001; }\n"
)
SETTINGS = """
[launcher]
slots = 4
[solvers.openfoam.environment]
OMPI_ALLOW_RUN_AS_ROOT = "1"
OMPI_ALLOW_RUN_AS_ROOT_CONFIRM = "1"
"""
SERIAL = {"log.blockMesh", "log.icoFoam"}


@pytest.fixture(scope="module")
def foam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("foam") / "var", settings=QUICK + SETTINGS).start()
    yield service
    for job in service.jobs():
        if job["status"] == "running":
            service.manage("stop", str(job["number"]))
    service.remove()


def case(service: Service, name: str, change: Any = None, **values: Any) -> Path:
    """Makes a case beside the hot folder and drops it whole, as a rename does."""
    made = service.var / "making" / name
    foamcase.make(made, **values)
    if change is not None:
        change(made)
    return made


def drop(service: Service, made: Path) -> None:
    made.rename(service.hotfolder / made.name)


def zipped(made: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(made.rglob("*")):
            archive.write(file, file.relative_to(made.parent))
    return packed.getvalue()


def retry(service: Service, job: dict[str, Any]) -> None:
    """Runs a job again, till that run's end is on the disk."""
    ordinal = service.query(
        "__import__('pdfjobs.services.runs').services.runs.request_retry("
        f"Job.objects.get(number={job['number']}), 'ada').ordinal"
    )
    told = Path(job["run_dir"]) / f".pdfjobs/run-{ordinal}.json"
    wait_for(lambda: told.exists() and json.loads(told.read_text())["ended_at"], "its end")


def record(job: dict[str, Any]) -> dict[str, Any]:
    return json.loads((Path(job["run_dir"]) / ".pdfjobs/run-1.json").read_text())


def logs(job: dict[str, Any]) -> set[str]:
    return {path.name for path in Path(job["run_dir"]).glob("log.*")}


def starts(job: dict[str, Any], program: str = "icoFoam") -> int:
    """How often a program put its banner into its log."""
    return (Path(job["run_dir"]) / f"log.{program}").read_bytes().count(b"\nExec   :")


def running(service: Service, name: str) -> dict[str, Any]:
    return wait_for(
        lambda: (job := service.job(name)) and job["status"] == "running" and job["time"] and job,
        f"the first time steps of {name}",
    )


def members(job: dict[str, Any]) -> list[int]:
    """Living processes of the run's session."""
    leader = record(job)["pid"]
    return [
        pid
        for pid in psutil.pids()
        if _session(pid) == leader and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    ]


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def test_a_folder_is_meshed_and_solved_by_its_application(foam: Service) -> None:
    drop(foam, case(foam, "cavity"))

    job = foam.ended("cavity")["cavity"]

    assert (job["solver"], job["status"], job["status_reason"]) == ("openfoam", "normal", "End")
    assert (job["name"], job["time"], job["progress"], job["errors"]) == ("cavity", 0.1, 1.0, 0)
    assert job["deck"] == f"{job['run_dir']}/system/controlDict"
    assert Path(job["run_dir"]).name == f"{job['number']}_cavity"
    assert (logs(job), starts(job)) == (SERIAL, 1)
    assert "allowSystemOperations : Disallowing" in (
        Path(job["run_dir"]) / "log.icoFoam"
    ).read_text().replace("  ", " ")
    assert foam.differences_at_rest() == []


def test_a_zip_of_a_case_is_called_as_its_folder_and_its_allrun_is_left_alone(
    foam: Service,
) -> None:
    def with_script(made: Path) -> None:
        (made / "Allrun").write_text("#!/bin/sh\ntouch ran\n")
        (made / "Allrun").chmod(0o755)

    foam.drop("upload.zip", zipped(case(foam, "packed", with_script)))

    job = foam.ended("packed")["packed"]

    assert (job["status"], logs(job), starts(job)) == ("normal", SERIAL, 1)
    assert not (Path(job["run_dir"]) / "ran").exists()
    assert foam.differences_at_rest() == []


def test_two_cases_at_once_are_two_jobs(foam: Service) -> None:
    made = [case(foam, name) for name in ("left", "right")]
    for one in made:
        drop(foam, one)

    jobs = foam.ended("left", "right")

    assert {name: (job["status"], starts(job)) for name, job in jobs.items()} == {
        "left": ("normal", 1),
        "right": ("normal", 1),
    }
    assert foam.differences_at_rest() == []


def test_a_missing_field_is_told_by_the_solver(foam: Service) -> None:
    drop(foam, case(foam, "no_field", lambda made: (made / "0/U").unlink()))

    job = foam.ended("no_field")["no_field"]

    assert (job["status"], job["cause"]) == ("error", "missing file")
    assert (record(job)["exit_code"], record(job)["failed_step"]) == (1, "icoFoam")
    assert foam.differences_at_rest() == []


def test_a_wrong_mesh_ends_the_run_before_the_solver_begins(foam: Service) -> None:
    def without_vertices(made: Path) -> None:
        (made / "system/blockMeshDict").write_text("FoamFile { class dictionary; }\nvertices ();\n")

    drop(foam, case(foam, "no_mesh", without_vertices))

    job = foam.ended("no_mesh")["no_mesh"]

    assert (job["status"], record(job)["failed_step"]) == ("error", "blockMesh")
    assert logs(job) == {"log.blockMesh"}
    assert foam.differences_at_rest() == []


def test_a_case_runs_on_as_many_cores_as_it_is_cut_for(foam: Service) -> None:
    def cut(made: Path) -> None:
        (made / "system/decomposeParDict").write_text(TWO_PARTS)
        (made / "job.toml").write_text("cores = 2\n")

    drop(foam, case(foam, "parallel", cut))

    job = foam.ended("parallel")["parallel"]

    assert (job["status"], record(job)["cores"], job["time"]) == ("normal", 2, 0.1)
    assert logs(job) == {*SERIAL, "log.decomposePar"}
    assert starts(job) == 1
    assert foam.differences_at_rest() == []


def test_a_running_case_is_stopped_with_all_its_processes(foam: Service) -> None:
    def cut(made: Path) -> None:
        (made / "system/decomposeParDict").write_text(TWO_PARTS)
        (made / "job.toml").write_text("cores = 2\n")

    drop(foam, case(foam, "to_stop", cut, **ENDLESS))
    job = running(foam, "to_stop")
    assert (
        len(members(job)) >= 3
    )  # the leader, mpirun, and the ranks where they stay in the session
    ranks = [one for one in psutil.process_iter() if _works_in(one, job["run_dir"])]
    assert len(ranks) >= 4

    foam.manage("stop", str(job["number"]), "--by", "ada")
    job = foam.ended("to_stop")["to_stop"]

    assert (job["status"], job["status_reason"]) == ("other", "stopped by ada")
    assert [one for one in ranks if _is_alive(one)] == []
    assert foam.differences_at_rest() == []


def _is_alive(process: psutil.Process) -> bool:
    """What has ended may stay in the table of processes until the machine's first process looks."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _works_in(process: psutil.Process, folder: str) -> bool:
    try:
        return process.cwd() == folder
    except psutil.Error:
        return False


def test_a_killed_worker_starts_nothing_twice(foam: Service) -> None:
    drop(foam, case(foam, "survives", end_time=100, every=10**9))
    job = running(foam, "survives")
    pid = record(job)["pid"]

    for worker in processes_by_kind(foam)["worker"]:
        worker.send_signal(signal.SIGKILL)
    job = foam.ended("survives")["survives"]

    assert (job["status"], record(job)["pid"], starts(job)) == ("normal", pid, 1)
    assert foam.differences_at_rest() == []


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("shell", "application sh;", '"sh", which the settings do not allow'),
        ("outside", "application ../icoFoam;", "which the settings do not allow"),
        ("library", 'application icoFoam; libs ("./evil.so");', "libraries of the installation"),
    ],
)
def test_a_case_that_would_run_something_else_is_refused(
    foam: Service, name: str, line: str, words: str
) -> None:
    def change(made: Path) -> None:
        control = made / "system/controlDict"
        control.write_text(control.read_text().replace("application icoFoam;", line))

    drop(foam, case(foam, name, change))

    kept = wait_for(
        lambda: next(foam.var.glob(f"rejected/*_{name}/reason.txt"), None), "the refusal"
    )
    assert words in kept.read_text()
    assert foam.job(name) is None


SET_FIELDS = """FoamFile { version 2.0; format ascii; class dictionary; object setFieldsDict; }
defaultFieldValues ( volScalarFieldValue p 0 );
regions ( boxToCell { box (0 0 0) (.05 .1 1); fieldValues ( volScalarFieldValue p 1 ); } );
"""


def test_fields_are_copied_and_set_and_a_retry_does_so_again(foam: Service) -> None:
    def with_fresh_fields(made: Path) -> None:
        (made / "0").rename(made / "0.orig")
        (made / "system/setFieldsDict").write_text(SET_FIELDS)

    drop(foam, case(foam, "dam", with_fresh_fields))
    job = foam.ended("dam")["dam"]
    home = Path(job["run_dir"])

    assert job["status"] == "normal"
    assert "nonuniform" in (home / "0/p").read_text()
    assert "nonuniform" not in (home / "0.orig/p").read_text()

    retry(foam, job)

    assert foam.ended("dam")["dam"]["status"] == "normal"
    assert "nonuniform" in (home / "0/p").read_text()
    assert logs(job) == {"log.cp", "log.setFields", "log.icoFoam"}
    assert foam.differences_at_rest() == []


def test_logs_of_an_earlier_run_are_not_this_runs(foam: Service) -> None:
    def with_old_log(made: Path) -> None:
        (made / "log.icoFoam").write_text("of last year\n")
        (made / "log.snappyHexMesh").write_text("of last year\n")

    drop(foam, case(foam, "again", with_old_log))

    job = foam.ended("again")["again"]

    assert (job["status"], logs(job), starts(job)) == ("normal", SERIAL, 1)
    earlier = {path.name for path in (Path(job["run_dir"]) / "earlier").iterdir()}
    assert earlier == {"log.icoFoam", "log.snappyHexMesh"}
    assert foam.differences_at_rest() == []


def test_a_retry_solves_the_case_anew_and_keeps_the_first_results(foam: Service) -> None:
    drop(foam, case(foam, "twice"))
    job = foam.ended("twice")["twice"]

    home = Path(job["run_dir"])
    retry(foam, job)
    job = foam.ended("twice")["twice"]

    assert (job["status"], logs(job)) == ("normal", {"log.icoFoam"})  # the mesh was there
    assert (home / ".pdfjobs/run-1/log.blockMesh").exists()
    assert foam.differences_at_rest() == []


def test_a_case_in_a_run_tree_is_found_and_never_started(foam: Service) -> None:
    made = case(foam, "by_hand")
    foamcase.mesh(made)
    made.rename(foam.runs / "by_hand")

    job = wait_for(lambda: foam.job("by_hand"), "the found case")
    assert foam.differences_at_rest() == []

    assert not (foam.runs / "by_hand/.pdfjobs").exists()
    assert not (foam.runs / "by_hand/log.icoFoam").exists()
    assert job["solver"] == "openfoam"
