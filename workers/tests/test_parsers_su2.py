"""The SU2 parsers on their traps and on real files of others, which stay outside this checkout."""

import re

import pytest

from workers.parsers.su2 import Su2History, Su2Screen
from workers.parsers.su2.columns import series_of
from workers.tests.logcorpus import each_source
from workers.tests.parsing import claimed_report, read

PARSERS = (Su2Screen, Su2History)

BANNER = '|   / __| | | |_  )   Release 8.0.1 "Harrier"                           |\n'
TABLE = (
    "|  Inner_Iter|      rms[P]|\n+---+\n|           0|   -2.873624|\n|           1|   -2.909653|\n"
)
SUCCESS = "------------------------- Exit Success (SU2_CFD) ------------------------\n"
RULE = "-" * 73 + "\n"
DIVERGED = (
    '\n\nError in "void CSolver::SetResidual_RMS(const CGeometry*, const CConfig*)": \n' + RULE
)
ERROR_EXIT = "------------------------------ Error Exit -------------------------------\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("running", None, None)),
        (TABLE, ("running", None, None)),
        (TABLE + SUCCESS, ("normal", "Exit Success (SU2_CFD)", None)),
        (
            TABLE + "Maximum number of iterations reached (ITER = 1000) before convergence.\n" + SUCCESS,
            ("normal", "Exit Success (SU2_CFD)", None),
        ),
        (
            DIVERGED + "SU2 has diverged (NaN detected).\n" + ERROR_EXIT,
            ("error", "SU2 has diverged (NaN detected).", "floating point error"),
        ),
        (
            DIVERGED + "SU2 has diverged (Residual > 10^20 detected).\n" + ERROR_EXIT,
            ("error", "SU2 has diverged (Residual > 10^20 detected).", "no convergence"),
        ),
        (
            'Error in "CConfig::SetPostprocessing()": \n' + RULE + "MARKER_EULER must be given.\n" + ERROR_EXIT,
            ("error", "MARKER_EULER must be given.", "input error"),
        ),
        (
            "!!! Error: SU2 has diverged. Now exiting... !!!\n",
            ("error", "!!! Error: SU2 has diverged. Now exiting... !!!", "no convergence"),
        ),
        ("Segmentation fault (core dumped)\n", ("error", "Segmentation fault (core dumped)", "crash")),
        (
            "|           2|   -2.9slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2022-04-14T16:17:16 ***\n",
            ("other", "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2022-04-14T16:17:16 ***", "killed by user"),
        ),
        ('Error in "(": \n', ("error", "Error in", "unknown")),
    ],
)  # fmt: skip
def test_a_screen_log_ends_as_its_decisive_words_say(text, expected):
    report = claimed_report(BANNER + text)

    assert (report.status, report.status_reason, report.cause) == expected


def test_out_of_iterations_is_told_as_a_note_with_the_fields_that_miss_their_criterion():
    text = (
        BANNER + "Maximum number of iterations reached (ITER = 5) before convergence.\n"
        "|      Convergence Field     |     Value    |   Criterion  |  Converged |\n"
        "|                      rms[P]|      -4.81589|         < -12|          No|\n"
        "|                      rms[U]|      -13.2342|         < -12|         Yes|\n" + SUCCESS
    )

    report = claimed_report(text)

    assert [(m.severity, m.text) for m in report.messages] == [
        ("note", "Maximum number of iterations reached (ITER = 5) before convergence."),
        ("note", "rms[P] is -4.81589, criterion < -12: not converged"),
    ]


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("rms[P]", "residual.P"),
        ("rms[nu]", "residual.nu"),
        ("bgs[Rho]", "residual.bgs_Rho"),
        ("avg[bgs][0]", "residual.bgs_0"),
        ("Res[RhoE]", "residual.RhoE"),
        ("Res_Turb[0]", "residual.turb_0"),
        ("CL(Total)", "force.CL"),
        ("CL[wing]", "force.CL[wing]"),
        ("CMz", "force.CMz"),
        ("CpMin", None),
        ("Inner_Iter", None),
        ("Avg CFL", "courant.mean"),
        ("LinSolRes", "residual_final.linear"),
        ("Avg_Massflow", None),
    ],
)
def test_a_column_makes_the_curve_of_its_name(name, series):
    assert series_of(name) == series


