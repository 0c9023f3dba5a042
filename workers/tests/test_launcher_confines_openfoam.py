"""OpenFOAM in its sandbox: steps and ranks as outside, and a case whose code finds nothing."""

import os
import shutil
from pathlib import Path

import pytest

from tests import foamcase
from workers.launchers import local
from workers.tests.launcher_runs import LiveRun, bounds_for_tests

pytestmark = pytest.mark.skipif(
    local.find_program("icoFoam") is None, reason="needs OpenFOAM: apt-get install openfoam"
)

AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
DECOMPOSE = (
    "FoamFile { version 2.0; format ascii; class dictionary; object decomposeParDict; }\n"
    "numberOfSubdomains 2; method simple; simpleCoeffs { n (2 1 1); delta 0.001; }\n"
)
HOSTILE = """
functions {{ hostile {{
  type systemCall; libs ("libutilityFunctionObjects.so");
  executeCalls ( {calls} );
}} }}
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    (tmp_path / "secret.key").write_text("precious")
    folder = tmp_path / "runs" / "1000001_cavity"
    foamcase.make(folder, end_time=0.02)
    return folder


def steps(*programs: str, last: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    return [*(((name,), f"log.{name}") for name in programs), (last, "log.icoFoam")]


def start(run: LiveRun, parts: list[tuple[tuple[str, ...], str]], **other) -> None:
    (argv, _), *then = parts
    run.start(*argv, then=tuple(then), environment={**foamcase.ENVIRONMENT, **AS_ROOT}, **other)


def test_a_case_is_meshed_decomposed_and_solved_by_two_ranks(case: Path) -> None:
    (case / "system" / "decomposeParDict").write_text(DECOMPOSE)
    run = LiveRun(case, confine=bounds_for_tests())
    mpirun = ("mpirun", "-np", "2", "--oversubscribe", shutil.which("icoFoam") or "", "-parallel")
    start(run, steps("blockMesh", "decomposePar", last=mpirun), cores=2)

    assert run.ending() == ("exited", 0, None, None), run.record
    log = (case / "log.icoFoam").read_text()
    assert ("nProcs : 2" in log, log.count("\nEnd\n")) == (True, 1)


def test_a_rank_that_diverges_ends_the_run_as_outside(case: Path) -> None:
    foamcase.make(case, end_time=500, time_step=0.5, viscosity=1e-7, cells=20, every=10**6)
    run = LiveRun(case, confine=bounds_for_tests())
    start(run, steps("blockMesh", last=("icoFoam",)))

    assert run.ending() == ("signal", None, 8, None)
    assert run.record["failed_step"] == "icoFoam"


def test_commands_of_a_case_reach_nothing(case: Path) -> None:
    """As OpenFOAM's own settings allow them; ours forbid them besides."""
    secret = case.parents[1] / "secret.key"
    calls = [
        f"cat {secret} > stolen 2> refused.secret",
        f"touch {case.parent}/1000002_other 2> refused.write",
        "cp /etc/shadow . 2> refused.passwords",
        "touch /usr/bin/trap 2> refused.system",
        "ls /proc/self/root/home > homes 2> refused.home",
        "touch ran",
    ]
    with (case / "system" / "controlDict").open("a") as file:
        file.write(HOSTILE.format(calls=" ".join(f'"{call}"' for call in calls)))
    run = LiveRun(case, confine=bounds_for_tests())
    user = "" if os.geteuid() else "nobody"  # root's account OpenFOAM itself refuses it
    if user:
        local.give_folder(case, user)
    start(run, steps("blockMesh", last=("icoFoam",)), run_as=user)

    ending = run.ending()
    if 'error in IOstream "sha1"' in (case / "log.icoFoam").read_text():
        pytest.skip("this OpenFOAM reads no case that names functions, in no sandbox either")
    assert ending == ("exited", 0, None, None), run.record
    refused = {
        path.suffix[1:]: path.read_text().rpartition(": ")[2].strip()
        for path in case.glob("refused.*")
    }
    gone = "No such file or directory"
    assert (case / "ran").exists()
    assert refused == {
        "secret": gone,
        # Without another account it may write there, but into its own /tmp, in which this test lies.
        "write": "Permission denied" if user else "",
        "passwords": gone,
        "system": "Read-only file system",
        "home": gone,
    }
    assert (case / "stolen").read_text() == (case / "homes").read_text() == ""
    assert sorted(path.name for path in case.parent.iterdir()) == [case.name]
