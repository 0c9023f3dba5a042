"""Writer, watcher, queue, worker and diary in one process, in any order, with kills and losses between any two steps."""

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import django_rq
import pytest
from django.conf import settings as django_settings
from django.db import connection as database
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis import Redis
from rq.job import Job as RqJob
from rq.job import JobStatus
from rq.queue import Queue

from pdfjobs import queue as work
from pdfjobs.models import Job
from tests.faults import LONG
from tests.logwriter import LogWriter
from watcher.config import Root
from watcher.memory import Memory
from watcher.mounts import Mounts
from watcher.observe import Place
from watcher.pace import Pace
from watcher.publish import Publisher
from watcher.tests.rig import UnreadQueue, habits
from watcher.tree import RunTree
from watcher.watches import Watches
from workers import checking, salvage, tickets
from workers.tests.conftest import instance, queue_server, queue_socket

EXAMPLES = 2000 if LONG else 100
LANES = ("ingest", "backlog")
RESCAN_S = 30.0
AGED_S = 3000.0
"""Files are written with times that have settled long ago."""
ROUND_S, MOST_ROUNDS = 5.0, 200
PHASES = [phase for phase in Phase if phase != Phase.explain]
"""Explaining a failure would take minutes."""
fixtures = (instance, queue_server, queue_socket)


class Killed(BaseException):
    """As SIGKILL: nothing in the code may catch it."""


@contextmanager
def killed_at(statement: int | None):
    """Kills whoever sends this many statements to the database, before the last of them; None: nobody."""
    left = [-1 if statement is None else statement]

    def count(execute, sql, *given):
        left[0] -= 1
        if left[0] != -1:
            return execute(sql, *given)
        raise Killed

    with database.execute_wrapper(count):
        yield


