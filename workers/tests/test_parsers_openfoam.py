"""OpenFOAM's logs: rows and messages in tables, and real logs of others, which stay outside this checkout."""

import re

import pytest

from workers.parsers.openfoam.log import OpenfoamSolver
from workers.tests.logcorpus import each_source
from workers.tests.parsing import claimed_report, outcome, read

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
            "time step continuity errors : sum local = 1, global = 2\n"
            "time step continuity errors : sum local = 3, global = 4, cumulative = 5\n",
            {
                "continuity.local": [(0.0, 1.0), (0.0, 3.0)],
                "continuity.global": [(0.0, 2.0), (0.0, 4.0)],
                "continuity.cumulative": [(0.0, 5.0)],
            },
        ),
        (
            "Solving for fluid region air\n"
            "time step continuity errors : sum local = 1, global = 2, cumulative = 3\n",
            {"continuity.air.local": [(0.0, 1.0)], "continuity.local": None},
        ),
        (
            "Solving for solid region wall\nMin/max T:290 310.5\n",
            {"field.wall.T.min": [(0.0, 290.0)], "field.wall.T.max": [(0.0, 310.5)]},
        ),
        (
            "min/max(T) = 300, 1843\n",
            {"field.T.min": [(0.0, 300.0)], "field.T.max": [(0.0, 1843.0)]},
        ),
        (
            "rho max/min : 1.2 1.1\n",
            {"field.rho.min": [(0.0, 1.1)], "field.rho.max": [(0.0, 1.2)]},
        ),
        ("T gas min/max   = 298, 1900\n", {"field.T.max": [(0.0, 1900.0)]}),
        ("min/max p = nan, 5\n", {"field.p.max": [(0.0, 5.0)]}),
        (
            "Phase-1 volume fraction = 0.25  Min(alpha.oil) = -1e-9  Max(alpha.oil) = 1.5\n",
            {
                "field.alpha.oil.mean": [(0.0, 0.25)],
                "field.alpha.oil.min": [(0.0, -1e-9)],
                "field.alpha.oil.max": [(0.0, 1.5)],
            },
        ),
        (
            "air volume fraction, min, max = 0.5 0 1\n",
            {"field.air.mean": [(0.0, 0.5)], "field.air.max": [(0.0, 1.0)]},
        ),
        (
            "alpha.solid volume fraction = 0.25  Min(alpha1) = 0  Max(alpha1) = 0.5\n",
            {"field.alpha.solid.max": [(0.0, 0.5)]},
        ),
        (
            "solid sizeGroups-sum volume fraction, min, max = 1 1 1\n",
            {"field.solid_sizeGroups-sum.mean": [(0.0, 1.0)]},
        ),
        ("Max Ur Courant Number = 0.5\n", {"courant.slip.max": [(0.0, 0.5)]}),
        ("ExecutionTime = 0.5 s\n", {"cpu_time_s": [(0.0, 0.5)]}),
        (
            "    patch hull y+ : min = 0.5, max = 4, average = 2\n",
            {"field.yPlus.hull.max": [(0.0, 4.0)], "field.yPlus.hull.mean": [(0.0, 2.0)]},
        ),
        (
            "    max(mag(U)) = 12.5 in cell 7 at location (0 1 2) on processor 1\n",
            {"field.mag(U).max": [(0.0, 12.5)]},
        ),
        ("    areaAverage(outlet) of p = 5\n", {"field.areaAverage(outlet).p": [(0.0, 5.0)]}),
        (
            "    Current number of parcels       = 12\n    Current mass in system          = 0.5\n",
            {"parcels": [(0.0, 12.0)], "mass.parcels": [(0.0, 0.5)]},
        ),
        (
            "    Centre of mass: (1 2 3)\n",
            {
                f"motion.centre_of_mass.{axis}": [(0.0, y)]
                for axis, y in zip("xyz", (1, 2, 3), strict=True)
            },
        ),
        ("PIMPLE: converged in 3 iterations\n", {"iterations": [(0.0, 3.0)]}),
        ("PIMPLE: Not converged within 50 iterations\n", {"iterations": [(0.0, 50.0)]}),
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
            "ZN4Foam6sigFpe13sigFpeHandlerEi\n",
            *("error", "ZN4Foam6sigFpe13sigFpeHandlerEi", "floating point error"),
        ),
        (
            "--> FOAM FATAL ERROR: \nattempt to run parallel on 1 processor\n\nFOAM aborting\n",
            *("error", "attempt to run parallel on 1 processor", "input error"),
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


INTERLEAVED = """\
Time = 3
PIMPLE: iteration 26
[2] [3]
[3] [0]
[0] --> FOAM FATAL IO ERROR: (openfoam-2012)[1]
[1] --> FOAM FATAL IO ERROR: (openfoam-2012
[2] --> FOAM FATAL IO ERROR: (openfoam-2012)
[2] Unknown asymmetric matrix solver type smothSolver

Valid asymmetric matrix solver types :
4(GAMG PBiCG PBiCGStab smoothSolver)
[2]
)
[1] Unknown asymmetric matrix solver type smothSolver
FOAM parallel run exiting
[1]
"""


@pytest.mark.parametrize("cut", [len(INTERLEAVED), INTERLEAVED.index("[2] Unknown")])
def test_ranks_that_write_into_each_others_lines_leave_one_error_with_its_words(cut):
    report, _ = read_text(INTERLEAVED[:cut])

    words = "Unknown asymmetric matrix solver type smothSolver"
    whole = cut == len(INTERLEAVED)
    assert report.status == "error"
    assert report.status_reason == (words if whole else "--> FOAM FATAL IO ERROR")
    assert [one.text for one in report.messages] == [words if whole else ""]
    assert (report.errors, report.cause) == (1, "input error")


def test_steps_of_a_flow_with_two_phases_are_the_same_in_any_chunks():
    rows = [
        "Courant Number mean: 0.1 max: 0.5",
        "deltaT = 0.25",
        "Time = {time}s",
        "",
        "Phase-1 volume fraction = {y}  Min(alpha.oil) = 0  Max(alpha.oil) = 1",
        "MULES: Correcting alpha.oil",
        "time step continuity errors : sum local = {y}, global = 2",
        "time step continuity errors : sum local = {y}, global = 2, cumulative = 3",
        "Min/max T:290 {y}",
        "    areaAverage(outlet) of U = ({y} 0 0)",
        "ExecutionTime = {time} s  ClockTime = {time} s",
        "",
    ]
    text = "".join("\n".join(rows).format(time=at, y=at * 1.5) + "\n" for at in range(1, 200))
    log = (HEADER.format("foamRun") + text).encode()

    whole = outcome(OpenfoamSolver, [log])

    assert whole == outcome(OpenfoamSolver, [log[at : at + 700] for at in range(0, len(log), 700)])
    _, points = read(OpenfoamSolver, log.decode())
    assert [len(points[name]) for name in ("continuity.local", "continuity.cumulative")] == [
        398,
        199,
    ]
    assert points["field.T.max"][-1] == (199.0, 298.5)


def test_where_no_clock_is_printed_the_pace_is_that_of_the_processor():
    text = "".join(f"Time = {at}\nExecutionTime = {at / 2} s\n" for at in range(1, 9))

    report, _ = read_text(text)

    assert report.pace == [(1.0, 0.5), (3.0, 1.5), (5.0, 2.5), (7.0, 3.5)]
    assert (report.cpu_time_s, report.wall_time_s) == (4.0, None)


def test_a_program_that_is_given_a_wrong_option_says_only_that():
    text = (
        "Using: OpenFOAM-2406 (2406) - visit www.openfoam.com\nBuild: _0123abcd-20240625\n\n"
        "Invalid option: --paralel\n\nSee 'interFoam -help' for usage\n"
        " or 'interFoam -help-full' for extended usage\n\n"
    )

    report = claimed_report(text)

    assert (report.role, report.solver_version, report.command) == ("solver", "v2406", "interFoam")
    assert (report.status, report.status_reason) == ("error", "Invalid option: --paralel")
    assert (report.cause, report.errors) == ("input error", 1)


def test_a_mesh_that_fails_its_checks_is_noted():
    report, _ = read_text("Failed 3 mesh checks.\n\nEnd\n", "checkMesh")

    assert (report.status, report.warnings, report.errors) == ("normal", 0, 0)
    assert [(one.code, one.text) for one in report.messages] == [
        ("checkMesh", "Failed 3 mesh checks.")
    ]


@pytest.mark.parametrize("first", ["1e999", "nan", "0.5", "1"])
def test_steps_are_counted_whatever_number_the_first_time_is(first):
    report, _ = read_text(f"Time = {first}\n" + SOLVE.format("p", "0.5") + "Time = 2\n")

    assert report.cycle == 2


def test_a_program_that_names_itself_amid_its_rows_is_read_alike_however_it_is_cut():
    text = (
        SOLVE.format("Phi", "1") * 3 + "Exec   : potentialFoam\n" + SOLVE.format("Phi", "0.1") * 3
    ).encode()
    whole = outcome(OpenfoamSolver, [text])

    assert all(whole == outcome(OpenfoamSolver, [text[:at], text[at:]]) for at in range(len(text)))
