"""Each fact that is wrong makes one problem of the right weight, and a service that works makes none."""

from dataclasses import replace

import pytest

from pdfjobs.backups.last import Failure
from pdfjobs.health import Health
from pdfjobs.health.address import Address
from pdfjobs.health.backup import Backup
from pdfjobs.health.database import Database
from pdfjobs.health.disks import Disk
from pdfjobs.health.judge import judge
from pdfjobs.health.program import Program
from pdfjobs.health.queues import Queue, Queues, Server, Worker
from pdfjobs.health.watcher import Import, Limits, Root, Watcher

NOW = 1_800_000_000.0
GB = 10**9
DAY_S = 86400.0
RUNS = Root("runs", "/srv/runs", "tree", "watched", age_s=1.2, folders=10, watches=10)
TREE = replace(RUNS, name="archive", path="/data")
WATCHER = Watcher(
    True, NOW - 1, 1.0, 7, "vm", NOW - 9000, 10**7, (RUNS, TREE), Limits(20, 1000, 16384, 128)
)
SERVER = Server("/run/queue.sock", "", "Valkey", "9.1.2", 0.001, 9000, 10**6, persistence="x")
INGEST = Queue("ingest", "logs that changed", workers=1)
SOLVE = Queue("solve", "runs on this machine", workers=2)
WORKER = Worker("ingest@vm-9", "ingest", "vm", 9, ("ingest",), "idle", heard_s=3.0)
DATABASE = Database("SQLite", "/srv/diary.sqlite3", "", "3.40", 0.001, 10**6, 0, "0001_initial")
VAR = Disk(("VAR", "hotfolder", "runs"), "/srv", "", False, 1, 500 * GB, 100 * GB, 0.9)
DATA = Disk(("archive",), "/data", "", False, 2, 9000 * GB, 5000 * GB, 0.9)
BACKUP = Backup("2026-11-22T02.30.41Z", 9000.0, 9000.0, 36 * 3600.0)
WELL = Health(
    at=NOW,
    watcher=WATCHER,
    queues=Queues(SERVER, (INGEST, SOLVE), (WORKER,)),
    disks=(VAR, DATA),
    program=Program((("pdfjobs", "0.1.0"),), serving_since=NOW - 9000, died=False),
    backup=BACKUP,
    database=DATABASE,
)


def watcher(**values):
    return replace(WELL, watcher=replace(WATCHER, **values))


def root(**values):
    return watcher(roots=(replace(RUNS, **values), TREE))


def tree(**values):
    return watcher(roots=(RUNS, replace(TREE, **values)))


def server(**values):
    return replace(WELL, queues=replace(WELL.queues, server=replace(SERVER, **values)))


def ingest(**values):
    return replace(WELL, queues=replace(WELL.queues, queues=(replace(INGEST, **values), SOLVE)))


def solve(**values):
    return replace(WELL, queues=replace(WELL.queues, queues=(INGEST, replace(SOLVE, **values))))


def worker(**values):
    return replace(WELL, queues=replace(WELL.queues, workers=(replace(WORKER, **values),)))


def database(**values):
    return replace(WELL, database=replace(DATABASE, **values))


def backup(**values):
    return replace(WELL, backup=replace(BACKUP, **values))


def disk(**values):
    return replace(WELL, disks=(replace(VAR, **values), DATA))


def own(**values):
    """With VAR/runs on a disk of its own."""
    runs = Disk(("runs",), "/srv/runs", **values)
    return replace(WELL, disks=(replace(VAR, places=("VAR", "hotfolder")), runs, DATA))


def foreign(**values):
    return replace(WELL, disks=(VAR, replace(DATA, **values)))


def others(**values):
    """The disk that PostgreSQL has for itself."""
    disk = Disk(("pgdata",), "/srv/pg", "", False, 3, 500 * GB, 100 * GB, 0.9, is_others=True)
    return replace(WELL, disks=(VAR, DATA, replace(disk, **values)))


def address(**values):
    return replace(WELL, address=replace(Address("https://diary.example.com"), **values))


