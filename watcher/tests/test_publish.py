"""What reaches a real queue server, and what the publisher makes of its loss."""

import json
import os

import pytest
from rq.defaults import RQ_KEY_PREFIX
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from watcher.look import DeckKind, Look
from watcher.publish import (
    ARRIVE,
    BATCH,
    INGEST,
    MANY_DECKS,
    QUEUE_OF,
    SWEEP,
    TAKE_IN,
    TASKS,
    WITHDRAW,
    Hints,
    Publisher,
    QueueAwayError,
    printable,
)

NAMES = [
    "beam.inp",
    "Träger.inp",
    'it\'s "quoted".inp',
    "new\nline.inp",
    "%s {0} $(x).inp",
    "😀.inp",
    os.fsdecode(b"caf\xe9\xff.inp"),
    "a" * 255,
]


@pytest.fixture
def publisher(queue_server):
    publisher = Publisher(queue_server.url)
    yield publisher
    publisher.close()


def fetch(queue_server, ticket):
    return Job.fetch(
        ticket.rpartition(":")[2], connection=queue_server.redis, serializer=JSONSerializer
    )


def test_many_decks_are_more_than_a_minutes_work(publisher, queue_server):
    look = Look(DeckKind.FILE, (8, 12, 345, 6789), 345)
    few = {f"{number}.inp": look for number in range(MANY_DECKS)}

    publisher.decks("hotfolder", {}, few, [])
    before = publisher.has_many_decks()
    publisher.decks("hotfolder", {}, {"one more.inp": look}, [])

    assert (before, publisher.has_many_decks()) == (False, True)


def test_news_of_decks_are_one_task_for_each_kind_and_deck(publisher, queue_server):
    look = Look(DeckKind.FILE, (8, 12, 345, 6789), 345)

    publisher.decks("hotfolder", {"b.inp": 2, "a.inp": 1}, {"c.inp": look}, ["d.inp"])

    assert queue_server.tasks("arrivals") == [
        (WITHDRAW, {"root": "hotfolder", "paths": ["d.inp"]}),
        (ARRIVE, {"root": "hotfolder", "paths": ["a.inp", "b.inp"], "sizes": [1, 2]}),
    ]
    assert queue_server.tasks("intake") == [
        (
            TAKE_IN,
            {
                "root": "hotfolder",
                "path": "c.inp",
                "device": 8,
                "inode": 12,
                "size": 345,
                "mtime_ns": 6789,
            },
        ),
    ]


def test_every_task_carries_the_keywords_it_is_known_by(publisher, queue_server):
    look = Look(DeckKind.FILE, (1, 2, 3, 4), 3)
    publisher.decks("hotfolder", {"a": 1}, {"b": look}, ["c"])
    publisher.ingest("runs", ["a"])
    publisher.sweep()

    queued = [task for name in {*QUEUE_OF.values()} for task in queue_server.tasks(name)]

    assert {task: tuple(arguments) for task, arguments in queued} == TASKS


@pytest.mark.parametrize("name", NAMES)
def test_any_name_reaches_the_task_and_its_description_can_be_printed(
    publisher, queue_server, name
):
    look = Look(DeckKind.FILE, (1, 2, 3, 4), 3)

    publisher.decks("hotfolder", {}, {name: look}, [])
    publisher.ingest("runs", [f"{name}/{name}"])

    (take_in,), (ingest,) = queue_server.jobs("intake"), queue_server.jobs("ingest")
    assert os.fsencode(take_in.kwargs["path"]) == os.fsencode(name)
    assert ingest.kwargs["paths"] == [f"{name}/{name}"]
    assert take_in.description.isprintable()
    assert ingest.description.isprintable()


