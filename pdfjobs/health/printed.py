"""The facts as tables for a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from pdfjobs.health import Health
from pdfjobs.health.problem import Problem
from pdfjobs.health.queues import Queue, Server, Worker
from pdfjobs.health.watcher import Root, Watcher
from pdfjobs.templatetags.diary import bytes_size, duration, percent

NOTHING = "-"
LEVELS = {
    "ok": "The service works.",
    "warn": "The service works, but see to this:",
    "fail": "The service FAILS:",
}


def lines(health: Health) -> Iterator[str]:
    """1. What is wrong and what to do. 2. Watcher and roots. 3. Queues and workers. 4. What all rests on."""
    yield LEVELS[health.level]
    for problem in health.problems:
        yield from _problem(problem)
    yield from ("", f"Watcher       {_watcher(health.watcher, health.at)}")
    yield from _table(
        ("root", "state", "news at most", "not handed over", "not read", "folders", "watches",
         "polled", "overflows", "rescans", "last scan", "import"),
        (_root(root) for root in health.watcher.roots),
    )  # fmt: skip
    yield from (f"  {root.name}: {root.why}" for root in health.watcher.roots if root.why)
    if health.queues.queues:
        yield ""
    yield from _table(
        ("queue", "waiting", "next waits", "running", "again later", "failed", "workers", "holds"),
        (_queue(queue) for queue in health.queues.queues),
    )
    if health.queues.workers:
        yield ""
        yield from _table(
            ("worker", "host", "pid", "state", "since", "does"),
            (_worker(worker) for worker in health.queues.workers),
        )
    yield ""
    yield from _stores(health)
    yield "Versions      " + ", ".join(
        f"{name} {version}" for name, version in health.program.versions
    )


def _problem(problem: Problem) -> Iterator[str]:
    since = f" (since {_moment(problem.since.timestamp())})" if problem.since else ""
    yield f"  {problem.level.upper():4}  {problem.what}{since}"
    if problem.remedy:
        yield f"        {problem.remedy}"


def _watcher(watcher: Watcher, now: float) -> str:
    state = {True: "running", False: "NOT RUNNING", None: "not known"}[watcher.running]
    words = [state]
    if watcher.age_s is not None:
        words.append(f"heard {duration(watcher.age_s)} ago")
    if watcher.pid is not None:
        words.append(f"process {watcher.pid} on {watcher.host}")
    if watcher.started_at is not None:
        words.append(f"up {duration(now - watcher.started_at)}")
    if watcher.rss_bytes is not None:
        words.append(bytes_size(watcher.rss_bytes))
    limits = watcher.limits
    if limits.watches is not None:
        words.append(f"{limits.watches} watches of {_said(limits.max_user_watches)}")
    return ", ".join(words)


def _root(root: Root) -> tuple[Any, ...]:
    oldest = "" if root.oldest_s is None else f" ({duration(root.oldest_s)}: {root.oldest_path})"
    scan = NOTHING if root.scan_at is None else _moment(root.scan_at)
    took = "" if root.scan_s is None else f" in {duration(root.scan_s)}"
    going = root.importing
    return (
        root.name, root.state or NOTHING, _seconds(root.age_s), f"{root.pending}{oldest}",
        root.outstanding, _said(root.folders), _said(root.watches), _said(root.polled),
        root.overflows, root.rescans, f"{scan}{took}",
        f"{going.done} of {going.total} folders" if going else NOTHING,
    )  # fmt: skip


def _queue(queue: Queue) -> tuple[Any, ...]:
    return (
        queue.name, queue.waiting, _seconds(queue.oldest_s), queue.running, queue.scheduled,
        queue.failed, queue.workers, queue.about,
    )  # fmt: skip


def _worker(worker: Worker) -> tuple[Any, ...]:
    since = worker.born_at if worker.since is None else worker.since
    return (
        worker.slot, worker.host, _said(worker.pid), worker.state or NOTHING,
        NOTHING if since is None else _moment(since), worker.task or NOTHING,
    )  # fmt: skip


def _stores(health: Health) -> Iterator[str]:
    yield f"Queue server  {_server(health.queues.server)}"
    database = health.database
    if database is not None:
        known = (
            f"no answer: {database.error}"
            if database.error
            else f"{bytes_size(database.size_bytes)}, answers in {_milliseconds(database.latency_s)},"
            f" at {database.migration}"
        )
        yield f"Database      {database.engine} {database.version} ({database.place}): {known}"
    for disk in health.disks:
        room = disk.error or (
            f"{bytes_size(disk.free_bytes)} of {bytes_size(disk.total_bytes)} free,"
            f" {percent(disk.free_share)}{', read-only' if disk.read_only else ''}"
        )
        yield f"Disk          {', '.join(disk.places)} ({disk.path}): {room}"
    since = health.program.serving_since
    yield f"Web server    {'not on this host' if since is None else f'up {duration(health.at - since)}'}"


def _server(server: Server) -> str:
    if server.error:
        return f"{server.place}: no answer: {server.error}"
    return (
        f"{server.name} {server.version} ({server.place}): answers in {_milliseconds(server.latency_s)},"
        f" {bytes_size(server.memory_bytes)}, keeps {server.persistence}, up {duration(server.uptime_s)}"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Columns as wide as what stands in them."""
    whole = [[str(cell) for cell in row] for row in (head, *rows)]
    if len(whole) == 1:
        return
    widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
    for row in whole:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield ("  " + "  ".join(cells)).rstrip()


def _said(value: object) -> str:
    return NOTHING if value is None else str(value)


def _seconds(value: float | None) -> str:
    return NOTHING if value is None else duration(value)


def _milliseconds(value: float | None) -> str:
    return NOTHING if value is None else f"{1000 * value:.1f} ms"


def _moment(at: float) -> str:
    return f"{timezone.localtime(datetime.fromtimestamp(at, UTC)):%Y-%m-%d %H:%M:%S}"
