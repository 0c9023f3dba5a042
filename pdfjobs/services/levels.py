"""Makes the coarser copies of long series (see `pdfjobs.points.levels`); in the caller's transaction."""

from collections.abc import Iterable, Iterator

from django.db import transaction
from django.db.models import Max

from pdfjobs.models import SeriesChunk, SeriesLevel
from pdfjobs.points import chunks
from pdfjobs.points.extremes import Points
from pdfjobs.points.levels import (
    CHUNK,
    PARTS,
    SPANS,
    Part,
    bounds,
    of_chunks,
    of_rows,
    pack,
    unpack,
)

Place = tuple[int, str]
"""Row of a log, and name of a series."""


def add_levels(fresh: Iterable[SeriesChunk]) -> None:
    """What these chunks, which were saved just now, complete."""
    for chunk in fresh:
        end = chunk.start + chunk.count
        if chunk.count == CHUNK and end % SPANS[1] == 0:
            _complete((chunk.file_id, chunk.name), end)


def fill() -> Iterator[int]:
    """Makes those of series that were kept before there were any; tells how many rows were made so far."""
    made = 0
    ends = SeriesChunk.objects.order_by().values("file_id", "name").annotate(last=Max("start"))
    for row in ends.filter(last__gte=SPANS[1] - CHUNK).iterator():
        place = row["file_id"], row["name"]
        known = SeriesLevel.objects.filter(file=place[0], name=place[1], level=1)
        starts = set(known.values_list("start", flat=True))
        for start in range(0, row["last"] + CHUNK - SPANS[1] + 1, SPANS[1]):
            if start not in starts:
                with transaction.atomic():
                    made += _complete(place, start + SPANS[1])
                yield made


def _complete(place: Place, end: int) -> int:
    """Makes the rows that end with this point, if all that they stand for is there; their number."""
    made = 0
    for level, span in SPANS.items():
        if end % span:
            break
        parts = _chunks(place, end) if level == 1 else _below(place, level, end)
        if len(parts) < PARTS[level]:
            break
        low, high = bounds(parts)
        SeriesLevel.objects.update_or_create(
            file_id=place[0],
            name=place[1],
            level=level,
            start=end - span,
            defaults={"x_min": low, "x_max": high, "data": pack(parts)},
        )
        made += 1
    return made


def _chunks(place: Place, end: int) -> list[Part]:
    rows = SeriesChunk.objects.filter(
        file=place[0], name=place[1], start__gte=end - SPANS[1], start__lt=end, count=CHUNK
    )
    found = rows.order_by("start").values_list("data", "count")
    held: list[Points] = [chunks.columns(bytes(data), count) for data, count in found]
    return of_chunks(held)


def _below(place: Place, level: int, end: int) -> list[Part]:
    begin = end - SPANS[level]
    rows = SeriesLevel.objects.filter(
        file=place[0], name=place[1], level=level - 1, start__gte=begin, start__lt=end
    )
    return of_rows([unpack(bytes(row.data)) for row in rows.order_by("start")])
