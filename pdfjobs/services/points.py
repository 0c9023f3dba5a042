"""Keeps the points of logs: a few as a piece, many in chunks; under the run's lock, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from pdfjobs.models import LogFile, SeriesChunk, SeriesLevel, SeriesPiece
from pdfjobs.points import chunks
from pdfjobs.points.chunks import Points
from pdfjobs.points.levels import CHUNK
from pdfjobs.services.levels import add_levels
from pdfjobs.services.rows import add_pieces

CHUNK_POINTS = CHUNK
PIECE_POINTS = 256
"""What brings more points goes into chunks at once."""
PIECES = 64
"""A log that has so many pieces, and up to `SPREAD` more, has them moved into chunks…"""
SPREAD = 64
"""…so that of logs that grow in step not all are moved in one transaction."""


@dataclass(frozen=True)
class Growth:
    """Points that come to those of a log."""

    file: LogFile
    """May be saved between the making of this and `keep_points`; its `pieces` are set here."""
    points: Points
    fresh: bool
    """The log was begun anew: they come in the place of those that are there."""
    gathered: bool
    """Everything goes into chunks."""
    pieces: int
    """How many pieces the log had."""

    @classmethod
    def of(cls, file: LogFile, points: Points, *, fresh: bool, over: bool) -> "Growth":
        """`over`: little more is expected of the log, so its points are laid to rest."""
        many = sum(map(len, points.values())) > PIECE_POINTS
        full = bool(points) and file.pieces >= PIECES + (file.pk or 0) % SPREAD
        pieces, gathered = file.pieces, over or many or full
        file.pieces = 0 if gathered else (0 if fresh else pieces) + bool(points)
        return cls(file, points, fresh, gathered, pieces)


def keep_points(growths: Sequence[Growth], replaced: Sequence[int]) -> None:
    """Saves what came to some logs; `replaced` are the rows of those whose present points go."""
    if replaced:
        SeriesChunk.objects.filter(file__in=replaced).delete()
        SeriesPiece.objects.filter(file__in=replaced).delete()
        SeriesLevel.objects.filter(file__in=replaced).delete()
    add_pieces(
        [
            (growth.file.pk, growth.file.pieces - 1, chunks.pack_piece(growth.points))
            for growth in growths
            if growth.points and not growth.gathered
        ]
    )
    gathered = [growth for growth in growths if growth.gathered]
    if gathered:
        _gather(gathered)


def _gather(growths: list[Growth]) -> None:
    """Moves pieces and what is new into chunks."""
    loose = [growth.file.pk for growth in growths if growth.pieces and not growth.fresh]
    pieces = _take_pieces(loose) if loose else {}
    rows: list[SeriesChunk] = []
    for growth in growths:
        points = pieces.get(growth.file.pk, {})
        for name, more in growth.points.items():
            points.setdefault(name, []).extend(more)
        for name, more in points.items():
            rows += _chunks(growth.file, name, more, new=growth.fresh)
    SeriesChunk.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["file", "name", "start"],
        update_fields=["count", "y_min", "y_max", "data"],
    )
    add_levels(rows)


def _take_pieces(files: list[int]) -> dict[int, Points]:
    found: dict[int, Points] = {}
    rows = SeriesPiece.objects.filter(file__in=files)
    for file_id, data in rows.order_by("file_id", "number").values_list("file_id", "data"):
        points = found.setdefault(file_id, {})
        for name, xs, ys in chunks.piece_columns(bytes(data)):
            points.setdefault(name, []).extend(zip(xs, ys, strict=True))
    rows.delete()
    LogFile.objects.filter(pk__in=files).update(pieces=0)
    return found


def _chunks(
    file: LogFile, name: str, points: list[tuple[float, float]], *, new: bool
) -> list[SeriesChunk]:
    """The chunks that take these points: a series' open one, filled up, and further ones."""
    # By the index: all chunks but the last are full, and a long log has thousands.
    last = (
        None if new else SeriesChunk.objects.filter(file=file, name=name).order_by("-start").first()
    )
    start = last.start + last.count if last is not None else 0
    if last is not None and last.count < CHUNK_POINTS:
        start, points = last.start, chunks.points(bytes(last.data), last.count) + points
    return [
        _chunk(file, name, start + first, points[first : first + CHUNK_POINTS])
        for first in range(0, len(points), CHUNK_POINTS)
    ]


def _chunk(file: LogFile, name: str, start: int, points: list[tuple[float, float]]) -> SeriesChunk:
    finite = [y for _, y in points if y - y == 0]
    return SeriesChunk(
        file=file,
        name=name,
        start=start,
        count=len(points),
        y_min=min(finite, default=None),
        y_max=max(finite, default=None),
        data=chunks.pack(points),
    )
