"""The MAPDL parsers on their own samples' traps and on real files of others, which stay outside this checkout."""

import re

import pytest

from workers.parsers.ansys import AnsysErr, AnsysGst, AnsysMntr, AnsysOut
from workers.tests.logcorpus import each_source
from workers.tests.parsing import claimed_report, read, report_of

HEADER = " *** ANSYS - ENGINEERING ANALYSIS SYSTEM  RELEASE 2021 R1          21.1     ***\n"
SOLVED = (
    " *** LOAD STEP     1   SUBSTEP     1  COMPLETED.    CUM ITER =      1\n"
    " *** TIME =   1.00000         TIME INC =   1.00000      NEW TRIANG MATRIX\n"
)
ERROR = " *** ERROR ***                           CP =       0.9   TIME= 10:00:00\n"
COMPLETED = (
    " |                            ANSYS RUN COMPLETED                            |\n"
    " |        CP Time      (sec) =          1.500       Time  =  10:00:03        |\n"
    " |        Elapsed Time (sec) =          3.000       Date  =  02/01/2021      |\n"
)
NORMAL = ("normal", "ANSYS RUN COMPLETED", None)


def ending_of(text):
    report = claimed_report(HEADER + text)
    return report.status, report.status_reason, report.cause


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("running", None, None)),
        (SOLVED, ("running", None, None)),
        (SOLVED + COMPLETED, NORMAL),
        # An error before the solution, which MAPDL got over.
        (ERROR + " Line 6 is not defined.\n\n" + SOLVED + COMPLETED, NORMAL),
        (
            ERROR + " Line 6 is not defined.\n\n" + COMPLETED,
            ("error", "Line 6 is not defined.", "input error"),
        ),
        (
            SOLVED + "          ***** ANSYS RESULTS INTERPRETATION (POST1) *****\n"
            + ERROR + " No set 9 is found.\n\n" + COMPLETED,
            NORMAL,
        ),
        (
            SOLVED + ERROR + " Solution not converged at time 2. (load step 2 substep 1).\n Run terminated.\n\n",
            ("error", "Solution not converged at time 2. (load step 2 substep 1). Run terminated.", "no convergence"),
        ),
        (
            SOLVED + " *** WARNING ***                         CP =       0.9   TIME= 10:00:00\n"
            " Solution not converged at time 2. (load step 2 substep 1).\n Run continued at user request.\n\n"
            + SOLVED + COMPLETED,
            NORMAL,
        ),
        (
            ERROR + " The number of iterations exceeds 1.  The run is terminated at the\n user's request.\n\n",
            (
                "other",
                "The number of iterations exceeds 1. The run is terminated at the user's request.",
                "wall limit",
            ),
        ),
        (
            ERROR + " Small pivot terms: the model is unconstrained. The solution is terminated.\n\n",
            (
                "error",
                "Small pivot terms: the model is unconstrained. The solution is terminated.",
                "singular matrix",
            ),
        ),
        (
            " *** ERROR - ANSYS license not available.\n",
            ("error", "*** ERROR - ANSYS license not available.", "licence"),
        ),
        ("[license/error] *** ANSYS LICENSE MANAGER ERROR ***\n" + SOLVED + COMPLETED, NORMAL),
        (
            "     FORCE CONVERGENCE VALUE  =   12slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT "
            "2022-04-14T16:17:16 DUE TO TIME LIMIT ***\n",
            (
                "other",
                "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2022-04-14T16:17:16 DUE TO TIME LIMIT ***",
                "wall limit",
            ),
        ),
        (
            ERROR + " An unexpected error ( SIG$BREAK ) has occurred...  ANSYS internal data\n has been corrupted.  "
            "ANSYS is unable to recover and will terminate.\n\n",
            (
                "other",
                "An unexpected error ( SIG$BREAK ) has occurred... ANSYS internal data has been corrupted."
                " ANSYS is unable to recover and will terminate.",
                "killed by user",
            ),
        ),
        # The box of 2025 names no program.
        (SOLVED + COMPLETED.replace("ANSYS RUN", "RUN"), ("normal", "RUN COMPLETED", None)),
        ("forrtl: severe (41): insufficient virtual memory\n",
         ("error", "forrtl: severe (41): insufficient virtual memory", "out of memory")),
    ],
)  # fmt: skip
def test_an_output_ends_as_its_last_decisive_words_say(text, expected):
    assert ending_of(text) == expected


