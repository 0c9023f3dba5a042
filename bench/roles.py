"""Which process of a running service does what."""

from pathlib import Path

import psutil
from redis import Redis

from pdfjobs.config import Instance
from tests.service import Service

Roles = dict[str, list[psutil.Process]]


def roles(service: Service) -> Roles:
    """Its processes by what they do; workers by the queues that they serve."""
    queues = _queues_by_pid(Instance(service.var))
    found: Roles = {}
    for process in service.processes():
        try:
            found.setdefault(queues.get(process.pid) or _role(process), []).append(process)
        except psutil.Error:
            continue  # it ended meanwhile
    return found


def _queues_by_pid(instance: Instance) -> dict[int, str]:
    """Of the workers that are registered with the queue server."""
    with Redis(unix_socket_path=str(instance.queue_socket), decode_responses=True) as connection:
        names = connection.smembers(f"{instance.queue_prefix}:workers")
        workers = [connection.hmget(name, "pid", "queues") for name in names]
    return {int(pid): f"worker of {queues}" for pid, queues in workers if pid and queues}


def _role(process: psutil.Process) -> str:
    line = process.cmdline()
    words = " ".join(line)
    if "-m watcher" in words:
        return "watcher"
    if "-m workers" in words:
        return "worker pool"
    if "unixsocket" in words or "queueserver" in words:
        return "queue server"
    if "uwsgi" in (Path(word).name for word in line[:2]):
        return "web"
    return "foreground"


def below(folder: Path) -> list[psutil.Process]:
    """Processes that work in a folder or in one of it: of a database server, all of them."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                found.append(process)
        except psutil.Error:
            continue
    return found


def resident_bytes(processes: list[psutil.Process]) -> int:
    """Memory that they hold together; those that ended hold none."""
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total
