"""One reading of logs as a task: its ticket, what it leaves for another turn, and which log is at fault."""

import logging
import os
import uuid

from rq import get_current_job
from rq.timeouts import JobTimeoutException

from pdfjobs import queue
from workers import faults, tickets
from workers.tasks import reading

ALONE_AFTER = 2
"""A task of many logs that killed its worker so often becomes one task a log, so that only one log is at fault."""

log = logging.getLogger(__name__)


def read(root: str, paths: list[str], ticket: str) -> None:
    """Gives each log a turn.

    1. From the first line on the ticket says that a later change must be asked for anew.
    2. Logs that hold more are queued again at the back of the same queue, ticket and all, in one step.
    3. A log that cannot be read for a reason that does not pass gets a task of its own, which fails with that
       reason for people to see; the others are read.
    """
    rq_job = get_current_job()
    rq_id, origin = (rq_job.id, rq_job.origin) if rq_job is not None else ("", "ingest")
    tickets.begin(queue.connection(), ticket, rq_id)
    deaths = rq_job.meta.get("beginnings", 1) - 1 if rq_job is not None else 0
    if deaths >= ALONE_AFTER and len(paths) > 1:
        _send_alone(origin, root, paths, ticket)
        return
    try:
        more = reading.read_turns(root, paths)
    except JobTimeoutException:
        if len(paths) == 1:
            raise
        _send_alone(origin, root, paths, ticket)
        return
    except Exception as fault:
        if faults.may_pass(fault) or len(paths) == 1:
            raise
        log.exception("one of %s cannot be read", describe(root, paths))
        more, bad = _one_by_one(root, paths)
        _send_alone(origin, root, bad, "")
    if more:
        _send(origin, "read on", root, more, ticket)
    else:
        tickets.finish(queue.connection(), ticket)


def _one_by_one(root: str, paths: list[str]) -> tuple[list[str], list[str]]:
    """Logs that want another turn, and those at fault."""
    more: list[str] = []
    bad: list[str] = []
    for path in paths:
        try:
            more += reading.read_turns(root, [path])
        except OSError:
            more.append(path)
        except Exception as fault:
            if faults.may_pass(fault) or isinstance(fault, JobTimeoutException):
                raise
            bad.append(path)
    return more, bad


def _send_alone(origin: str, root: str, paths: list[str], ticket: str) -> None:
    """A task for each log; the last one holds the ticket, since it is begun after all others."""
    for path in paths[:-1]:
        _send(origin, "read", root, [path], "")
    for path in paths[-1:]:
        _send(origin, "read", root, [path], ticket)


def _send(origin: str, verb: str, root: str, paths: list[str], ticket: str) -> None:
    rq_id = uuid.uuid4().hex
    about = f"{verb} {describe(root, paths)}"
    with queue.connection().pipeline() as pipe:
        queue.send(origin, queue.INGEST, about, pipe, rq_id, root=root, paths=paths, ticket=ticket)
        tickets.pass_on(pipe, ticket, rq_id)
        pipe.execute()


def describe(root: str, paths: list[str]) -> str:
    """Logs in an engineer's words: "beam.sta in runs/1000012_beam", "3 logs in runs/1000012_beam"."""
    folders = [os.path.dirname(path.rstrip("/")) for path in paths]
    place = os.path.join(root, os.path.commonpath(folders) if folders else "").rstrip("/")
    if len(paths) != 1:
        return f"{len(paths)} logs in {place}"
    end = "/" if paths[0].endswith("/") else ""
    return f"{os.path.basename(paths[0].rstrip('/'))}{end} in {place}"