def test_a_second_run_in_the_same_output_starts_afresh():
    first = HEADER + "          *****  ANSYS COMMAND LINE ARGUMENTS  *****\n" + SOLVED + COMPLETED
    second = (
        "          *****  ANSYS COMMAND LINE ARGUMENTS  *****\n RELEASE= 2023 R2    BUILD= 23.2\n"
    )

    report = claimed_report(first + second)

    assert (report.status, report.solver_version, report.time) == ("running", "2023 R2", None)


@pytest.mark.parametrize(
    ("line", "series"),
    [
        ("     FORCE CONVERGENCE VALUE  =  0.1821E+05  CRITERION=   71.27    ", {"residual.force": 18210.0}),
        ("     DISP CONVERGENCE VALUE   =  0.5370E-05  CRITERION=  0.1170E-04 <<< CONVERGED", {"residual.displacement": 5.37e-06}),
        ("     MOMENT CONVERGENCE VALUE =   238.1      CRITERION=   9.720    ", {"residual.moment": 238.1}),
        ("     HEAT CONVERGENCE VALUE   =  0.1234      CRITERION=  0.1000    ", {"residual.heat": 0.1234}),
        ("     VOLT CONVERGENCE VALUE   =  ********    CRITERION=  0.1000    ", {"residual.volt": "nan"}),
        (" *** BEGIN BISECTION NUMBER   3    NEW TIME INCREMENT=  0.47841E-02", {"cutbacks": 1.0, "time_step": 0.0047841}),
        (" *** LOAD STEP     1   SUBSTEP    10  NOT COMPLETED.  CUM ITER =     26", {"iterations": 26.0}),
        ("   *** EIGENVALUES (LOAD MULTIPLIERS FOR BUCKLING) FROM BLOCK LANCZOS ITERATION ***\n\n"
         "  SHAPE NUMBER   LOAD MULTIPLIER\n\n\n      1          2.5\n", {"eigenvalue": 2.5}),
        ("  ***** EIGENVALUES (LOAD MULTIPLIERS FOR BUCKLING) *****\n            *** FROM BLOCK LANCZOS ITERATION ***\n\n"
         "      SHAPE NUMBER   LOAD MULTIPLIER\n\n            1           0.31    \n            2           0.32\n", {"eigenvalue": 0.32}),
        ("     HT FLOW CONVERGENCE VALUE=  0.1039      CRITERION=  0.2643    ", {"residual.ht_flow": 0.1039}),
        ("   *** FREQUENCIES FROM PCG LANCZOS ITERATION ***\n\n  MODE    FREQUENCY (HERTZ)\n\n    1     12.5\n", {"frequency": 12.5}),
    ],
)  # fmt: skip
def test_a_line_of_the_solution_gives_its_point(line, series):
    report = claimed_report(HEADER + line + "\n").to_json()

    assert {name: kept["last"] for name, kept in report["series"].items()} == series


@pytest.mark.parametrize(
    ("head", "claims"),
    [
        ("/COM,ANSYS RELEASE 2022 R1           BUILD 22.1      UP20211129       13:44:02\n\n *** WARNING ***  ", True),
        ("/COM,ANSYS RELEASE 2022 R1           BUILD 22.1      UP20211129       13:44:02\n", True),
        # A mesh that CDWRITE wrote, and the commands of a session.
        ("/COM,ANSYS RELEASE 2022 R1           BUILD 22.1      UP20211129       13:44:02\n/PREP7\n/NOPR\n", False),
        ("/COM,ANSYS RELEASE Release 16.0      BUILD 16.0      UP20141203       13:44:02\n/input,menust,tmp\n", False),
        ("! ANSYS input file written by Workbench version 2022 R1\n/batch\n", False),
    ],
)  # fmt: skip
def test_an_error_file_is_told_from_decks_with_the_same_first_line(head, claims):
    assert AnsysErr.claims(head.encode()) is claims
    assert not any(one.claims(head.encode()) for one in (AnsysOut, AnsysMntr, AnsysGst))


def test_a_monitor_file_counts_attempts_as_cutbacks_and_reads_what_its_clock_is():
    text = (
        "\n SOLUTION HISTORY INFORMATION FOR JOB: file.mntr\n"
        " ANSYS RELEASE 16.0                     15:32:30    08/24/2023\n\n"
        "                                                             CPU          MxDs         MxPl\n\n"
        "     1      1    1     4      4    0.50000      0.50000      12.500      0.11672      0.0000\n"
        "     1      2    3     9     19    0.10000      0.60000      31.250      0.11672      0.0000\n"
    )

    report = claimed_report(text)

    assert (report.status, report.cycle, report.time, report.cpu_time_s) == (None, 19, 0.6, 31.25)
    assert {name: kept.last for name, kept in report.series.items()} == {
        "increments": 2.0,
        "iterations": 9.0,
        "time_step": 0.1,
        "cutbacks": 2.0,
        "cpu_time_s": 31.25,
    }
    assert report.pace == [(0.5, 12.5), (0.6, 31.25)]


