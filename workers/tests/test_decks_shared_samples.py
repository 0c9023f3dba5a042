"""The deck readers on real decks of others, which stay outside this checkout."""

import csv
import io
from pathlib import Path

import pytest

from workers.decks import READERS, reader_for

SHARED = Path(__file__).parents[3] / "shared" / "samples"

pytestmark = pytest.mark.skipif(
    not (SHARED / "SOURCES.tsv").exists(),
    reason="../shared/samples is absent: put the shared samples beside the checkout",
)

# SOURCES.tsv calls it a deck, but it is a part of one: the deck of a case is its controlDict.
NO_DECKS = ("decomposeParDict",)
HEADS = (4096, 1 << 20)


def paths():
    if not (SHARED / "SOURCES.tsv").exists():
        return {}
    with (SHARED / "SOURCES.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {row["path"]: row["solver + version as printed"] == "input deck" for row in rows}


def facts_of(path):
    file = SHARED.parent / path
    case = file.name == "controlDict"

    def open_include(name, source):
        found = file.parent / name
        return found.open("rb") if found.is_file() else None

    reader = reader_for(f"system/{file.name}" if case else file.name, file.read_bytes())
    with file.open("rb") as deck:
        return reader.read(deck, open_include)


def decks():
    return [p for p, is_deck in paths().items() if is_deck and not p.endswith(NO_DECKS)]


@pytest.mark.parametrize("path", decks())
def test_a_deck_is_claimed_by_its_own_solver_alone(path):
    raw = (SHARED.parent / path).read_bytes()
    solver = path.split("/")[1]

    for size in HEADS:
        ours = {reader.solver for reader in READERS if reader.claims(raw[:size])}
        name = path.replace("/controlDict", "/system/controlDict")
        assert ours == {solver}
        assert reader_for(name, raw[:size]).solver == solver


def test_no_log_is_taken_for_a_deck():
    logs = [path for path, is_deck in paths().items() if not is_deck]
    claimed = [
        path
        for path in logs
        for size in HEADS
        if reader_for(path, (SHARED.parent / path).read_bytes()[:size])
    ]

    assert (len(logs) > 150, claimed) == (True, [])


BOLT = "Bolted Connection Type b"
PREPOST = "LS-DYNA keyword deck by LS-PrePost"
DEMO = "NASTRAN DEMONSTRATION PROBLEM NO. D01-00-1A"


@pytest.mark.parametrize(
    ("path", "version", "title", "nodes", "elements", "end_time", "steps"),
    [
        ("ls-dyna/bolt_b_explicit/mainboltbexpl.k", None, BOLT, 2126, 1502, 5.0, []),
        ("ls-dyna/bolt_b_explicit/includes.k", None, BOLT, 2126, 1502, None, []),
        ("ls-dyna/bouncyball/bouncyball_v2.k", None, PREPOST, 976, 875, 10.0, []),
        ("ls-dyna/airbag_closed_many_warnings/open_airbag_v3.k", None, PREPOST, 3145, 3148, 40.0, []),
        ("abaqus/explicit_normal/Job-1.inp", "2022", None, 176, 90, 1.8e-4, ["DYNAMIC, EXPLICIT"]),
        ("abaqus/fracture_not_completed/Job-1.inp", "2018", None, 324, 136, 0.2, ["STATIC"]),
        ("abaqus/two_step_std/Job-1.inp", "2021", "Simulate Heat Away", 594, 400, 2.0, ["HEAT TRANSFER"] * 2),
        ("abaqus/long_sta_100_increments/Job-1.inp", "2021", None, 216, 125, 1.0, ["STATIC"]),
        ("radioss/dbend_explicit_decks/DBEND_44_0000.rad", "140", "2D BEND HS F=4900x4", 1546, 1340, 6000.1, []),
        ("radioss/exchange_tensile_decks/tensile_LAW2_0000.rad", "2017", "tensile_LAW2", 920, 808, 40.0, []),
        ("radioss/axisymm_normal/test_0001.rad", None, "test_0000.rad", 0, 0, 0.001, []),
        ("nastran/svanberg_bar_msc2019/static.dat", None, None, 6, 5, None, ["SOL 101"]),
        ("nastran/svanberg_bar_msc2019/barmat.dat", None, None, 2, 1, None, ["SOL 103"]),
        ("nastran/nastran95_d01000a/d01000a.inp", None, "TESTING", 0, 0, None, ["SOL 6"]),
        ("nastran/nastran95_d01001a/d01001a.inp", None, DEMO, 0, 0, None, ["SOL 1"]),
        ("openfoam/simplefoam_v2506_2000its/controlDict", "v2506", None, 0, 0, 5000.0, ["simpleFoam"]),
        ("openfoam/simplefoam_v41_parallel/controlDict", "4.1", None, 0, 0, 500.0, ["simpleFoam"]),
        ("ansys/static_test_2022r1/ds.dat", "2022 R1", "wbnew--Static Structural (A5)", 2880, 540, 1.0, ["STATIC"]),
        ("su2/incompressible_rans_not_converged/config_new.cfg", None, None, 0, 0, 1000.0, []),
    ],
)  # fmt: skip
def test_a_deck_says_what_is_solved(path, version, title, nodes, elements, end_time, steps):
    """Counts as the solvers print them in the logs beside the decks, but for what a solver adds (rigid walls of LS-DYNA,
    nodes that Abaqus makes for cracks)."""
    facts = facts_of(f"samples/{path}")

    assert (
        facts.solver_version, facts.title, facts.nodes, facts.elements, facts.end_time,
        [step.procedure for step in facts.steps],
    ) == (version, title, nodes, elements, end_time, steps)  # fmt: skip


@pytest.mark.parametrize(
    ("path", "includes"),
    [
        (
            "ls-dyna/bolt_b_explicit/mainboltbexpl.k",
            [("includes.k", 64, "", "found"), ("bolted_connection_b.k", 3, "includes.k", "found"),
             ("control_explicit.k", 5, "includes.k", "found")],
        ),
        ("nastran/svanberg_bar_msc2019/static.dat", [("svanberg.bdf", 34, "", "found")]),
        (
            "openfoam/simplefoam_v41_parallel/controlDict",
            [("streamLines", 49, "", "missing"), ("wallBoundedStreamLines", 50, "", "missing"),
             ("cuttingPlane", 51, "", "missing"), ("forceCoeffs", 52, "", "missing")],
        ),
        (
            "su2/incompressible_rans_not_converged/config_new.cfg",
            [("restart", 72, "", "missing"), ("mesh.su2", 54, "", "missing")],
        ),
    ],
)  # fmt: skip
def test_a_deck_names_its_includes(path, includes):
    named = facts_of(f"samples/{path}").includes

    assert [(each.name, each.line, each.source, each.state) for each in named] == includes


@pytest.mark.parametrize(
    ("path", "controls"),
    [
        (
            "ls-dyna/bolt_b_implicit_keyword_error/mainboltbimpl.k",
            {"ENDTIM": 5.0, "DT0": 0.05, "implicit DTMIN": 1 / 30, "NSOLVR": 12, "D3PLOT DT": 0.05},
        ),
        ("radioss/exchange_tensile_decks/tensile_LAW2_0000.rad", {"/DT/NODA/CST/0 scale": 0.9, "units": "kg mm ms"}),
        ("abaqus/fracture_not_completed/Job-1.inp", {"product": "Abaqus/Standard", "minimum increment": 2e-10}),
        ("nastran/svanberg_bar_msc2019/static.dat", {"SOL": 101, "PARAM,AUTOSPC": "NO", "PARAM,POST": -1}),
        ("openfoam/simplefoam_v41_parallel/controlDict", {"application": "simpleFoam", "deltaT": 1, "stopAt": "endTime"}),
        ("ansys/static_test_2022r1/ds.dat", {"NSUB": "1,1,1"}),
        ("su2/incompressible_rans_not_converged/config_new.cfg", {"SOLVER": "INC_RANS", "CFL_NUMBER": 200.0}),
    ],
)  # fmt: skip
def test_a_deck_says_what_steers_the_solver(path, controls):
    assert facts_of(f"samples/{path}").controls.items() >= controls.items()


@pytest.mark.parametrize("path", decks())
def test_a_deck_cut_anywhere_is_read_without_raising(path):
    raw = (SHARED.parent / path).read_bytes()
    reader = next(reader for reader in READERS if reader.claims(raw))

    for size in range(0, len(raw), len(raw) // 15 + 1):
        assert (
            reader.read(io.BytesIO(raw[:size]), lambda name, source: None).solver == reader.solver
        )
