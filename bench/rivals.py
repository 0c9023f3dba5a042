"""Other libraries' watching, in a process of its own, asked at the end what it heard."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psutil

APP = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Heard:
    paths: set[str]
    """Relative to the folder that was listened to."""
    events: int
    last_at: float
    """When the last path was heard of for the first time, monotonic."""


class Listener:
    """A context manager: one kind of `bench.bare_listener`, listening once entered."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._words = (kind, str(folder))

    def __enter__(self) -> "Listener":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.bare_listener", *self._words],
            cwd=APP,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            raise ChildProcessError(f"{self._words[0]} did not start")
        self.process = psutil.Process(self._process.pid)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def end(self) -> Heard:
        """What it heard; it listens no more."""
        answer = json.loads(self._process.communicate()[0])
        return Heard(set(answer["paths"]), answer["events"], answer["last_at"])
