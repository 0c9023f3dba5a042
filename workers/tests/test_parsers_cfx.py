"""CFX's output: tables of several widths, and the end."""

from workers.parsers.cfx import CfxOut
from workers.tests.parsing import claimed_report, points_of

BANNER = " |                    CFX Command Language for Run                    |\n"
LOOP = " OUTER LOOP ITERATION =   12                    CPU SECONDS = 3.570E+02\n"


def test_residuals_are_read_whatever_stands_beside_and_between_them():
    points = points_of(
        CfxOut,
        BANNER + LOOP + " | U-Mom                |99.99 | 4.9E-06 | 2.0E-04 |       2.6E-02  OK|\n"
        " |                     ****** Notice ******                           |\n"
        " |  A wall has been placed at portion(s) of an INLET                  |\n"
        " +--------------------------------------------------------------------+\n"
        " | E-Diss.K             |  .73 | 5.2E-01 | 9.5E-01 |  5.4  2.4E-05  OK|\n"
        " | P - Mass | 1.74 | 2.0E-02 | 6.9E-01 |    1248  |  8.3  Nan  *      |\n"
        # Where the largest ones stand, and pseudo time steps.
        " | U-Mom                | Rotor                 |         116299      |\n"
        " | U-Mom                | Auto Timescale        |     1.25505E-02     |\n",
    )

    assert points == {
        "residual.u-mom": [(1.0, 4.9e-06)],
        "residual.u-mom_max": [(1.0, 0.0002)],
        "residual.e-diss_k": [(1.0, 0.52)],
        "residual.e-diss_k_max": [(1.0, 0.95)],
        "residual.p_-_mass": [(1.0, 0.02)],
        "residual.p_-_mass_max": [(1.0, 0.69)],
    }


def test_that_results_were_written_is_not_yet_the_end():
    written = " | The results from this run of the ANSYS CFX Solver have been        |\n"
    text = (
        BANNER + LOOP + " COEFFICIENT LOOP ITERATION =   2                CPU SECONDS = 4.5E+02\n"
    )

    going_on = claimed_report(text + written)
    ended = claimed_report(text + written + "This run of the ANSYS CFX Solver has finished.\n")

    assert (going_on.status, going_on.cpu_time_s) == ("running", 450.0)
    assert (ended.status, ended.status_reason) == (
        "normal",
        "This run of the ANSYS CFX Solver has finished.",
    )
