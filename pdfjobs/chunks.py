"""How a chunk of a series lies in the database: zlib over float64, little-endian, all xs, then all ys."""

import zlib
from array import array
from sys import byteorder


def pack(points: list[tuple[float, float]]) -> bytes:
    """Points as a chunk's data."""
    flat = array("d", [x for x, _ in points])
    flat.extend(y for _, y in points)
    if byteorder == "big":
        flat.byteswap()
    return zlib.compress(flat.tobytes(), 1)


def columns(data: bytes, count: int) -> tuple[list[float], list[float]]:
    """A chunk's xs and ys; raises ValueError or zlib.error when it is damaged."""
    flat = array("d", zlib.decompress(data))
    if byteorder == "big":
        flat.byteswap()
    if len(flat) != 2 * count:
        raise ValueError(f"{len(flat)} numbers for {count} points")
    return list(flat[:count]), list(flat[count:])


def points(data: bytes, count: int) -> list[tuple[float, float]]:
    """A chunk's points; raises as `columns`."""
    return list(zip(*columns(data, count), strict=True))
