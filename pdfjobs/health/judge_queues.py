"""What is wrong with the queue server, the queues and the workers."""

from collections.abc import Iterator

from django.conf import settings

from pdfjobs.health.problem import (
    FAIL,
    NEWS_FAIL_S,
    NEWS_WARN_S,
    WARN,
    Problem,
    service_log,
)
from pdfjobs.health.queues import Queue, Queues, Server, Worker
from pdfjobs.templatetags.diary import bytes_size, duration

PATIENT = ("backlog", "solve")
"""Queues in which waiting for hours is nothing wrong."""
SILENT_S = 120.0
"""A worker that waits speaks every quarter of a minute."""
LONGEST_TASK_S = 3900.0
"""Tasks are ended after an hour; those that may last longer say now and then that they live."""
MOST_MEMORY = 0.9


def judge_server(server: Server, starting: bool) -> Iterator[Problem]:
    if server.error:
        if not starting:
            yield _away(server)
        return
    if server.cannot_write:
        yield Problem(
            FAIL,
            "queue server",
            "The queue server cannot write to its disk, so it takes no tasks.",
            f"Make room where it keeps its data ({settings.INSTANCE.var / 'queue'} if it is the embedded"
            " one), and see that its account may write there.",
        )
    if server.evicts:
        yield Problem(
            WARN,
            "queue server",
            "The queue server is allowed to throw tasks away when its memory is full.",
            "Set maxmemory-policy noeviction in its configuration.",
        )
    limit = server.max_memory_bytes
    if limit and (server.memory_bytes or 0) > MOST_MEMORY * limit:
        yield Problem(
            WARN,
            "queue server",
            f"The queue server has used more than {MOST_MEMORY:.0%} of its {bytes_size(limit)} of memory.",
            "Raise maxmemory, and look why tasks pile up: see the queues.",
        )


def _away(server: Server) -> Problem:
    if server.place == str(settings.INSTANCE.queue_socket):
        remedy = (
            "It is started again by itself when it ends; if it hangs, kill it. If it does not stay,"
            f" {service_log()} says why."
        )
    else:
        remedy = "See to the Redis server that REDIS_URL names."
    return Problem(
        FAIL,
        "queue server",
        "The queue server does not answer: decks and logs wait until it is back.",
        f"{server.place}: {server.error}. {remedy} Nothing is lost.",
    )


def judge_queues(queues: Queues, starting: bool) -> Iterator[Problem]:
    if queues.server.error:
        return
    for queue in queues.queues:
        if not queue.workers and not starting:
            yield Problem(
                FAIL,
                f"queue {queue.name}",
                f"No worker serves the queue {queue.name} ({queue.about}).",
                f"The workers are started again by themselves; if they do not stay, {service_log()} says why.",
            )
        yield from _queue(queue)
    for worker in queues.workers:
        yield from _worker(worker)


def _queue(queue: Queue) -> Iterator[Problem]:
    age = queue.oldest_s
    if age is not None and age > NEWS_WARN_S and queue.workers and queue.name not in PATIENT:
        yield Problem(
            FAIL if age > NEWS_FAIL_S else WARN,
            f"queue {queue.name}",
            f"In the queue {queue.name}, “{queue.oldest}” has waited for {duration(age)};"
            f" {queue.waiting} wait in all.",
            "Its worker is slow or hangs: see what it does now, the disks and the database.",
        )
    if queue.overdue:
        yield Problem(
            WARN,
            f"queue {queue.name}",
            f"{_tasks(queue.overdue)} of the queue {queue.name} should have been tried again by now.",
            f"The scheduler of retries does not run; {service_log()} says why.",
        )
    if queue.failed:
        last = f"; the last one: “{queue.last_failed}”" if queue.last_failed else ""
        yield Problem(
            WARN,
            f"queue {queue.name}",
            f"{_tasks(queue.failed)} of the queue {queue.name} failed for good{last}.",
            f"Staff finds the exception at /rq/0/view/jobs/{queue.name}/failed/8/desc/1, and requeues"
            " there once its cause is gone.",
        )


def _worker(worker: Worker) -> Iterator[Problem]:
    silent_s = worker.heard_s or 0.0
    # Within a task only those say that they live whose tasks last for days.
    if silent_s > (LONGEST_TASK_S if worker.task else SILENT_S):
        yield Problem(
            WARN,
            f"worker {worker.slot}",
            f"The worker {worker.name} has said nothing for {duration(silent_s)}.",
            f"It hangs{f' in “{worker.task}”' if worker.task else ''}, or its host is gone. If process"
            f" {worker.pid} on {worker.host} is there, kill it: its task is taken up again.",
        )


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"
