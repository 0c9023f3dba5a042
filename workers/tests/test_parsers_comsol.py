"""COMSOL's batch log: time steps, iterations between memory lines, and the end."""

from workers.parsers.comsol import ComsolBatchlog
from workers.tests.parsing import claimed_report, points_of

BANNER = "COMSOL Multiphysics 6.4 (Build: 343) starting in batch mode\n"


def test_time_steps_are_those_that_have_a_number():
    points = points_of(
        ComsolBatchlog,
        BANNER
        + "Step        Time    Stepsize      Res  Jac  Sol Order Tfail NLfail   LinErr   LinRes\n"
        "   -           0           - out\n"
        "   1     0.78125     0.78125 out    8    5    8     1     3      0  1.4e-16  1.4e-16\n"
        "   -       50000           - out\n"
        "  79       54433        5000      172   87  172     1     7      0  1.8e-15  6.5e-17\n",
    )

    assert points == {
        "time_step": [(0.78125, 0.78125), (54433.0, 5000.0)],
        "cutbacks": [(0.78125, 3.0), (54433.0, 7.0)],
    }


def test_iterations_go_on_over_lines_of_memory_and_further_tables():
    head = "Iter      SolEst      ResEst     Damping    Stepsize #Res #Jac #Sol   LinErr   LinRes\n"
    points = points_of(
        ComsolBatchlog,
        f"{BANNER}{head}Memory: 853/857 864/873\n"
        "   1     1.5e+06     3.9e+04   0.0000001     1.5e+06    5    1    5    1e-13  2.7e-08\n"
        f"Memory: 878/879 892/892\nContinuation parameter load = -0.31.\n{head}"
        "   1     2.7e-08       3e-08   1.0000000     0.00022   21   12   28  2.4e-14  4.1e-11\n",
    )

    assert points == {
        "residual.solest": [(1.0, 1.5e06), (2.0, 2.7e-08)],
        "residual.resest": [(1.0, 3.9e04), (2.0, 3e-08)],
    }


def test_only_the_total_time_is_the_end():
    saved = BANNER + "Solution time: 0 s.\nRun time: 3 s.\nSaving model: out.mph\nSave time: 1 s.\n"

    going_on, ended = claimed_report(saved), claimed_report(saved + "Total time: 12 s.\n")

    assert (going_on.status, going_on.wall_time_s) == ("running", None)
    assert (ended.status, ended.wall_time_s) == ("normal", 12.0)
