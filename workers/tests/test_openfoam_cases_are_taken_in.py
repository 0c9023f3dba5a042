"""Whole cases in the hot folder: what job they become, what is refused, and which programs would run."""

from pathlib import Path

import pytest

from pdfjobs import config
from pdfjobs.models import Run
from workers import solversteps
from workers.launchers import local
from workers.tests import intake_scene
from workers.tests.conftest import configure
from workers.tests.intake_scene import info as member
from workers.tests.intake_scene import scene, tarred, zipped
from workers.verdict import Scene, judge

__all__ = ["scene"]
pytestmark = pytest.mark.django_db(transaction=True)

CONTROL = b"application icoFoam;\nstartFrom startTime;\nendTime 0.5;\ndeltaT 0.005;\n"
CASE = {
    "system/controlDict": CONTROL,
    "system/blockMeshDict": b"vertices ();\n",
    "constant/transportProperties": b"nu 0.01;\n",
    "0/U": b"x\n",
}
CUT = b"numberOfSubdomains 2;\nmethod simple;\n"
POLY = {f"constant/polyMesh/{name}": b"" for name in ("points", "faces", "owner", "boundary")}


@pytest.fixture(autouse=True)
def all_programs_are_there(monkeypatch) -> None:
    monkeypatch.setattr(local, "find_program", lambda name: f"/foam/{name}")


def started(run: Run) -> list[tuple[str, str]]:
    """Command lines and logs."""
    return [(" ".join(argv), log) for argv, log in solversteps.programs(run)]


def names_in(scene: intake_scene.Scene, run: Run) -> set[str]:
    return {path.name for path in scene.folder_of(run).iterdir()}


BLOCK_MESH = ("/foam/blockMesh", "log.blockMesh")
ICO = ("/foam/icoFoam", "log.icoFoam")


def test_a_case_folder_becomes_a_job_under_its_name(scene):
    run = scene.take_in(scene.put_folder("pitz Daily", {**CASE, "Allrun": b"#!/bin/sh\n"}))

    assert (run.job.name, run.job.solver, run.stem, run.deck_file, run.cores) == (
        *("pitz Daily", "openfoam", "", "system/controlDict"),
        1,
    )
    assert run.folder == f"{run.job.number}_pitz_Daily"
    assert names_in(scene, run) == {"system", "constant", "0", "Allrun"}
    assert run.job.deck["files"] == ["0", "Allrun", "constant", "system"]
    assert started(run) == [BLOCK_MESH, ICO]


@pytest.mark.parametrize(
    ("drop", "top", "name"),
    [
        ("up.zip", "cavity/", "cavity"),
        ("cavity.ZIP", "", "cavity"),
        ("a.b.zip", "", "a.b"),
        ("cavity.tar.gz", "", "cavity"),
        ("up.tgz", "deep/er/", "er"),
        ("up.zip", "unpacked/", "unpacked"),
    ],
)
def test_an_archive_of_a_case_has_its_folders_name_else_its_own(scene, drop, top, name):
    if drop.lower().endswith("zip"):
        packed = zipped({top + file: text for file, text in CASE.items()})
    else:
        packed = tarred(*((member(top + file), text) for file, text in CASE.items()))

    run = scene.take_in(scene.put(drop, packed))

    assert (run.job.name, run.deck_file) == (name, "system/controlDict")
    assert names_in(scene, run) == {"system", "constant", "0"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, [BLOCK_MESH, ICO]),
        (POLY, [ICO]),
        ({f"{name}.gz": text for name, text in POLY.items()}, [ICO]),
        # Older tutorials bring the boundary alone; a killed blockMesh leaves no more than the points.
        ({"constant/polyMesh/boundary": b""}, [BLOCK_MESH, ICO]),
        ({"constant/polyMesh/points": b""}, [BLOCK_MESH, ICO]),
        (
            {"system/setFieldsDict": b""},
            [BLOCK_MESH, ("/foam/setFields", "log.setFields"), ICO],
        ),
        ({**POLY, "system/setFieldsDict": b""}, [ICO]),
        ({"0.orig/U": b""}, [BLOCK_MESH, ICO]),
        ({"system/decomposeParDict": CUT}, [BLOCK_MESH, ICO]),
        (
            {"system/decomposeParDict": CUT, "job.toml": b"cores = 2\n"},
            [
                BLOCK_MESH,
                ("/foam/decomposePar", "log.decomposePar"),
                ("/foam/mpirun -np 2 /foam/icoFoam -parallel", "log.icoFoam"),
            ],
        ),
        (
            {"system/decomposeParDict": CUT, "job.toml": b"cores = 2\n", **POLY, "processor0/x": b""},
            [("/foam/mpirun -np 2 /foam/icoFoam -parallel", "log.icoFoam")],
        ),
        ({"job.toml": b"cores = 2\n"}, [BLOCK_MESH, ICO]),
        (
            {"system/controlDict": b"application foamRun;\nsolver incompressibleFluid;\nendTime 1;\n"},
            [BLOCK_MESH, ("/foam/foamRun", "log.foamRun")],
        ),
        (
            {"system/controlDict": b"solver incompressibleFluid;\nendTime 1;\n"},
            [BLOCK_MESH, ("/foam/foamRun", "log.foamRun")],
        ),
    ],
)  # fmt: skip
def test_a_case_is_started_with_the_steps_it_needs(scene, files, expected):
    run = scene.take_in(scene.put_folder("cavity", {**CASE, **files}))

    assert started(run) == expected


