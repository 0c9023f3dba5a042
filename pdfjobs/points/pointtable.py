"""Series as a table: a column for each, a row for each x."""

import csv
import heapq
import io
import math
from collections.abc import Iterator
from itertools import groupby

from pdfjobs.points.curves import Curve
from pdfjobs.points.extremes import is_sorted

MOST_POINTS = 4_000_000
"""In one table: more would not fit into a spreadsheet anyway, and take the memory of a web worker."""
ROWS_AT_ONCE = 2000


class TooLargeError(Exception):
    """More points are asked for than one table may have."""


def csv_lines(
    curves: dict[str, Curve], heads: dict[str, str], x: str, low: float, high: float
) -> Iterator[str]:
    """The table's text by the piece; raises TooLargeError at once. Numbers as they were kept, gaps as `nan`."""
    if sum(curve.near(low, high) for curve in curves.values()) > MOST_POINTS:
        raise TooLargeError
    return _lines(curves, heads, x, low, high)


def _lines(
    curves: dict[str, Curve], heads: dict[str, str], x: str, low: float, high: float
) -> Iterator[str]:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow([x, *(heads[name] for name in curves)])
    columns = [_column(k, curve, low, high) for k, curve in enumerate(curves.values())]
    for n, (at, its) in enumerate(groupby(heapq.merge(*columns), key=lambda point: point[0])):
        for row in _rows(at, [(column, y) for _, column, y in its], len(columns)):
            table.writerow(row)
        if n % ROWS_AT_ONCE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def _rows(at: float, values: list[tuple[int, float]], width: int) -> Iterator[list[float | str]]:
    """One row, or several where a series has the same x more than once."""
    row: list[float | str] = [at, *[""] * width]
    for column, y in values:
        if row[column + 1] != "":
            yield row
            row = [at, *[""] * width]
        row[column + 1] = y
    yield row


def _column(k: int, curve: Curve, low: float, high: float) -> Iterator[tuple[float, int, float]]:
    (xs, ys), _ = curve.read(low, high)
    shown = [i for i, x in enumerate(xs) if low <= x <= high and not math.isnan(x)]
    if not is_sorted(xs):
        shown.sort(key=xs.__getitem__)
    return ((xs[i], k, ys[i]) for i in shown)
