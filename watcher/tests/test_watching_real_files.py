"""`python -m watcher` as it runs: real events, real files written as people and programs write them, a real queue."""

import json
import os
import threading
from pathlib import Path

import pytest
from rq.defaults import RQ_KEY_PREFIX

from watcher.publish import ARRIVE, TAKE_IN, WITHDRAW

from .waiting import wait_until

pytestmark = pytest.mark.timeout(60)

QUIET_S = 0.3
NOT_NOW = threading.Event()
"""Never set: what waits for it lets the time pass that a slow writer takes."""

HEADING = b"*HEADING\n"


def let_pass(seconds):
    NOT_NOW.wait(seconds)


def taken_in(queue_server):
    return [
        (os.fsencode(arguments["path"]), arguments["size"])
        for task, arguments in queue_server.tasks("intake")
        if task == TAKE_IN
    ]


def ingested(queue_server):
    return [arguments["paths"] for _, arguments in queue_server.tasks("ingest")]


def slowly(target):
    """Ten parts, each gap a sixth of the quiet time, the whole longer than the quiet time."""
    with target.open("wb", buffering=0) as file:
        for _ in range(10):
            file.write(HEADING)
            let_pass(QUIET_S / 6)


def as_rsync(target):
    temporary = target.with_name(f".{target.name}.AbC123")
    slowly(temporary)
    temporary.rename(target)


def as_mv(target):
    elsewhere = target.parent.parent / "elsewhere"
    slowly(elsewhere)
    elsewhere.rename(target)


def as_browser(target):
    temporary = target.with_name(f"{target.name}.crdownload")
    slowly(temporary)
    temporary.rename(target)


def as_cp_with_times(target):
    """`cp -p`: the last thing that happens is that the time of last change goes back by years."""
    slowly(target)
    os.utime(target, (1, 1))


@pytest.mark.parametrize("write", [slowly, as_rsync, as_mv, as_browser, as_cp_with_times])
def test_a_deck_is_handed_over_once_and_whole(watcher, queue_server, write):
    write(watcher.hot / "beam.inp")

    wait_until(lambda: taken_in(queue_server))
    let_pass(3 * QUIET_S)
    assert taken_in(queue_server) == [(b"beam.inp", 10 * len(HEADING))]
    first = queue_server.tasks("arrivals")[0]
    assert (first[0], first[1]["paths"]) == (ARRIVE, ["beam.inp"])


def test_any_name_the_file_system_takes_is_handed_over_as_it_is(watcher, queue_server):
    names = [
        b"Tr\xc3\xa4ger.inp",
        b'it\'s "new"\n.inp',
        b"caf\xe9\xff.inp",
        b"%s $(x) {0}.inp",
        b"a" * 255,
    ]
    for name in names:
        (watcher.hot / os.fsdecode(name)).write_bytes(HEADING)
        (watcher.runs / os.fsdecode(name)).write_bytes(HEADING)

    decks = sorted((name, len(HEADING)) for name in names)
    wait_until(lambda: sorted(taken_in(queue_server)) == decks)
    logs = wait_until(
        lambda: [os.fsencode(path) for paths in ingested(queue_server) for path in paths]
    )
    assert sorted(logs) == sorted(names)


def test_a_folder_deck_is_handed_over_once_when_its_last_file_is_there(watcher, queue_server):
    case = watcher.hot / "case"
    (case / "system").mkdir(parents=True)
    for number in range(6):
        (case / "system" / f"{number}").write_bytes(HEADING)
        assert taken_in(queue_server) == []
        let_pass(QUIET_S / 2)

    wait_until(lambda: taken_in(queue_server))
    let_pass(3 * QUIET_S)
    assert [path for path, _ in taken_in(queue_server)] == [b"case"]
    sizes = [
        arguments["sizes"] for task, arguments in queue_server.tasks("arrivals") if task == ARRIVE
    ]
    assert sizes[-1] <= [6 * len(HEADING)]


def test_a_sidecar_settles_with_its_deck(watcher, queue_server):
    (watcher.hot / "beam.inp.job.toml").write_text("cores = 2")
    let_pass(QUIET_S)
    (watcher.hot / "beam.inp").write_bytes(HEADING)

    wait_until(lambda: taken_in(queue_server))
    let_pass(3 * QUIET_S)
    assert taken_in(queue_server) == [(b"beam.inp", len(HEADING))]


def test_a_deck_that_vanishes_is_withdrawn(watcher, queue_server):
    (watcher.hot / "beam.inp").write_bytes(HEADING)
    wait_until(lambda: queue_server.tasks("arrivals"))

    (watcher.hot / "beam.inp").unlink()

    wait_until(lambda: len(queue_server.tasks("arrivals")) == 2)
    let_pass(2 * QUIET_S)
    assert [task for task, _ in queue_server.tasks("arrivals")] == [ARRIVE, WITHDRAW]
    assert taken_in(queue_server) == []


def test_logs_in_fresh_nested_folders_are_all_handed_over(watcher, queue_server):
    wanted = set()
    for job in range(40):
        folder = watcher.runs / f"{job}" / "a" / "b"
        folder.mkdir(parents=True)
        for name in ("beam.sta", "beam.cvg", "Träger\n.dat"):
            (folder / name).write_text("x")
            wanted.add(f"{job}/a/b/{name}")

    def everything():
        return {path for paths in ingested(queue_server) for path in paths} == wanted

    wait_until(everything)
    assert "Warning" not in watcher.log.read_text()


