"""A deck is code: what a hostile one finds in its sandbox, and what it does not reach."""

import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from workers.launchers import confinement, local
from workers.tests.launcher_runs import LiveRun, bounds_for_tests, until
from workers.verdict import Scene, cause, judge

TRY = """
import json, os, sys
told = {}
for name, code in json.loads(sys.argv[1]).items():
    try:
        told[name] = repr(eval(code))
    except OSError as error:
        told[name] = error.strerror
print(json.dumps(told))
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """An instance's folder as it lies on the disk, with a run in it and what no run is to see."""
    with tempfile.TemporaryDirectory() as name:
        var = Path(name)
        var.chmod(0o755)
        for path in (
            "diary.sqlite3",
            "secret.key",
            "runs/1000002_other/deck.inp",
            "home/mara/.ssh/id",
        ):
            (var / path).parent.mkdir(parents=True, exist_ok=True)
            (var / path).write_text("precious")
        (var / "runs" / "1000001_beam").mkdir()
        yield var


def run_in(place: Path, **bounds) -> LiveRun:
    return LiveRun(place / "runs" / "1000001_beam", confine=bounds_for_tests(**bounds))


def tried(run: LiveRun, **other: str) -> dict[str, str]:
    """What each expression gives in the sandbox, or the system's words."""
    run.start(sys.executable, "-c", TRY, json.dumps(other))
    assert run.ending() == ("exited", 0, None, None), run.log
    return json.loads(run.log)


