"""OpenFOAM's logs: rows and messages in tables, and real logs of others, which stay outside this checkout."""

import re

import pytest

from workers.parsers.openfoam.log import OpenfoamSolver
from workers.tests.logcorpus import each_source
from workers.tests.parsing import outcome, read

HEADER = (
    "| \\\\      /  F ield         | OpenFOAM: The Open Source CFD Toolbox           |\n"
    "|  \\\\    /   O peration     | Version:  9                                     |\n"
    "Build  : 9-1234567\nExec   : {}\nDate   : May 02 2024\nTime   : 10:11:12\n"
    'Host   : "node1"\nCase   : /cases/pipe\nnProcs : 4\n'
)


def read_text(text, command="pimpleFoam"):
    return read(OpenfoamSolver, HEADER.format(command) + text)


SOLVE = "GAMG:  Solving for {}, Initial residual = {}, Final residual = 1e-9, No Iterations 3\n"


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("Time = 2\n" + SOLVE.format("p", "0.5"), {"residual.p": [(2.0, 0.5)]}),
        (
            "          Time = 2s\nair   " + SOLVE.format("p", "0.5"),
            {"residual.air.p": [(2.0, 0.5)]},
        ),
        (
            "Time = 2\nSolving for solid region wall\n" + SOLVE.format("h", "0.5"),
            {"residual.wall.h": [(2.0, 0.5)]},
        ),
        (
            "Time = 2\n" + SOLVE.format("p", "0.5") + SOLVE.format("p", "0.1"),
            {"residual.p": [(2.0, 0.5)], "residual.p.2": [(2.0, 0.1)]},
        ),
        (
            "Time = 2\nDILU:  Solving for U, Initial residual = (1 2 3), "
            "Final residual = (1 1 1), No Iterations (2 2 2)\n",
            {f"residual.U{axis}": [(2.0, y)] for axis, y in zip("xyz", (1, 2, 3), strict=True)},
        ),
        ("Courant Number mean: 0.1 max: 0.5\n", {"courant.max": [(0.0, 0.5)]}),
        ("Mean and max Courant Numbers = 0.1 0.5\n", {"courant.max": [(0.0, 0.5)]}),
        ("Interface Courant Number mean: 0 max: 0.5\n", {"courant.interface.max": [(0.0, 0.5)]}),
        ("Region: air Courant Number mean: 0 max: 0.5\n", {"courant.air.max": [(0.0, 0.5)]}),
        (
            "Region: wall Diffusion Number mean: 0 max: 0.5\n",
            {"courant.wall.diffusion.max": [(0.0, 0.5)]},
        ),
        ("deltaT = 0.25\n", {"time_step": [(0.0, 0.25)]}),
        (
            "time step continuity errors (air): sum local = 1, global = 2, cumulative = 3\n",
            {"continuity.air.local": [(0.0, 1.0)], "continuity.air.cumulative": [(0.0, 3.0)]},
        ),
        (
            "forceCoeffs coeffs write:\n    Cd    = 1.5\n",
            {"force.coeffs.Cd": [(0.0, 1.5)]},
        ),
        (
            "forces loads execute:\n    Sum of forces\n        Total    : (1 2 3)\n",
            {
                f"force.loads.total.{axis}": [(0.0, y)]
                for axis, y in zip("xyz", (1, 2, 3), strict=True)
            },
        ),
    ],
)
def test_a_row_becomes_points(text, points):
    _, found = read_text(text)

    assert {name: found.get(name) for name in points} == points


@pytest.mark.parametrize(
    ("text", "status", "reason", "cause"),
    [
        ("Time = 1\n", "running", None, None),
        ("Time = 1\n\nEnd\n\n", "normal", "End", None),
        ("End\n\nTime = 1\n", "running", None, None),
        (
            "SIMPLE solution converged in 9 iterations\n\nEnd\n",
            *("normal", "SIMPLE solution converged in 9 iterations", None),
        ),
        (
            "USER REQUESTED ABORT (timeIndex=7): stop+write data\nEnd\n",
            *("other", "USER REQUESTED ABORT (timeIndex=7): stop+write data", "killed by user"),
        ),
        (
            '--> FOAM FATAL ERROR: \ncannot find file "0/p"\n\n    From f()\n\nFOAM exiting\n\n',
            *("error", 'cannot find file "0/p"', "missing file"),
        ),
        (
            "#1  Foam::sigFpe::sigHandler(int) at ??:?\n",
            *("error", "#1  Foam::sigFpe::sigHandler(int) at ??:?", "floating point error"),
        ),
        (
            "ExecutionTime = 1 sslurmstepd: error: *** JOB 1 ON n CANCELLED AT "
            "2024-05-02T10:00:00 DUE TO TIME LIMIT ***\n",
            "other",
            "slurmstepd: error: *** JOB 1 ON n CANCELLED AT 2024-05-02T10:00:00 DUE TO TIME LIMIT ***",
            "wall limit",
        ),
    ],
)
def test_a_log_says_how_the_run_ended(text, status, reason, cause):
    report, _ = read_text(text)

    assert (report.status, report.status_reason, report.cause) == (status, reason, cause)


