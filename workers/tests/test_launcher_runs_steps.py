"""A run of several programs: each when the one before ended well, all under one record, ended as one."""

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from workers.launchers import local
from workers.tests.launcher_runs import LiveRun, bounds, live, until

__all__ = ["bounds", "live"]


def shell(script: str, log: str) -> tuple[tuple[str, ...], str]:
    return ("sh", "-c", script), log


def start(live: LiveRun, first: str, *then: tuple[tuple[str, ...], str], **other) -> None:
    live.start("sh", "-c", first, then=then, **other)


def texts(live: LiveRun) -> dict[str, str]:
    return {path.name: path.read_text() for path in live.folder.iterdir() if path.is_file()}


def test_each_program_writes_its_own_log_and_the_record_names_all(live: LiveRun) -> None:
    steps = (
        shell("echo cut >&2", "log.cut"),
        shell("echo $STEPS $OMP_NUM_THREADS; pwd", "log.solve"),
    )
    start(live, "echo meshed", *steps, cores=4, environment={"STEPS": "3", "OMP_NUM_THREADS": "1"})

    record = live.end()

    assert live.ending() == ("exited", 0, None, None)
    assert record["then"] == [[list(argv), log] for argv, log in steps]
    assert texts(live) == {
        "solver.log": "meshed\n",
        "log.cut": "cut\n",
        "log.solve": f"3 1\n{live.folder}\n",
    }


@pytest.mark.parametrize(
    ("failing", "ending"),
    [
        ("exit 3", ("exited", 3, None, None)),
        ("kill -FPE $$", ("signal", None, signal.SIGFPE, None)),
        ("kill -KILL $$", ("signal", None, signal.SIGKILL, None)),
        ("kill -TERM $$", ("signal", None, signal.SIGTERM, None)),
    ],
)
def test_the_step_that_fails_ends_the_run_as_it_ended(live: LiveRun, failing, ending) -> None:
    start(live, "true", shell(failing, "log.cut"), shell("touch ran", "log.solve"))

    record = live.end()

    assert live.ending() == ending
    assert (record["failed_step"], record["failed_log"], record["error"]) == (
        *("sh", "log.cut"),
        None,
    )
    assert sorted(texts(live)) == ["log.cut", "solver.log"]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ((("no-such-program",), "log.cut"), "no-such-program: no such program on PATH"),
        ((("/bin/sh", "-c", "true"), "taken"), "/usr/bin/sh: Is a directory"),
    ],
)
def test_a_step_that_cannot_be_started_is_told(live: LiveRun, step, words) -> None:
    (live.folder / "taken").mkdir()
    start(live, "echo meshed", step, shell("touch ran", "log.solve"))

    record = live.end()

    assert live.ending() == ("could not start", None, None, None)
    assert record["error"].replace("/usr/bin/", "/bin/") == words.replace("/usr/bin/", "/bin/")
    assert {name: text for name, text in texts(live).items() if text} == {"solver.log": "meshed\n"}
    assert not (live.folder / "ran").exists()


def test_programs_of_one_log_write_behind_each_other(live: LiveRun) -> None:
    start(live, "echo a", shell("echo b", "log.cut"), shell("echo c", "solver.log"))

    assert live.ending() == ("exited", 0, None, None)
    assert texts(live) == {"solver.log": "a\nc\n", "log.cut": "b\n"}


def test_a_log_that_is_a_link_is_not_written_through(live: LiveRun, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("mine\n")
    (live.folder / "log.cut").symlink_to(tmp_path / "elsewhere")
    start(live, "true", shell("echo yours", "log.cut"))

    assert live.end()["end_cause"] == "could not start"
    assert (tmp_path / "elsewhere").read_text() == "mine\n"


SAVES = "trap 'echo saved; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
DEAF = "trap '' TERM; echo ready; while :; do sleep 0.05; done"


@pytest.mark.parametrize(("script", "saved"), [(SAVES, True), (DEAF, False)])
@pytest.mark.parametrize("with_recorder", [True, False])
def test_a_stop_ends_the_step_and_starts_no_further_one(
    live: LiveRun, script: str, saved: bool, with_recorder: bool
) -> None:
    start(live, "true", shell(script, "log.cut"), shell("touch ran", "log.solve"), grace_s=0.3)
    until(lambda: "ready" in texts(live).get("log.cut", ""))
    leader = psutil.Process(live.record["pid"])
    programs = leader.children(recursive=True)
    if not with_recorder:
        live.kill_recorder()

    until(lambda: not local.request_stop(live.folder, 1, "ada"))
    until(lambda: live.state() in ("ended", "lost"))

    assert psutil.wait_procs(programs, timeout=5)[1] == []
    assert ("saved" in texts(live)["log.cut"], (live.folder / "ran").exists()) == (saved, False)
    if with_recorder:
        assert live.record["stopped_by"] == "ada"


def test_the_leader_killed_takes_its_program_along(live: LiveRun) -> None:
    start(live, "true", shell("echo ready; sleep 600", "log.cut"), shell("true", "log.solve"))
    until(lambda: "ready" in texts(live).get("log.cut", ""))
    programs = psutil.Process(live.record["pid"]).children(recursive=True)

    os.kill(live.record["pid"], signal.SIGKILL)

    assert live.ending() == ("signal", None, signal.SIGKILL, None)
    assert psutil.wait_procs(programs, timeout=5)[1] == []


def test_a_killed_recorder_lets_the_steps_go_on_and_holds_no_lock(live: LiveRun) -> None:
    start(
        live,
        "while [ ! -e go ]; do sleep 0.02; done",
        shell("touch solved; while [ ! -e end ]; do sleep 0.02; done", "log.solve"),
    )
    live.kill_recorder()
    assert live.state() == "running"

    (live.folder / "go").touch()
    until(lambda: (live.folder / "solved").exists())

    assert (live.state(), live.is_locked()) == ("running", False)
    (live.folder / "end").touch()
    until(lambda: live.state() == "lost")


def test_a_wall_limit_is_for_all_steps_together(live: LiveRun) -> None:
    steps = [shell("sleep 0.3", f"log.{n}") for n in range(20)]
    start(live, "true", *steps, wall_limit_s=0.7, grace_s=0.1)

    assert live.end()["end_cause"] == "wall limit"
    assert "log.5" not in texts(live)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a solver as somebody else")
def test_every_step_runs_as_the_wanted_user(live: LiveRun) -> None:
    live.folder.chmod(0o777)
    for folder in live.folder.parents:
        if folder.stat().st_uid == os.geteuid() and folder.name.startswith(("pytest", "test_")):
            folder.chmod(0o755)
    start(live, "id -un", shell("id -un", "log.solve"), run_as="nobody")

    assert live.ending() == ("exited", 0, None, None)
    assert texts(live) == {"solver.log": "nobody\n", "log.solve": "nobody\n"}
    assert (live.folder / "log.solve").owner() == "nobody"


@pytest.mark.parametrize("log", ["", "..", "a/b"])
def test_a_further_log_is_a_plain_file_name_too(live: LiveRun, log: str) -> None:
    with pytest.raises(ValueError, match="log"):
        local.RunSpec(live.folder, 1, (sys.executable,), "log", 1, None, 1.0, then=((("a",), log),))
