"""Logs of running jobs that grow in a tree of their own, and how far the diary is behind them."""

import json
import sqlite3
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.database import Place, place
from bench.instance import running
from bench.log_to_facts import HEADER, row
from bench.roles import Roles, below, roles
from tests.service import Service

Ask = Callable[[str], list[tuple[Any, ...]]]

ROOT = "bench"
POLL_S = 0.02
SATURATED_POLL_S = 0.05
STEM = "beam"
PATIENCE_S = 120.0
FOLDERS = f"SELECT id, folder FROM pdfjobs_run WHERE root = '{ROOT}'"
OFFSETS = f"SELECT run_id, \"offset\" FROM pdfjobs_logfile WHERE path = '{STEM}.sta'"
"""Asked all the time; joined with the folders it cost PostgreSQL more than all that the diary asked of it."""


@dataclass
class Field:
    """A running service with a further tree, and logs that will grow there."""

    service: Service
    logs: "Logs"
    server: Path | None
    """The folder of the database server; none for SQLite."""

    def roles(self) -> Roles:
        """The processes, those of the database server with them."""
        found = roles(self.service)
        if self.server is not None:
            found["database"] = below(self.server)
        return found


@contextmanager
def field(settings: str, database: str = "sqlite") -> Iterator[Field]:
    """With these lines of `pdfjobs.toml`."""
    with ExitStack() as stack:
        tree = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pdfjobs-bench-")))
        kept = stack.enter_context(place(database))
        service = stack.enter_context(running(settings + kept.settings + tree_settings(tree)))
        connection = stack.enter_context(closing(_connect(kept, service)))
        logs = Logs(tree, lambda question: connection.execute(question).fetchall())
        server = Path(kept.words.split()[0].removeprefix("host=")) if kept.words else None
        yield Field(service, logs, server)


def tree_settings(tree: Path) -> str:
    """Lines of `pdfjobs.toml` that name the tree."""
    return f"\n[[trees]]\nname = {json.dumps(ROOT)}\npath = {json.dumps(str(tree))}\n"


def _connect(kept: Place, service: Service) -> Any:
    """To the diary; each question sees what is committed now."""
    if kept.words:
        import psycopg  # SQLite needs none

        return psycopg.connect(kept.words, autocommit=True)
    where = f"{(service.var / 'diary.sqlite3').as_uri()}?mode=ro"
    return sqlite3.connect(where, uri=True, isolation_level=None)


class Logs:
    """Each a .sta of a run of its own; a row more is a change, and its facts are visible with their checkpoint."""

    def __init__(self, tree: Path, ask: Ask) -> None:
        self._tree, self._ask = tree, ask
        self._files: list[Path] = []
        self._sizes: list[int] = []
        self._rows: list[int] = []
        self._unseen: list[deque[tuple[int, float]]] = []
        self._index: dict[str, int] = {}
        self._runs: dict[int, int] = {}
        """Numbers of the logs, by the ids of their runs."""
        self.written = 0

    def __len__(self) -> int:
        return len(self._files)

    def make(self, count: int) -> None:
        """So many more, with their first row; until the diary has them all."""
        for number in range(len(self), len(self) + count):
            name = f"project_{number // 100}/case_{number}"
            path = self._tree / name / f"{STEM}.sta"
            path.parent.mkdir(parents=True)
            path.write_text(HEADER + row(1))
            self._index[name] = number
            self._files.append(path)
            self._sizes.append(path.stat().st_size)
            self._rows.append(1)
            self._unseen.append(deque([(self._sizes[-1], time.monotonic())]))
        self.await_all()

    def append(self, number: int) -> bytes:
        """Writes a row more, and notes when; the row."""
        self._rows[number] += 1
        text = row(self._rows[number]).encode("ascii")
        with self._files[number].open("ab", buffering=0) as file:
            self._unseen[number].append((self._sizes[number] + len(text), time.monotonic()))
            file.write(text)
        self._sizes[number] += len(text)
        self.written += 1
        return text

    def seen(self) -> list[tuple[int, float]]:
        """(log, seconds from its write) of each row that the diary holds now and did not at the last call."""
        found = self._ask(OFFSETS)
        now = time.monotonic()
        seen = []
        if len(self._runs) < len(found):
            self._runs = {run: self._index[name] for run, name in self._ask(FOLDERS)}
        for run, offset in found:
            number = self._runs[run]
            unseen = self._unseen[number]
            while unseen and unseen[0][0] <= offset:
                seen.append((number, now - unseen.popleft()[1]))
        return seen

    def behind(self) -> int:
        """Rows that the diary does not hold yet."""
        return sum(map(len, self._unseen))

    def await_all(self) -> list[float]:
        """Until the diary holds every row; the seconds that each took."""
        times: list[float] = []

        def all_seen() -> bool:
            times.extend(seconds for _, seconds in self.seen())
            return not self.behind()

        _wait(all_seen, "all rows in the diary")
        return times

    def grow(self, count: int, rate: float, seconds: float) -> list[float]:
        """Appends to the first so many in turn, at a steady rate; seconds until each row was in the diary."""
        times: list[float] = []
        begun = time.monotonic()
        done = 0
        while (passed := time.monotonic() - begun) < seconds:
            while done < passed * rate:
                self.append(done % count)
                done += 1
            times += [lag for _, lag in self.seen()]
            time.sleep(POLL_S)
        return times + self.await_all()

    def saturate(self, seconds: float) -> float:
        """Each gets its next row as soon as the diary has its last; rows recorded in a second."""
        for number in range(len(self)):
            self.append(number)
        begun = time.monotonic()
        count = 0
        while time.monotonic() - begun < seconds:
            for number, _ in self.seen():
                self.append(number)
                count += 1
            time.sleep(SATURATED_POLL_S)
        rate = count / (time.monotonic() - begun)
        self.await_all()
        return rate


def _wait(what: Callable[[], bool], about: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {PATIENCE_S:g} s: {about}")
        time.sleep(POLL_S)
