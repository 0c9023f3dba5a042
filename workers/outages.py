"""Outages of the queue server: who works for it waits, and goes on in the same process."""

import logging
import signal
import time
from collections.abc import Callable

import redis

PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
"""Between two attempts; longer and longer while it answers and refuses, as with a full disk."""
LASTING_S = 30.0

log = logging.getLogger(__name__)


def serve_through(connection: "redis.Redis", who: str, serve: Callable[[], bool]) -> None:
    """Calls `serve` whenever the queue server answers, until it returns True: it was asked to stop."""
    pause = PAUSE_S
    end_at_once_when_asked()
    while True:
        _wait(connection)
        begun = time.monotonic()
        try:
            if serve():
                return
            log.warning("%s: the queue server went away", who)
        except redis.RedisError as error:
            log.warning("%s: the queue server went away: %s", who, error)
        end_at_once_when_asked()
        pause = PAUSE_S if time.monotonic() - begun > LASTING_S else min(2 * pause, LONGEST_PAUSE_S)
        time.sleep(pause)


def end_at_once_when_asked() -> None:
    """While nothing is served, SIGINT and SIGTERM end the process, and nothing is lost by that.

    They are left neither to RQ's handlers, whose loop is over, nor to Python's, whose KeyboardInterrupt is lost in
    any `__del__`.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _wait(connection: "redis.Redis") -> None:
    while True:
        try:
            connection.ping()
            return
        except (redis.ConnectionError, redis.TimeoutError, FileNotFoundError):
            time.sleep(0.1)
