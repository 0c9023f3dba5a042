"""What a solver gets of the service's surroundings, and what a hostile deck or user cannot reach."""

import json
import os
import pwd
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from workers.launchers import local
from workers.tests.launcher_runs import LiveRun, bounds, live

__all__ = ["bounds", "live"]

as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="needs root, to run a solver as another user"
)
USER = "nobody"


def test_the_solver_sees_nothing_of_the_service_in_its_environment(
    live: LiveRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = [
        "PDFJOBS_VAR", "PDFJOBS_CONFIG", "REDIS_URL", "RQ_KEY_PREFIX", "DJANGO_SETTINGS_MODULE",
        "VIRTUAL_ENV", "PYTHONPATH", "PYTHONUNBUFFERED", "DATABASE_URL", "MAKEFLAGS",
    ]  # fmt: skip
    for name in ours:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("LM_LICENSE_FILE", "27000@licences")

    live.start("env", "-0", cores=3)
    live.end()
    seen = dict(line.split("=", 1) for line in live.log.rstrip("\0").split("\0"))

    assert not set(ours) & set(seen)
    expected = {
        "LM_LICENSE_FILE": "27000@licences",
        "OMP_NUM_THREADS": "3",
        "CCX_NPROC_RESULTS": "3",
        "CCX_NPROC_EQUATION_SOLVER": "3",
        "PWD": str(live.folder),
        "PATH": os.environ["PATH"],
    }
    assert {name: seen.get(name) for name in expected} == expected


def test_the_solver_starts_as_from_a_fresh_shell(live: LiveRun) -> None:
    live.start_python(
        "import json, os, signal\n"
        "print(json.dumps({\n"
        "  'cwd': os.getcwd(), 'leads': os.getsid(0) == os.getpgid(0) == os.getpid(),\n"
        "  'fds': sorted(int(n) for n in os.listdir('/proc/self/fd') if int(n) < 1000)[:-1],\n"
        "  'in': os.readlink('/proc/self/fd/0'), 'out': os.readlink('/proc/self/fd/1'),\n"
        "  'err': os.readlink('/proc/self/fd/2'),\n"
        "  'blocked': len(signal.pthread_sigmask(signal.SIG_BLOCK, ())),\n"
        "  'hup': signal.getsignal(signal.SIGHUP) == signal.SIG_DFL,\n"
        "  'int': signal.getsignal(signal.SIGINT) == signal.default_int_handler}))\n"
    )
    live.end()

    assert json.loads(live.log) == {
        "cwd": str(live.folder), "leads": True, "fds": [0, 1, 2], "in": "/dev/null",
        "out": str(live.folder / "solver.log"), "err": str(live.folder / "solver.log"),
        "blocked": 0, "hup": True, "int": True,
    }  # fmt: skip


def test_words_of_a_command_are_never_read_by_a_shell(live: LiveRun) -> None:
    live.start("printf", "%s", "$HOME;`id`'\"\n*")
    live.end()

    assert live.log == "$HOME;`id`'\"\n*"


@pytest.mark.parametrize("target", ["folder", "file", "nothing"])
def test_a_deck_with_a_linked_pdfjobs_is_refused(live: LiveRun, target: str) -> None:
    elsewhere = live.folder.parent / "elsewhere"
    if target == "folder":
        elsewhere.mkdir()
    if target == "file":
        elsewhere.touch()
    (live.folder / ".pdfjobs").symlink_to(elsewhere)

    for call in (
        lambda: local.Claim.take(live.folder, 1),
        lambda: local.set_aside(live.folder, 1, set()),
    ):
        with pytest.raises(local.LaunchError, match=r"\.pdfjobs"):
            call()
    assert local.read_record(live.folder, 1) is None
    assert live.state() == "never started"
    assert not elsewhere.is_dir() or list(elsewhere.iterdir()) == []


def test_a_pdfjobs_that_is_a_file_is_refused(live: LiveRun) -> None:
    (live.folder / ".pdfjobs").touch()

    with pytest.raises(local.LaunchError, match="not a real folder"):
        local.Claim.take(live.folder, 1)


@pytest.mark.parametrize("name", ["run-1.lock", "run-1.json", "run-1.json.new", "run-1.reserve"])
def test_linked_files_of_ours_are_not_followed(live: LiveRun, name: str) -> None:
    victim = live.folder.parent / "victim"
    victim.write_text("precious")
    (live.folder / ".pdfjobs").mkdir()
    (live.folder / ".pdfjobs" / name).symlink_to(victim)

    with pytest.raises(local.LaunchError):
        live.start("true")

    assert victim.read_text() == "precious"
    assert local.read_record(live.folder, 1) is None


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_log_that_is_no_plain_file_is_refused(live: LiveRun, kind: str) -> None:
    victim, log = live.folder.parent / "victim", live.folder / "solver.log"
    victim.write_text("precious")
    {"link": lambda: log.symlink_to(victim), "pipe": lambda: os.mkfifo(log), "folder": log.mkdir}[
        kind
    ]()

    with pytest.raises(local.LaunchError, match=r"run-1\.json"):
        live.start("touch", "ran")

    assert victim.read_text() == "precious"
    assert not (live.folder / "ran").exists()
    assert live.state() == "never started"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"run": 1}', '{"run": 2}', "\0" * 50, "[" * 99999]
)
def test_a_record_that_is_not_ours_is_read_as_none(live: LiveRun, text: str) -> None:
    live.file("json").parent.mkdir()
    live.file("json").write_text(text)

    assert local.read_record(live.folder, 1) is None
    assert live.state() == "never started"


