"""How a run stands, for every way that launcher, recorder and log can disagree."""

from datetime import UTC, datetime

import pytest

from workers.verdict import Scene, cause, judge

NOW = 2_000_000_000.0
NEWEST = NOW - 100
BEGUN, ENDED = "2033-05-18T03:00:00.000Z", "2033-05-18T03:33:00.000Z"


def record(cause=None, code=None, number=None, **more):
    end = ENDED if cause else None
    return {
        "started_at": BEGUN,
        "ended_at": end,
        "end_cause": cause,
        "exit_code": code,
        "signal": number,
        **more,
    }


def verdict(launcher, said, rec=None, newest=NEWEST, progress=0.5):
    facts = {
        "status": said,
        "status_reason": None if said is None else f"{said} words",
        "progress": progress,
    }
    return judge(facts, Scene(launcher, rec, newest, NOW, 3600))


@pytest.mark.parametrize(
    ("launcher", "rec", "said", "expected"),
    [
        ("never started", None, None, ("pending", "waits for a free slot", "launcher")),
        ("never started", None, "normal", ("pending", "waits for a free slot", "launcher")),
        ("running", record(), "normal", ("running", "", "launcher")),
        ("running", record(), "error", ("running", "", "launcher")),
        ("ended", record("exited", 0), "normal", ("normal", "normal words", "file")),
        (
            "ended",
            record("exited", 3),
            "normal",
            ("error", "normal words, but exit code 3", "launcher"),
        ),
        ("ended", record("exited", 0), "error", ("error", "error words", "file")),
        ("ended", record("exited", 201), "error", ("error", "error words", "file")),
        ("ended", record("exited", 0), "other", ("other", "other words", "file")),
        ("ended", record("exited", 1), "other", ("other", "other words", "file")),
        (
            "ended",
            record("exited", 0),
            "running",
            ("error", "ended without an end mark, exit code 0", "launcher"),
        ),
        (
            "ended",
            record("exited", 7),
            None,
            ("error", "ended without an end mark, exit code 7", "launcher"),
        ),
        ("ended", record("signal", None, 9), "running", ("other", "killed by SIGKILL", "launcher")),
        (
            "ended",
            record("signal", None, 15),
            "normal",
            ("other", "killed by SIGTERM", "launcher"),
        ),
        (
            "ended",
            record("signal", None, 11),
            "running",
            ("error", "the solver crashed (SIGSEGV): running words", "launcher"),
        ),
        (
            "ended",
            record("signal", None, 8),
            None,
            ("error", "the solver crashed (SIGFPE)", "launcher"),
        ),
        ("ended", record("signal", None, 99), None, ("other", "killed by signal 99", "launcher")),
        (
            "ended",
            record("stopped", None, 15, stopped_by="anna"),
            "error",
            ("other", "stopped by anna", "launcher"),
        ),
        ("ended", record("stopped", 0), "normal", ("other", "stopped", "launcher")),
        (
            "ended",
            record("wall limit", None, 9, wall_limit_s=90.0),
            "normal",
            ("other", "wall limit of 90 s reached", "launcher"),
        ),
        (
            "ended",
            record("could not start", error="no such program"),
            None,
            ("error", "no such program", "launcher"),
        ),
        (
            "ended",
            record("could not start"),
            None,
            ("error", "the solver could not be started", "launcher"),
        ),
        ("lost", record(), "normal", ("normal", "normal words", "file")),
        ("lost", record(), "error", ("error", "error words", "file")),
        (
            "lost",
            record(),
            "running",
            ("other", "ended without an end mark; its exit code is not known", "launcher"),
        ),
        (
            "lost",
            None,
            None,
            ("other", "ended without an end mark; its exit code is not known", "launcher"),
        ),
        (None, None, "normal", ("normal", "normal words", "file")),
        (None, None, "other", ("other", "other words", "file")),
        (None, None, "running", ("running", "", "file")),
        (None, None, None, ("running", "", "file")),
    ],
)
def test_status_reason_and_source(launcher, rec, said, expected):
    found = verdict(launcher, said, rec)

    assert (found.status, found.reason, found.source) == expected


@pytest.mark.parametrize("launcher", ["running", "never started", "ended", "lost", None])
@pytest.mark.parametrize("said", ["normal", "error", "other", "running", None])
def test_progress_is_one_exactly_when_normal_and_an_end_has_a_time(launcher, said):
    found = verdict(launcher, said, record("exited", 0) if launcher == "ended" else None)

    assert found.progress == (1.0 if found.status == "normal" else 0.5)
    assert found.finished == (found.status in ("normal", "error", "other"))
    assert (found.ended_at is not None) == found.finished