def test_a_log_that_grows_is_handed_over_again_only_when_its_task_has_begun(watcher, queue_server):
    log = watcher.runs / "beam.sta"
    log.write_text("1\n")
    wait_until(lambda: ingested(queue_server) == [["beam.sta"]])

    for _ in range(5):
        with log.open("a") as file:
            file.write("2\n")
        let_pass(0.2)
    assert ingested(queue_server) == [["beam.sta"]]

    (job,) = queue_server.jobs("ingest")
    queue_server.redis.set(job.kwargs["ticket"], f"begun {job.id}", xx=True, keepttl=True)
    wait_until(lambda: ingested(queue_server) == [["beam.sta"], ["beam.sta"]])


def test_a_run_folder_renamed_into_place_is_handed_over(watcher, queue_server):
    incoming = watcher.runs / ".incoming" / "1000001"
    incoming.mkdir(parents=True)
    (incoming / "beam.inp").write_bytes(HEADING)
    let_pass(QUIET_S)
    assert ingested(queue_server) == []

    incoming.rename(watcher.runs / "1000001_beam")

    wait_until(lambda: ingested(queue_server) == [["1000001_beam/beam.inp"]])


def test_a_run_folder_moved_away_is_told_of(watcher, queue_server):
    (watcher.runs / "a").mkdir()
    (watcher.runs / "a" / "log").write_text("x")
    wait_until(lambda: queue_server.do() == ["a/log"])

    (watcher.runs / "a").rename(watcher.var / "archive")

    wait_until(lambda: queue_server.do() == ["a/"])


def test_what_lay_there_before_the_watcher_started_is_handed_over(watcher, queue_server):
    watcher.end()
    (watcher.hot / "beam.inp").write_bytes(HEADING)
    (watcher.runs / "log").write_text("x")

    watcher.start()

    wait_until(lambda: taken_in(queue_server) == [(b"beam.inp", len(HEADING))])
    wait_until(lambda: ["log"] in ingested(queue_server))


def test_hints_are_read_when_the_watcher_starts(watcher, queue_server):
    watcher.end()
    hints = {"ignore": ["*.frd"], "unfinished": ["run"], "diary": "0f"}
    queue_server.redis.set(f"{RQ_KEY_PREFIX}:hints:runs", json.dumps(hints))
    (watcher.runs / "beam.frd").write_text("x")
    (watcher.runs / "beam.sta").write_text("x")

    watcher.start()

    wait_until(lambda: ingested(queue_server) == [["beam.sta"]])


def restart(watcher, queue_server):
    """Ends it and waits until the next one has looked through everything."""
    watcher.end()
    watcher.start()

    def has_looked():
        beat = queue_server.beat()
        return beat["pid"] == watcher.process.pid and queue_server.root("runs")["scan_at"]

    wait_until(has_looked)
    let_pass(0.5)


def test_another_diary_gets_everything(watcher, queue_server):
    def say(diary):
        hints = {"ignore": [], "unfinished": [], "diary": diary}
        queue_server.redis.set(f"{RQ_KEY_PREFIX}:hints:runs", json.dumps(hints))

    say("one")
    (watcher.runs / "a").mkdir()
    (watcher.runs / "a" / "log").write_text("x")
    wait_until(lambda: queue_server.do() == ["a/log"])
    restart(watcher, queue_server)
    assert queue_server.do() == []

    say("other")
    watcher.end()
    watcher.start()

    wait_until(lambda: queue_server.do() == ["a/log"])
    assert "another one" in watcher.log.read_text()


HEARTBEAT = {"pid", "host", "at", "started_at", "rss_bytes", "roots", "limits", "advice"}
ROOT = {
    *("name", "path", "kind", "state", "why", "age_s", "pending", "outstanding", "oldest_s"),
    *("oldest_path", "folders", "watches", "polled", "overflows", "rescans", "handed"),
    *("scan_at", "scan_s", "import"),
}


def test_the_heartbeat_says_how_each_root_is_followed(watcher, queue_server):
    (watcher.runs / "log").write_text("x")
    wait_until(lambda: queue_server.root("runs")["handed"])

    beat = queue_server.beat()

    assert set(beat) == HEARTBEAT
    assert [(root["name"], root["kind"], root["state"]) for root in beat["roots"]] == [
        ("hotfolder", "hot", "watched"),
        ("runs", "tree", "watched"),
    ]
    assert all(set(root) == ROOT for root in beat["roots"])
    assert beat["pid"] == watcher.process.pid
    assert beat["rss_bytes"] > 2**20
    assert beat["limits"]["watches"] == 2
    assert beat["limits"]["max_queued_events"] > 0


def test_an_idle_watcher_costs_next_to_nothing(watcher):
    def cpu_s():
        fields = Path(f"/proc/{watcher.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = cpu_s()
    let_pass(3)

    assert cpu_s() - before < 0.09  # 3 % of a core


def test_a_watcher_without_its_variables_says_what_is_missing(watcher):
    del watcher.environment["REDIS_URL"]
    watcher.end()
    watcher.start()

    assert watcher.process.wait(timeout=10) == 1
    assert watcher.log.read_text().endswith("watcher: REDIS_URL is not set\n")