@pytest.mark.parametrize(
    ("mesh", "setting", "expected"),
    [
        ({}, {}, ["cp", "blockMesh", "icoFoam"]),
        ({}, {"system/setFieldsDict": b""}, ["cp", "blockMesh", "setFields", "icoFoam"]),
        (POLY, {"system/setFieldsDict": b""}, ["cp", "setFields", "icoFoam"]),
    ],
)
def test_fields_that_lie_in_0_orig_are_copied_and_set(scene, mesh, setting, expected):
    files = {name: text for name, text in CASE.items() if not name.startswith("0/")}

    run = scene.take_in(scene.put_folder("dam", {**files, "0.orig/U": b"x", **mesh, **setting}))

    assert [Path(line.split()[0]).name for line, _ in started(run)] == expected


@pytest.mark.parametrize(
    ("said", "machine", "parts", "cores"),
    [
        (None, 1, 2, 1),
        (None, 4, 2, 2),
        (None, 4, 4, 4),
        (None, 4, 8, 1),
        (None, 4, None, 1),
        (1, 4, 4, 1),
        (8, 1, 8, 8),
        (8, 1, None, 1),
        (8, 1, 1, 1),
    ],
)
def test_a_case_gets_the_cores_that_it_is_cut_for(
    scene, settings, tmp_path, said, machine, parts, cores
):
    configure(settings, tmp_path, launcher={"cores": machine})
    files = dict(CASE)
    if said is not None:
        files["job.toml"] = f"cores = {said}\n".encode()
    if parts is not None:
        files["system/decomposeParDict"] = f"numberOfSubdomains {parts};\n".encode()

    assert scene.take_in(scene.put_folder("cavity", files)).cores == cores


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"system/controlDict": b"endTime 1;\n"}, "names no application"),
        ({"system/controlDict": b"application sh;\n"}, '"sh", which the settings do not allow'),
        ({"system/controlDict": b"application ansysToFoam;\n"}, "do not allow"),
        ({"system/controlDict": b"application ./icoFoam;\n"}, "do not allow"),
        ({"system/controlDict": b"application icoFoam\xc3\xa9Foam;\n"}, "do not allow"),
        ({"system/controlDict": b'application "icoFoam\nFoam";\n'}, "do not allow"),
        ({"system/controlDict": b"application $HOME;\n"}, "do not allow"),
        (
            {"system/controlDict": CONTROL + b'libs ("/tmp/evil.so");\n'},
            "libraries of the installation",
        ),
        (
            {"system/controlDict": CONTROL + b'functions { a { type x; libs ("./evil.so"); } }\n'},
            "libraries of the installation",
        ),
        (
            {"system/decomposeParDict": CUT, "job.toml": b"cores = 3\n"},
            "cores = 3, but system/decomposeParDict numberOfSubdomains 2",
        ),
        ({"system/controlDict": CONTROL + b'#include "/etc/passwd"\n'}, "is absolute or leaves"),
    ],
)
def test_what_a_case_may_not_start_is_refused(scene, files, words):
    assert words in scene.refusal_of(scene.put_folder("cavity", {**CASE, **files}))


def test_libraries_of_the_installation_and_of_users_are_taken_by_name(scene):
    control = CONTROL + b'libs ("libmine.so");\n'

    run = scene.take_in(scene.put_folder("cavity", {**CASE, "system/controlDict": control}))

    assert run.job.deck["runs_code"] == ['libs loads "libmine.so"']


def test_earlier_logs_step_aside_and_results_stay(scene):
    files = {
        **{"log.icoFoam": b"1", "log": b"2", "run.log": b"3", "logo.png": b"4"},
        **{"0.1/U": b"5", ".pdfjobs/run-1.json": b"6", "earlier/x": b"7"},
    }

    run = scene.take_in(scene.put_folder("cavity", {**CASE, **files}))

    home = scene.folder_of(run)
    assert names_in(scene, run) == {
        *("system", "constant", "0", "0.1", "logo.png", "earlier", "earlier_", "earlier.pdfjobs")
    }
    assert {path.name for path in (home / "earlier_").iterdir()} == {
        "log.icoFoam",
        "log",
        "run.log",
    }


