"""What other libraries hear: `python -m bench.bare_listener KIND FOLDER`; at the end of its input it says what.

Kinds: watchdog (as it comes: every event), watchdog-closed (a file is told of when created or closed: the best that
a filter can do), watchdog-poll (its polling), watchfiles. Each path heard of is kept, nothing else is done.
"""

import json
import logging
import os
import sys
import threading
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.polling import PollingObserver

KINDS = ("watchdog", "watchdog-closed", "watchdog-poll", "watchfiles")
POLL_S = 5


@dataclass
class Heard:
    """Paths, and how often and when at last anything was heard."""

    top: str
    paths: set[str] = field(default_factory=set)
    events: int = 0
    last_at: float = 0.0

    def note(self, path: str) -> None:
        self.events += 1
        if path not in self.paths:
            self.paths.add(path)
            self.last_at = time.monotonic()

    def say(self) -> None:
        paths = [path.removeprefix(self.top + "/") for path in self.paths]
        answer = {"paths": paths, "events": self.events, "last_at": self.last_at}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


class Handler(FileSystemEventHandler):
    """Keeps the files that events name."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard

    def dispatch(self, event: FileSystemEvent) -> None:
        if not event.is_directory:
            self._heard.note(os.fsdecode(event.dest_path or event.src_path))


def main() -> None:
    kind, folder = sys.argv[1:]
    # An overflow is logged, and each folder that is come upon twice is warned of with all watches in the text.
    logging.disable()
    warnings.simplefilter("ignore")
    heard = Heard(str(Path(folder).resolve()))
    if kind == "watchfiles":
        _listen_with_watchfiles(heard)
    else:
        _listen_with_watchdog(kind, heard)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    heard.say()
    os._exit(0)  # what still listens need not end in order


def _listen_with_watchdog(kind: str, heard: Heard) -> None:
    observer = PollingObserver(timeout=POLL_S) if kind == "watchdog-poll" else Observer()
    wanted: list[type[FileSystemEvent]] = [FileCreatedEvent, FileClosedEvent]
    observer.schedule(
        Handler(heard),
        heard.top,
        recursive=True,
        event_filter=wanted if kind == "watchdog-closed" else None,
    )
    observer.start()


def _listen_with_watchfiles(heard: Heard) -> None:
    from watchfiles import watch

    def listen() -> None:
        # It yields for the first time when its watches are set and nothing has happened.
        for found in watch(heard.top, watch_filter=None, rust_timeout=100, yield_on_timeout=True):
            is_ready.set()
            for _, path in found:
                heard.note(path)

    is_ready = threading.Event()
    threading.Thread(target=listen, daemon=True).start()
    is_ready.wait()


if __name__ == "__main__":
    main()
