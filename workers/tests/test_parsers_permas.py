"""PERMAS's result file and protocol, in words of our own."""

import pytest

from workers.parsers import PARSERS
from workers.parsers.permas.pro import PermasPro
from workers.parsers.permas.res import PermasRes
from workers.tests.logcorpus import name_of, needs_shared, parser_of, shared_files
from workers.tests.parsing import claimed_report, points_of, report_of

RULE = "+" + "-" * 78 + "+\n"


def boxed(*words):
    return RULE + "".join(f"|{each.center(78)}|\n" for each in words) + RULE


NOTICE = boxed(*[f"a licence notice, line {at}" for at in range(20)]) + " \n"
BANNER = boxed(
    "P E R M A S",
    "Education Edition Version 20.00.333",
    "Date: 31-Dec-24 23:59:58 (PID=23264)",
    "+" + "-" * 35 + "+",
    "|" + "arm 2".center(35) + "|",
    "+" + "-" * 35 + "+",
    "Host: calc3 / Linux-x86_64-4.19.0",
    "16 core Example CPU / 13.90 GiByte",
)
RES = "".join(f" {line}\n" for line in BANNER.splitlines())
ERROR = """ *E* 363/1501 Missing elastic data in component ARM, situation STEP_1,
              computation of stiffness impossible

 *E* 213/5020 Element <see list>: ELASTIC data missing.
 <864 items>           1 ....... 864
"""
FATAL = " *F* 323/0012 Execution terminated due to errors during scanning of task\n"
SUMS = """                  0 *X*         1 *F*          2 *E*          1 *W*
         ERRORS  ERRORS ERRORS ERRORS  ERRORS ERRORS ERRORS  ERRORS
"""
ENDED = "         PERMAS run ended without errors (16 Comments)\n"


@pytest.mark.parametrize(("text", "role"), [(NOTICE + BANNER, "pro"), (RES, "res")])
def test_the_banner_tells_file_version_title_and_begin(text, role):
    report = claimed_report("module load permas\n" + text)

    assert (report.role, report.solver_version, report.title) == (role, "20.00.333", "arm 2")
    assert (report.host, report.started_at) == ("calc3", "2024-12-31T23:59:58")
    assert report.status == "running"


@pytest.mark.parametrize(
    ("text", "status", "reason", "counts"),
    [
        (ENDED, "normal", "PERMAS run ended without errors (16 Comments)", (0, 0)),
        (ERROR, "running", None, (0, 2)),
        (
            ERROR + FATAL,
            "error",
            "Execution terminated due to errors during scanning of task",
            (0, 3),
        ),
        (
            ERROR + SUMS,
            "error",
            "Missing elastic data in component ARM, situation STEP_1, computation of stiffness impossible",
            (0, 2),
        ),
        (
            " *W* 1/2 Doubtful\n *X* 9/9 Trap\n" + SUMS,
            "error",
            "Trap",
            (1, 1),
        ),
        (" *C* 320/0023 Situation STEP_1 activated\n", "running", None, (0, 0)),
        ("slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2024-01-01T00:00:00 ***\n", "other", None, (0, 0)),
    ],
)  # fmt: skip
def test_how_a_run_ended(text, status, reason, counts):
    report = report_of(PermasRes, RES + text)

    assert (report.status, (report.warnings, report.errors)) == (status, counts)
    assert reason is None or report.status_reason == reason


def test_the_cause_is_the_first_error_and_not_the_words_that_sum_up():
    report = report_of(PermasRes, RES + ERROR + FATAL + SUMS)

    assert report.cause == "input error"
    assert report.cause_text.startswith("363/1501 Missing elastic data")
    assert [one.text for one in report.messages][1] == (
        "Element <see list>: ELASTIC data missing. <864 items> 1 ....... 864"
    )


@pytest.mark.parametrize("end", ["-", "+", "|", "7", " "])
def test_a_message_may_end_as_tables_do(end):
    report = report_of(PermasRes, f"{RES} *W* 1/2 Value of item {end}\n *E* 3/4 x{end}\n")

    assert (report.warnings, report.errors) == (1, 1)


