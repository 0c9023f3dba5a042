"""Whether the watcher lives, as it says itself through the queue server."""

import json
import time
from dataclasses import dataclass

import redis
from django.conf import settings

KNOWN_FOR_S = 2.0
"""How long an answer is taken as still true, so that pages ask rarely."""
LATE_S = 10.0
"""The watcher speaks every 2 s; later than this, it does not run."""
PATIENCE_S = 0.2
"""Longest wait for the queue server: an outage must not slow the pages."""


@dataclass
class Heartbeat:
    """What is known of the watcher."""

    queue_server: bool
    """Whether the queue server answered."""
    at: float | None
    """Unix time of the last word heard, by this process or from the queue server."""
    late: bool
    """Whether the watcher must be taken as not running."""


class _Memory:
    asked_at = float("-inf")
    answer = Heartbeat(queue_server=True, at=None, late=False)
    client: "redis.Redis | None" = None


def heartbeat() -> Heartbeat:
    """The watcher's state, at most `KNOWN_FOR_S` old."""
    now = time.monotonic()
    if now - _Memory.asked_at >= KNOWN_FOR_S:
        _Memory.asked_at = now
        _Memory.answer = _ask(_Memory.answer.at)
    return _Memory.answer


def forget() -> None:
    """Makes the next question go to the queue server."""
    _Memory.asked_at = float("-inf")
    _Memory.answer = Heartbeat(queue_server=True, at=None, late=False)
    _Memory.client = None


def _ask(last_at: float | None) -> Heartbeat:
    try:
        if _Memory.client is None:
            _Memory.client = redis.Redis.from_url(
                settings.INSTANCE.redis_url,
                socket_timeout=PATIENCE_S,
                socket_connect_timeout=PATIENCE_S,
                retry=None,
            )
        raw = _Memory.client.get(f"{settings.INSTANCE.queue_prefix}:watcher")
    except (redis.RedisError, OSError):
        return Heartbeat(queue_server=False, at=last_at, late=False)
    at = _spoken_at(raw)
    if at is None:
        return Heartbeat(queue_server=True, at=last_at, late=True)
    return Heartbeat(queue_server=True, at=at, late=time.time() - at > LATE_S)


def _spoken_at(raw: object) -> float | None:
    if not isinstance(raw, bytes):
        return None
    try:
        at = json.loads(raw)["at"]
    except (ValueError, KeyError, TypeError):
        return None
    return float(at) if isinstance(at, int | float) else None
