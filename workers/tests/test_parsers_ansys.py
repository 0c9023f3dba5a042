"""The MAPDL parsers on their own samples' traps and on real files of others, which stay outside this checkout."""

import csv
import json
import re
from pathlib import Path

import pytest

from workers.parsers.ansys import AnsysErr, AnsysGst, AnsysMntr, AnsysOut
from workers.parsers.report import HEAD_BYTES

SHARED = Path(__file__).parents[3] / "shared" / "samples"
PARSERS = (AnsysOut, AnsysMntr, AnsysGst, AnsysErr)

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
NORMAL = ("normal", "Elapsed Time (sec) =          3.000       Date  =  02/01/2021", None)


def rows(ending):
    if not (SHARED / "SOURCES.tsv").exists():
        return []
    with (SHARED / "SOURCES.tsv").open(newline="") as file:
        found = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        pytest.param(row["path"], row["facts"], id=row["path"])
        for row in found
        if row["path"].startswith("samples/ansys/") and row["path"].endswith(ending)
    ]


def report_of(data, parser_type=None):
    data = data.encode() if isinstance(data, str) else data
    parser_type = parser_type or next(one for one in PARSERS if one.claims(data[:HEAD_BYTES]))
    parser = parser_type()
    parser.feed(data)
    parser.finish()
    return parser.report()


def shared(path):
    return report_of((SHARED.parent / path).read_bytes())


def number(pattern, facts):
    found = re.search(pattern, facts)
    return float(found[1]) if found else None


def ending_of(text):
    report = report_of(HEADER + text)
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

    report = report_of(first + second)

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
    ],
)  # fmt: skip
def test_a_line_of_the_solution_gives_its_point(line, series):
    report = report_of(HEADER + line + "\n").to_json()

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

    report = report_of(text)

    assert (report.status, report.cycle, report.time, report.cpu_time_s) == (None, 19, 0.6, 31.25)
    assert {name: kept.last for name, kept in report.series.items()} == {
        "increments": 2.0,
        "iterations": 9.0,
        "time_step": 0.1,
        "cutbacks": 2.0,
        "cpu_time_s": 31.25,
    }
    assert report.pace == [(0.5, 12.5), (0.6, 31.25)]


@pytest.mark.parametrize(("path", "facts"), rows("solve.out"))
def test_a_shared_output_has_what_a_reader_finds(path, facts):
    report = shared(path)

    assert (report.status, report.solver_version) == ("normal", "2022 R1")
    assert report.warnings == number(r"warnings (\d+)", facts)
    assert report.errors == number(r"errors (\d+)", facts)
    assert report.series["increments"].n == number(r"(\d+) substeps completed", facts)
    assert report.cycle == number(r"cum iter (\d+)", facts)
    assert report.time == number(r"TIME = (\S+);", facts)
    assert report.cpu_time_s == number(r"CP (\S+) s", facts)
    assert report.wall_time_s == number(r"elapsed (\S+) s", facts)
    month, day, year, clock = re.search(r"date (\d\d)/(\d\d)/(\d{4}) (\S+)", facts).groups()
    assert report.ended_at == f"{year}-{month}-{day}T{clock}"


@pytest.mark.parametrize(("path", "facts"), rows(".mntr"))
def test_a_shared_monitor_file_has_what_a_reader_finds(path, facts):
    report = shared(path)

    assert report.series["increments"].n == number(r"(\d+) substep rows", facts)
    assert report.series["increments"].last == number(r"substep (\d+) attempts", facts)
    assert report.series["iterations"].last == number(r" iters (\d+)", facts)
    assert report.cycle == number(r"total iters (\d+)", facts)
    assert report.time == number(r" time (\S+)$", facts)


LAST_SESSION = {
    # The row counts all twelve sessions that are appended; the last one begins at line 870.
    "samples/ansys/interactive_160_err_tail_excerpt/file.err": (35, 2),
}


@pytest.mark.parametrize(("path", "facts"), rows(".err"))
def test_a_shared_error_file_has_the_messages_of_its_last_session(path, facts):
    report = shared(path)
    sessions = re.split(rb"(?m)^/COM,", (SHARED.parent / path).read_bytes())[1:]
    reports = [report_of(b"/COM," + session, AnsysErr) for session in sessions]

    counted = (number(r"(\d+) WARNING", facts), number(r"(\d+) ERROR", facts))
    assert (sum(one.warnings for one in reports), sum(one.errors for one in reports)) == counted
    assert (report.warnings, report.errors) == LAST_SESSION.get(path, counted)
    first = re.search(r"first warning: (.*?)(?:;|$)", facts)[1]
    assert next(
        m for one in reports for m in one.messages if m.severity == "warning"
    ).text.startswith(first)
    assert report.status is None


@pytest.mark.parametrize(("path", "facts"), rows(".gst"))
def test_a_shared_graph_file_has_a_point_per_iteration(path, facts):
    report = shared(path)

    assert report.series["residual.force"].n == number(r"(\d+) iteration rows", facts)
    assert (report.cycle, report.time) == (286, 50.0)


@pytest.mark.skipif(
    not SHARED.exists(), reason="../shared/samples is absent: put it beside the checkout"
)
def test_no_log_or_deck_of_others_is_taken_for_mapdl():
    files = [path for path in SHARED.rglob("*") if path.is_file()]
    claimed = {
        path.relative_to(SHARED).parts[0]: path.name
        for path in files
        if any(one.claims(path.read_bytes()[:HEAD_BYTES]) for one in PARSERS)
    }

    assert len(files) > 150
    assert set(claimed) == {"ansys"}


@pytest.mark.parametrize("parser_type", PARSERS)
def test_numbers_that_are_too_large_are_no_fault(parser_type):
    nines = "9" * 5000
    text = (
        f"{HEADER} SOLUTION HISTORY INFORMATION FOR JOB: x\n<SOLUTION>\n<LOADSTEPDATA>\n<HEADER>\n"
        f' <COLUMN ID="    1">Time</COLUMN>\n <COLUMN ID="    2">Cum Iter</COLUMN>\n {nines} {nines}\n'
        f" *** WARNING ***  CP = {nines}  TIME= {nines}:00:00\n\n *** TIME = {nines} TIME INC = 1.e{nines}\n"
        f" *** LOAD STEP {nines} SUBSTEP {nines} COMPLETED. CUM ITER = {nines}\n"
        f"     1      1    {nines}     6      6     {nines}      1.0       40.065\n"
        f"Sum of memory used on all processes : {nines} MB\n --- Total number of nodes = {nines}\n"
    )

    parser = parser_type()
    parser.feed(text.encode())

    json.dumps(parser.state, allow_nan=False)
    json.dumps(parser.report().to_json(), allow_nan=False)
