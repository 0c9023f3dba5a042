"""Moves tasks that are to be tried again into their queues when their time has come: RQ's scheduler in a slot."""

import logging
import time

import django_rq
import redis
from django.conf import settings
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer

from workers.outages import end_at_once_when_asked, serve_through
from workers.salvage import HOST

LOOK_S = 1
TAKE_OVER_S = 10.0


class SlotScheduler(RQScheduler):
    """Looks for locks that another host's scheduler gave up every ten seconds; RQ's own every two minutes.

    Its name is that of slot and host: RQ's locks are given to a name, so that the successor of a killed one has
    them at once and not when they run out.
    """

    asked_at = float("-inf")

    @property
    def should_reacquire_locks(self) -> bool:
        if self._queue_names == self.acquired_locks:
            return False
        if due := time.monotonic() - self.asked_at >= TAKE_OVER_S:
            self.asked_at = time.monotonic()
        return due


def schedule(slot: str) -> None:
    """Works until asked to stop; after an outage of the queue server once more."""
    connection = django_rq.get_connection("upkeep")

    def live() -> bool:
        scheduler = SlotScheduler(
            settings.QUEUES,
            connection,
            interval=LOOK_S,
            logging_level=logging.WARNING,
            serializer=JSONSerializer,
            name=f"{slot}@{HOST}",
        )
        try:
            scheduler.work()  # type: ignore[no-untyped-call]
        except redis.RedisError:
            end_at_once_when_asked()  # first: no request comes between
            if not scheduler._stop_requested:
                raise
        return True

    serve_through(connection, slot, live)
