"""Logs of several solvers in one folder: each goes to the run of its own, and a later look finds the same."""

import os
import shutil
import time
from itertools import permutations
from pathlib import Path

import pytest

from pdfjobs.models import Job, LogFile, Run
from workers import checking
from workers.tasks import reading
from workers.tests.conftest import configure

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parent / "samples"
SCREEN = "calculix/2.20-normal-cutbacks/bar.log"
STA = "calculix/2.20-normal-cutbacks/bar.sta"
FOAM = "openfoam/1912-normal/log.icoFoam"
ENGINE = "radioss/2023-running/bracket_0001.out"
MESSAG = "ls-dyna/r13-smp-normal/messag"


@pytest.fixture
def tree(instance, tmp_path) -> Path:
    return tmp_path / "tree"


def put(tree: Path, sample: str, path: str) -> None:
    """A log as if written long ago."""
    target = tree / path
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(SAMPLES / sample, target)
    at = int(time.time()) - 1000
    os.utime(target, (at, at))


def read(*paths: str) -> None:
    left = list(paths)
    while left:
        left = reading.read_turns("tree", left)


def logs() -> set[tuple[str, str, str]]:
    """Solver and stem of each log's run, and the log."""
    rows = LogFile.objects.values_list("run__job__solver", "run__stem", "path")
    return {tuple(row) for row in rows}


SHARED = [
    # A solver whose folder is one run, beside runs that carry their files' name.
    (
        {"log.icoFoam": FOAM, "bar.log": SCREEN, "bar.sta": STA},
        {
            ("openfoam", "", "log.icoFoam"),
            ("calculix", "bar", "bar.log"),
            ("calculix", "bar", "bar.sta"),
        },
    ),
    # Its log has the other run's name.
    (
        {"bar.log": MESSAG, "bar.sta": STA},
        {("ls-dyna", "", "bar.log"), ("calculix", "bar", "bar.sta")},
    ),
    # One name, of which the solvers make different runs.
    (
        {"bar_0001.out": ENGINE, "bar_0001.sta": STA},
        {("radioss", "bar", "bar_0001.out"), ("calculix", "bar_0001", "bar_0001.sta")},
    ),
]


@pytest.mark.parametrize(("files", "expected"), SHARED)
@pytest.mark.parametrize("together", [True, False])
def test_each_log_goes_to_the_run_of_its_solver_in_any_order(tree, files, expected, together):
    for name, sample in files.items():
        put(tree, sample, f"case/{name}")
    for names in permutations(files):
        Job.objects.all().delete()
        paths = [f"case/{name}" for name in names]
        for batch in [paths] if together else [[path] for path in paths]:
            read(*batch)
        read(*paths)

        assert logs() == expected
        assert [(d.location, d.field) for d in checking.check_all().differences] == []


@pytest.mark.parametrize(("files", "expected"), SHARED)
def test_logs_that_nobody_told_of_are_found_beside_another_solvers(tree, files, expected):
    for name, sample in files.items():
        put(tree, sample, f"case/{name}")
    for told in files:
        Job.objects.all().delete()
        read(f"case/{told}")

        checking.repair_all()

        assert logs() == expected
        assert checking.check_all().differences == []


def test_a_damaged_run_is_mended_from_its_own_logs_alone(tree):
    files, expected = SHARED[0]
    for name, sample in files.items():
        put(tree, sample, f"case/{name}")
    read(*(f"case/{name}" for name in files))
    Job.objects.update(machine_status="error")

    checking.repair_all()

    assert logs() == expected
    assert set(Job.objects.values_list("machine_status", flat=True)) == {"normal"}


def test_a_deck_that_waits_has_the_run_that_its_logs_will_have(tree, settings, tmp_path):
    """A Radioss starter deck carries a number that its run does not."""
    configure(settings, tmp_path, solvers={"radioss": {"command": ["starter", "{deck}"]}})
    deck = "#RADIOSS STARTER\n/BEGIN\nbracket\n      2023         0\n/NODE\n         1 0. 0. 0.\n/END\n"
    (tree / "case").mkdir()
    (tree / "case" / "bracket_0000.rad").write_text(deck)
    checking.repair_all()
    put(tree, ENGINE, "case/bracket_0001.out")

    read("case/bracket_0001.out")

    assert list(Run.objects.values_list("job__name", "stem")) == [("bracket_0000.rad", "bracket")]
    assert logs() == {("radioss", "bracket", "bracket_0001.out")}


def test_a_file_that_is_nobodys_log_is_no_runs(tree):
    """Results grow too, beside a solver whose folder is one run."""
    put(tree, FOAM, "case/log.icoFoam")
    read("case/log.icoFoam")
    (tree / "case" / "bar.frd").write_bytes(b"    1C\n" * 400)

    read("case/bar.frd")

    assert logs() == {("openfoam", "", "log.icoFoam")}
    assert Run.objects.count() == 1
