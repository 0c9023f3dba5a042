"""Code_Aster's message file: boxes with double lines, and the ends that its two launchers write."""

import pytest

from workers.tests.parsing import claimed_report

BANNER = "                -- CODE_ASTER -- VERSION : EXPLOITATION (stable) --\n"
BOX = (
    " ╔══════════════════════════════════════════════╗\n"
    " ║ <F> <DVP_2>                                  ║\n"
    " ║                                              ║\n"
    " ║ Erreur numérique (floating point exception). ║\n"
    " ╚══════════════════════════════════════════════╝\n"
)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("--- DIAGNOSTIC JOB : <A>_ALARM\n", ("normal", None, 0)),
        ("--- DIAGNOSTIC JOB : <S>_CPU_LIMIT\n", ("error", "wall limit", 0)),
        (BOX + "Aborted (core dumped)\n\nEXECUTION_CODE_ASTER_EXIT_12=134\n", ("error", "floating point error", 1)),
    ],
)  # fmt: skip
def test_a_run_ends_as_its_launcher_says(end, expected):
    report = claimed_report(BANNER + end)

    assert (report.status, report.cause, report.errors) == expected


def test_the_launcher_sums_up_the_time_used():
    report = claimed_report(
        BANNER
        + "   Code_Aster run                        823.59      22.92     846.51     812.87\n"
        + "   Total                                 823.87      23.04     846.91     813.28\n"
    )

    assert (report.cpu_time_s, report.wall_time_s) == (846.91, 813.28)
