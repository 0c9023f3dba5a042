"""Coarser copies of long series, so that a plot of millions of points need not unpack them all.

A row of level 1 stands for 64 full chunks: of each 64 points it keeps the lowest, the highest and the first gap. A
row of each further level stands for 16 rows of the level below and keeps the same of their stretches. A row is written once,
when what it stands for is complete, and never changed; what is behind the last one is short enough to be read.

Its data are, as zlib: for each part (chunk, or row of the level below) the lowest and highest x and the number of
its points; then all xs and all ys, float64 and little-endian.
"""

import math
import struct
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from sys import byteorder

from pdfjobs.points.extremes import Points, of_stretches

CHUNK = 1024
"""Points of a full chunk."""
STRETCH = 64
"""Points that level 1 tells by their extremes."""
PARTS = {1: 64, 2: 16, 3: 16}
SPANS = {1: 64 * CHUNK, 2: 1024 * CHUNK, 3: 16384 * CHUNK}
"""Points that a row of the level stands for."""
_PART = struct.Struct("<ddI")
_COUNT = struct.Struct("<H")


@dataclass(frozen=True)
class Part:
    """What a level's row keeps of one of the things that it stands for."""

    low: float
    high: float
    """The lowest and highest x; inf and -inf where no x is a number."""
    points: Points

    @classmethod
    def of(cls, points: Points, kept: Points) -> "Part":
        xs = [x for x in points[0] if math.isfinite(x)]
        return cls(min(xs, default=math.inf), max(xs, default=-math.inf), kept)


def of_chunks(chunks: list[Points]) -> list[Part]:
    """The parts of a row of level 1."""
    return [Part.of(points, of_stretches(points, STRETCH)) for points in chunks]


def of_rows(rows: list[list[Part]]) -> list[Part]:
    """The parts of a row of a further level, each out of a row of the level below."""
    parts = []
    for below in rows:
        whole = joined(below)
        # Two or three points of each stretch below: about sixteen stretches become one.
        size = max(2, len(whole[0]) // 64)
        low, high = bounds(below)
        parts.append(Part(low, high, of_stretches(whole, size)))
    return parts


def bounds(parts: list[Part]) -> tuple[float, float]:
    """The lowest and highest x."""
    return min(part.low for part in parts), max(part.high for part in parts)


def joined(parts: list[Part]) -> Points:
    """The points of all parts in their order."""
    xs: list[float] = []
    ys: list[float] = []
    for part in parts:
        xs += part.points[0]
        ys += part.points[1]
    return xs, ys


def pack(parts: list[Part]) -> bytes:
    """Parts as a row's data."""
    head = [_COUNT.pack(len(parts))]
    head += [_PART.pack(part.low, part.high, len(part.points[0])) for part in parts]
    xs, ys = joined(parts)
    flat = array("d", xs)
    flat.extend(ys)
    if byteorder == "big":
        flat.byteswap()
    return zlib.compress(b"".join(head) + flat.tobytes(), 1)


def unpack(data: bytes) -> list[Part]:
    """A row's parts; raises ValueError, struct.error or zlib.error when it is damaged."""
    raw = zlib.decompress(data)
    (count,) = _COUNT.unpack_from(raw)
    begin = _COUNT.size + count * _PART.size
    flat = array("d", raw[begin:])
    if byteorder == "big":
        flat.byteswap()
    values = flat.tolist()
    return list(_parts(list(_PART.iter_unpack(raw[_COUNT.size : begin])), values))


def _parts(heads: list[tuple[float, float, int]], values: list[float]) -> Iterator[Part]:
    total = sum(count for _, _, count in heads)
    if len(values) != 2 * total:
        raise ValueError(f"{len(values)} numbers for {total} points")
    at = 0
    for low, high, count in heads:
        ys = values[total + at : total + at + count]
        yield Part(low, high, (values[at : at + count], ys))
        at += count
