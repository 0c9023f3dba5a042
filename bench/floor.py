"""The floor: the bare parts that the service is made of, one after another, with nothing of ours between them.

A closed file -> watchdog's event -> an RQ task in our own kind of queue server -> a SimpleWorker -> one write to the
database -> visible to another connection. No settling, no parsing, no Django: what is above it is ours to account for.
"""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from bench.bare_worker import DATABASE, TABLE, open_database
from bench.database import place
from bench.figures import in_ms, share, spread
from bench.instance import clear_socket
from bench.reader import Reader, wait_until
from pdfjobs.config import Instance

PACE_S = 0.05
"""At most twenty changes a second, so that no task waits behind another."""
WARM_UP = 5
"""First changes that are not measured: imports, connections, the first page of the database."""
APP = Path(__file__).resolve().parent.parent
END_S = 10.0


def run(changes: int, database: str) -> dict[str, Any]:
    """The chain alone, and where its time goes: to the event, through the queue, until the row is visible."""
    with Floor(database) as floor:
        passed = [floor.change() for _ in range(changes)]
    return {
        "unit": "ms",
        "n": changes,
        **spread([one.total_s for one in passed]),
        "event_p50": in_ms(share([one.event_s for one in passed], 0.5)),
        "queue_p50": in_ms(share([one.queue_s for one in passed], 0.5)),
        "write_p50": in_ms(share([one.write_s for one in passed], 0.5)),
    }


@dataclass(frozen=True)
class Passage:
    """One change on its way, in seconds."""

    event_s: float
    """From the file's close to watchdog's event."""
    queue_s: float
    """From the event through enqueue and pick-up to the task's first line."""
    write_s: float
    """From there until another connection sees the row."""

    @property
    def total_s(self) -> float:
        return self.event_s + self.queue_s + self.write_s


class Floor:
    """The chain, ready for changes; a context manager that ends its processes."""

    def __init__(self, database: str = "sqlite") -> None:
        self._database = database

    def __enter__(self) -> "Floor":
        with ExitStack() as stack:
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="pdfjobs-floor-"))
            self._instance = Instance(Path(scratch))
            stack.callback(clear_socket, self._instance)
            self._instance.make_folders()
            kept = stack.enter_context(place(self._database)).beside(self._instance.database)
            self._where = str(kept)
            open_database(self._where).execute(TABLE)
            stack.callback(_close, self._where)
            socket = str(self._instance.queue_socket)
            self._start(stack, "pdfjobs.queueserver")
            wait_until(lambda: _answers(socket), "the floor's queue server")
            self._start(stack, "bench.bare_worker", socket)
            watcher = self._start(
                stack, "bench.bare_watcher", str(self._instance.hotfolder), socket
            )
            assert watcher.stdout is not None
            if watcher.stdout.readline() != b"ready\n":
                raise ChildProcessError("the floor's watcher did not start")
            self._reader = Reader(kept)
            stack.callback(self._reader.close)
            self._count = 0
            self._next_at = 0.0
            for _ in range(WARM_UP):
                self.change()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def change(self) -> Passage:
        """Closes one more file and waits until its row is visible."""
        time.sleep(max(0.0, self._next_at - time.monotonic()))
        self._next_at = time.monotonic() + PACE_S
        self._count += 1
        name = f"{self._count}.inp"
        with (self._instance.hotfolder / name).open("wb", buffering=0) as file:
            file.write(b"*NODE\n")
            closed_at = time.monotonic()
        (heard_at, begun_at), visible_at = self._reader.await_row(
            "SELECT heard_at, begun_at FROM seen WHERE name = ?", name
        )
        return Passage(heard_at - closed_at, begun_at - heard_at, visible_at - begun_at)

    def _start(self, stack: ExitStack, module: str, *words: str) -> "subprocess.Popen[bytes]":
        environment = {
            **os.environ,
            "PDFJOBS_VAR": str(self._instance.var),
            DATABASE: self._where,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            cwd=APP,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the benchmark, which ends them in order
            stdout=subprocess.PIPE if module == "bench.bare_watcher" else subprocess.DEVNULL,
        )
        stack.callback(_end, process)
        return process


def _close(where: str) -> None:
    open_database(where).close()
    open_database.cache_clear()


def _answers(socket: str) -> bool:
    try:
        with Redis(unix_socket_path=socket) as connection:
            return bool(connection.ping())
    except (RedisError, OSError):
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
