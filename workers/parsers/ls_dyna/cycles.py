"""Cycle lines that follow one another, read by their columns: all of a file are printed with one format."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from struct import Struct
from typing import NamedTuple, Self

from workers.parsers.ls_dyna.stamps import hour_s

# 54755000 t 1.9993E+01 dt 3.65E-07 flush i/o buffers            08/20/24 00:08:54
_ROW = re.compile(
    rb"([ \t]*+\d++) t +(\d\.\d++E[+-]\d\d) dt +(\d\.\d++E[+-]\d\d)"
    rb"( )[a-z][^:\n]{0,300}+(?<=( )(\d\d/\d\d/\d\d \d\d)):(\d\d:\d\d)\n"
)
_DIGITS = 18
FEWEST = 8
"""Lines from which it is worth to look at them together."""
MOST = 512
_IN_HOUR_S = {b"%02d:%02d" % (at // 60, at % 60): at for at in range(3600)}
"""Seconds since the full hour of `44:59`."""

Spans = tuple[tuple[int, int], ...]


def alike(data: bytes, at: int) -> int:
    """Lines from the cycle line at `at` on that are as long as it is, 1 if that is unusual."""
    width = data.find(b"\n", at) + 1 - at
    if data[at + width * FEWEST - 1 : at + width * FEWEST] != b"\n" or not _ROW.match(data, at):
        return 1
    ends = data[at + width - 1 : at + width * MOST : width]
    return len(ends) - len(ends.lstrip(b"\n"))


class Cycle(NamedTuple):
    """What one of them says."""

    number: int
    time: float
    step: float
    thermal: bool
    clock_s: float | None
    end: int
    """Where the next line begins."""


def cycle_at(data: bytes, at: int) -> Cycle | None:
    """The cycle line at this place; None for one that is not of the usual form."""
    row = _ROW.match(data, at)
    if row is None or row.end(1) - at > _DIGITS:
        return None
    number, time, step, _, _, hour, clock = row.groups()
    begin, second = hour_s(hour), _IN_HOUR_S.get(clock)
    now = None if begin is None or second is None else begin + second
    thermal = data.find(b"thermal", at, row.end()) >= 0
    return Cycle(int(number), float(time), float(step), thermal, now, row.end())


class Cycles(NamedTuple):
    """Columns of these lines."""

    numbers: list[int]
    times: list[float]
    steps: list[float]
    clocks_s: list[float]
    """`stamps.seconds`."""

    @classmethod
    def of(cls, block: bytes, count: int, marks: Iterable[bytes]) -> Self | None:
        """Out of lines that are `alike`; None if any is not of the usual form, of a thermal step, or has a mark."""
        first = _ROW.match(block)
        if first is None or first.end() * count != len(block) or b"thermal" in block:
            return None
        if not _is_regular(block, count, first):
            return None
        spans = (
            *map(first.span, (1, 2, 3)),
            (first.end(4), first.start(5)),
            *map(first.span, (6, 7)),
        )
        columns = _columns((*spans, (first.end(), first.end())))
        number, time, step, action, hour, clock = zip(*columns.iter_unpack(block), strict=True)
        actions = b"\n".join({*action})
        if any(mark in actions for mark in marks):
            return None
        if not b"".join(number).replace(b" ", b"").isdigit():
            return None
        values = {one: float(one) for one in {*step}}
        try:
            numbers, clocks = [*map(int, number)], _clocks_s(hour, clock)
        except (KeyError, ValueError):
            return None
        return cls(numbers, [*map(float, time)], [values[one] for one in step], clocks)


def _clocks_s(hours: Sequence[bytes], clocks: Sequence[bytes]) -> list[float]:
    """Out of `08/20/24 00` and `08:54`; KeyError for no such moment."""
    known = {one: at for one in {*hours} if (at := hour_s(one)) is not None}
    if len(known) == 1 and len({*hours}) == 1:
        begin = known[hours[0]]
        return [begin + _IN_HOUR_S[one] for one in clocks]
    return [known[one] + _IN_HOUR_S[two] for one, two in zip(hours, clocks, strict=True)]


def _is_regular(block: bytes, count: int, first: re.Match[bytes]) -> bool:
    """Whether all lines have the first one's characters outside of the action, and digits where that has them."""
    if first.end(1) > _DIGITS or block.count(b"\n") != count:
        return False
    fixed = _columns(((first.end(1) - 1, first.end(4)), (first.start(5), first.end())))
    return len({*fixed.iter_unpack(block.translate(_SHAPE))}) == 1


_SHAPE = bytes.maketrans(b"123456789-", b"000000000+")


@lru_cache(maxsize=64)
def _columns(spans: Spans) -> Struct:
    """Takes these columns out of a line, the last one ends with it."""
    parts, at = [], 0
    for start, end in spans:
        parts += [f"{start - at}x", f"{end - start}s" if end > start else ""]
        at = end
    return Struct("".join(parts))