@pytest.mark.parametrize(
    ("paths", "description"),
    [
        (["1000001_beam/beam.sta"], "read 1 log in 1000001_beam"),
        (["1000001_beam/beam.sta", "1000001_beam/beam.cvg"], "read 2 logs in 1000001_beam"),
        (["a/x", "b/x"], "read 2 logs in runs"),
        (["x"], "read 1 log in runs"),
        (["a/b/x", "a/c/x"], "read 2 logs in a"),
        (["a\x1b[31m\udce9/x"], "read 1 log in a?[31m?"),
    ],
)
def test_an_engineer_understands_what_is_read(publisher, queue_server, paths, description):
    publisher.ingest("runs", paths)

    assert [job.description for job in queue_server.jobs("ingest")] == [description]


def test_a_description_is_cut():
    assert printable("a" * 500) == "a" * 119 + "…"


def test_many_decks_are_told_of_in_batches(publisher, queue_server):
    arrived = {f"{number:04}.inp": number for number in range(2 * BATCH + 1)}

    publisher.decks("hotfolder", arrived, {}, [])

    tasks = queue_server.tasks("arrivals")
    assert [len(arguments["paths"]) for _, arguments in tasks] == [BATCH, BATCH, 1]
    told = {
        path: size
        for _, arguments in tasks
        for path, size in zip(arguments["paths"], arguments["sizes"], strict=True)
    }
    assert told == arrived


def test_options_of_a_task(publisher, queue_server):
    publisher.decks("hotfolder", {"a": 1}, {"b": Look(DeckKind.FILE, (1, 2, 3, 4), 3)}, ["c"])
    publisher.ingest("runs", ["a"])

    jobs = [job for name in ("arrivals", "intake", "ingest") for job in queue_server.jobs(name)]
    assert {
        job.func_name: (job.result_ttl, job.failure_ttl, job.retries_left, job.timeout)
        for job in jobs
    } == {
        WITHDRAW: (0, 604_800, 1, 3600),
        ARRIVE: (0, 604_800, 1, 3600),
        TAKE_IN: (0, 604_800, 1, 3600),
        INGEST: (0, 604_800, 1, 3600),
    }


def test_an_import_waits_in_a_queue_of_its_own(publisher, queue_server):
    publisher.ingest("runs", ["a/x"], "backlog")

    assert [job.description for job in queue_server.jobs("backlog")] == ["import 1 log in a"]
    assert queue_server.jobs("ingest") == []


def test_a_ticket_tells_how_far_its_task_has_come(publisher, queue_server):
    ticket, other = publisher.ingest("runs", ["a"]), publisher.ingest("runs", ["b"])

    assert publisher.fates([ticket, other, "unknown"]) == {
        ticket: "waiting",
        other: "waiting",
        "unknown": "lost",
    }
    assert ticket.startswith(f"{RQ_KEY_PREFIX}:ticket:")
    assert queue_server.redis.ttl(ticket) == 86_400
    assert [arguments["ticket"] for _, arguments in queue_server.tasks("ingest")] == [ticket, other]

    queue_server.redis.set(ticket, f"begun {fetch(queue_server, ticket).id}")
    queue_server.redis.set(other, "done")
    assert publisher.fates([ticket, other]) == {ticket: "begun", other: "done"}

    publisher.forget([other])
    assert publisher.fates([ticket, other]) == {ticket: "begun", other: "lost"}


@pytest.mark.parametrize(
    ("status", "fate"),
    [("started", "waiting"), ("scheduled", "later"), ("failed", "failed"), ("stopped", "failed")],
)
def test_a_task_that_does_not_run_says_so(publisher, queue_server, status, fate):
    ticket = publisher.ingest("runs", ["a"])

    fetch(queue_server, ticket).set_status(JobStatus(status))

    assert publisher.fates([ticket]) == {ticket: fate}


def test_a_task_that_vanished_is_lost(publisher, queue_server):
    ticket = publisher.ingest("runs", ["a"])

    fetch(queue_server, ticket).delete()

    assert publisher.fates([ticket]) == {ticket: "lost"}