def test_a_sidecar_may_name_the_case_beside_another_deck(scene):
    files = {**CASE, "beam.inp": b"*HEADING\nx\n*STEP\n*STATIC\n*END STEP\n"}
    files["job.toml"] = b'deck = "system/controlDict"\n'

    assert scene.take_in(scene.put_folder("both", files)).job.solver == "openfoam"


def test_a_program_that_is_not_here_is_named(scene, monkeypatch):
    run = scene.take_in(scene.put_folder("cavity", CASE))
    monkeypatch.setattr(local, "find_program", lambda name: None if name == "blockMesh" else name)

    with pytest.raises(solversteps.NotHereError, match="blockMesh not found on this machine"):
        solversteps.programs(run)


def test_the_settings_may_say_other_steps_and_variables(scene, settings, tmp_path):
    table = {
        "steps": [
            {"command": ["prepare", "{deck}"]},
            {"command": ["{application}", "-np", "{cores}"], "needs": ["0"], "unless": ["1", "0"]},
        ],
        "environment": {"WM_PROJECT_DIR": "/opt/foam"},
    }
    configure(settings, tmp_path, solvers={"openfoam": table})

    run = scene.take_in(scene.put_folder("cavity", CASE))

    assert started(run) == [
        ("/foam/prepare system/controlDict", "log.prepare"),
        ("/foam/icoFoam -np 1", "log.icoFoam"),
    ]
    assert solversteps.environment(run) == {
        "WM_PROJECT_DIR": "/opt/foam",
        "WM_PROJECT_SITE": f"{scene.instance.var}/openfoam",
        "FOAM_SIGFPE": "1",
    }


@pytest.mark.parametrize(
    ("application", "allowed"),
    [
        *[(name, True) for name in ("simpleFoam", "PDRFoam", "chtMultiRegionFoam", "DPMFoam")],
        *[(name, True) for name in ("foamRun", "foamMultiRun", "interFoamMod", "solids4Foam")],
        *[(name, False) for name in ("", "sh", "rm", "ansysToFoam", "paraFoam", "pyFoamRunner")],
        *[(name, False) for name in ("./xFoam", "xFoam -help", "-xFoam", "foamToVTK", "xFoam\n")],
    ],
)
def test_an_application_is_a_solver_of_the_installation(application, allowed):
    assert config.Settings().solvers["openfoam"].allows(application) is allowed


@pytest.mark.parametrize("said", ["normal", None])
def test_the_reason_of_a_failed_step_without_words_names_it_and_its_log(said):
    """mpirun refuses to run as root: the mesh's log ends well, and no solver has said a word."""
    record = {
        "end_cause": "exited",
        "exit_code": 1,
        "failed_step": "mpirun",
        "failed_log": "log.icoFoam",
    }
    scene = Scene("ended", record, 1.0, 2.0, 60.0)

    verdict = judge({"status": said, "status_reason": "End"}, scene)

    reason = "mpirun ended with exit code 1; its words are in log.icoFoam"
    assert (verdict.status, verdict.reason) == ("error", reason)


def test_variables_alone_leave_the_steps_as_they_are():
    said = config.parse(b'[solvers.openfoam.environment]\nFOAM_SIGFPE = "0"\n', "x").solvers
    known = config.Settings().solvers

    assert said["openfoam"].steps == known["openfoam"].steps
    assert said["openfoam"].environment == {**known["openfoam"].environment, "FOAM_SIGFPE": "0"}
    assert said["calculix"] == known["calculix"]


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('[solvers.x]\nenvironment = {A = "b"}\n', "needs either a command or steps"),
        ('[solvers.x]\ncommand = ["a"]\nsteps = [{command = ["a"]}]\n', "either a command or"),
        ('[solvers.x]\ncommand = ["{nope}"]\n', "known are {stem}, {deck}, {cores}"),
        ("[[solvers.x.steps]]\ncommand = []\n", "at least 1 item"),
        ('[[solvers.x.steps]]\ncommand = ["a"]\nneeds = ["../b"]\n', "inside the run folder"),
        ('[[solvers.x.steps]]\ncommand = ["a"]\nlog = "a/b"\n', "no plain file name"),
        ('[solvers.x]\ncommand = ["a"]\napplications = "("\n', "no regular expression"),
        ('[solvers.x]\ncommand = ["a"]\nenvironment = {"A=B" = "c"}\n', "no name of a variable"),
    ],
)
def test_a_wrong_setting_is_refused_at_start(toml, words):
    with pytest.raises(config.ConfigError) as refusal:
        config.parse(toml.encode(), "pdfjobs.toml")

    assert words in str(refusal.value)


def test_the_site_forbids_code_of_cases_until_a_person_says_otherwise(scene):
    site = Path(scene.instance.var / "openfoam/etc/controlDict")

    assert "allowSystemOperations 0;" in site.read_text()
    assert site.stat().st_mode & 0o777 == 0o644
    site.write_text("mine")
    scene.instance.make_folders()
    assert site.read_text() == "mine"