class Life(RuleBasedStateMachine):
    """A run tree whose every part may stop at any step."""

    top: Path
    memory_file: Path
    publisher: Publisher
    server: Redis

    def __init__(self) -> None:
        super().__init__()
        self.server.flushall()
        self.now = 1000.0
        self.later: list[tuple[Queue, RqJob]] = []
        """Tasks that failed by what may pass; tried again at the end."""
        self.top.mkdir()
        self.writer = LogWriter(self.top, 0)
        self.writer.clock_ahead_s = -AGED_S
        self.watcher_is_born()

    def teardown(self) -> None:
        try:
            self.it_comes_to_rest()
        finally:
            self.clear()

    def clear(self) -> None:
        self.watcher_dies()
        for path in sorted(self.top.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        self.top.rmdir()
        for path in self.memory_file.parent.glob(f"{self.memory_file.name}*"):
            path.unlink()
        Job.objects.all().delete()

    # The writer

    @initialize(seed=st.integers(0, 10**6))
    def it_begins(self, seed):
        self.writer.begin(seed).make(3)
        self.the_watcher_hands_over_what_changed()

    @rule(seed=st.integers(0, 10**6), changes=st.integers(1, 12))
    def the_writer_works_and_is_heard(self, seed, changes):
        self.the_writer_works(seed, changes)
        self.the_watcher_hands_over_what_changed()

    @rule(seed=st.integers(0, 10**6), changes=st.integers(1, 12))
    def the_writer_works(self, seed, changes):
        self.writer.begin(seed)
        self.writer.make(changes)

    # The watcher

    def watcher_is_born(self):
        self.memory = Memory(self.memory_file)
        self.events = UnreadQueue()
        self.tree = RunTree(
            Root("tree", str(self.top), "tree"),
            Pace(quiet_s=0.2, ceiling_s=1.0, readings_per_s=50.0, steady_s=5.0),
            habits(rescan_s=RESCAN_S),
            self.memory.tree("tree"),
            lambda: self.now,
        )
        self.root_is_there()

    def root_is_there(self):
        status = self.top.stat()
        place = Place(str(self.top), status.st_dev, status.st_ino, False)
        self.watches = Watches(str(self.top), self.events, lambda: self.now)
        reach = SimpleNamespace(place=place, watches=self.watches, away=(), silent=())
        self.tree.begin(reach, Mounts.read())

    def watcher_dies(self):
        self.events.close()
        self.memory.close()

    @rule(seconds=st.sampled_from([0.1, 0.3, 1.5, 10.0, 100.0, 4000.0]))
    def time_passes(self, seconds):
        self.watcher_works(seconds)
        self.memory.commit()

    @rule()
    def the_watcher_hands_over_what_changed(self):
        self.watcher_works(0.1)
        self.time_passes(1.5)

    @rule()
    def the_watcher_is_killed_after_it_delivered(self):
        """What it knew of the delivery is lost with it."""
        self.watcher_works(0.1)
        self.watcher_works(1.5)
        self.watcher_dies()
        self.watcher_is_born()

    def watcher_works(self, seconds):
        self.now += seconds
        self.tree.take(self.watches.take())
        self.tree.step(self.now)
        self.tree.deliver(self.publisher, self.now)

    @rule(forgets=st.booleans())
    def the_watcher_is_killed(self, forgets):
        """`forgets`: somebody deleted its memory meanwhile."""
        self.watcher_dies()
        if forgets:
            for path in self.memory_file.parent.glob(f"{self.memory_file.name}*"):
                path.unlink()
        self.watcher_is_born()

    @rule()
    def events_overflow(self):
        self.events.overflow()

    @rule()
    def events_are_lost(self):
        self.events.forget()

    @rule(seed=st.integers(0, 10**6))
    def the_root_goes_away_and_comes_back(self, seed):
        away = self.top.with_name("away")
        self.top.rename(away)
        self.tree.end()
        self.writer.stand_at(away).begin(seed)
        self.writer.make(3)
        self.time_passes(2.0)
        while self.do_one():
            pass  # what misses its files fails, to be tried again later
        away.rename(self.top)
        self.writer.stand_at(self.top)
        self.events.close()
        self.events = UnreadQueue()
        self.root_is_there()

    # Queue and workers

    @precondition(lambda self: self.waiting())
    @rule(which=st.integers(0, 20))
    def a_task_is_done(self, which):
        """Any of those that wait, as if there were many workers."""
        self.do_one(which)

    def do_one(self, which=0, statement=None):
        """Whether there was one."""
        waiting = self.waiting()
        if not waiting:
            return False
        lane, rq_id = waiting[which % len(waiting)]
        queue = self.queue(lane)
        queue.connection.lrem(queue.key, 1, rq_id)
        queue.connection.lpush(queue.intermediate_queue_key, rq_id)
        self.perform(queue, rq_id, statement)
        return True

    def perform(self, queue, rq_id, statement):
        (task,) = RqJob.fetch_many(
            [rq_id], connection=queue.connection, serializer=queue.serializer
        )
        task.origin = queue.name
        task.set_status(JobStatus.STARTED)
        try:
            with killed_at(statement):
                task.perform()
        except Killed:
            return  # left as it lies
        except OSError:
            queue.connection.lrem(queue.intermediate_queue_key, 1, rq_id)
            tickets.wait_again(queue.connection, task.kwargs["ticket"], task.id)
            task.set_status(JobStatus.SCHEDULED)
            self.later.append((queue, task))
            return
        queue.connection.lrem(queue.intermediate_queue_key, 1, rq_id)
        task.delete()

    @precondition(lambda self: self.waiting())
    @rule(which=st.integers(0, 20), statement=st.integers(0, 60))
    def a_worker_is_killed(self, which, statement):
        self.do_one(which, statement)
        for lane in LANES:
            salvage.take_up(self.queue(lane), lane)

    @precondition(lambda self: self.waiting())
    @rule()
    def the_queue_server_forgets(self):
        self.server.flushall()
        self.later.clear()

    def waiting(self):
        """Lane and RQ id of each task."""
        return [
            (lane, rq_id.decode())
            for lane in LANES
            for rq_id in self.server.lrange(self.queue(lane).key, 0, -1)
        ]

    def queue(self, lane):
        return django_rq.get_queue(lane, connection=work.connection())

    # The promise

    @rule()
    def it_comes_to_rest(self):
        """After a while, in which the tree was looked through once more."""
        rested = 0
        for _ in range(MOST_ROUNDS):
            self.time_passes(ROUND_S)
            while self.later:
                queue, task = self.later.pop()
                task.set_status(JobStatus.QUEUED)
                queue.push_job_id(task.id)
            worked = self.do_one()
            while self.do_one():
                pass
            state = self.tree.state()
            calm = not (worked or state["pending"] or state["outstanding"] or state["import"])
            rested = rested + 1 if calm else 0
            if rested * ROUND_S > RESCAN_S + 2 * ROUND_S:
                break
        else:
            raise AssertionError(f"no rest: {self.tree.state()}")
        check = checking.check_all()
        assert (check.differences, check.settling) == ([], [])


@pytest.mark.timeout(7200 if LONG else 300)
@pytest.mark.django_db(transaction=True)  # what is queued after a commit must come to that
def test_any_life_of_a_tree_is_in_the_diary_at_the_end(instance, queue_server, tmp_path):
    Life.top, Life.memory_file = tmp_path / "tree", tmp_path / "memory" / "watcher.sqlite3"
    Life.top.rmdir()
    Life.memory_file.parent.mkdir()
    Life.server, Life.publisher = queue_server, Publisher(work_url())

    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=25,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )


def work_url() -> str:
    return django_settings.RQ_QUEUES["ingest"]["URL"]
