"""The rows that hold the points of logs: chunks, and the pieces that are newer than those."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.db.models import CharField, F, IntegerField, Q, QuerySet, Value

from pdfjobs.models import SeriesChunk, SeriesPiece
from pdfjobs.points import chunks

COLUMNS = ("file_id", "is_piece", "name", "start", "count", "data", "file__run_id")
FIRST_PIECES = 8
"""Pieces of a running solver's log may have one point each."""


class Stored(NamedTuple):
    """A row that holds points: a chunk, or a piece, which has no name."""

    file_id: int
    is_piece: int
    name: str
    start: int
    """Index of a chunk's first point; number of a piece."""
    points: int
    """Of a chunk; a piece says it itself."""
    data: bytes
    run_id: int

    def columns(self) -> Iterator[tuple[str, list[float], list[float]]]:
        """Name, xs and ys of each series in it; raises ValueError or zlib.error when it is damaged."""
        if self.is_piece:
            yield from chunks.piece_columns(bytes(self.data))
        else:
            yield self.name, *chunks.columns(bytes(self.data), self.points)


def stored(of: Q, names: list[str] | None = None, *, first: bool = False) -> Iterator[Stored]:
    """The rows that hold the points of some logs: each series' chunks from its first point on, then all pieces.

    One statement, so that they are of one moment, also while pieces are moved into chunks. `of` says whose, by
    fields that chunk and piece have in common; without `names` every series; `first`: enough for the first few points.
    """
    whole = SeriesChunk.objects.filter(of, *([Q(name__in=names)] if names is not None else ()))
    loose = SeriesPiece.objects.filter(of)
    if first:
        whole, loose = whole.filter(start=0), loose.filter(number__lt=FIRST_PIECES)
    yield from _ordered([whole], loose)


def stored_from(of: Q, names: list[str], heads: Mapping[tuple[int, str], int]) -> Iterator[Stored]:
    """As `stored`, but of a series of a log that `heads` names only chunks from that start on."""
    others = SeriesChunk.objects.filter(of, name__in=names)
    parts = []
    for (file_id, name), start in heads.items():
        others = others.exclude(file=file_id, name=name)
        parts.append(SeriesChunk.objects.filter(file=file_id, name=name, start__gte=start))
    yield from _ordered([others, *parts], SeriesPiece.objects.filter(of))


def _ordered(whole: list[QuerySet[SeriesChunk]], loose: QuerySet[SeriesPiece]) -> Iterator[Stored]:
    pieces = loose.annotate(
        is_piece=_number(1), name=Value("", CharField()), start=F("number"), count=_number(0)
    ).values_list(*COLUMNS)
    rows = [each.annotate(is_piece=_number(0)).values_list(*COLUMNS) for each in whole]
    both = rows[0].union(*rows[1:], pieces, all=True)
    for row in both.order_by("file_id", "is_piece", "name", "start").iterator():
        yield Stored(*row)


def _number(value: int) -> Value:
    return Value(value, IntegerField())