@pytest.mark.parametrize("log", ["", ".", "..", "a/b", "../x", "a\0b"])
def test_a_log_outside_the_folder_cannot_be_named(live: LiveRun, log: str) -> None:
    with pytest.raises(ValueError, match="log"):
        local.RunSpec(live.folder, 1, ("true",), log, 1, None, 1.0)


@pytest.mark.parametrize(
    ("path", "argv0", "found"),
    [
        ("/nowhere", "sh", "/usr/bin/sh"),
        ("{here}", "solver", "{here}/solver"),
        ("{here}", "plain", None),
        (":.:{here}", "plain", None),
        (".", "solver", None),
        ("/nowhere", "{here}/solver", "{here}/solver"),
        ("/nowhere", "{here}/plain", None),
        ("/nowhere", "{here}", None),
        ("/nowhere", "./solver", "{here}/solver"),
        ("/nowhere", "", None),
    ],
)
def test_programs_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, argv0: str, found: str | None
) -> None:
    for name, mode in [("solver", 0o755), ("plain", 0o644)]:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(mode)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", path.format(here=tmp_path))

    expected = found and found.format(here=tmp_path)
    assert local.find_program(argv0.format(here=tmp_path)) == expected


@pytest.fixture
def open_live(bounds: local.Confinement | None) -> Iterator[LiveRun]:
    """A run in a folder that every user can reach."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    (place / "run").mkdir()
    run = LiveRun(place / "run", confine=bounds)
    yield run
    run.clear_away()
    shutil.rmtree(place)


@as_root
def test_a_solver_runs_as_its_user_in_a_folder_given_to_it(open_live: LiveRun) -> None:
    folder = open_live.folder
    (folder / "mesh").mkdir()
    (folder / "mesh" / "part.inc").touch()
    (folder / "beam.inp").touch()
    claim = local.Claim.take(folder, 1)
    assert claim is not None
    claim.release()
    local.give_folder(folder, USER)
    local.give_folder(folder, USER)

    open_live.start(
        "sh", "-c", "id -u; id -g; id -G; echo $HOME; echo x > beam.frd; echo x >> beam.inp;"
        "echo x > mesh/part.inc; rm beam.inp; echo >> /dev/stdout; mv .pdfjobs mine || touch .pdfjobs/x",
        run_as=USER,
    )  # fmt: skip
    record = open_live.end()

    account = pwd.getpwnam(USER)
    lines = open_live.log.splitlines()
    groups = {int(group) for group in lines[2].split()} if len(lines) > 2 else set()
    assert (folder / "beam.frd").stat().st_uid == account.pw_uid
    assert (folder / "mesh" / "part.inc").read_text() == "x\n"
    assert not (folder / "beam.inp").exists()
    assert os.listdir(folder / ".pdfjobs") and not (folder / "mine").exists()
    assert (folder / ".pdfjobs").stat().st_uid == 0
    assert 0 not in groups
    assert record["end_cause"] == "exited"
    assert record["exit_code"] == 1


@as_root
def test_who_the_solver_is(open_live: LiveRun) -> None:
    account = pwd.getpwnam(USER)
    python = shutil.which(
        "python3", path="/usr/bin:/bin"
    )  # ours may lie in a home folder closed to others
    open_live.start(python or sys.executable, "-c",
        "import os, json; print(json.dumps([os.getresuid(), os.getresgid(), os.getgroups(),"
        " os.environ['HOME'], os.environ['USER'], os.environ['LOGNAME']]))", run_as=USER)  # fmt: skip
    open_live.end()

    uid, gid = account.pw_uid, account.pw_gid
    groups = os.getgrouplist(USER, gid)
    assert json.loads(open_live.log) == [
        [uid] * 3, [gid] * 3, groups, account.pw_dir, USER, USER,
    ]  # fmt: skip


@as_root
def test_a_solver_of_another_user_can_be_stopped(open_live: LiveRun) -> None:
    open_live.start_sleeper(run_as=USER)
    local.request_stop(open_live.folder, 1, "anna")

    assert open_live.ending() == ("stopped", None, int(signal.SIGTERM), "anna")


@as_root
def test_giving_a_folder_follows_no_link(open_live: LiveRun) -> None:
    victim = open_live.folder.parent / "victim"
    victim.mkdir()
    (victim / "file").touch()
    (open_live.folder / "link").symlink_to(victim)
    local.give_folder(open_live.folder, USER)

    assert [victim.stat().st_uid, (victim / "file").stat().st_uid] == [0, 0]
    assert (open_live.folder / "link").lstat().st_uid == pwd.getpwnam(USER).pw_uid


@as_root
def test_a_file_with_a_second_name_is_not_given_away(open_live: LiveRun) -> None:
    victim = open_live.folder.parent / "victim"
    victim.touch()
    (open_live.folder / "mine").hardlink_to(victim)

    with pytest.raises(local.LaunchError, match="mine: has a second name"):
        local.give_folder(open_live.folder, USER)

    assert victim.stat().st_uid == 0


@as_root
def test_a_pdfjobs_of_another_user_is_refused(open_live: LiveRun) -> None:
    (open_live.folder / ".pdfjobs").mkdir()
    os.chown(open_live.folder / ".pdfjobs", pwd.getpwnam(USER).pw_uid, -1)

    with pytest.raises(local.LaunchError, match="belongs to user"):
        local.Claim.take(open_live.folder, 1)


def test_an_unknown_user_starts_nothing(live: LiveRun) -> None:
    with pytest.raises(local.LaunchError, match="no user 'no-such-user'"):
        live.start("true", run_as="no-such-user")

    assert live.state() == "never started"