@pytest.mark.parametrize(
    ("table", "series", "cycle"),
    [
        (TABLE, {"residual.P": (2, -2.909653)}, 1),
        (
            " Iter    Time(s)     Res[Rho]     Res[RhoE]   CLift(Total)   CDrag(Total)\n"
            "    0   0.190073    -3.585391     -2.989014       0.114015       0.100685\n",
            {"residual.Rho": (1, -3.585391), "residual.RhoE": (1, -2.989014),
             "force.CLift": (1, 0.114015), "force.CDrag": (1, 0.100685)},
            0,
        ),
        ("|   Time_Iter|  Inner_Iter|    rms[Rho]|\n|           3|           0|        -nan|\n", {"residual.Rho": (1, "nan")}, 3),
    ],
)  # fmt: skip
def test_a_table_of_any_release_gives_its_points(table, series, cycle):
    report = claimed_report(BANNER + table)

    found = report.to_json()["series"]
    assert {name: (kept["n"], kept["last"]) for name, kept in found.items()} == series
    assert report.cycle == cycle


def test_iterations_of_later_time_steps_lie_behind_those_of_earlier_ones():
    head = '"Time_Iter","Outer_Iter","Inner_Iter","rms[P]"\n'
    rows = [f"{step}, 0, {inner}, -1.5\n" for step in range(3) for inner in range(4)]
    parser = Su2History()

    news = parser.feed((head + "".join(rows)).encode())

    assert [x for x, _ in news.points["residual.P"]] == list(range(12))
    assert parser.report().series["residual.P"].unit == "log10"


@pytest.mark.parametrize(
    "head",
    [
        '"Time_Iter","Outer_Iter","Inner_Iter",     "rms[P]"     \n',
        '"Iteration","CL","CD","Res_Flow[0]"\n',
        'TITLE = "SU2 Simulation"\nVARIABLES = "Iteration","CLift","CDrag","Res_Flow[0]"\nZONE T= "Convergence history"\n',
    ],
)
def test_a_history_of_any_release_is_claimed(head):
    assert (Su2History.claims(head.encode()), Su2Screen.claims(head.encode())) == (True, False)


@pytest.mark.parametrize(
    "head",
    [
        '"x","y","Pressure_Coefficient"\n',
        '"PointID","x","y","Density"\n',
        '"Iteration","Energy"\n',
        "% SU2 configuration file\nITER= 1000\n",
    ],
)
def test_other_tables_and_decks_are_not(head):
    assert not any(one.claims(head.encode()) for one in PARSERS)


@each_source(r"^su2/.*su2\.out$")
def test_a_shared_screen_log_has_what_a_reader_finds(source):
    _, report = source.read()

    assert (report.status, report.solver_version) == ("normal", "8.0.1")
    assert report.cycle == int(re.search(r"last iteration (\d+)", source.facts)[1])
    assert re.search(r"Maximum number[^;]*", source.facts)[0] in [m.text for m in report.messages]
    # The row counts the word WARNING; two more are written "Warning" (lines 112 and 158).
    warnings = [m.text for m in report.messages if m.severity == "warning"]
    assert len([text for text in warnings if "WARNING" in text]) == int(
        re.search(r"(\d+) WARNING words", source.facts)[1]
    )
    assert report.warnings == 3
    assert (report.nodes, report.elements, report.end_time) == (11040, 10812, 1000.0)


@each_source(r"^su2/.*history\.csv$")
def test_a_shared_history_has_what_a_reader_finds(source):
    _, report = source.read()

    assert {kept.n for kept in report.series.values()} == {
        int(re.search(r"(\d+) data rows", source.facts)[1])
    }
    assert list(report.series) == ["residual." + name for name in ("P", "U", "V", "T", "nu")]
    assert (report.cycle, report.series["residual.P"].last) == (999, -4.815890009)


@pytest.mark.parametrize(
    "odd", ["|          40|           x|          nan|", "|          40|   -3.1     |", ""]
)
def test_rows_give_the_same_points_together_and_alone(odd):
    """Over the lines between them that say nothing, and around a row that is none."""
    table = ["+---+\n", "|   Time_Iter|  Inner_Iter|    rms[Rho]|\n", "+---+\n"]
    rows = [f"|{at // 15:12}|{at % 15:12}|{-at / 7:12.6f}|\n" for at in range(60)]
    lines = table + rows[:20] + table + rows[20:40] + [odd + "\n"] + rows[40:]

    together, alone = read(Su2Screen, BANNER, "".join(lines)), read(Su2Screen, BANNER, *lines)

    assert repr(together) == repr(alone)
    assert [x for x, _ in together[1]["residual.Rho"]] == [*map(float, range(60))]


def test_a_header_between_rows_names_their_columns_anew():
    first, second = "|  Inner_Iter|      rms[P]|\n", "|  Inner_Iter|      rms[U]|\n"
    rows = "".join(f"|{at:12}|   -1.000000|\n" for at in range(10))

    points = read(Su2Screen, BANNER + first + rows + second + rows + first + rows)[1]

    assert {name: len(kept) for name, kept in points.items()} == {
        "residual.P": 20,
        "residual.U": 10,
    }
