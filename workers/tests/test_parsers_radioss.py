"""The Radioss parsers: rows, ends and messages of each kind, and real files of others."""

import re

import pytest

from workers.parsers.combine import combine
from workers.parsers.radioss import without_part
from workers.parsers.radioss.files import RadiossEngine, RadiossScreen, RadiossStarter
from workers.parsers.radioss.rows import cycle_row, elapsed, iterations, residuals, screen_row
from workers.tests.logcorpus import SHARED, each_source, needs_shared
from workers.tests.parsing import read

RADIOSS = (RadiossStarter, RadiossEngine, RadiossScreen)

ENGINE = b"**                         OpenRadioss Engine                         **\n"
STARTER = b"**                        OpenRadioss Starter                         **\n"
ROW = b"     500  0.2300E-03  0.4598E-06 SHELL       1050  -0.1%   24.00       795.0\
      0.4000      0.5000      0.2150E-03   1.203      0.2560E-03\n"


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (  # OpenRadioss 2024
            "     100  0.8929E-03  0.8929E-05 QUAD           1   0.0%   0.000       0.000       0.000"
            "       0.000       0.000       3.925       0.000    ",
            (100, 0.0008929, 8.929e-6, 0.0, 1, [0.0, 0.0, 0.0, 0.0, 0.0, 3.925, 0.0]),
        ),
        (  # without the masses, as before 2017
            "    1000  0.9242E-04  0.9322E-07 NODE         126 -99.9%  0.5205      0.2734      0.3215E-29"
            "  0.7543E-01   0.000    ",
            (1000, 9.242e-5, 9.322e-8, -99.9, 126, [0.5205, 0.2734, 3.215e-30, 0.07543, 0.0]),
        ),
        (  # the cycle overflowed, the controlling element has no kind
            "********   1.234      0.1000E-05          1050   0.0%   1.000       2.000       0.000"
            "       0.000       0.000    ",
            (None, 1.234, 1e-6, 0.0, None, [1.0, 2.0, 0.0, 0.0, 0.0]),
        ),
        ("   12  0.1000E-02  0.1000E-05 SHELL          7  50.0% 1.0 2.0", None),
        (" CONTACT SORTING.............: .0000E+00     0.00 % ", None),
        ("", None),
    ],
)
def test_a_row_of_the_listing(line, row):
    found = cycle_row(line)

    assert (found and (*found[:5], [value for _, value in found.values])) == row


def test_a_row_without_a_number_for_the_energy_is_kept():
    found = cycle_row(
        "     600  0.2760E-03  0.4598E-06 SHELL       1050  99.9%         NaN         NaN"
        "       0.000       0.000       0.000    "
    )

    assert repr(found.values[:2]) == "[('energy.internal', nan), ('energy.kinetic', nan)]"


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (
            " NC=     100 T= 1.0000E-01 DT= 1.0000E-03 ERR= -0.1% DM/M= 2.0556E-04",
            (100, 0.1, 0.001, -0.1, None, [("mass_scaling.error", 2.0556e-4)]),
        ),
        (" NC=     100 T= 1.0000E-01 DT= 1.0000E-03 ERR= -0.1% DM/", None),
    ],
)
def test_a_row_of_the_screen(line, row):
    assert screen_row(line) == row


def test_the_screen_tells_the_time_left():
    line = " ELAPSED TIME=          2.02 s  REMAINING TIME=       2014.57 s"

    assert elapsed(line) == (2.02, 2014.57)
    assert elapsed(" ELAPSED TIME=************** s  REMAINING TIME=       2014.57 s") is None


CYCLES = b"     TOTAL NUMBER OF CYCLES  :    3012\n"
NORMAL = b"\n\n\n     NORMAL TERMINATION      \n"


