"""What the exit recorder writes down of runs that end, in every way that they can."""

import os
import re
import sys
from pathlib import Path

import pytest

from workers.launchers import local, processes
from workers.tests.launcher_runs import SAVER, LiveRun, bounds, live, until

__all__ = ["bounds", "live"]

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_the_record_of_an_ended_run_is_whole(live: LiveRun) -> None:
    program = "import time; time.sleep(0.2); print('converged')"
    live.start_python(program, cores=3, wall_limit_s=60.0, grace_s=2.0)
    record = live.end()

    changing = {
        key: record.pop(key)
        for key in ("recorder_pid", "recorder_start", "pid", "pid_start", "wall_time_s")
    }
    times = record.pop("started_at"), record.pop("ended_at")
    assert record == {
        "run": 1,
        "argv": [sys.executable, "-u", "-c", program],
        "host": os.uname().nodename,
        "boot_id": Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
        "cores": 3,
        "wall_limit_s": 60.0,
        "grace_s": 2.0,
        "log": "solver.log",
        "exit_code": 0,
        "signal": None,
        "end_cause": "exited",
        "stopped_by": None,
        "error": None,
    }
    assert all(ISO.fullmatch(time) for time in times)
    assert times[0] < times[1]
    assert 0.2 <= changing.pop("wall_time_s") < 5
    assert all(isinstance(value, int) and value > 1 for value in changing.values())
    assert live.log == "converged\n"


def test_an_ended_run_leaves_only_record_and_lock(live: LiveRun) -> None:
    live.start("true")
    live.end()

    assert sorted(os.listdir(live.folder / ".pdfjobs")) == ["run-1.json", "run-1.lock"]


@pytest.mark.parametrize(
    ("script", "ending"),
    [
        ("exit 0", ("exited", 0, None, None)),
        ("exit 201", ("exited", 201, None, None)),
        ("kill -9 $$", ("signal", None, 9, None)),
        ("kill -11 $$", ("signal", None, 11, None)),
        ("kill -TERM $$", ("signal", None, 15, None)),
    ],
)
def test_exit_code_or_signal_is_recorded(
    live: LiveRun, script: str, ending: tuple[object, ...]
) -> None:
    live.start("sh", "-c", script)

    assert live.ending() == ending


@pytest.mark.parametrize(
    ("argv0", "words"),
    [
        ("no-such-solver", "no-such-solver: no such program on PATH"),
        ("./in-the-deck", "./in-the-deck: no such program on PATH"),
        ("{folder}/gone", "{folder}/gone: no such program on PATH"),
        ("{folder}/no-format", "{folder}/no-format: Exec format error"),
        ("{folder}/no-interpreter", "{folder}/no-interpreter: No such file or directory"),
    ],
)
def test_a_program_that_cannot_be_run_is_said_in_words(
    live: LiveRun, argv0: str, words: str
) -> None:
    for name, text in [
        ("in-the-deck", "#!/bin/sh\ntouch ran\n"),
        ("no-format", "not a program"),
        ("no-interpreter", "#!/no/such/interpreter\n"),
    ]:
        (live.folder / name).write_text(text)
        (live.folder / name).chmod(0o755)

    live.start(argv0.format(folder=live.folder))

    assert live.ending() == ("could not start", None, None, None)
    assert live.record["error"] == words.format(folder=live.folder)
    assert not (live.folder / "ran").exists()


def test_a_program_of_the_run_folder_never_stands_in_for_one_on_path(live: LiveRun) -> None:
    trap = live.folder / "true"
    trap.write_text("#!/bin/sh\nexit 99\n")
    trap.chmod(0o755)
    live.start("true")

    assert live.ending() == ("exited", 0, None, None)


def test_the_wall_limit_ends_a_run(live: LiveRun) -> None:
    live.start_sleeper(wall_limit_s=0.3)

    assert live.ending() == ("wall limit", None, 15, None)
    assert 0.3 <= live.record["wall_time_s"] < 3


def test_a_solver_that_ignores_the_wall_limit_is_killed(live: LiveRun) -> None:
    live.start(
        "sh", "-c", "trap '' TERM; while :; do sleep 0.05; done", wall_limit_s=0.2, grace_s=0.3
    )

    assert live.ending() == ("wall limit", None, 9, None)
    assert live.record["wall_time_s"] >= 0.5


def test_a_solver_may_clean_up_within_its_grace(live: LiveRun) -> None:
    live.start_python(SAVER, wall_limit_s=0.5)

    assert live.ending() == ("wall limit", 7, None, None)
    assert live.log == "ready\nsaved\n"


@pytest.mark.parametrize("own_group", [False, True])
@pytest.mark.parametrize("stubborn", [False, True])
def test_what_the_solver_leaves_behind_is_ended(
    live: LiveRun, own_group: bool, stubborn: bool
) -> None:
    live.start_python(
        "import os, signal, time\n"
        "ready, say = os.pipe()\n"
        "if os.fork() == 0:\n"
        f"    if {own_group}: os.setpgid(0, 0)\n"
        f"    if {stubborn}: signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "    print(os.getpid()); os.write(say, b'x'); time.sleep(600)\n"
        "os.read(ready, 1); os._exit(5)\n",
        grace_s=0.2,
    )
    record = live.end()

    assert (record["end_cause"], record["exit_code"]) == ("exited", 5)
    assert live.log
    assert live.at_work() == []


def test_a_log_is_emptied_before_the_run(live: LiveRun) -> None:
    (live.folder / "solver.log").write_text("of an earlier life, and much longer\n")
    live.start("echo", "new")
    live.end()

    assert live.log == "new\n"


def test_names_that_are_not_utf8_reach_solver_and_record(live: LiveRun) -> None:
    name = os.fsdecode(b"Tr\xe4ger \xff.inp")
    live.start("touch", name)
    record = live.end()

    assert record["argv"] == ["touch", name]
    assert (live.folder / name).exists()


def test_a_starter_is_left_no_zombie(live: LiveRun) -> None:
    live.start("true")
    live.end()
    until(lambda: processes.start_of(live.record["recorder_pid"]) is None)

    with pytest.raises(ChildProcessError):
        os.waitpid(live.record["recorder_pid"], os.WNOHANG)


def test_a_run_without_a_folder_is_refused_naming_it(tmp_path: Path) -> None:
    with pytest.raises(local.LaunchError, match=re.escape(str(tmp_path / "gone"))):
        local.Claim.take(tmp_path / "gone", 1)
