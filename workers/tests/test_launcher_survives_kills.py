"""Recorder, service and solver killed in every order: the disk tells the truth, nothing starts twice."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workers.launchers import local, processes, records
from workers.tests.launcher_runs import LiveRun, bounds, live, until

__all__ = ["bounds", "live"]

ROOT = Path(__file__).resolve().parents[2]
SERVICE = """
import signal, sys, time
from pathlib import Path
from workers.launchers import local
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # `nohup make test` ignores it
folder = Path(sys.argv[1])
argv = ("sh", "-c", "while [ ! -e go ]; do sleep 0.02; done; exit 42")
with local.Claim.take(folder, 1) as claim:
    local.start(local.RunSpec(folder, 1, argv, "solver.log", 1, None, 1.0), claim)
    print("started", flush=True)
    time.sleep(600)
"""


def service(folder: Path) -> "subprocess.Popen[str]":
    """A process that starts a run, holds its claim and stays; leads a process group of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVICE, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def end(process: "subprocess.Popen[str]", number: int) -> None:
    with process:
        os.killpg(process.pid, number)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_the_end_of_the_service_reaches_neither_recorder_nor_solver(
    live: LiveRun, number: int
) -> None:
    end(service(live.folder), number)

    assert live.state() == "running"
    (live.folder / "go").touch()
    assert live.ending() == ("exited", 42, None, None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGPIPE])
def test_a_recorder_ignores_what_a_terminal_sends(live: LiveRun, number: int) -> None:
    live.start("sh", "-c", "while [ ! -e go ]; do sleep 0.02; done")
    os.kill(live.record["recorder_pid"], number)
    (live.folder / "go").touch()

    assert live.ending() == ("exited", 0, None, None)


def test_a_solver_outlives_its_recorder_and_is_then_lost(live: LiveRun) -> None:
    live.start("sh", "-c", "while [ ! -e go ]; do sleep 0.02; done")
    live.kill_recorder()

    assert live.state() == "running"
    assert live.solver_is_alive()

    (live.folder / "go").touch()
    until(lambda: live.state() == "lost")
    assert live.record["ended_at"] is None


def test_the_lock_lives_as_long_as_the_recorder(live: LiveRun) -> None:
    live.start_sleeper()
    assert local.Claim.take(live.folder, 1) is None

    live.kill_recorder()

    assert live.solver_is_alive()
    claim = until(lambda: local.Claim.take(live.folder, 1))
    claim.release()


def test_releasing_a_claim_leaves_the_recorder_its_lock(live: LiveRun) -> None:
    claim = local.Claim.take(live.folder, 1)
    assert claim is not None
    local.start(local.RunSpec(live.folder, 1, ("sleep", "600"), "log", 1, None, 1.0), claim)
    claim.release()
    claim.release()

    assert local.Claim.take(live.folder, 1) is None


@pytest.mark.parametrize("ending", ["running", "ended", "lost"])
def test_a_run_is_never_started_twice(live: LiveRun, ending: str) -> None:
    live.start(*(("true",) if ending == "ended" else ("sleep", "600")))
    if ending == "ended":
        live.end()
    if ending != "ended":
        live.kill_recorder()
    if ending == "lost":
        processes.signal_session(live.record["pid"], signal.SIGKILL)
    until(lambda: live.state() == ending)
    before = live.file("json").read_bytes()

    until(lambda: not live.is_locked())
    with pytest.raises(local.AlreadyStartedError, match=r"run-1\.json"):
        live.start("touch", "again")

    assert live.file("json").read_bytes() == before
    assert not (live.folder / "again").exists()


def test_a_record_that_is_not_ours_is_not_started_over(live: LiveRun) -> None:
    live.file("json").parent.mkdir()
    live.file("json").write_text('{"half": ')

    with pytest.raises(local.AlreadyStartedError):
        live.start("true")

    assert live.file("json").read_text() == '{"half": '


STARTER = """
import sys
from pathlib import Path
from workers.launchers import local
folder = Path(sys.argv[1])
print("here", flush=True)
sys.stdin.readline()
claim = local.Claim.take(folder, 1)
if claim is None:
    sys.exit("held")
argv = ("sh", "-c", "echo x >> ../starts")
try:
    local.start(local.RunSpec(folder, 1, argv, "solver.log", 1, None, 1.0), claim)
except local.AlreadyStartedError:
    sys.exit("refused")
sys.exit("started")
"""


def test_of_twenty_concurrent_starters_one_starts(live: LiveRun) -> None:
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", STARTER, str(live.folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(20)
    ]
    for starter in starters:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "here\n"
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("\n")
        starter.stdin.flush()
    said = [starter.communicate()[1].strip() for starter in starters]
    live.end()

    assert said.count("started") == 1
    assert set(said) <= {"started", "held", "refused"}
    assert (live.folder.parent / "starts").read_text() == "x\n"


def test_a_reused_pid_is_not_the_run(live: LiveRun) -> None:
    live.start_sleeper()
    record = live.record
    live.change_record(
        pid_start=record["pid_start"] + 1, recorder_start=record["recorder_start"] + 1
    )

    assert live.state() == "lost"
    assert local.request_stop(live.folder, 1, "anna") is False
    assert processes.is_alive(record["pid"], record["pid_start"])

    live.change_record(**record)
    assert live.state() == "running"


def test_processes_of_another_boot_are_not_the_run(live: LiveRun) -> None:
    live.start_sleeper()
    live.change_record(boot_id="0" * 8)

    assert live.state() == "lost"


def test_a_run_of_another_host_goes_on_while_its_lock_is_held(live: LiveRun) -> None:
    live.start_sleeper()
    live.change_record(host="elsewhere", boot_id="0" * 8)
    recorder_pid = live.record["recorder_pid"]
    assert live.state() == "running"

    os.kill(recorder_pid, signal.SIGKILL)

    until(lambda: live.state() == "lost")


def test_a_record_without_pid_and_recorder_may_be_started_again(live: LiveRun) -> None:
    live.start("true")
    live.end()
    until(lambda: not live.is_locked())
    live.change_record(pid=None, pid_start=None, ended_at=None)
    assert live.state() == "never started"
    live.file("stop").write_text('{"by": "anna, of the start that failed"}')

    live.start("sh", "-c", "sleep 0.2; exit 3")

    assert live.ending() == ("exited", 3, None, None)


def test_a_run_that_ends_while_it_is_looked_at_is_not_lost(
    live: LiveRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.start("true")
    ended = live.end()
    live.change_record(ended_at=None)

    def ends_now(record: object) -> bool:
        live.file("json").write_text(json.dumps(ended))
        return False

    monkeypatch.setattr(records, "recorder_lives", ends_now)

    assert live.state() == "ended"
