"""How points lie in the database.

A chunk holds one series: zlib over float64, little-endian, all xs, then all ys. A piece holds what one reading
brought to all series of a log, a few points each, not compressed: for each series `_HEAD`, the name in UTF-8, then
xs and ys as in a chunk.
"""

import struct
import zlib
from array import array
from collections.abc import Iterator
from sys import byteorder

Points = dict[str, list[tuple[float, float]]]
"""Series name to (x, y), in order."""
_HEAD = struct.Struct("<HI")
"""Bytes of the name, number of points."""


def pack(points: list[tuple[float, float]]) -> bytes:
    """Points as a chunk's data."""
    return zlib.compress(_flat(points), 1)


def columns(data: bytes, count: int) -> tuple[list[float], list[float]]:
    """A chunk's xs and ys; raises ValueError or zlib.error when it is damaged."""
    return _columns(zlib.decompress(data), count)


def points(data: bytes, count: int) -> list[tuple[float, float]]:
    """A chunk's points; raises as `columns`."""
    return list(zip(*columns(data, count), strict=True))


def pack_piece(points: Points) -> bytes:
    """Points of several series as a piece's data."""
    parts = []
    for name, more in points.items():
        raw = name.encode()
        parts += [_HEAD.pack(len(raw), len(more)), raw, _flat(more)]
    return b"".join(parts)


def piece_columns(data: bytes) -> Iterator[tuple[str, list[float], list[float]]]:
    """Name, xs and ys of each series in a piece; raises ValueError when it is damaged."""
    at = 0
    while at < len(data):
        begin = at + _HEAD.size
        length, count = _HEAD.unpack(data[at:begin]) if begin <= len(data) else (0, 0)
        begin += length
        at = begin + 16 * count
        if at > len(data):
            raise ValueError(f"{at - len(data)} bytes are missing")
        yield data[begin - length : begin].decode(), *_columns(data[begin:at], count)


def _flat(points: list[tuple[float, float]]) -> bytes:
    flat = array("d", [x for x, _ in points])
    flat.extend(y for _, y in points)
    if byteorder == "big":
        flat.byteswap()
    return flat.tobytes()


def _columns(raw: bytes, count: int) -> tuple[list[float], list[float]]:
    flat = array("d", raw)
    if byteorder == "big":
        flat.byteswap()
    if len(flat) != 2 * count:
        raise ValueError(f"{len(flat)} numbers for {count} points")
    return list(flat[:count]), list(flat[count:])
