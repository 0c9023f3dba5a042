"""What is wrong with the queue server, the queues and the workers."""

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pdfjobs.health.problem import (
    FAIL,
    NEWS_FAIL_S,
    NEWS_WARN_S,
    WARN,
    Problem,
    service_log,
)
from pdfjobs.health.queues import Queue, Queues, Server, Worker
from pdfjobs.sentences.tasks import TASKS
from pdfjobs.sentences.troubles import TROUBLES
from pdfjobs.templatetags.diary import bytes_size, duration
from pdfjobs.wording import QUEUE_WORDS

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
            _("The queue server cannot write to its disk, so it takes no tasks."),
            _(
                "Make room where it keeps its data (%(folder)s if it is the embedded"
                " one), and see that its account may write there."
            )
            % {"folder": settings.INSTANCE.var / "queue"},
        )
    if server.evicts:
        yield Problem(
            WARN,
            "queue server",
            _("The queue server is allowed to throw tasks away when its memory is full."),
            _("Set maxmemory-policy noeviction in its configuration."),
        )
    limit = server.max_memory_bytes
    if server.is_full:
        yield Problem(
            FAIL,
            "queue server",
            _("The queue server's memory of %(size)s is full, so it takes no tasks.")
            % {"size": bytes_size(limit)},
            _(
                "Raise maxmemory in its configuration, at once by redis-cli CONFIG SET maxmemory, and look"
                " why tasks pile up: see the queues. Nothing is lost."
            ),
        )
    elif limit and (server.memory_bytes or 0) > MOST_MEMORY * limit:
        yield Problem(
            WARN,
            "queue server",
            _("The queue server has used more than %(share)s of its %(size)s of memory.")
            % {"share": f"{MOST_MEMORY:.0%}", "size": bytes_size(limit)},
            _("Raise maxmemory, and look why tasks pile up: see the queues."),
        )


def _away(server: Server) -> Problem:
    if server.place == str(settings.INSTANCE.queue_socket):
        form = _(
            "%(place)s: %(error)s. It is started again by itself when it ends; if it hangs, kill it."
            " If it does not stay, %(log)s says why. Nothing is lost."
        )
    else:
        form = _(
            "%(place)s: %(error)s. See to the Redis server that REDIS_URL names. Nothing is lost."
        )
    return Problem(
        FAIL,
        "queue server",
        _("The queue server does not answer: decks and logs wait until it is back."),
        form
        % {
            "place": server.place,
            "error": TROUBLES.said(server.error),
            "log": service_log(),
        },
    )


def judge_queues(queues: Queues, starting: bool) -> Iterator[Problem]:
    if queues.server.error:
        return
    for queue in queues.queues:
        if not queue.workers and not starting and not queues.server.takes_nothing:
            yield Problem(
                FAIL,
                f"queue {queue.name}",
                _("No worker serves the queue %(name)s (%(about)s).")
                % {"name": queue.name, "about": QUEUE_WORDS.get(queue.name, queue.about)},
                _(
                    "The workers are started again by themselves; if they do not stay, %(log)s says why."
                )
                % {"log": service_log()},
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
            ngettext(
                "In the queue %(name)s, “%(task)s” has waited for %(time)s; %(n)s waits in all.",
                "In the queue %(name)s, “%(task)s” has waited for %(time)s; %(n)s wait in all.",
                queue.waiting,
            )
            % {
                "name": queue.name,
                "task": TASKS.said(queue.oldest),
                "time": duration(age),
                "n": queue.waiting,
            },
            _("Its worker is slow or hangs: see what it does now, the disks and the database."),
        )
    if queue.overdue:
        yield Problem(
            WARN,
            f"queue {queue.name}",
            ngettext(
                "%(n)s task of the queue %(name)s should have been tried again by now.",
                "%(n)s tasks of the queue %(name)s should have been tried again by now.",
                queue.overdue,
            )
            % {"n": queue.overdue, "name": queue.name},
            _("The scheduler of retries does not run; %(log)s says why.") % {"log": service_log()},
        )
    if queue.failed:
        yield Problem(
            WARN,
            f"queue {queue.name}",
            _failed(queue),
            _(
                "Staff finds the exception at %(address)s, and requeues there once its cause is gone."
            )
            % {"address": f"/rq/0/view/jobs/{queue.name}/failed/8/desc/1"},
        )


def _failed(queue: Queue) -> str:
    if queue.last_failed:
        form = ngettext(
            "%(n)s task of the queue %(name)s failed for good; the last one: “%(task)s”.",
            "%(n)s tasks of the queue %(name)s failed for good; the last one: “%(task)s”.",
            queue.failed,
        )
    else:
        form = ngettext(
            "%(n)s task of the queue %(name)s failed for good.",
            "%(n)s tasks of the queue %(name)s failed for good.",
            queue.failed,
        )
    return form % {"n": queue.failed, "name": queue.name, "task": TASKS.said(queue.last_failed)}


def _worker(worker: Worker) -> Iterator[Problem]:
    silent_s = worker.heard_s or 0.0
    # Within a task only those say that they live whose tasks last for days.
    if silent_s > (LONGEST_TASK_S if worker.task else SILENT_S):
        yield Problem(
            WARN,
            f"worker {worker.slot}",
            _("The worker %(name)s has said nothing for %(time)s.")
            % {"name": worker.name, "time": duration(silent_s)},
            (
                _(
                    "It hangs in “%(task)s”, or its host is gone. If process %(pid)s on %(host)s"
                    " is there, kill it: its task is taken up again."
                )
                if worker.task
                else _(
                    "It hangs, or its host is gone. If process %(pid)s on %(host)s"
                    " is there, kill it: its task is taken up again."
                )
            )
            % {"task": TASKS.said(worker.task), "pid": worker.pid, "host": worker.host},
        )