@pytest.mark.parametrize(
    ("text", "status", "cause"),
    [
        (b"", "running", None),
        (NORMAL, "running", None),  # whether a user broke the run is told below
        (NORMAL + b"\n\n\n" + CYCLES, "normal", None),
        (NORMAL + b"     USER BREAK \n" + CYCLES, "other", "killed by user"),
        (
            b"\nMESSAGE ID :        205\n\n ** RUN KILLED: ENERGY ERROR LIMIT REACHED\n\n"
            + NORMAL
            + b"     USER BREAK \n"
            + CYCLES,
            "other",
            "energy error",
        ),
        (
            b"\nMESSAGE ID :        208\n\n ** RUN STOPPED : TOTAL MASS ERROR LIMIT REACHED\n\n"
            + NORMAL
            + b"\n"
            + CYCLES,
            "other",
            "energy error",
        ),
        (b"\n\n\n     ERROR TERMINATION\n", "error", "unknown"),
        (
            b"\nUser or system abort detected (CTRL-C) !\n\n     ERROR TERMINATION\n",
            "other",
            "killed by user",
        ),
        (
            b"free(): invalid next size (fast)\n\nUser or system abort detected (CTRL-C) !\n"
            b"\n     ERROR TERMINATION\n",
            "error",
            "crash",
        ),
        (
            b" ** ERROR: END OF FILE DURING READING\n     ERROR TERMINATION\n",
            "error",
            "input error",
        ),
        (
            b"\nMESSAGE ID :         43\n\n ** ERROR: ABNORMAL END\n"
            b"      |          Floating Point Exception                           |\n\n"
            b"\n\n     ERROR TERMINATION\n",
            "error",
            "floating point error",
        ),
        (
            b"\nMESSAGE ID :         38\n\n ** ERROR: SINGULAR STIFFNESS MATRIX\n"
            b"\n\n\n     ERROR TERMINATION\n",
            "error",
            "singular matrix",
        ),
        (b" ** ERROR IN MEMORY ALLOCATION\n\n\n     ERROR TERMINATION\n", "error", "out of memory"),
        (
            b"  0.4slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2024-04-14T16:17:16 ***\n",
            "other",
            "killed by user",
        ),
        (b"n1: line 3: 4711 Segmentation fault (core dumped) engine\n", "error", "crash"),
    ],
)
def test_how_an_engine_ends(text, status, cause):
    report, _ = read(RadiossEngine, b" bracket_0001.out\n", ENGINE, ROW, text)

    assert (report.status, report.cause) == (status, cause)


@pytest.mark.parametrize(
    ("signal", "cause"),
    [
        (b"Segmentation Violation", "crash"),
        (b"Floating Point Exception", "floating point error"),
        (b"Bus Error", "crash"),
    ],
)
def test_a_trapped_signal_is_no_error_of_the_input(signal, cause):
    box = (
        b" +==========================+\n |     ABNORMAL END          |\n |          "
        + signal
        + b"        |\n |     TRACE BACK :          |\n +==========================+\n"
    )
    trapped = b"\nERROR ID :    760\n** ERROR TRAPPED\n\n\n RADIOSS STOP DUE TO INPUT ERROR\n"

    report, _ = read(RadiossStarter, STARTER, box, trapped)

    assert (report.status, report.cause, report.cause_text) == ("error", cause, signal.decode())


def test_an_engines_message_goes_on_after_an_empty_line_where_its_description_stands():
    text = (
        b"\nMESSAGE ID :         38\n\n ** ERROR: SINGULAR STIFFNESS MATRIX\n\n"
        b"      NULL PIVOT FOR DOF=12\n      NODE ID=7, DOF=2\n\n\n"
        b"MESSAGE ID :        205\n\n ** RUN KILLED: ENERGY ERROR LIMIT REACHED\n\n"
        b"     ANIMATION FILE: bracketA014 WRITTEN\n"
    )

    report, _ = read(RadiossEngine, ENGINE, text)

    assert [(one.code, one.text) for one in report.messages] == [
        ("38", "** ERROR: SINGULAR STIFFNESS MATRIX NULL PIVOT FOR DOF=12 NODE ID=7, DOF=2"),
        ("205", "** RUN KILLED: ENERGY ERROR LIMIT REACHED"),
    ]


def test_an_implicit_step_prints_its_residuals():
    first = b"    NL_ITERATION=    0   INITIAL RESIDUAL NORM= 0.5913E+01 0.4613E+04 0.1600E+05\n"
    rows = b"".join(
        b"    NL_ITERATION=    %d  RELATIVE RESIDUAL NORM= 0.1000E+01 0.8593E-01 0.5005E-01\n" % n
        for n in (1, 2)
    )
    solved = (
        b"  CONVERGED WITH 2 ITERATIONS, |du|/|u|,|r|/|r0|,|dE|/|E|= 0.5915 0.4747E-01 0.1166\n"
    )

    _, points = read(RadiossEngine, ENGINE, first, rows, solved)

    assert points == {
        "residual.displacement": [(1.0, 1.0), (2.0, 1.0)],
        "residual.force": [(1.0, 0.08593), (2.0, 0.08593)],
        "residual.energy": [(1.0, 0.05005), (2.0, 0.05005)],
        "iterations": [(0.0, 2.0)],
    }
    assert residuals(first.decode().rstrip("\n")) == []
    assert iterations("  CONVERGED WITHOUT ITERATIONS") is None


def test_an_energy_balance_that_is_lost_is_the_cause_where_no_message_tells():
    lost = ROW.replace(b" -0.1%", b" 99.9%")

    report, _ = read(RadiossEngine, ENGINE, lost, b"\n\n     ERROR TERMINATION\n")

    assert (report.cause, report.cause_text, report.cause_line) == (
        "energy error",
        "ERROR 99.9% at cycle 500",
        2,
    )


def test_a_starter_that_ended_well_does_not_tell_how_the_run_ends():
    end = b"     NORMAL TERMINATION\n     ------------------\n"
    starter, _ = read(RadiossStarter, STARTER, end)
    engine, _ = read(RadiossEngine, ENGINE, ROW)

    run = combine([starter.to_json(), engine.to_json()], None)

    assert (starter.status, starter.status_reason) == (None, "NORMAL TERMINATION")
    assert run["status"] == "running"


