"""Finds the places and marks of a log that was read before these were kept, in fair turns behind everything live.

What a turn found waits in the queue server for the last one, which hands all to the diary; without it, from the start.
"""

import json
import logging
import time
from collections.abc import Iterator
from typing import Any

from pdfjobs import names, queue
from pdfjobs.jobfiles import NoSuchFileError, root_path
from pdfjobs.logs.logmarks import NAMES, STATE
from pdfjobs.models import LogFile
from pdfjobs.points import chunks
from pdfjobs.points.chunks import Points
from pdfjobs.services import logmarks as service
from workers import rundisk
from workers.logfile import ChangingLogError, NoLogError, OpenLog, Trail
from workers.logplaces import Places, add_marks
from workers.logreading import BLOCK, mark_of, read_on
from workers.parsers import by_name
from workers.parsers.report import Parser

TURN_S = 2.0
KEPT_S = 24 * 3600

log = logging.getLogger(__name__)


class Found:
    """What earlier turns found of a log, and where they stopped."""

    def __init__(self, file: LogFile, kind: type[Parser]) -> None:
        self._key = queue.key("marking", str(file.pk))
        self._pieces = queue.key("marking", str(file.pk), "found")
        self._of = [file.generation, kind.name, kind.version]
        kept = json.loads(queue.connection().get(self._key) or "{}")
        if kept.get("of") != self._of:
            self.forget()
            kept = {"offset": 0, "parser": None, "places": None}
        self.offset: int = kept["offset"]
        self.parser = kind(kept["parser"]) if kept["parser"] is not None else kind()
        self.places = Places(kept["places"])

    def add(self, points: Points, offset: int) -> None:
        """Keeps what one more turn found, and how it goes on."""
        state = {
            "of": self._of,
            "offset": offset,
            "parser": self.parser.state,
            "places": self.places.state,
        }
        with queue.connection().pipeline() as pipe:
            pipe.set(self._key, json.dumps(state), ex=KEPT_S)
            pipe.rpush(self._pieces, chunks.pack_piece(points))
            pipe.expire(self._pieces, KEPT_S)
            pipe.execute()
        self.offset = offset

    def every(self) -> Iterator[Points]:
        """What each turn found, in order."""
        for number in range(queue.connection().llen(self._pieces)):
            columns = chunks.piece_columns(queue.connection().lindex(self._pieces, number))
            yield {name: list(zip(xs, ys, strict=True)) for name, xs, ys in columns}

    def forget(self) -> None:
        queue.connection().delete(self._key, self._pieces)


def give_turn(file_id: int) -> None:
    """Reads on for a while; then another turn follows, or what was found is kept."""
    file = LogFile.objects.select_related("run__job").filter(pk=file_id).first()
    kind = by_name(file.parser) if file is not None else None
    if file is None or kind is None or STATE in file.state:
        return
    found = Found(file, kind)
    try:
        path = rundisk.folder_of(file.run) / names.from_stored(file.path)
        with OpenLog(root_path(file.run.root), path) as opened:
            if not opened.goes_on(mark_of(file)):
                raise NoLogError("it is not the one that was read")
            found.add(*_read_on(opened, file, found))
            if not opened.holds(mark_of(file)):
                raise NoLogError("it was written anew")
    except (NoLogError, NoSuchFileError) as error:
        log.info("no marks for %s: %s", file.path, error)
        found.forget()
        return
    if found.offset >= file.offset and service.keep(file, _whole(file, found), found.places.state):
        found.forget()
    else:
        service.send(file, found.offset)


def _read_on(opened: OpenLog, file: LogFile, found: Found) -> tuple[Points, int]:
    """What the next part holds, and where it ends: at the latest where the log was read to."""
    until = time.monotonic() + TURN_S
    trail, points = Trail(opened, found.offset), dict[str, list[Any]]()
    while trail.offset < file.offset:
        begin = trail.offset
        limit = min(file.offset, begin + BLOCK)
        more = read_on(trail, found.parser, found.places, limit)
        if trail.offset == begin:
            raise ChangingLogError(f"{file.path}: cut to {begin} bytes while it was read")
        for name in NAMES:
            if name in more:
                points.setdefault(name, []).extend(more[name])
        if time.monotonic() >= until:
            break
    return points, trail.offset


def _whole(file: LogFile, found: Found) -> Iterator[Points]:
    """All that was found; of a log that is closed also what its last line says."""
    yield from found.every()
    if file.closed:
        last: Points = {}
        add_marks(found.parser.finish().marks, last)
        yield last