def test_only_one_sweep_waits(publisher, queue_server):
    publisher.sweep()
    publisher.sweep()
    assert queue_server.tasks("upkeep") == [(SWEEP, {})]


@pytest.mark.parametrize("fate", ["failed", "started", "lost", "deleted"])
def test_what_became_of_the_last_sweep_does_not_stop_the_next(publisher, queue_server, fate):
    publisher.sweep()
    (job,) = queue_server.jobs("upkeep")
    queue_server.redis.lpop(f"{RQ_KEY_PREFIX}:queue:upkeep")  # a worker took it
    if fate == "deleted":
        job.delete()
    elif fate != "lost":
        job.set_status(JobStatus(fate))

    publisher.sweep()

    assert queue_server.tasks("upkeep") == [(SWEEP, {})]


def test_hints_are_what_the_diary_wrote(publisher, queue_server):
    said = {"ignore": ["*.frd"], "unfinished": ["a/b", "caf\udce9"], "diary": "1f"}
    queue_server.redis.set(f"{RQ_KEY_PREFIX}:hints:runs", json.dumps(said))

    assert publisher.hints("runs") == Hints(["*.frd"], ["a/b", "caf\udce9"], "1f")


@pytest.mark.parametrize(
    "raw",
    [
        None,
        b"{}",
        b"[1]",
        b'{"ignore": [1], "unfinished": [], "diary": "1f"}',
        b'{"ignore": "*.frd", "unfinished": [], "diary": "1f"}',
        b'{"ignore": [], "unfinished": {}, "diary": "1f"}',
        b"\xff",
        b"not json",
    ],
)
def test_hints_that_cannot_be_read_are_no_hints(publisher, queue_server, raw):
    if raw is not None:
        queue_server.redis.set(f"{RQ_KEY_PREFIX}:hints:runs", raw)

    assert publisher.hints("runs") is None


def test_the_heartbeat_runs_out(publisher, queue_server):
    publisher.heartbeat({"roots": [{"name": "runs", "path": "/v/\udce9"}], "advice": []})

    beat = json.loads(queue_server.redis.get(f"{RQ_KEY_PREFIX}:watcher"))
    assert sorted(beat) == ["advice", "at", "host", "pid", "roots"]
    assert (beat["pid"], beat["roots"][0]["path"]) == (os.getpid(), "/v/\udce9")
    assert 0 < queue_server.redis.ttl(f"{RQ_KEY_PREFIX}:watcher") <= 30


def test_a_server_that_lost_everything_does_not_know_us(publisher, queue_server):
    assert [publisher.still_knows_us() for _ in range(3)] == [False, True, True]

    queue_server.redis.flushall()

    assert [publisher.still_knows_us() for _ in range(2)] == [False, True]


def test_a_server_that_is_away_is_told_as_such_and_found_again(publisher, queue_server):
    publisher.ingest("runs", ["a"])
    queue_server.kill()
    calls = [
        lambda: publisher.ingest("runs", ["a"]),
        lambda: publisher.decks("hotfolder", {"a": 1}, {}, []),
        lambda: publisher.fates(["t"]),
        lambda: publisher.forget(["t"]),
        lambda: publisher.hints("runs"),
        lambda: publisher.heartbeat({}),
        publisher.still_knows_us,
        publisher.sweep,
    ]
    for call in calls:
        with pytest.raises(QueueAwayError):
            call()

    queue_server.start()

    for call in calls:
        call()
    assert [task for task, _ in queue_server.tasks("ingest")] == [INGEST]


def test_a_server_that_refuses_to_write_counts_as_away(publisher, queue_server):
    queue_server.redis.config_set("maxmemory", 1)

    with pytest.raises(QueueAwayError, match="maxmemory"):
        publisher.ingest("runs", ["a"])

    queue_server.redis.config_set("maxmemory", 0)
    assert queue_server.tasks("ingest") == []