def test_ranks_that_fail_together_are_one_error():
    block = "[{0}] \n[{0}] --> FOAM FATAL IO ERROR: \n[{0}] Entry 'nu' not found\n[{0}] \n"
    report, _ = read_text("".join(block.format(rank) for rank in (2, 0, 1)))

    assert (report.status, report.errors, len(report.messages)) == ("error", 1, 1)


def test_a_further_run_in_the_file_starts_afresh():
    failed = HEADER.format("icoFoam") + "--> FOAM FATAL ERROR: \nx\n\nFOAM exiting\n"

    report, _ = read(OpenfoamSolver, failed, HEADER.format("icoFoam"), "Time = 3\n\nEnd\n")

    assert (report.status, report.errors, report.cycle, report.time) == ("normal", 0, 3, 3.0)


def steps(count):
    return [
        f"Time = {at}\n\n"
        f"smoothSolver:  Solving for Ux, Initial residual = {1 / at}, Final residual = {0.1 / at}, No Iterations 2\n"
        f"GAMG:  Solving for p, Initial residual = {0.5 / at}, Final residual = {0.01 / at}, No Iterations 3\n"
        f"{f'bounding k, min: -{at} max: 2 average: 1' if at % 3 else 'Min/max T:273.15 300'}\n"
        f"ExecutionTime = {at / 2} s  ClockTime = {at // 2} s\n\n"
        f"forces wing execute:\n        Total    : ({at} 0.001 -3e-05)\n\n"
        for at in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("Time = 60\n", "Time = 60s\n"),
        ("Time = 60\n", "Time = nan\n"),
        ("Time = 60\n\n", "Time = 60\n\nslurmstepd: error: *** JOB 1 ON n1 CANCELLED ***\n"),
        (f"residual = {0.5 / 60}", f"residual = {0.5 / 60}\n"),
        (f"residual = {0.5 / 60}", "residual = nan"),
        (f"residual = {0.5 / 60}", "residual = 1.2.3"),
        ("min: -59 ", "min: -59\nbounding p, min: -1 "),
        ("(60 0.001", "(60 x"),
        ("T:273.15", "T:Killed"),
        ("Min/max T", "--> FOAM Warning : odd\nMin/max T"),
        ("ClockTime = 30 s", "ClockTime = 30 s\nTime = 60.5"),
        ("ClockTime = 30 s", "ClockTime = 30 s\nEnd\n"),
    ],
)
def test_steps_taken_at_once_say_what_they_say_line_by_line(old, new):
    log = (HEADER.format("simpleFoam") + "".join(steps(120)).replace(old, new, 1)).encode()
    lines = log.splitlines(keepends=True)

    assert outcome(OpenfoamSolver, [log]) == outcome(OpenfoamSolver, lines)


ENDS = {"normal": "normal", "error": "error", "incomplete": "running"}
# Where the row and the file differ, the file is right.
WARNINGS = {
    # A second one on line 64 has no blank before its colon.
    "openfoam/cht_v2506_missing_mesh_fatal/log.blockMesh": 2,
}
COMMANDS = {
    # The row names the first of two runs in the file; the second begins with a banner further down.
    "openfoam/foamrun_dev_nan_killed/log.decomposePar": "decomposePar -fields -copyZero",
}


@each_source(r"^openfoam/.*/log\.")
def test_a_real_log_has_the_facts_that_a_reader_finds(source):
    _, report = source.read()
    facts, number = source.facts, source.number
    version = re.match(r"OpenFOAM (\S+) build (\S+)", source.version)

    assert report.status == ENDS[source.outcome]
    assert report.solver_version in version.groups()
    assert report.command == COMMANDS.get(source.name, re.match(r"app ([^;]+)", facts)[1])
    assert report.cores == number(r"nProcs (\d+)")
    last_time = number(r"last ([\d.e+-]+)s?(?:;|$)")
    assert (report.time, report.cpu_time_s, report.wall_time_s) == (
        last_time,
        number(r"ExecutionTime ([\d.e+-]+)"),
        number(r"ClockTime ([\d.e+-]+)"),
    )
    assert report.warnings == WARNINGS.get(source.name, number(r"(\d+) FOAM Warning"))
    assert report.errors == number(r"(\d+) FATAL", 0)
    if (steps := number(r'(\d+) "Time =" lines')) and report.role == "solver":
        assert report.cycle == steps
    if courant := number(r"max Courant ([\d.e+-]+)"):
        assert courant in {
            kept.last for name, kept in report.series.items() if re.match(r"courant.*max$", name)
        }
    if residual := number(r"last p initial residual ([\d.e+-]+)"):
        last = [
            kept.last
            for name, kept in report.series.items()
            if re.match(r"residual\.(\w+\.)?p", name)
        ]
        assert residual in last
