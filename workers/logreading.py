"""One reading of one log: what came since the last. Knows the log's row as it was, and no database."""

from dataclasses import dataclass

from django.conf import settings

from pdfjobs import names
from pdfjobs.logs.logmarks import STATE
from pdfjobs.models import LogFile
from pdfjobs.points.chunks import Points
from pdfjobs.services.ingest import UNREAD, Checkpoint, Turn
from workers.logfile import ChangingLogError, Mark, OpenLog, Trail
from workers.logplaces import Places, add_marks
from workers.parsers import by_name, claimant
from workers.parsers.report import News, Parser

BLOCK = 1 << 20


@dataclass
class LogReading:
    """A turn to be saved, and whether the file holds more."""

    turn: Turn
    more: bool


def read_turn(
    row: LogFile | None,
    path: str,
    opened: OpenLog,
    *,
    to_end: bool = False,
    closing: bool = False,
    anew: bool = False,
) -> LogReading | None:
    """Reads the next part of one file; None when no parser claims it or nothing is new.

    `path` is the file's in its run's folder. `to_end` reads all there is; `closing` takes a last line without
    newline as it stands; `anew` begins at the first byte. Raises ChangingLogError when the file was written anew
    meanwhile.
    """
    parser, places, generation, offset = _take_up(None if anew else row, opened)
    if parser is None:
        return None
    if row is not None and not offset:
        generation = row.generation + 1
    same = row is not None and generation == row.generation and offset == opened.size
    closed_before = same and row is not None and row.closed
    if same and row is not None and row.mtime_ns == opened.mtime_ns and row.closed >= closing:
        return None
    trail = Trail(opened, offset)
    most = opened.size if to_end else settings.PDFJOBS.logs.turn_bytes
    points = read_on(trail, parser, places, min(opened.size, offset + most))
    state = parser.state | ({STATE: places.state} if places else {})
    closed = closed_before or (closing and trail.offset >= opened.size)
    if closed:
        last = parser.finish()
        if not closed_before:  # else its points are kept already
            extend(points, last, marked=places is not None)
    mark = trail.mark()
    if not _holds(opened, mark, row, generation):
        raise ChangingLogError(f"{path}: written anew while it was read")
    checkpoint = Checkpoint(
        **vars(mark),
        parser=parser.name,
        parser_version=parser.version,
        generation=generation,
        size=opened.size,
        mtime_ns=opened.mtime_ns,
        state=state,
        closed=closed,
    )
    was = (row.generation, row.offset, row.parser_version) if row else UNREAD
    turn = Turn(names.to_stored(path), was, checkpoint, parser.report().to_json(), points)
    return LogReading(turn, trail.offset < opened.size)


def read_on(trail: Trail, parser: Parser, places: Places | None, limit: int) -> Points:
    """What the log brings up to an offset; marks only beside places, since a viewer needs both."""
    points: Points = {}
    while trail.offset < limit:
        begin = trail.offset
        if not (chunk := trail.read(min(BLOCK, limit - begin))):
            break
        extend(points, parser.feed(chunk), marked=places is not None)
        if places is not None:
            places.feed(chunk, begin, points)
    return points


def extend(points: Points, news: News, *, marked: bool = True) -> None:
    """Adds what a chunk brought."""
    for name, more in news.points.items():
        points.setdefault(name, []).extend(more)
    if marked and news.marks:
        add_marks(news.marks, points)


def _take_up(row: LogFile | None, opened: OpenLog) -> tuple[Parser | None, Places | None, int, int]:
    """Parser, places, generation and offset to go on with: the checkpoint's, or a new generation from the first byte.

    No places for a log of which a part was read before they were kept.
    """
    if row is not None:
        kind = by_name(row.parser)
        grown_after_end = row.closed and opened.size != row.offset
        known = kind is not None and kind.version == row.parser_version and not grown_after_end
        if kind is not None and known and opened.goes_on(mark_of(row)):
            state = dict(row.state)
            places = state.pop(STATE, None)
            going_on = Places(places) if places or not row.offset else None
            return kind(state), going_on, row.generation, row.offset
    kind = claimant(opened.head())
    generation = row.generation + 1 if row is not None else 1
    return (kind() if kind is not None else None), Places(), generation, 0


def _holds(opened: OpenLog, mark: Mark, row: LogFile | None, generation: int) -> bool:
    """Whether the file still has the bytes that were read now, and those that this reading went on from."""
    before = mark_of(row) if row is not None and generation == row.generation else mark
    return opened.holds(before) and opened.holds(mark)


def mark_of(row: LogFile) -> Mark:
    """What a row knows of its file."""
    return Mark(row.device, row.inode, row.head_len, row.head_sha, row.tail_sha, row.offset)
