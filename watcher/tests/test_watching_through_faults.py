"""`python -m watcher` as it runs, through floods, kills, signals, and roots and queue servers that go away."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from .test_watching_real_files import HEADING, QUIET_S, ingested, let_pass, restart, taken_in
from .waiting import wait_until

pytestmark = pytest.mark.timeout(60)


def stopped(watcher, change):
    """Does it while the watcher is stopped, more than its kernel queue can hold."""
    watcher.process.send_signal(signal.SIGSTOP)
    change()
    watcher.process.send_signal(signal.SIGCONT)


def test_what_the_kernels_queue_could_not_hold_is_handed_over_once(watcher, queue_server):
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    folders = [watcher.runs / f"{number}" for number in range(20)]
    for folder in folders:
        folder.mkdir()
    wait_until(lambda: queue_server.root("runs")["watches"] == 21)
    paths = [f"{number % 20}/{number}" for number in range(most + 2000)]

    def write():
        for path in paths:
            (watcher.runs / path).touch()

    stopped(watcher, write)

    read = []
    wait_until(lambda: read.extend(queue_server.do()) or len(read) >= len(paths), 50)
    wait_until(lambda: queue_server.root("runs")["handed"] >= len(paths))
    assert sorted(read) == sorted(paths)
    root = queue_server.root("runs")
    assert (root["overflows"], root["rescans"], root["state"]) == (1, 1, "watched")
    (advice,) = queue_server.beat()["advice"]
    assert "max_queued_events" in advice


def test_a_kill_hands_nothing_over_that_was_read_and_loses_nothing(watcher, queue_server):
    read, paths = [], set()

    def all_are_read():
        read.extend(queue_server.do())
        return paths.issubset(read)

    for number in range(5):
        more = {f"{number}-{file}" for file in range(100)}
        for path in more:
            (watcher.runs / path).touch()
        paths |= more
        watcher.end()
        watcher.start()
        wait_until(all_are_read)

    assert len(read) < 2 * len(paths)  # what was on its way when it was killed may come twice
    let_pass(1.0)
    queue_server.do()
    restart(watcher, queue_server)
    assert queue_server.do() == []


def test_a_share_that_is_unmounted_and_mounted_again_is_taken_up_again(
    watcher, queue_server, share
):
    watcher.end()
    with share(watcher.runs) as unmount:
        (watcher.runs / "log").write_text("x")
        watcher.start()
        wait_until(lambda: queue_server.do() == ["log"])
        let_pass(1.5)
        unmount()
        wait_until(lambda: queue_server.root("runs")["state"] == "missing")
        assert queue_server.root("runs")["why"] == "nothing is mounted there"
    with share(watcher.runs):
        (watcher.runs / "new").write_text("x")
        wait_until(lambda: "new" in queue_server.do())
        wait_until(lambda: queue_server.root("runs")["state"] == "watched")
    assert queue_server.root("hotfolder")["state"] == "watched"


def test_roots_that_vanish_and_come_back_are_watched_anew(watcher, queue_server):
    shutil.rmtree(watcher.hot)
    shutil.rmtree(watcher.runs)
    wait_until(lambda: watcher.log.read_text().count("it is missing") == 2)
    assert watcher.process.poll() is None

    watcher.hot.mkdir()
    watcher.runs.mkdir()
    (watcher.hot / "beam.inp").write_bytes(HEADING)
    (watcher.runs / "log").write_text("x")

    wait_until(lambda: taken_in(queue_server))
    wait_until(lambda: ["log"] in ingested(queue_server))


def test_a_queue_server_that_was_away_gets_everything_afterwards(watcher, queue_server):
    queue_server.kill()
    (watcher.hot / "beam.inp").write_bytes(HEADING)
    (watcher.runs / "log").write_text("x")
    let_pass(4 * QUIET_S)
    assert watcher.process.poll() is None
    (watcher.hot / "late.inp").write_bytes(HEADING)

    queue_server.start()

    decks = [(b"beam.inp", len(HEADING)), (b"late.inp", len(HEADING))]
    wait_until(lambda: sorted(taken_in(queue_server)) == decks)
    wait_until(lambda: ingested(queue_server) == [["log"]])
    assert watcher.log.read_text().count("queue server is away") == 1


def test_a_queue_server_that_lost_everything_gets_everything_anew(watcher, queue_server):
    (watcher.hot / "beam.inp").write_bytes(HEADING)
    (watcher.runs / "log").write_text("x")
    wait_until(lambda: taken_in(queue_server) and ingested(queue_server))

    queue_server.redis.flushall()

    wait_until(lambda: taken_in(queue_server) and ingested(queue_server))


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("situation", ["idle", "server away", "server hangs", "flooded"])
def test_a_signal_ends_it_within_a_second(watcher, queue_server, sent, situation):
    if situation == "server away":
        queue_server.kill()
        wait_until(lambda: "is away" in watcher.log.read_text())
    elif situation == "server hangs":
        os.kill(queue_server.redis.info("server")["process_id"], signal.SIGSTOP)
        let_pass(2.5)  # the next heartbeat now waits for its answer

    elif situation == "flooded":
        for number in range(20_000):
            (watcher.runs / f"{number}").touch()

    watcher.process.send_signal(sent)

    assert watcher.process.wait(timeout=1) == 0
    assert "Traceback" not in watcher.log.read_text()
    if situation != "server hangs":  # then it does not wait to clean up
        assert os.listdir(watcher.hot) == []
