"""Stopping a run by request: with its recorder, without it, and by nobody's name."""

import json
import os
import signal
import subprocess
import sys

import pytest

from workers.launchers import local, processes
from workers.tests.launcher_runs import SAVER, LiveRun, bounds, live, until

__all__ = ["bounds", "live"]

STUBBORN = "trap '' TERM; echo ready; while :; do sleep 0.05; done"


def test_a_stopped_run_says_who_stopped_it(live: LiveRun) -> None:
    live.start_sleeper()

    assert local.request_stop(live.folder, 1, "anna") is True

    assert live.ending() == ("stopped", None, 15, "anna")
    assert json.loads(live.file("stop").read_text()) == {"by": "anna"}


def test_the_first_who_asks_has_stopped_it(live: LiveRun) -> None:
    live.start("sh", "-c", STUBBORN, grace_s=0.5)
    until(lambda: live.log)

    assert local.request_stop(live.folder, 1, "anna") is True
    assert local.request_stop(live.folder, 1, "bert") is True

    assert live.ending() == ("stopped", None, 9, "anna")


def test_a_stopped_solver_may_write_its_restart_file(live: LiveRun) -> None:
    live.start_python(SAVER)
    until(lambda: live.log)
    local.request_stop(live.folder, 1, "anna")

    assert live.ending() == ("stopped", 7, None, "anna")
    assert live.log == "ready\nsaved\n"


def test_a_suspended_solver_can_be_stopped(live: LiveRun) -> None:
    live.start_sleeper()
    os.kill(live.record["pid"], signal.SIGSTOP)
    local.request_stop(live.folder, 1, "anna")

    assert live.ending() == ("stopped", None, 15, "anna")


def test_a_recorder_told_to_end_stops_its_run_in_nobodys_name(live: LiveRun) -> None:
    live.start_sleeper()
    os.kill(live.record["recorder_pid"], signal.SIGTERM)

    assert live.ending() == ("stopped", None, 15, None)


def test_a_stop_file_is_found_without_a_signal(live: LiveRun) -> None:
    live.start_sleeper()
    live.file("stop").write_text('{"by": "anna"}')

    assert live.ending() == ("stopped", None, 15, "anna")


def test_a_stop_ends_children_in_groups_of_their_own(live: LiveRun) -> None:
    live.start_python(
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setpgid(0, 0); print(os.getpid()); time.sleep(600)\n"
        "time.sleep(600)\n"
    )
    until(lambda: live.log)
    local.request_stop(live.folder, 1, "anna")

    assert live.ending() == ("stopped", None, 15, "anna")
    assert live.at_work() == []


def test_a_run_without_recorder_can_be_stopped(live: LiveRun) -> None:
    live.start_sleeper()
    live.kill_recorder()

    assert local.request_stop(live.folder, 1, "anna") is True

    until(lambda: live.state() == "lost")
    assert json.loads(live.file("stop").read_text())["by"] == "anna"
    assert local.request_stop(live.folder, 1, "anna") is False


def test_a_stubborn_run_without_recorder_is_killed_by_a_later_call(live: LiveRun) -> None:
    live.start("sh", "-c", STUBBORN, grace_s=0.3)
    until(lambda: live.log)
    live.kill_recorder()

    assert local.request_stop(live.folder, 1, "anna") is True
    assert live.solver_is_alive()
    until(lambda: not local.request_stop(live.folder, 1, "bert"))

    assert live.state() == "lost"
    assert json.loads(live.file("stop").read_text())["by"] == "anna"


def test_the_grace_is_kept_without_recorder_too(live: LiveRun) -> None:
    live.start("sh", "-c", STUBBORN, grace_s=600.0)
    until(lambda: live.log)
    live.kill_recorder()

    answers = [local.request_stop(live.folder, 1, "anna") for _ in range(3)]

    assert answers == [True, True, True]
    assert live.solver_is_alive()


def test_nothing_is_asked_of_a_run_that_never_started_or_has_ended(live: LiveRun) -> None:
    assert local.request_stop(live.folder, 1, "anna") is False
    live.start("true")
    live.end()

    assert local.request_stop(live.folder, 1, "anna") is False
    assert local.request_stop(live.folder / "gone", 1, "anna") is False
    assert not live.file("stop").exists()


def test_a_forged_record_ends_no_process_that_leads_no_session(live: LiveRun) -> None:
    live.start("true")
    record = live.end()
    until(lambda: not processes.is_alive(record["recorder_pid"], record["recorder_start"]))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        start = processes.start_of(bystander.pid)
        live.change_record(pid=bystander.pid, pid_start=start, ended_at=None)

        assert local.request_stop(live.folder, 1, "anna") is False
        assert processes.is_alive(bystander.pid, start)
        bystander.kill()


@pytest.mark.parametrize("text", ["[1]", '{"by"'])
def test_a_stop_file_of_any_content_stops(live: LiveRun, text: str) -> None:
    live.start_sleeper()
    live.file("stop").write_text(text)

    assert live.ending() == ("stopped", None, 15, None)