def test_nothing_of_the_instance_but_the_runs_own_folder_is_there(place: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as queue:
        queue.bind(str(place / "queue.sock"))
        queue.listen()
        told = tried(
            run_in(place),
            database=f"open('{place}/diary.sqlite3')",
            secret=f"open('{place}/secret.key')",
            other_run=f"open('{place}/runs/1000002_other/deck.inp')",
            home=f"open('{place}/home/mara/.ssh/id')",
            queue=f"__import__('socket').socket(1).connect('{place}/queue.sock')",
            instance=f"os.listdir('{place}')",
            runs=f"os.listdir('{place}/runs')",
            records=f"os.listdir('{place}/runs/1000001_beam/.pdfjobs')",
            passwords="open('/etc/shadow')",
            recorder="os.kill(os.getppid(), 0) or os.getppid()",
            processes="sorted(int(n) for n in os.listdir('/proc') if n.isdigit())",
        )

    gone = "No such file or directory"
    assert told == {
        **dict.fromkeys(("database", "secret", "other_run", "home", "queue", "passwords"), gone),
        "instance": "['runs']",
        "runs": "['1000001_beam']",
        "records": "[]",
        "recorder": "2",
        "processes": "[1, 2, 3]",
    }


def test_nothing_outside_the_run_folder_is_written(place: Path) -> None:
    run = run_in(place)
    told = tried(
        run,
        own="open('result', 'w').write('x')",
        scratch="open('/tmp/scratch', 'w').write('x')",
        root="open('/x', 'w')",
        system="open('/usr/lib/x', 'w')",
        devices="open('/dev/x', 'w')",
        runs=f"open('{place}/runs/x', 'w').write('x')",
        records=f"open('{run.folder}/.pdfjobs/run-1.json', 'w')",
        kernel="open('/proc/sys/kernel/core_pattern', 'w')",
        tools=f"open('{confinement.LEADER}', 'a')",
        remount="__import__('ctypes').CDLL(None).umount2(b'/usr', 2)",
    )

    closed = "Read-only file system"
    assert told == {
        "own": "1",
        "scratch": "1",
        "runs": "1",  # this place lies in /tmp, of which the run has its own
        **dict.fromkeys(("root", "system", "devices", "records", "kernel", "tools"), closed),
        "remount": "-1",
    }
    assert not Path("/tmp/scratch").exists()
    assert sorted(os.listdir(place / "runs")) == ["1000001_beam", "1000002_other"]


@pytest.mark.parametrize(("network", "words"), [(False, "Connection refused"), (True, "None")])
def test_the_network_is_there_only_where_it_is_set(place: Path, network: bool, words: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        told = tried(
            run_in(place, network=network),
            ours=f"__import__('socket').create_connection(('127.0.0.1', {port})).close()",
            cards="len(__import__('socket').if_nameindex()) == 1 or None",
        )

    assert told["ours"] == words
    assert network or told["cards"] == "True"


def test_the_environment_is_what_the_settings_keep(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET", "1")
    monkeypatch.setenv("LSTC_LICENSE_SERVER", "licences")
    run = run_in(place, keep=("PATH", "*LICENSE*"))
    run.start("env", environment={"SITE": "1"})
    run.end()

    names = {line.partition("=")[0] for line in run.log.splitlines()}
    names.discard("LC_CTYPE")  # which Python sets where the service has no locale
    cores = {"OMP_NUM_THREADS", "CCX_NPROC_RESULTS", "CCX_NPROC_EQUATION_SOLVER"}
    assert names == {"PATH", "LSTC_LICENSE_SERVER", "SITE", "PWD", "HOME", *cores}


@pytest.mark.parametrize(
    ("ours", "its"),
    [("/home/somebody", "/home/somebody"), ("/usr/share/somebody", "/tmp"), ("", "/tmp")],
)
def test_a_run_has_a_home_that_it_can_write_to(
    place: Path, monkeypatch: pytest.MonkeyPatch, ours: str, its: str
) -> None:
    monkeypatch.setenv("HOME", ours)
    run = run_in(place)
    run.start("sh", "-c", "cd && touch mine && pwd")

    assert (run.end()["exit_code"], run.log) == (0, f"{its}\n")


def told_of(run: LiveRun) -> tuple[str, str]:
    """Status and cause that the diary gives the run."""
    scene = Scene(launcher="ended", record=run.end(), newest_mtime=None, now=0.0, silent_s=1.0)
    verdict = judge({}, scene)
    return verdict.status, cause({}, verdict, run.record)["cause"]


def test_processes_that_together_take_too_much_memory_are_ended(place: Path) -> None:
    run = run_in(place, memory_bytes=150 * 2**20)
    run.start_python(
        "import os, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0: break\n"
        "room = bytearray(60 * 2**20); time.sleep(600)"
    )

    assert run.ending() == ("memory limit", None, signal.SIGKILL, None)
    assert told_of(run) == ("other", "out of memory")
    assert run.at_work() == []


def test_a_process_that_asks_for_too_much_memory_gets_none(place: Path) -> None:
    run = run_in(place, memory_bytes=150 * 2**20)
    run.start_python("bytearray(2**30)")

    assert run.ending() == ("exited", 1, None, None)
    assert run.log.endswith("MemoryError\n")


FORK_BOMB = """
import os, time
begun = 0
while True:
    try:
        if os.fork() == 0: time.sleep(600)
        begun += 1
    except BlockingIOError as error:
        print(begun < 40, error.strerror); os._exit(3)
"""


def test_a_fork_bomb_goes_out_by_itself(place: Path) -> None:
    """Root's own processes the kernel does not count: of root's service it is an account of nobody's."""
    run = run_in(place, processes=40)
    (place / "runs" / "1000001_beam").chmod(0o777)
    python = "/usr/bin/python3"
    run.start(python, "-u", "-c", FORK_BOMB, run_as="" if os.geteuid() else "nobody", grace_s=0.1)

    assert run.ending() == ("exited", 3, None, None), run.log
    assert run.log == "True Resource temporarily unavailable\n"
    assert run.at_work() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's processes are not counted by the kernel")
def test_a_fork_bomb_of_root_is_ended_by_its_recorder(place: Path) -> None:
    run = run_in(place, processes=20)
    run.start_python(
        "import os, time\nfor _ in range(60):\n    if os.fork() == 0: break\ntime.sleep(600)"
    )

    assert run.ending() == ("process limit", None, signal.SIGKILL, None)
    assert told_of(run) == ("other", "killed by system")
    assert run.at_work() == []


NAMES = ["-h", "--bind", "; touch ran", "$(touch ran)", "`touch ran`", "a\nb", "--", "*", "%s\\"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_word_whatever_it_holds(place: Path, name: str) -> None:
    run = LiveRun(place / "runs" / f"1000003_{name}", confine=bounds_for_tests())
    run.folder.mkdir()
    run.start("printf", "%s|", name, environment={"DECK": name})

    assert run.ending() == ("exited", 0, None, None)
    assert run.log == f"{name}|"
    assert sorted(os.listdir(run.folder)) == [".pdfjobs", "solver.log"]


def test_a_folder_above_is_hidden_where_the_settings_show_it(place: Path) -> None:
    told = tried(
        run_in(
            place,
            read=(sys.prefix, str(place)),
            hide=(str(place / "runs"), str(place / "secret.key")),
        ),
        shown=f"open('{place}/diary.sqlite3').read()",
        secret=f"open('{place}/secret.key').read()",
        runs=f"os.listdir('{place}/runs')",
    )

    assert told == {
        "shown": "'precious'",
        "secret": "Permission denied",
        "runs": "['1000001_beam']",
    }


def test_what_the_settings_show_is_seen_in_a_folder_that_is_hidden(place: Path) -> None:
    """An instance below /opt lost the settings of its OpenFOAM."""
    told = tried(
        run_in(
            place,
            read=(sys.prefix, str(place.parent), str(place / "home")),
            hide=(str(place),),
        ),
        shown=f"open('{place}/home/mara/.ssh/id').read()",
        database=f"open('{place}/diary.sqlite3')",
    )

    assert told == {"shown": "'precious'", "database": "No such file or directory"}


def test_a_link_shows_nothing_that_is_hidden_where_it_leads(place: Path) -> None:
    (place / "materials").symlink_to(place / "home")
    (place / "instance").symlink_to(place / "home" / "mara")
    (place / "home" / "steel.inp").write_text("steel")
    told = tried(
        run_in(
            place,
            read=(sys.prefix, str(place / "materials")),
            hide=(str(place / "instance"),),
        ),
        shown=f"open('{place}/materials/steel.inp').read()",
        really=f"open('{place}/home/steel.inp').read()",
        by_link=f"open('{place}/materials/mara/.ssh/id')",
        hidden=f"open('{place}/home/mara/.ssh/id')",
    )

    gone = "No such file or directory"
    assert told == {"shown": "'steel'", "really": "'steel'", "by_link": gone, "hidden": gone}


def test_a_sandbox_that_cannot_be_made_is_told(place: Path) -> None:
    run = run_in(place)
    assert run.confine is not None
    run.confine = local.Confinement(
        **{**vars(run.confine), "bwrap": "/bin/false", "scratch_bytes": 2**20}
    )
    run.start("touch", "ran")

    assert run.ending() == ("exited", 1, None, None)
    assert not (run.folder / "ran").exists()


def test_bubblewraps_own_words_are_the_runs_error(place: Path) -> None:
    run = run_in(place, scratch_bytes=-1)
    run.start("touch", "ran")
    record = run.end()

    assert (record["end_cause"], record["exit_code"]) == ("could not start", None)
    assert record["error"].startswith("the solver could not be confined (bwrap: ")
    assert not (run.folder / "ran").exists()


def test_a_complaint_of_the_deck_cannot_write_our_record(place: Path) -> None:
    """Its processes may find the pipe; it takes a few words, and no numbers of processes."""
    run = run_in(place)
    run.start(
        "sh", "-c",
        """echo '{"pid": 1, "ended_at": null, "recorder_pid": 1, "failed_log": 7}' > /proc/1/fd/2; exit 4""",
    )  # fmt: skip
    record = run.end()

    assert (record["exit_code"], record["pid"] > 1, record["recorder_pid"] > 1) == (4, True, True)
    assert "failed_log" not in record


def test_a_stop_reaches_processes_in_sessions_of_their_own_once(place: Path) -> None:
    run = run_in(place)
    run.start_python(
        "import os, signal, time\n"
        "def heard(*_): os.write(1, b'heard\\n'); os._exit(0)\n"
        "signal.signal(signal.SIGTERM, heard)\n"
        "if os.fork() == 0: os.setsid()\n"
        "os.write(1, b'ready\\n'); time.sleep(600)"
    )
    until(lambda: run.log.count("ready") == 2)
    local.request_stop(run.folder, 1, "mara")

    assert run.ending() == ("stopped", 0, None, "mara")
    assert sorted(run.log.split()) == ["heard", "heard", "ready", "ready"]
    assert run.at_work() == []


def test_a_run_that_holds_its_sandboxs_first_process_is_stopped_all_the_same(place: Path) -> None:
    """It is bubblewrap, of the solver's own account, and whom a debugger holds hears nothing."""
    run = run_in(place)
    run.start_python(
        "import ctypes, time\n"
        "print(ctypes.CDLL(None).ptrace(16, 1, 0, 0), flush=True)\n"  # PTRACE_ATTACH
        "time.sleep(600)",
        grace_s=0.5,
    )
    until(lambda: run.log == "0\n")
    local.request_stop(run.folder, 1, "mara")

    assert run.end()["end_cause"] == "stopped"
    assert run.at_work() == []
