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
    """Calls `serve` whenever the queue server answers, until it returns True: it was asked to stop.

    While it waits, SIGINT and SIGTERM end the process at once, as nothing is lost by that: neither is left to a
    handler of `serve`, whose loop is over, nor to Python's, whose KeyboardInterrupt is lost in any `__del__`.
    """
    pause = PAUSE_S
    while True:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        _wait(connection)
        begun = time.monotonic()
        try:
            if serve():
                return
            log.warning("%s: the queue server went away", who)
        except redis.RedisError as error:
            log.warning("%s: the queue server went away: %s", who, error)
        pause = PAUSE_S if time.monotonic() - begun > LASTING_S else min(2 * pause, LONGEST_PAUSE_S)
        time.sleep(pause)


def _wait(connection: "redis.Redis") -> None:
    while True:
        try:
            connection.ping()
            return
        except (redis.ConnectionError, redis.TimeoutError, FileNotFoundError):
            time.sleep(0.1)
