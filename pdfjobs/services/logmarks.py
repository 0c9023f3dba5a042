"""Places and marks of logs that were read before these were kept: asked for by who opens such a log, made once."""

from collections.abc import Iterable
from typing import Any

import redis
from django.db import transaction

from pdfjobs import names, queue
from pdfjobs.logs.logmarks import NAMES, STATE
from pdfjobs.models import LogFile, SeriesChunk, SeriesLevel
from pdfjobs.points.chunks import Points
from pdfjobs.services import rows
from pdfjobs.services.points import Growth, keep_points

QUEUE = "backlog"


def ask(file: LogFile) -> bool:
    """Asks for those of a log that has none; False while the queue server is away."""
    try:
        if not _is_under_way(file):
            send(file, 0)
    except redis.RedisError:
        return False
    return True


def are_being_made(file: LogFile) -> bool:
    """Whether a turn waits or runs; False while the queue server is away."""
    try:
        return _is_under_way(file)
    except redis.RedisError:
        return False


def send(file: LogFile, offset: int) -> None:
    """Queues the turn that begins at an offset, unless it waits already."""
    name = names.readable(names.from_stored(file.path))
    about = f"mark warnings and errors in {name} of {file.run.job.number}"
    rq_id = f"{_id_of(file)}{offset}"
    if queue.make_room(QUEUE, rq_id):
        queue.send(QUEUE, "workers.tasks.mark_lines", about, None, rq_id, file_id=file.pk)


def keep(file: LogFile, found: Iterable[Points], state: dict[str, Any]) -> bool:
    """Keeps what was found from the first byte up to where the log was read; `state` is what it goes on from.

    False when the log was read on meanwhile, and nothing was kept. A reading that is saved behind this one, but was
    begun before it, leaves the log without places: then they are asked for once more, and come in the place of these.
    """
    with transaction.atomic():
        rows.lock_runs([file.run_id])
        now = LogFile.objects.filter(pk=file.pk).first()
        if now is None or _how_far(now) != _how_far(file):
            return False
        for kind in (SeriesChunk, SeriesLevel):
            kind.objects.filter(file=now, name__in=NAMES).delete()
        for points in found:
            keep_points([Growth.of(now, points, fresh=False, over=True)], [])
        now.state[STATE] = state
        now.save(update_fields=["state", "pieces"])
    return True


def _is_under_way(file: LogFile) -> bool:
    return any(rq_id.startswith(_id_of(file)) for rq_id in queue.under_way(QUEUE))


def _how_far(file: LogFile) -> tuple[int, int, bool]:
    return file.generation, file.offset, file.closed


def _id_of(file: LogFile) -> str:
    return f"marks-{file.pk}-"