def starting(health):
    return replace(health, program=replace(health.program, serving_since=NOW - 3))


AWAY = Queues(Server("/run/queue.sock", "Connection refused"))


WRONG = [
    (backup(age_s=130_000.0, without_s=130_000.0), "warn", "backup", "1 d 12 h"),
    (backup(name="", age_s=None, without_s=200_000.0), "warn", "backup", "no backup for 2 d 7 h"),
    (
        backup(failure=Failure("No such file or directory", NOW - 600)),
        "warn",
        "backup",
        "backup failed: No such file or directory.",
    ),
    (address(error="Connection refused"), "warn", "address", "https://diary.example.com: Conn"),
    (address(expires_at=NOW + 13 * DAY_S), "warn", "address", "runs out on 2027-01-28"),
    (address(expires_at=NOW - 1), "fail", "address", "has run out on 2027-01-15"),
    (watcher(running=False), "fail", "watcher", "not running"),
    (watcher(at=NOW + 60), "warn", "watcher", "clocks"),
    (watcher(advice=("Raise it.",)), "warn", "watcher", "Raise it."),
    (watcher(limits=Limits(901, 1000)), "warn", "watcher", "90%"),
    (root(state="missing", why="no such folder"), "fail", "root runs", "no such folder"),
    (tree(state="missing", oldest_s=9999.0), "warn", "root archive", "missing"),
    (root(oldest_s=61.0, oldest_path="a/b.sta"), "warn", "root runs", "a/b.sta"),
    (root(oldest_s=901.0), "fail", "root runs", "15 min"),
    (root(oldest_s=901.0, importing=Import(9, 9)), "fail", "root runs", "15 min"),
    (replace(WELL, queues=AWAY), "fail", "queue server", "does not answer"),
    (server(cannot_write=True), "fail", "queue server", "cannot write"),
    (server(evicts=True), "warn", "queue server", "throw tasks away"),
    (server(memory_bytes=95, max_memory_bytes=100), "warn", "queue server", "100 B"),
    (server(memory_bytes=99, max_memory_bytes=100), "fail", "queue server", "100 B is full"),
    (ingest(workers=0), "fail", "queue ingest", "No worker"),
    (ingest(workers=0, oldest_s=9999.0), "fail", "queue ingest", "No worker"),
    (
        ingest(oldest_s=61.0, oldest="read 3 logs in runs", waiting=7),
        "warn",
        "queue ingest",
        "read 3",
    ),
    (ingest(oldest_s=901.0), "fail", "queue ingest", "15 min"),
    (ingest(scheduled=3, overdue=1), "warn", "queue ingest", "1 task of"),
    (ingest(failed=2, last_failed="read 1 log in runs"), "warn", "queue ingest", "read 1 log"),
    (worker(heard_s=121.0), "warn", "worker ingest", "2 min"),
    (worker(heard_s=3901.0, task="read 3 logs in runs"), "warn", "worker ingest", "1 h 5 min"),
    (database(error="disk I/O error"), "fail", "database", "disk I/O error"),
    (database(missing=("0002_x",)), "fail", "database", "0002_x"),
    (database(unknown=("0009_y",)), "warn", "database", "0009_y"),
    (database(latency_s=0.6), "warn", "database", "0.6 s"),
    (database(wal_bytes=2 * 2**30), "warn", "database", "2.1 GB"),
    (own(error="Input/output error"), "fail", "disk", "Input/output error"),
    (disk(error="no answer within 0.5 s", hangs=True), "fail", "disk", "0.5 s"),
    (disk(read_only=True), "fail", "disk", "only be read"),
    (disk(free_bytes=24 * GB), "warn", "disk", "nearly full: 24.0 GB are free, 4.8%"),
    (disk(total_bytes=20 * GB, free_bytes=19 * GB // 10), "warn", "disk", "nearly full: 1.9"),
    (disk(free_bytes=4 * GB), "fail", "disk", "full: 4.0 GB are free, 0.8%"),
    (disk(total_bytes=10 * GB, free_bytes=GB // 6), "fail", "disk", "full: 167 MB"),
    (disk(free_files=0.04), "warn", "disk", "inodes"),
    (disk(free_files=0.005), "fail", "disk", "inodes"),
    (foreign(error="no answer within 0.5 s", hangs=True), "warn", "disk", "archive"),
    (foreign(free_bytes=80 * GB), "fail", "disk", "archive"),
    (others(free_bytes=4 * GB), "fail", "disk", "The disk of pgdata (/srv/pg) is full"),
    (others(error="no answer within 0.5 s", hangs=True), "warn", "disk", "pgdata"),
    (
        replace(WELL, program=Program((), None, died=True)),
        "fail",
        "web",
        "did not end in order",
    ),
    (disk(error="No such file or directory"), "fail", "instance", "no instance at /srv"),
]
"""Facts, and what they make: level, part, and a word of the problem."""


@pytest.mark.parametrize(
    ("health", "level", "part", "word"),
    WRONG,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_fact_that_is_wrong_is_one_problem(health, level, part, word):
    problems = judge(health)

    assert [(problem.level, problem.part) for problem in problems] == [(level, part)]
    assert word in problems[0].what
    assert problems[0].remedy or part == "watcher"
    assert replace(health, problems=problems).level == level


@pytest.mark.parametrize(
    "health",
    [
        WELL,
        replace(WELL, database=None),
        solve(waiting=50, oldest_s=86400.0),
        root(oldest_s=9999.0, importing=Import(3, 9)),
        root(oldest_s=59.0, pending=9),
        ingest(scheduled=4),
        worker(heard_s=3000.0, task="take in huge.zip"),
        foreign(error="No such file or directory"),
        foreign(read_only=True, free_bytes=0),
        others(error="No such file or directory"),
        address(expires_at=NOW + 15 * DAY_S),
        starting(watcher(running=False, at=None, age_s=None)),
        starting(replace(WELL, queues=AWAY)),
        starting(ingest(workers=0)),
        replace(WELL, program=Program((), None, died=False)),
    ],
    ids=[
        "all well",
        "database not asked",
        "runs wait for a slot",
        "an import has old news",
        "news of a minute",
        "tried again in time",
        "a long task",
        "a tree of another host",
        "a tree that is an archive",
        "a folder for backups that is made by the first",
        "a certificate of two weeks and more",
        "the watcher starts",
        "the queue server starts",
        "the workers start",
        "no web server on this host",
    ],
)
def test_what_is_as_it_may_be_is_no_problem(health):
    assert judge(health) == ()
    assert health.level == "ok"


def test_what_a_dead_watcher_said_last_is_no_news():
    last = watcher(running=False, advice=("x",), roots=(replace(RUNS, state="missing"),))

    assert [problem.part for problem in judge(last)] == ["watcher"]


@pytest.mark.parametrize(
    "why", [{"cannot_write": True}, {"memory_bytes": 99, "max_memory_bytes": 100}]
)
def test_where_nobodys_word_can_be_kept_silence_is_told_of_the_queue_server_alone(why):
    silent = replace(ingest(workers=0), watcher=replace(WATCHER, running=False))
    refusing = replace(silent.queues, server=replace(SERVER, **why))

    assert [problem.part for problem in judge(silent)] == ["watcher", "queue ingest"]
    assert [problem.part for problem in judge(replace(silent, queues=refusing))] == ["queue server"]


def test_a_missing_root_is_told_once_though_its_disk_is_gone_too():
    health = replace(
        root(state="missing"),
        disks=(replace(VAR, places=("VAR",)), Disk(("runs",), "/srv/runs", "No such file")),
    )

    assert [problem.part for problem in judge(health)] == ["root runs"]


def test_what_fails_comes_before_what_warns():
    health = replace(ingest(failed=1), database=replace(DATABASE, error="x"))

    assert [problem.level for problem in judge(health)] == ["fail", "warn"]
    assert replace(health, problems=judge(health)).level == "fail"


def test_since_when_the_watcher_is_silent_is_told():
    (problem,) = judge(watcher(running=False, at=NOW - 600))

    assert problem.since.timestamp() == NOW - 600