def test_a_further_engine_in_one_listing_starts_afresh_but_on_the_screen_goes_on():
    second = b" ROOT: bracket  RESTART: 0002 \n"
    row = b" NC=     500 T= 2.3000E-04 DT= 4.6000E-07 ERR= -0.1% DM/M= 2.1000E-04\n"
    listing, _ = read(RadiossEngine, ENGINE, ROW, NORMAL, CYCLES, ENGINE, ROW)
    screen, _ = read(RadiossScreen, ENGINE, row, NORMAL, CYCLES, ENGINE, second, row)

    assert (listing.status, listing.series["time_step"].n) == ("running", 1)
    assert (screen.status, screen.series["time_step"].n, screen.part) == ("running", 2, 2)


def test_an_engine_that_goes_on_names_the_run_before_it():
    report, _ = read(RadiossEngine, b" bracket_0003.out\n", ENGINE)

    assert (report.part, report.continues) == (3, "bracket_0002")


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("bracket_0000.out", "bracket"),
        ("bracket_0001.out", "bracket"),
        ("bracket_0002_01.out", "bracket"),
        ("bracketL01", "bracket"),
        ("bracket.log", "bracket"),
        ("_0001.out", "_0001"),
    ],
)
def test_files_of_a_run_share_its_name(name, stem):
    assert without_part(name) == stem


@pytest.mark.parametrize(
    ("line", "version"),
    [
        (ENGINE, "OpenRadioss"),
        (
            b"**                  Altair Radioss(TM) Engine 2019.2                  **\n",
            "Radioss 2019.2",
        ),
        (
            b"**                       RADIOSS ENGINE 14.0                          **\n",
            "Radioss 14.0",
        ),
        (ENGINE + b"** CommitID: 0a1b2c3d                 **\n", "OpenRadioss 0a1b2c3d"),
        (
            ENGINE.replace(b"Open", b"    ") + b"** Build tag: 1117070_2017_21  **\n",
            "Radioss 1117070_2017_21",
        ),
    ],
)
def test_the_version_as_the_banner_prints_it(line, version):
    report, _ = read(RadiossEngine, line)

    assert (RadiossEngine.claims(line), report.solver_version) == (True, version)


@pytest.mark.parametrize(
    "deck",
    [
        b"#RADIOSS STARTER\n/BEGIN\nbracket\n      2023         0\n",
        b"/RUN/bracket/1\n0.0023\n/VERS/2023\n",
        b"# RADIOSS Engine options below\n/TFILE\n1e-4\n",
    ],
)
def test_a_deck_is_not_claimed(deck):
    assert [parser.name for parser in RADIOSS if parser.claims(deck)] == []


# Where the row says otherwise than the parser, and why the parser is right.
STATUS = {
    # "TERMINATION WITH WARNING" and "NORMAL TERMINATION" of a starter: the run has not begun, so
    # it cannot have ended.
    "radioss/test_engine_error/test_0000.out": None,
    "radioss/axisymm_normal/test_0000.out": None,
}


@each_source(r"^radioss/.*\.out$")
def test_every_fact_of_a_shared_listing(source):
    name, report = source.read()
    facts, number = source.facts, source.number

    kind, _, commit = source.version.partition(", commit ")
    assert name == f"radioss.{kind.split()[1].lower()}"
    assert report.solver_version.startswith(f"OpenRadioss {commit}")
    assert report.status == STATUS.get(source.name, source.outcome)
    assert report.status_reason in (
        re.split("[; ] *after|;", facts)[0],
        "RADIOSS STOP DUE TO INPUT ERROR",
    )
    assert report.errors == number(r"(\d+) ERROR\(S\)", 0)
    assert report.warnings == number(r"(\d+) WARNING\(S\)", 0)
    assert sorted({m.code for m in report.messages}) == re.findall(r"'(\d+)'", facts)
    assert report.end_time == number(r"FINAL TIME ([\d.E+-]+)")
    assert report.wall_time_s == number(r"elapsed (\S+) s")
    assert report.time == number(r" time (\S+) dt")
    assert report.time_step == number(r" dt (\S+)")
    assert report.cycle == number(r"(?:total cycles|after cycle) (\d+)")
    if started := re.search(r"started (\S+) (\S+)", facts):
        assert report.started_at == f"{started[1].replace('/', '-')}T{started[2]}"
    if printed := number(r"(\d+) cycle rows"):
        assert report.series["energy.error"].n == printed
        assert (report.cycle, report.series["energy.error"].last) == (3000, 99.9)


@needs_shared
def test_the_missing_model_file_is_the_cause_of_the_starters_stop():
    data = (SHARED / "radioss/starter_model_not_found/test_0000.out").read_bytes()
    report, _ = read(RadiossStarter, data)

    assert (report.cause, report.cause_line) == ("missing file", 36)
    assert report.cause_text.endswith("Model file test_0000.rad not found")
