"""Whether the watcher lives, as it says itself through the queue server."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import redis
from django.conf import settings

KNOWN_FOR_S = 2.0
"""How long an answer is taken as still true, so that pages ask rarely."""
LATE_S = 10.0
"""The watcher speaks every 2 s; later than this, it does not run."""
PATIENCE_S = 1.0
"""Longest wait for the queue server: an outage must not slow the pages, nor a busy machine look like one."""


@dataclass
class Heartbeat:
    """What is known of the watcher."""

    queue_server: bool
    """Whether the queue server answered."""
    at: float | None
    """Unix time of the last word heard, by this process or from the queue server."""
    late: bool
    """Whether the watcher must be taken as not running."""
    word: Mapping[str, Any] = field(default_factory=dict)
    """All that the watcher said last; its keys stand in `pdfjobs.health.watcher`, and any may be missing."""


class _Memory:
    asked_at = float("-inf")
    answer = Heartbeat(queue_server=True, at=None, late=False)
    client: "redis.Redis | None" = None


def heartbeat(max_age_s: float = KNOWN_FOR_S) -> Heartbeat:
    """The watcher's state, at most so old."""
    now = time.monotonic()
    if now - _Memory.asked_at >= max_age_s:
        _Memory.asked_at = now
        _Memory.answer = _ask(_Memory.answer)
    return _Memory.answer


def forget() -> None:
    """Makes the next question go to the queue server."""
    _Memory.asked_at = float("-inf")
    _Memory.answer = Heartbeat(queue_server=True, at=None, late=False)
    _Memory.client = None


def client() -> "redis.Redis":
    """A connection that gives up soon, for whoever looks at the service and must not wait for it."""
    if _Memory.client is None:
        _Memory.client = redis.Redis.from_url(
            settings.INSTANCE.redis_url,
            socket_timeout=PATIENCE_S,
            socket_connect_timeout=PATIENCE_S,
            retry=None,
        )
    return _Memory.client


def _ask(last: Heartbeat) -> Heartbeat:
    try:
        raw = client().get(f"{settings.INSTANCE.queue_prefix}:watcher")
    except (redis.RedisError, OSError):
        return Heartbeat(queue_server=False, at=last.at, late=False, word=last.word)
    word = _word(raw)
    if word is None:
        return Heartbeat(queue_server=True, at=last.at, late=True, word=last.word)
    return Heartbeat(
        queue_server=True,
        at=float(word["at"]),
        late=time.time() - word["at"] > LATE_S,
        word=word,
    )


def _word(raw: object) -> dict[str, Any] | None:
    """What the watcher said; None when that is nothing, or does not say when."""
    if not isinstance(raw, bytes):
        return None
    try:
        word = json.loads(raw)
    except ValueError:
        return None
    at = word.get("at") if isinstance(word, dict) else None
    return word if isinstance(at, int | float) and not isinstance(at, bool) else None
