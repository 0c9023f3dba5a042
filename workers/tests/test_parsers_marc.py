"""Marc's status file as Simufact writes it."""

from workers.tests.parsing import claimed_report

HEAD = (
    "Simufact Solver 2024.2 based on MARC 2023.4, build 900001 (2024/05/30)\n"
    "job name : Weld-3-X\n\n"
    "  inc     load_case_name   tot_time  cyc1  conv_r    conv_d  cyc2  conv_t   prg(%)   pst   rst  walltime  elm_cnt\n"
)
ROWS = (
    "     0      Initializing  0.0000E+00   0 0.000E+00 0.000E+00   0 0.000E+00  10.00     0     0       3.11        0\n"
    "     1         welding_1  4.0000E-01   5 3.850E-02 0.000E+00  32 3.273E+00  12.50     1     0      32.43      250\n"
)
END = (
    "Simufact Solver 2024.2 based on MARC 2023.4:\n"
    "          job ends with exit number     3004\n"
    "          total wall time:      40.23\n"
)


def test_a_status_file_tells_version_progress_and_end():
    running, ended = claimed_report(HEAD + ROWS), claimed_report(HEAD + ROWS + END)

    assert (running.solver_version, running.title, running.elements) == ("2023.4", "Weld-3-X", 250)
    assert (running.status, running.progress, running.time) == ("running", 0.125, 0.4)
    assert (ended.status, ended.wall_time_s, ended.solver_version) == ("normal", 40.23, "2023.4")


def test_a_second_head_begins_a_further_run():
    report = claimed_report(HEAD + ROWS + END + HEAD)

    assert (report.status, report.time) == ("running", None)
