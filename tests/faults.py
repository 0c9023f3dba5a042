"""What goes wrong on real machines, done on purpose: processes killed and stopped, the kernel's event queue overflowed."""

import contextlib
import itertools
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.servers import EMBEDDED
from tests.service import Service

LONG = bool(os.environ.get("PDFJOBS_LONG"))
"""`make chaos`; else the short form of `make test`."""
SEED = int(os.environ.get("PDFJOBS_SEED", "7"))
KINDS = {
    "watcher": 4,
    "worker": 8,
    "worker pool": 2,
    "queue server": 3,
    "page server": 2,
    "service master": 1,
}
"""What is killed, and how often of twenty times; a service master takes everything with it."""
CONNECTIONS = "database connections"


class Killer:
    """Kills processes of a running service at random, any but the foreground one, or ends its database connections."""

    def __init__(
        self, service: Service, seed: int, end_connections: Callable[[], int] | None = None
    ) -> None:
        """`end_connections`: ends all that a database server has with the service; how many."""
        self.killed: Counter[str] = Counter()
        self.kinds = {**KINDS, CONNECTIONS: 4} if end_connections else KINDS
        self._service = service
        self._chance = random.Random(seed)
        self._end_connections = end_connections
        self._turns: list[str] = []

    def kill(self) -> bool:
        """One process that is there, of the kind whose turn it is; false when all are about to be born."""
        if not self._turns:
            shares = self.kinds.values()
            self._turns = self._chance.sample([*self.kinds], sum(shares), counts=shares)
        there = processes_by_kind(self._service)
        for kind in self._turns:
            if self._end(there, kind):
                self._turns.remove(kind)
                self.killed[kind] += 1
                return True
        return False

    def _end(self, there: dict[str, list[psutil.Process]], kind: str) -> bool:
        """Whether there was one."""
        if kind == CONNECTIONS:
            return self._end_connections is not None and self._end_connections() > 0
        return bool(there.get(kind)) and _kill(self._chance.choice(there[kind]))


def _kill(process: psutil.Process) -> bool:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return False
    return True


def processes_by_kind(service: Service) -> dict[str, list[psutil.Process]]:
    """The service's own processes, by the words of `KINDS`; solvers and their recorders are not among them."""
    found: dict[str, list[psutil.Process]] = {}
    assert service.process is not None
    with contextlib.suppress(psutil.NoSuchProcess):
        if service.redis is not None:
            found["queue server"] = service.redis.processes()
        masters = _with_words(psutil.Process(service.process.pid), "uwsgi.ini", generations=2)
        found["service master"] = masters
        for master in masters:
            found["page server"] = _with_words(master, "uwsgi.ini")
            found["watcher"] = _with_words(master, "-m watcher")
            found["worker pool"] = _with_words(master, "-m workers")
            found.setdefault("queue server", _with_words(master, EMBEDDED))
            # Children of the pool before they have begun anything: a fork has its parent's words.
            found["worker"] = [
                one for pool in found["worker pool"] for one in _with_words(pool, "-m workers")
            ]
    return found


def _with_words(parent: psutil.Process, words: str, generations: int = 1) -> list[psutil.Process]:
    found = []
    for child in parent.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if words in " ".join(child.cmdline()):
                found.append(child)
            elif generations > 1:
                found += _with_words(child, words, generations - 1)
    return found


@contextmanager
def stopped(*found: psutil.Process) -> Iterator[None]:
    """Holds processes still, as a machine that swaps does; they go on afterwards, if they are still there."""
    for process in found:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)


def overflow_event_queue(folder: Path) -> None:
    """Makes more events in a watched folder than the kernel keeps; its watcher is stopped and reads none."""
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    names = itertools.cycle([folder / "overflow.a", folder / "overflow.b"])
    for path, _ in zip(names, range(most // 2 + 100), strict=False):
        path.touch()  # no two alike in a row: the kernel would keep one of them
        path.unlink()


def started_once(service: Service, job: dict) -> bool:
    """Whether a job's solver was started by one recorder and wrote one banner."""
    folder = Path(job["run_dir"])
    records = sorted(path.name for path in (folder / ".pdfjobs").glob("run-*.json"))
    log = folder / f"{Path(job['deck']).stem}.log"
    return (records, log.read_bytes().count(b"CalculiX Version")) == (["run-1.json"], 1)
