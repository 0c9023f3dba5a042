"""The FEBio parser on its traps and on real files of others, which stay outside this checkout."""

import re

import pytest

from workers.tests.logcorpus import each_source
from workers.tests.parsing import claimed_report

BANNER = (
    "      F I N I T E   E L E M E N T S   F O R   B I O M E C H A N I C S      \n  version 3.8.0\n"
)
NORMAL = "\n N O R M A L   T E R M I N A T I O N\n\n"
ERROR = "\n E R R O R   T E R M I N A T I O N\n\n"
EDGE = " " + "*" * 73 + "\n"


def box(title, text):
    return f"\n{EDGE} *{title:^71}*\n *{'':71}*\n * {text:<70}*\n *{'':71}*\n{EDGE}"


def step(number, time, ending="converged"):
    return (
        f"\n===== beginning time step {number} : {time} =====\n 1\n"
        f" Nonlinear solution status: time= {time}\n\n------- {ending} at time : {time}\n\n"
    )


NEGATIVE = box("ERROR", "Negative jacobian was detected.")
FAILED = step(2, 0.2, "failed to converge")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("running", None, None)),
        (step(1, 0.1) + NEGATIVE + FAILED, ("running", None, None)),
        (NEGATIVE + FAILED + step(2, 0.15) + NORMAL, ("normal", NORMAL.strip(), None)),
        (step(1, 0.1) + NEGATIVE + FAILED + ERROR, ("error", ERROR.strip(), "negative volume")),
        # The negative Jacobian was overcome: the step that failed at last just did not converge.
        (
            NEGATIVE + step(1, 0.1) + FAILED + "Max. nr of retries reached.\n" + ERROR,
            ("error", ERROR.strip(), "no convergence"),
        ),
        (
            box("FATAL ERROR", "Zero diagonal detected. Aborting run."),
            ("error", "Zero diagonal detected. Aborting run.", "singular matrix"),
        ),
        (
            box("ERROR", "Model initialization failed"),
            ("error", "Model initialization failed", "input error"),
        ),
        (
            step(1, 0.1) + box("WARNING", "Early termination on user's request") + ERROR,
            ("other", "Early termination on user's request", "killed by user"),
        ),
        (box("ERROR", "NAN Detected.") + FAILED + ERROR, ("error", ERROR.strip(), "floating point error")),
        # A further step after what looked like the end.
        (step(1, 0.1) + NORMAL + "\n===== beginning time step 1 : 0.2 =====\n", ("running", None, None)),
        (
            " 3slurmstepd: error: Detected 1 oom-kill event(s) in StepId=8.batch.\n",
            ("other", "slurmstepd: error: Detected 1 oom-kill event(s) in StepId=8.batch.", "out of memory"),
        ),
    ],
)  # fmt: skip
def test_a_log_ends_as_its_decisive_words_say(text, expected):
    report = claimed_report(BANNER + text)

    assert (report.status, report.status_reason, report.cause) == expected


def test_a_second_run_in_the_same_log_starts_afresh():
    report = claimed_report(BANNER + NEGATIVE + step(1, 0.1) + ERROR + BANNER + step(1, 0.5))

    assert (report.status, report.errors, report.time, report.cycle) == ("running", 0, 0.5, 1)


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("  version 2.9.1", "2.9.1"),
        ("  version 4.7.0", "4.7.0"),
        ("                 --- v e r s i o n - 1 . 5 . 0 ---                 ", "1.5.0"),
    ],
)
def test_the_version_of_any_release_is_read(line, version):
    banner = BANNER.splitlines()[0]

    assert claimed_report(f"{banner}\n{line}\n").solver_version == version


def test_steps_of_several_analyses_add_up_to_the_end_time():
    control = "\tNumber of timesteps ....... : 10\n\tTime step size ...... : 0.1\n"

    assert claimed_report(BANNER + control + control).end_time == 2.0


@each_source(r"^febio/.*\.log$")
def test_a_shared_log_has_what_a_reader_finds(source):
    number = source.number
    _, report = source.read()

    n = {name: kept.n for name, kept in report.series.items()}
    assert report.status == {"normal": "normal", "incomplete": "running"}[source.outcome]
    assert report.solver_version == "3.8.0"
    assert n.get("increments", 0) == number(r"(\d+) converged steps")
    assert report.time == number(r"last converged time (\d\S*);")
    assert report.series["cutbacks"].last == number(r"(\d+) failed attempts")
    assert report.errors == number(r"(\d+) ERROR boxes")
    assert report.warnings == number(r"(\d+) WARNING boxes")
    assert report.wall_time_s == number(r"\(([\d.]+) sec\)")
    errors = {m.text for m in report.messages if m.severity == "error"}
    assert errors == set(re.findall(r'key error "(.*)"', source.facts))


def test_the_end_of_a_4_x_run_is_that_of_its_steps_together():
    steps = "".join(
        f"step   {number} - (noname) (type: solid)\n"
        f"\ttime_steps ........................................ : {count}\n"
        "\tstep_size ......................................... : 0.1\n"
        for number, count in ((1, 10), (2, 5))
    )

    report = claimed_report(BANNER + steps + step(1, 0.1))

    assert (report.end_time, report.time) == (1.5, 0.1)
    assert round(report.progress, 6) == round(0.1 / 1.5, 6)
