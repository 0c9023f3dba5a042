"""Fluent's transcript: columns that are blank, what is left to do, and ends."""

import pytest

from workers.parsers.fluent import FluentTranscript
from workers.tests.parsing import claimed_report, points_of

BANNER = "                    Welcome to ANSYS Fluent 2022 R2\n"
HEADER = "  iter  continuity  x-velocity   lid-heat  lid-force     time/iter\n"
BLANK = "     1  1.0000e+00  4.0000e-03                         0:01:10   99\n"
HALF = "     2  5.0000e-01  2.0000e-03  3.1000e-01             0:01:05   98\n"
FULL = "     3  2.5000e-01  1.0000e-03  3.2000e-01  7.0000e+00  0:00:58   97\n"


def test_a_report_that_is_still_blank_leaves_the_other_columns_where_they_are():
    points = points_of(FluentTranscript, BANNER + HEADER + BLANK + HALF + FULL)

    assert points == {
        "residual.continuity": [(1.0, 1.0), (2.0, 0.5), (3.0, 0.25)],
        "residual.x-velocity": [(1.0, 0.004), (2.0, 0.002), (3.0, 0.001)],
        "residual.lid-heat": [(2.0, 0.31), (3.0, 0.32)],
        "residual.lid-force": [(3.0, 7.0)],
    }


def test_the_last_column_says_what_is_left():
    report = claimed_report(BANNER + HEADER + FULL)

    assert (report.cycle, report.eta_s, report.progress) == (3, 58.0, 0.03)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("> exit\n", ("normal", 1.0, None, None)),
        (
            "> exit\nAuto-Transcript Stop Time:  12:46:36, 10 Apr 2024 \n",
            ("normal", 1.0, None, "2024-04-10T12:46:36"),
        ),
        # The menu that an empty line asks for is no exit.
        ("exit                    preferences/            turbo-workflow/\n", ("running", 0.03, 58.0, None)),
        ("Error at Node 0: floating point exception\n", ("error", 0.03, None, None)),
    ],
)  # fmt: skip
def test_a_transcript_ends_with_its_last_command(end, expected):
    report = claimed_report(BANNER + HEADER + FULL + end)

    assert (report.status, report.progress, report.eta_s, report.ended_at) == expected


STABILIZED = "Divergence detected in AMG solver: k        Stabilizing k to enhance linear solver robustness.\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # It goes on with what it stabilized.
        (STABILIZED + FULL, ("running", None, 1, 0)),
        ("# Divergence detected in AMG solver: x-momentum -> Increasing relaxation sweeps!\n", ("running", None, 1, 0)),
        ("Error: Divergence detected in AMG solver: k\n", ("error", "no convergence", 0, 1)),
        ("Error at Node 0: Divergence detected in AMG solver: k\n", ("error", "no convergence", 0, 1)),
        (STABILIZED + "Error at host: floating point exception\n", ("error", "floating point error", 1, 1)),
        ("WARNING: The wall motion has a normal component on 12 faces of face zone 3.\n", ("running", None, 1, 0)),
    ],
)  # fmt: skip
def test_a_divergence_that_is_stabilized_is_no_end(text, expected):
    report = claimed_report(BANNER + HEADER + text)

    assert (report.status, report.cause, report.warnings, report.errors) == expected


def test_the_start_stands_above_the_banner():
    start = "Auto-Transcript Start Time:  08:28:23, 28 Oct 2025 Mitteleuropaeische Zeit \n"
    command = "/opt/fluent23.1.0/bin/fluent -r23.1.0 3ddp -host -t48 -cnf=node-7 -ssh\n"
    spawning = 'Host spawning Node 0 on machine "node-7" (win64).\n'

    once = claimed_report(start + command + BANNER + spawning + HEADER + FULL)
    twice = claimed_report((start + BANNER + HEADER + FULL) * 2 + start.replace("28 Oct", "29 Oct"))

    assert (once.started_at, once.host, once.cores) == ("2025-10-28T08:28:23", "node-7", 48)
    assert (once.command, once.cycle) == ("3ddp -host -t48 -cnf=node-7 -ssh", 3)
    assert (twice.started_at, twice.cycle) == ("2025-10-29T08:28:23", None)
