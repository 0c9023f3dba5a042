"""The floor's watcher: `python -m bench.bare_watcher FOLDER SOCKET`; each closed file is a task, nothing is kept."""

import os
import signal
import sys
import time
from pathlib import Path

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from watchdog.events import FileClosedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

WRITE = "bench.bare_worker.write"


class Enqueue(FileSystemEventHandler):
    """Queues a task from the thread that hears of the file."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def dispatch(self, event: FileSystemEvent) -> None:
        heard_at = time.monotonic()
        name = Path(os.fsdecode(event.src_path)).name
        self._queue.enqueue_call(
            WRITE, kwargs={"name": name, "heard_at": heard_at}, result_ttl=0, description=name
        )


def main() -> None:
    folder, socket = sys.argv[1:]
    queue = Queue("floor", connection=Redis(unix_socket_path=socket), serializer=JSONSerializer)
    observer = Observer()
    observer.schedule(Enqueue(queue), folder, event_filter=[FileClosedEvent])
    observer.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    signal.pause()


if __name__ == "__main__":
    main()
