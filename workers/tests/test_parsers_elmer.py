"""ElmerSolver's screen: why it stopped, and its two kinds of changes."""

import pytest

from workers.tests.parsing import claimed_report

BANNER = "ELMER SOLVER (v 9.0) STARTED AT: 2024/02/09 12:21:01\n"


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("ERROR:: IterSolve: Numerical Error: System diverged over maximum tolerance.", "no convergence"),
        ("ERROR:: IterSolve: Numerical Error: Too many iterations were needed.", "no convergence"),
        ("  ERROR:: ComputeChange: Numerical Error: Norm of solution appears to be NaN", "floating point error"),
        ('ERROR:: SolveLinearSystem: Give "Linear System Solver", e.g. "iterative" or "direct"', "input error"),
        ("ERROR:: ElmerAsciiMesh: Unable to open mesh.header", "missing file"),
    ],
)  # fmt: skip
def test_an_error_ends_the_run_and_tells_why(line, cause):
    report = claimed_report(f"{BANNER}{line}\nSTOP 1\n")

    assert (report.status, report.status_reason, report.cause) == ("error", line.strip(), cause)


def test_changes_of_the_steady_state_are_a_curve_of_their_own():
    report = claimed_report(
        BANNER
        + "ComputeChange: NS (ITER=1) (NRM,RELC): ( 0.20000000E-01  2.0000000     ) :: heat equation\n"
        "ComputeChange: NS (ITER=2) (NRM,RELC): ( 0.21000000E-01 0.48780488E-01 ) :: heat equation\n"
        "ComputeChange: SS (ITER=1) (NRM,RELC): ( 0.21000000E-01  2.0000000     ) :: heat equation\n"
    )

    assert {name: (one.n, one.last) for name, one in report.series.items()} == {
        "residual.heat_equation": (2, 0.048780488),
        "residual.steady_heat_equation": (1, 2.0),
    }
