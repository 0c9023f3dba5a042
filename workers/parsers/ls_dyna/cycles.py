"""Cycle lines that follow one another, read by their columns: all of a file are printed with one format."""

import re
from typing import NamedTuple, Self

from workers.parsers.ls_dyna.stamps import hour_s

# 54755000 t 1.9993E+01 dt 3.65E-07 flush i/o buffers            08/20/24 00:08:54
_ROW = re.compile(
    rb"([ \t]*+\d++) t +(\d\.\d++E[+-]\d\d) dt +(\d\.\d++E[+-]\d\d)"
    rb"( )[a-z][^:\n]*+(?<=( )(\d\d/\d\d/\d\d \d\d)):(\d\d:\d\d)\n"
)
_DIGITS = 18
FEWEST = 8
"""Lines from which it is worth to look at them together."""
MOST = 512
_IN_HOUR_S = {b"%02d:%02d" % (at // 60, at % 60): at for at in range(3600)}
"""Seconds since the full hour of `44:59`."""


def alike(data: bytes, at: int) -> int:
    """Lines from the cycle line at `at` on that are as long as it is, 1 if that is unusual."""
    first = _ROW.match(data, at)
    width = first.end() - at if first else 1
    if first is None or data[at + width * FEWEST - 1 : at + width * FEWEST] != b"\n":
        return 1
    ends = data[at + width - 1 : at + width * MOST : width]
    return len(ends) - len(ends.lstrip(b"\n"))


class Cycles(NamedTuple):
    """Columns of these lines."""

    numbers: list[int]
    times: list[float]
    steps: list[float]
    clocks_s: list[float]
    """`stamps.seconds`."""

    @classmethod
    def of(cls, block: bytes, count: int) -> Self | None:
        """Out of lines that are `alike`; None if any is not of the usual form, or of a thermal step."""
        first = _ROW.match(block)
        if first is None or not _is_regular(block, count, first) or b"thermal" in block:
            return None
        width = len(block) // count
        begins = range(0, len(block), width)
        number, time, step, hour, clock = (
            [block[at + start : at + end] for at in begins]
            for start, end in map(first.span, (1, 2, 3, 6, 7))
        )
        hours = {one: hour_s(one) for one in {*hour}}
        known = {one: at for one, at in hours.items() if at is not None}
        try:
            clocks = [known[one] + _IN_HOUR_S[two] for one, two in zip(hour, clock, strict=True)]
            return cls([*map(int, number)], [*map(float, time)], [*map(float, step)], clocks)
        except (KeyError, ValueError):
            return None


def _is_regular(block: bytes, count: int, first: re.Match[bytes]) -> bool:
    """Whether all lines have the first one's characters outside of the action, and digits where that has them."""
    width, number_end, action, stamp = first.end(), first.end(1), first.end(4), first.start(5)
    if number_end > _DIGITS or block.count(b"\n") != count:
        return False
    for at in (number_end - 1, *range(number_end, action), *range(stamp, width)):
        column, one = block[at::width], block[at : at + 1]
        if one.isdigit():
            regular = column.isdigit()
        else:
            regular = not column.strip(b"+-" if one in b"+-" else one)
        if not regular:
            return False
    numbers = b"".join([block[at : at + number_end] for at in range(0, len(block), width)])
    return numbers.translate(None, b" \t").isdigit()
