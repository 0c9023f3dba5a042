"""Ends a watcher whose loop stands still at a disk that does not answer: its next life, which asks first, goes on without it."""

import logging
import os
import threading
import time
from typing import Protocol

STUCK_LOOKS = 40
"""Once a second; a turn takes a fraction of one. Looks are counted, since a process that was stopped has lost time."""

logger = logging.getLogger(__name__)


class Turning(Protocol):
    """The loop."""

    turns: int
    busy_with: str


def end_when_stuck(loop: Turning, look_s: float = 1.0) -> None:
    def watch() -> None:
        seen, same = -1, 0
        while same < STUCK_LOOKS:
            time.sleep(look_s)
            same = same + 1 if loop.turns == seen else 0
            seen = loop.turns
        logger.critical("no answer from %s: the watcher ends, to begin anew", loop.busy_with)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