def test_the_recorders_times_go_before_the_files():
    found = verdict("ended", "normal", record("exited", 0))

    assert (found.started_at, found.ended_at) == (
        datetime(2033, 5, 18, 3, 0, tzinfo=UTC),
        datetime(2033, 5, 18, 3, 33, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("age_s", "expected"),
    [
        (3599, ("running", "")),
        (3601, ("other", "silent since 2033-05-18 02:33 UTC")),
        (-60, ("running", "")),
    ],
)
def test_a_foreign_log_without_end_mark_runs_until_it_is_silent(age_s, expected):
    found = verdict(None, "running", newest=NOW - age_s)

    assert (found.status, found.reason) == expected


def test_a_foreign_run_without_any_log_is_undefined():
    found = verdict(None, None, newest=None, progress=None)

    assert (found.status, found.reason, found.finished) == (
        "none",
        "no log says how it stands",
        False,
    )


def test_an_end_mark_is_believed_however_old_it_is():
    assert verdict(None, "normal", newest=NOW - 1e8).status == "normal"


def cause_of(rec=None, launcher="ended", **facts):
    facts = {"status": None, "status_reason": None, "progress": None, **facts}
    said = cause(facts, judge(facts, Scene(launcher, rec, NEWEST, NOW, 3600)), rec)
    return said["cause"], said["cause_text"], said["cause_line"]


SAID = {
    "status": "error",
    "status_reason": "too many attempts",
    "cause": "no convergence",
    "cause_text": "TOO MANY ATTEMPTS",
    "cause_line": 12,
}
KILLED = "slurmstepd: error: *** JOB 3 ON n1 CANCELLED AT 2024-03-01T10:00:00 DUE TO TIME LIMIT ***"


@pytest.mark.parametrize(
    ("rec", "facts", "expected"),
    [
        # The launcher's own ends.
        (record("stopped", stopped_by="jane"), SAID, ("killed by user", "stopped by jane", None)),
        (record("wall limit", wall_limit_s=60.0), SAID, ("wall limit", "wall limit of 60 s reached", None)),
        (
            record("could not start", error="[Errno 28] No space left on device"),
            {},
            ("out of disk", "[Errno 28] No space left on device", None),
        ),
        (
            record("could not start", error="[Errno 2] No such file or directory: 'ccx'"),
            {},
            ("missing file", "[Errno 2] No such file or directory: 'ccx'", None),
        ),
        (record("could not start"), {}, ("unknown", "the solver could not be started", None)),
        # The log's words, where it has any.
        (record("exited", 201), SAID, ("no convergence", "TOO MANY ATTEMPTS", 12)),
        (record("signal", None, 11), SAID, ("no convergence", "TOO MANY ATTEMPTS", 12)),
        (record("exited", 1), {"status": "other", "status_reason": KILLED}, ("wall limit", KILLED, None)),
        # The signal, or the exit code that stands for one.
        (record("signal", None, 9), {}, ("killed by system", "killed by SIGKILL", None)),
        (record("signal", None, 11), {}, ("crash", "the solver crashed (SIGSEGV)", None)),
        (record("signal", None, 8), {}, ("floating point error", "the solver crashed (SIGFPE)", None)),
        (record("signal", None, 24), {}, ("wall limit", "killed by SIGXCPU", None)),
        (record("signal", None, 25), {}, ("out of disk", "killed by SIGXFSZ", None)),
        (record("exited", 139), {}, ("crash", "ended without an end mark, exit code 139", None)),
        (record("exited", 137), {}, ("killed by system", "ended without an end mark, exit code 137", None)),
        (record("exited", 271), {}, ("killed by system", "ended without an end mark, exit code 271", None)),
        (record("exited", 127), {}, ("missing file", "ended without an end mark, exit code 127", None)),
        # Nothing tells.
        (record("exited", 1), {}, ("unknown", "ended without an end mark, exit code 1", None)),
        (
            record("exited", 1),
            {"status": "error", "status_reason": "*ERROR", "cause": "unknown", "cause_text": "*ERROR"},
            ("unknown", "*ERROR", None),
        ),
        # No end, or a good one.
        (record("exited", 0), {"status": "normal"}, (None, None, None)),
    ],
)  # fmt: skip
def test_every_end_that_is_not_normal_has_a_cause(rec, facts, expected):
    assert cause_of(rec, **facts) == expected


def test_a_run_of_others_has_the_cause_that_its_log_tells():
    assert cause_of(launcher=None, **SAID) == ("no convergence", "TOO MANY ATTEMPTS", 12)
    assert cause_of(launcher=None, status="error", status_reason="Bus error") == (
        "crash",
        "Bus error",
        None,
    )


def test_a_run_that_goes_on_has_no_cause():
    assert cause_of(record(), launcher="running", **SAID) == (None, None, None)
