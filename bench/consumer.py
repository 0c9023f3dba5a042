"""Stands in for the workers: takes the watcher's ingest tasks straight from the queue, and keeps account of them.

It answers tickets as a worker does, so the watcher knows what was read; but it reads nothing, and so is never the
one that all wait for.
"""

import json
import os
import stat
import threading
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis

QUEUES = ("ingest", "backlog")
DRAINED = ("upkeep", "arrivals", "intake")
"""Queues whose tasks are none of ours; thrown away, so that they do not pile up."""
TASKS = 64
"""Taken at a time."""
IDLE_S = 0.002
DONE_TTL_S = 3600
EXAMPLES = 5
DIARY = "0123456789abcdef0123456789abcdef"

Stamp = tuple[int, int, int]
"""Inode, size in bytes, mtime in ns."""


@dataclass
class Account:
    """What was handed over of one root."""

    path: Path
    stamps: dict[str, Stamp | None] = field(default_factory=dict)
    """Path -> how the file looked when it was last handed over; None: it was gone."""
    told_at: dict[str, float] = field(default_factory=dict)
    """Path -> monotonic time of that."""
    handed: int = 0
    """Paths in all tasks together."""
    tasks: int = 0
    twice: int = 0
    """Handed over once more, looking the same as before."""
    twice_examples: list[str] = field(default_factory=list)
    last_at: float = 0.0

    def note(self, path: str, stamp: Stamp | None, now: float) -> None:
        self.handed += 1
        self.last_at = now
        if path.endswith("/"):
            self.stamps.update((one, None) for one in list(self.stamps) if one.startswith(path))
            self.told_at[path] = now
            return
        if path in self.stamps and self.stamps[path] == stamp:
            self.twice += 1
            if len(self.twice_examples) < EXAMPLES:
                self.twice_examples.append(path)
        self.stamps[path], self.told_at[path] = stamp, now

    def forget(self) -> None:
        """Begins a new count; how each file looked is kept."""
        self.handed = self.tasks = self.twice = 0
        self.twice_examples.clear()
        self.told_at.clear()

    def missed(self) -> list[str]:
        """Files that were not handed over as they are now, and those of gone folders that were not told of."""
        there = stamps_below(self.path)
        missed = [path for path, stamp in there.items() if self.stamps.get(path) != stamp]
        known = list(self.stamps.items())  # at once: the consumer goes on meanwhile
        gone = [path for path, stamp in known if stamp and path not in there]
        return missed + [path for path in gone if not (self.path / path).parent.is_dir()]


class Consumer(threading.Thread):
    """Takes tasks until it is stopped."""

    def __init__(self, socket: Path, prefix: str, roots: dict[str, Path]) -> None:
        super().__init__(name="consumer", daemon=True)
        self.accounts = {name: Account(path) for name, path in roots.items()}
        self._redis = Redis(unix_socket_path=str(socket))
        self._prefix = prefix
        self._should_stop = False
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._should_stop:
                if not self._take():
                    time.sleep(IDLE_S)
        except Exception as error:  # told by `check`
            self._error = error

    def check(self) -> None:
        """Raises what ended the thread."""
        if self._error is not None:
            raise RuntimeError("the consumer ended") from self._error

    def stop(self) -> None:
        self._should_stop = True
        self.join()
        self._redis.close()

    def heartbeat(self) -> dict[str, Any] | None:
        raw = self._redis.get(f"{self._prefix}:watcher")
        return json.loads(raw) if raw else None

    def hint(self, root: str, unfinished: list[str]) -> None:
        """Says which folders hold unfinished runs, as the sweep does."""
        hints = {"ignore": [], "unfinished": unfinished, "diary": DIARY}
        self._redis.set(f"{self._prefix}:hints:{root}", json.dumps(hints))

    def _take(self) -> bool:
        with self._redis.pipeline(transaction=False) as pipe:
            for queue in (*QUEUES, *DRAINED):
                pipe.lpop(f"{self._prefix}:queue:{queue}", TASKS)
            lists = pipe.execute()
        ours = [raw.decode() for found in lists[: len(QUEUES)] for raw in found or ()]
        others = [raw.decode() for found in lists[len(QUEUES) :] for raw in found or ()]
        if others:
            self._redis.delete(*(f"{self._prefix}:job:{rq_id}" for rq_id in others))
        if not ours:
            return False
        tasks = [self._task(raw) for raw in self._redis_data(ours)]
        self._begin(ours, tasks)
        for task in tasks:
            self._note(task)
        self._end(ours, tasks)
        return True

    def _redis_data(self, rq_ids: list[str]) -> list[bytes]:
        with self._redis.pipeline(transaction=False) as pipe:
            for rq_id in rq_ids:
                pipe.hget(f"{self._prefix}:job:{rq_id}", "data")
            data: list[bytes] = pipe.execute()
        return data

    def _task(self, raw: bytes) -> dict[str, Any]:
        name, _, _, values = json.loads(zlib.decompress(raw))
        if name != "workers.tasks.ingest":
            raise ValueError(f"{name} in a queue of logs to read")
        return dict(values)

    def _begin(self, rq_ids: list[str], tasks: list[dict[str, Any]]) -> None:
        """Before the files are looked at: a change from here on is to be handed over anew."""
        with self._redis.pipeline(transaction=False) as pipe:
            for rq_id, task in zip(rq_ids, tasks, strict=True):
                if task["ticket"]:
                    pipe.set(task["ticket"], f"begun {rq_id}", xx=True, keepttl=True)
            pipe.execute()

    def _end(self, rq_ids: list[str], tasks: list[dict[str, Any]]) -> None:
        with self._redis.pipeline(transaction=False) as pipe:
            for rq_id, task in zip(rq_ids, tasks, strict=True):
                if task["ticket"]:
                    pipe.set(task["ticket"], b"done", xx=True, ex=DONE_TTL_S)
                pipe.delete(f"{self._prefix}:job:{rq_id}")
            pipe.execute()

    def _note(self, task: dict[str, Any]) -> None:
        account = self.accounts[task["root"]]
        account.tasks += 1
        for path in task["paths"]:
            stamp = stamp_of(f"{account.path}/{path}")
            account.note(path, stamp, time.monotonic())


def stamp_of(path: str) -> Stamp | None:
    """None when there is no regular file."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _stamp(status) if stat.S_ISREG(status.st_mode) else None


def stamps_below(top: Path) -> dict[str, Stamp]:
    """Every regular file below a folder, by its path relative to it."""
    stamps: dict[str, Stamp] = {}
    folders, skip = [str(top)], len(str(top)) + 1
    while folders:
        with os.scandir(folders.pop()) as listing:
            for entry in listing:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    stamps[entry.path[skip:]] = _stamp(entry.stat(follow_symlinks=False))
    return stamps


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_ino, status.st_size, status.st_mtime_ns
