"""Starts the watcher: `python -m watcher`, set up by PDFJOBS_VAR, PDFJOBS_CONFIG, REDIS_URL and RQ_KEY_PREFIX."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

import sdnotify

from watcher import config
from watcher.loop import RESCAN_S, Loop
from watcher.memory import Memory
from watcher.observe import Bell
from watcher.publish import Publisher
from watcher.stuck import end_when_stuck

GRACE_S = 0.8
"""A watcher that was told to end and still waits for the queue server or a slow disk ends anyway; it loses nothing."""


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m watcher", description=__doc__)
    arguments.add_argument(
        "--rescan",
        type=float,
        default=RESCAN_S,
        metavar="SECONDS",
        help="look through every root so often for what no event told of (default: %(default)s)",
    )
    options = arguments.parse_args()
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    try:
        settings = config.read(os.environ)
    except config.ConfigError as error:
        sys.exit(f"watcher: {error}")
    bell = Bell()
    publisher = Publisher(settings.redis_url)
    memory = Memory(Path(os.environ["PDFJOBS_VAR"]).absolute() / "watcher.sqlite3")
    loop = Loop(settings, memory, publisher, bell, options.rescan, _supervisor())
    _end_on_signals(loop)
    end_when_stuck(loop)
    loop.run()
    memory.close()
    publisher.close()


def _supervisor() -> Callable[[], object]:
    """Tells systemd, where it started us, that the loop turns."""
    if "NOTIFY_SOCKET" not in os.environ:
        return lambda: None
    notifier = sdnotify.SystemdNotifier()  # type: ignore[no-untyped-call]
    return partial(notifier.notify, "READY=1\nWATCHDOG=1")


def _end_on_signals(loop: Loop) -> None:
    def end(number: int, frame: FrameType | None) -> None:
        loop.stop()
        limit = threading.Timer(GRACE_S, os._exit, (0,))
        limit.daemon = True
        limit.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


if __name__ == "__main__":
    main()