@pytest.mark.parametrize(
    "row",
    ["      1 1.0E+00 2.0E+00", " | 864 | HEXE8 |", " +-----+", " 202340 Proc HYCHOLA      Start"],
)
def test_a_kill_is_found_behind_a_row_that_was_cut(row):
    text = f"{row}slurmstepd: error: Detected 1 oom-kill event(s) in StepId=1.0\n"

    assert report_of(PermasRes, RES + text).cause == "out of memory"
    assert report_of(PermasPro, BANNER + text).cause == "out of memory"


def test_components_are_counted_once_each():
    def counts(name, nodes):
        return (
            f" > Characteristics of component {name}\n"
            f" | Nodes                         | {nodes:11d} |                  1 | {nodes:18d} |\n"
            " | Elements                      |           8 |                  1 |                  8 |\n"
            "  \n | Design Elements          |           1 |                  1 |                  1 |\n"
        )

    report = report_of(PermasRes, RES + counts("A", 27) + counts("B", 30) + counts("A", 27))

    assert (report.nodes, report.elements) == (57, 16)


def test_modes_and_mass_of_each_loop_of_an_optimisation():
    modes = """
 ------------------------------------------------------
      Mode       Frequency    Eigenvalue   Circ.Freq.
 ------------------------------------------------------
     Maximum     3.25050E+03  8.08119E-07  2.04235E+04
       at            10           1            10
 ------------------------------------------------------
              1  1.77044E+02  8.08119E-07  1.11240E+03
             10  3.25050E+03  2.39739E-09  2.04235E+04
 ------------------------------------------------------

              1  1.60473E-03 -1.01663E-04 -1.01663E-04
 |      Mass       |
 |-----------------|
 |    2.826000E-03 |
 |    9.0 |
"""
    text = f" --- Task Loop: 1 ---\n{modes} --- Task Loop: 2 ---\n"

    assert report_of(PermasRes, RES + text).cycle == 2
    assert points_of(PermasRes, RES + text) == {
        "frequency": [(1.0, 177.044), (10.0, 3250.5)],
        "eigenvalue": [(1.0, 8.08119e-07), (10.0, 2.39739e-09)],
        "mass.total": [(1.0, 0.002826)],
    }


def test_the_protocol_s_clock_goes_over_midnight_until_the_time_is_told():
    going = BANNER + (
        " 235958 Msg> Running with 4 Executors (parallel mode)\n"
        "|   PERMAS Memory   =    1.50 GiByte   |    Max.Scr.Space  =    37.44 KiByte   |\n"
        " 235959 Proc ELTPRP       Start\n 235957 Proc ELSTFSET     Start\n>   12: STOP\n 000102 Proc ELTPRP       Exit\n"
    )
    done = " 000103 Time        60.20 User      1.10 Sys       65.02 Elapsed   00:01:05\n" + ENDED

    before, after = report_of(PermasPro, going), report_of(PermasPro, going + done)

    assert (before.wall_time_s, before.cpu_time_s, before.ended_at) == (64.0, None, None)
    assert (before.cores, before.memory_bytes) == (4, 3 * 2**29)
    assert (after.wall_time_s, after.cpu_time_s) == (65.02, 61.3)
    assert (after.status, after.ended_at) == ("normal", "2025-01-01T00:01:03")


def test_line_numbers_of_a_deck_s_echo_are_no_clock():
    assert report_of(PermasRes, RES + " 123456             $END STRUCTURE\n").wall_time_s is None


def test_a_second_banner_begins_a_run():
    report = report_of(PermasRes, RES + ERROR + FATAL + RES)

    assert (report.status, report.errors, report.messages) == ("running", 0, [])


@needs_shared
def test_no_shared_file_is_claimed():
    ours = {parser for parser in PARSERS if parser.solver == "permas"}

    assert [name_of(path) for path in shared_files() if parser_of(path) in ours] == []
