"""The queue server may be away while work is asked for: the wish stands in the diary all the same."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import redis

log = logging.getLogger(__name__)


@contextmanager
def may_be_away() -> Iterator[None]:
    """For what the sweep asks for again by itself."""
    try:
        yield
    except redis.RedisError as error:
        log.warning("the queue server is away, the sweep will ask again: %s", error)
