"""The facts as Prometheus metrics, gathered anew at each scrape, so that it does not matter which process answers."""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pdfjobs.health import Health
from pdfjobs.health.problem import FAIL, WARN
from pdfjobs.health.watcher import STATES

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Column = tuple[str, str, str]
"""Name, what it says, and the fact's place in the dataclass; a name in `_total` makes a counter."""
Row = tuple[tuple[str, ...], Any]
"""Values of the labels, and what the facts are read from."""

ALONE: tuple[Column, ...] = (
    ("watcher_heard_age_seconds", "Since the watcher's last word.", "watcher.age_s"),
    ("watcher_start_time_seconds", "Unix time of its start.", "watcher.started_at"),
    ("watcher_resident_memory_bytes", "Its memory.", "watcher.rss_bytes"),
    ("inotify_watches", "Kernel watches held.", "watcher.limits.watches"),
    ("inotify_max_user_watches", "The kernel's limit.", "watcher.limits.max_user_watches"),
    ("queue_server_latency_seconds", "Time of a round trip.", "queues.server.latency_s"),
    ("queue_server_memory_bytes", "Its memory.", "queues.server.memory_bytes"),
    ("queue_server_uptime_seconds", "Since its start.", "queues.server.uptime_s"),
    ("database_latency_seconds", "Time of the smallest question.", "database.latency_s"),
    ("database_size_bytes", "Size of the database.", "database.size_bytes"),
    ("backup_age_seconds", "Since the newest backup.", "backup.age_s"),
    ("certificate_end_time_seconds", "Unix time of its end.", "address.expires_at"),
    ("web_start_time_seconds", "Unix time of the web server's start.", "program.serving_since"),
)
ROOT: tuple[Column, ...] = (
    ("root_news_age_max_seconds", "How old its news may be at worst.", "age_s"),
    ("root_pending_paths", "Paths with news, not handed over yet.", "pending"),
    ("root_outstanding_paths", "Paths handed over, not read yet.", "outstanding"),
    ("root_oldest_news_seconds", "Age of the oldest undelivered news.", "oldest_s"),
    ("root_folders", "Folders known.", "folders"),
    ("root_watches", "Kernel watches held.", "watches"),
    ("root_polled_folders", "Folders polled instead of watched.", "polled"),
    ("root_overflows_total", "Overflows of the kernel's event queue.", "overflows"),
    ("root_rescans_total", "Rescans after overflows.", "rescans"),
    ("root_handed_paths_total", "Paths handed over since the watcher's start.", "handed"),
    ("root_scan_seconds", "Duration of the last whole scan.", "scan_s"),
    ("root_scan_end_time_seconds", "Unix time of the end of the last whole scan.", "scan_at"),
    ("root_import_done_folders", "Folders that a running import has done.", "importing.done"),
    ("root_import_total_folders", "Folders that a running import has to do.", "importing.total"),
)
QUEUE: tuple[Column, ...] = (
    ("queue_waiting_tasks", "Tasks that wait.", "waiting"),
    ("queue_oldest_task_seconds", "How long the next task has waited.", "oldest_s"),
    ("queue_running_tasks", "Tasks that run.", "running"),
    ("queue_scheduled_tasks", "Tasks that are tried again later.", "scheduled"),
    ("queue_overdue_tasks", "Tasks that should have been tried again by now.", "overdue"),
    ("queue_failed_tasks", "Tasks that failed for good.", "failed"),
    ("queue_workers", "Workers that serve the queue.", "workers"),
)
WORKER: tuple[Column, ...] = (
    ("worker_busy", "Whether it has a task.", "is_busy"),
    ("worker_done_tasks_total", "Tasks done since its start.", "done"),
    ("worker_failed_tasks_total", "Tasks that failed since its start.", "failed"),
)
DISK: tuple[Column, ...] = (
    ("disk_free_bytes", "Room left for an ordinary account.", "free_bytes"),
    ("disk_size_bytes", "Size of the file system.", "total_bytes"),
    ("disk_free_files_ratio", "Share of inodes left.", "free_files"),
)


def exposition(health: Health) -> bytes:
    """Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Facts(health))
    return generate_latest(registry)


class _Facts(Collector):
    """What one look found."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        health = self._health
        yield from _whole(health)
        yield from _table(ALONE, (), [((), health)])
        roots: list[Row] = [((root.name,), root) for root in health.watcher.roots]
        yield from _table(ROOT, ("root",), roots)
        queues: list[Row] = [((queue.name,), queue) for queue in health.queues.queues]
        yield from _table(QUEUE, ("queue",), queues)
        workers: list[Row] = [
            ((worker.slot, worker.host, str(worker.pid)), worker)
            for worker in health.queues.workers
        ]
        yield from _table(WORKER, ("slot", "host", "pid"), workers)
        disks: list[Row] = [((",".join(disk.places), disk.path), disk) for disk in health.disks]
        yield from _table(DISK, ("places", "path"), disks)


def _whole(health: Health) -> Iterator[Metric]:
    up = GaugeMetricFamily("pdfjobs_up", "Whether the part is there.", labels=("part",))
    up.add_metric(("watcher",), float(health.watcher.running is True))
    up.add_metric(("queue_server",), float(not health.queues.server.error))
    up.add_metric(("database",), float(health.database is not None and not health.database.error))
    yield up
    problems = GaugeMetricFamily(
        "pdfjobs_problems", "Problems that the status page names.", labels=("level",)
    )
    for level in (WARN, FAIL):
        count = sum(problem.level == level for problem in health.problems)
        problems.add_metric((level,), count)
    yield problems
    build = GaugeMetricFamily("pdfjobs_build_info", "Versions.", labels=("part", "version"))
    for each in health.program.versions:
        build.add_metric(each, 1.0)
    yield build
    state = GaugeMetricFamily(
        "pdfjobs_root_state", "1 for the state that it is in.", labels=("root", "state")
    )
    for root in health.watcher.roots:
        for each_state in STATES:
            state.add_metric((root.name, each_state), float(root.state == each_state))
    yield state


def _table(
    columns: Sequence[Column], labels: Sequence[str], rows: Sequence[Row]
) -> Iterator[Metric]:
    """A metric a column; what is not known is left out, never 0."""
    for name, about, place in columns:
        kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
        family = kind(f"pdfjobs_{name}", about, labels=labels)
        for key, source in rows:
            value = _read(source, place)
            if value is not None:
                family.add_metric(key, float(value))
        yield family


def _read(source: Any, place: str) -> float | None:
    try:
        value: float | None = attrgetter(place)(source)
    except AttributeError:
        return None  # on the way there, something is not known
    return value