@each_source(r"^ansys/.*solve\.out$")
def test_a_shared_output_has_what_a_reader_finds(source):
    _, report = source.read()

    assert (report.status, report.solver_version) == ("normal", "2022 R1")
    assert report.warnings == source.number(r"warnings (\d+)")
    assert report.errors == source.number(r"errors (\d+)")
    assert report.series["increments"].n == source.number(r"(\d+) substeps completed")
    assert report.cycle == source.number(r"cum iter (\d+)")
    assert report.time == source.number(r"TIME = (\S+);")
    assert report.cpu_time_s == source.number(r"CP (\S+) s")
    assert report.wall_time_s == source.number(r"elapsed (\S+) s")
    month, day, year, clock = re.search(r"date (\d\d)/(\d\d)/(\d{4}) (\S+)", source.facts).groups()
    assert report.ended_at == f"{year}-{month}-{day}T{clock}"


@each_source(r"^ansys/.*\.mntr$")
def test_a_shared_monitor_file_has_what_a_reader_finds(source):
    _, report = source.read()

    assert report.series["increments"].n == source.number(r"(\d+) substep rows")
    assert report.series["increments"].last == source.number(r"substep (\d+) attempts")
    assert report.series["iterations"].last == source.number(r" iters (\d+)")
    assert report.cycle == source.number(r"total iters (\d+)")
    assert report.time == source.number(r" time (\S+)$")


LAST_SESSION = {
    # The row counts all twelve sessions that are appended; the last one begins at line 870.
    "ansys/interactive_160_err_tail_excerpt/file.err": (35, 2),
}


@each_source(r"^ansys/.*\.err$")
def test_a_shared_error_file_has_the_messages_of_its_last_session(source):
    _, report = source.read()
    sessions = re.split(rb"(?m)^/COM,", source.path.read_bytes())[1:]
    reports = [report_of(AnsysErr, b"/COM," + session) for session in sessions]

    counted = (source.number(r"(\d+) WARNING"), source.number(r"(\d+) ERROR"))
    assert (sum(one.warnings for one in reports), sum(one.errors for one in reports)) == counted
    assert (report.warnings, report.errors) == LAST_SESSION.get(source.name, counted)
    first = re.search(r"first warning: (.*?)(?:;|$)", source.facts)[1]
    assert next(
        m for one in reports for m in one.messages if m.severity == "warning"
    ).text.startswith(first)
    assert report.status is None


@each_source(r"^ansys/.*\.gst$")
def test_a_shared_graph_file_has_a_point_per_iteration(source):
    _, report = source.read()

    assert report.series["residual.force"].n == source.number(r"(\d+) iteration rows")
    assert (report.cycle, report.time) == (286, 50.0)


def test_messages_that_were_not_shown_count_in_the_error_file():
    session = "/COM,ANSYS RELEASE Release 19.2      BUILD 19.2      UP20180808       10:44:37\n"
    shown = "\n *** ERROR ***                           CP =       7.359   TIME= 10:45:22\n No set 9 is found.\n"
    hidden = "\n *** ERROR ***     SUPPRESSED MESSAGE    CP =       7.406   TIME= 10:45:23\n No set 9 is found.\n"

    report = report_of(AnsysErr, session + shown + hidden)

    assert (report.errors, report.cpu_time_s) == (2, 7.406)
    assert [(one.text, one.count) for one in report.messages] == [("No set 9 is found.", 2)]


@pytest.mark.parametrize(
    ("clocks", "n"), [(["0.5"] * 40, 40), (["0.5"] * 20 + ["****"] + ["0.5"] * 19, 40)], ids=["plain", "overflow"]
)  # fmt: skip
def test_rows_of_the_monitor_file_give_the_same_points_together_and_alone(clocks, n):
    title = (
        " SOLUTION HISTORY INFORMATION FOR JOB: file.mntr\n"
        " ANSYS RELEASE 2026 R1.01       BUILD 26.1        08:23:43    09/25/2026\n\n"
        "                                                              Wall\n"
    )
    rows = [
        f"     1 {at:6}    {1 + at % 3}     6 {6 * at:6}     1.0000     {at:.4f}     {clock}     0.1\n"
        for at, clock in enumerate(clocks, 1)
    ]

    together, alone = read(AnsysMntr, title + "".join(rows)), read(AnsysMntr, title, *rows)

    assert repr(together) == repr(alone)
    assert (together[0].solver_version, len(together[1]["increments"])) == ("2026 R1.01", n)
