"""One process a slot, a new one for each that ends, and none left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from workers.pool import FIRST_DELAY_S, HEALTHY_S, LONGEST_DELAY_S, Slot
from workers.tests.launcher_runs import until

APP = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(30)

POOL = """
import os, signal, sys, time
from functools import partial
from pathlib import Path
from workers import pool, pulse

pool.LONGEST_DELAY_S = 0.2
pool.ALIVE_S, pool.MOST_MISSED, pulse.BEAT_S = 0.1, 5, 0.05
folder = Path(sys.argv[1])

def live(name):
    (folder / f"{name}.{os.getpid()}").touch()
    while True:
        signal.pause()

def busy(name):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    live(name)

def work(name):
    (folder / f"{name}.{os.getpid()}").touch()
    while True:
        sum(range(1000))

def fail(name):
    (folder / f"{name}.{os.getpid()}").touch()
    raise RuntimeError("broken")

pool.keep([pool.Slot(name, partial(globals()[kind], name)) for name, kind in map(lambda w: w.split("="), sys.argv[2:])])
"""


@pytest.fixture
def pool(tmp_path):
    started = []

    def start(*slots: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", POOL, str(tmp_path), *slots], cwd=APP, stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def living(folder: Path, name: str) -> int | None:
    """Pid of the slot's process."""
    for path in folder.glob(f"{name}.*"):
        pid = int(path.suffix[1:])
        if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            return pid
    return None


@pytest.mark.parametrize(
    ("lives", "delays"),
    [
        ([HEALTHY_S], [0.0]),
        ([HEALTHY_S] * 5, [0.0] * 5),
        ([0.0], [0.0]),
        ([1.0] * 4, [0.0, 4 * FIRST_DELAY_S, 8 * FIRST_DELAY_S, 16 * FIRST_DELAY_S]),
        ([0.0, 0.0, HEALTHY_S, 0.0], [0.0, 4 * FIRST_DELAY_S, 0.0, 0.0]),
    ],
)
def test_the_successor_waits_longer_after_each_early_death(lives, delays):
    slot, now, waited = Slot("s", lambda: None), 1000.0, []
    for life in lives:
        slot.pid, slot.born = 7, now
        now += life

        slot.died(now)

        assert slot.pid == 0
        waited.append(slot.due - now)
        now = slot.due

    assert waited == pytest.approx(delays)


def test_after_any_number_of_early_deaths_the_delay_has_a_cap():
    slot = Slot("s", lambda: None)
    for _ in range(10_000):
        slot.died(0.0)

    assert slot.due == LONGEST_DELAY_S


def test_thirty_quick_kills_and_it_still_comes_back(pool, tmp_path):
    process = pool("a=live", "b=live")
    other = until(lambda: living(tmp_path, "b"))
    seen = set()

    for _ in range(30):
        pid = until(lambda: living(tmp_path, "a"))
        seen.add(pid)
        os.kill(pid, signal.SIGKILL)
        until(lambda pid=pid: not psutil.pid_exists(pid))

    assert until(lambda: living(tmp_path, "a")) not in seen
    assert len(seen) == 30
    assert living(tmp_path, "b") == other, "the neighbour was left alone"
    assert process.poll() is None


def test_a_slot_whose_main_raises_is_tried_again_and_said(pool, tmp_path):
    process = pool("a=fail")
    until(lambda: len(list(tmp_path.glob("a.*"))) >= 3)

    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=5)

    assert b"RuntimeError: broken" in said


def test_children_die_with_a_killed_pool(pool, tmp_path):
    process = pool("a=live", "b=busy")
    children = [until(lambda name=name: living(tmp_path, name)) for name in "ab"]

    process.kill()
    process.wait()

    until(lambda: not any(psutil.pid_exists(pid) for pid in children))


def test_one_that_hangs_is_ended_and_one_that_works_is_not(pool, tmp_path):
    process = pool("a=live", "b=work")
    works = until(lambda: living(tmp_path, "b"))
    words = []

    for _ in range(3):
        hangs = until(lambda: living(tmp_path, "a"))
        os.kill(hangs, signal.SIGSTOP)
        until(lambda hangs=hangs: living(tmp_path, "a") not in (None, hangs))
        words.append(f"a hangs and is killed: process {hangs}")

    assert living(tmp_path, "b") == works
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=5)
    assert [line for line in said.decode().splitlines() if "hangs" in line] == words


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("kind", ["live", "busy"])
def test_a_signal_ends_all_within_three_seconds(pool, tmp_path, number, kind):
    """`busy` is a worker in the middle of a task, which takes no notice of SIGTERM."""
    process = pool(f"a={kind}", "b=live")
    children = [until(lambda name=name: living(tmp_path, name)) for name in "ab"]
    begun = time.monotonic()

    process.send_signal(number)
    process.wait(5)

    assert time.monotonic() - begun < 3
    assert process.returncode == 0
    assert not any(psutil.pid_exists(pid) for pid in children)
