"""Fewer points that show the same curve: each stretch's lowest and highest, and where it has no number."""

import math
from bisect import bisect_left, bisect_right
from itertools import pairwise

Points = tuple[list[float], list[float]]


def of_stretches(points: Points, size: int) -> Points:
    """Of each `size` points the lowest, the highest and the first gap, in their order; none whose x is no number."""
    xs, ys = points
    kept = [k for at in range(0, len(xs), size) for k in _extremes(xs, ys, at, at + size)]
    return [xs[k] for k in kept], [ys[k] for k in kept]


def thinned(points: Points, most: int, low: float = -math.inf, high: float = math.inf) -> Points:
    """At most `most` points: first, last, and what each pixel of a plot from `low` to `high` must show.

    Without ends, pixels divide what there is. Points that go back and forth are divided by their number instead.
    """
    xs, ys = points
    if len(xs) <= most:
        return points
    has_gaps = not math.isfinite(sum(ys))
    pixels = max(1, (most - 2) // (3 if has_gaps else 2))
    inner = range(1, len(xs) - 1)
    kept = [0]
    for begin, end in pairwise(_borders(xs, pixels, low, high)):
        if begin < end:
            kept += _extremes(xs, ys, max(begin, inner.start), min(end, inner.stop))
    kept.append(len(xs) - 1)
    return [xs[k] for k in kept], [ys[k] for k in kept]


def is_sorted(xs: list[float]) -> bool:
    """From the lowest to the highest, every one a number."""
    return all(map(float.__le__, xs, xs[1:])) and not (len(xs) == 1 and math.isnan(xs[0]))


def within(points: Points, low: float, high: float) -> Points:
    """The points from `low` to `high`, and the one before and behind them, so that lines go on to the borders."""
    xs, ys = points
    if is_sorted(xs):
        begin = max(0, bisect_left(xs, low) - 1)
        end = bisect_right(xs, high) + 1
        return xs[begin:end], ys[begin:end]
    kept = [k for k, x in enumerate(xs) if low <= x <= high]
    return [xs[k] for k in kept], [ys[k] for k in kept]


def _borders(xs: list[float], pixels: int, low: float, high: float) -> list[int]:
    """Indexes between which the points of one pixel lie."""
    low, high = max(low, xs[0]), min(high, xs[-1])
    size = len(xs)
    if low < high and math.isfinite(high - low) and is_sorted(xs):
        inner = [bisect_left(xs, low + (high - low) * i / pixels) for i in range(1, pixels)]
    else:
        inner = [size * i // pixels for i in range(1, pixels)]
    return [0, *inner, size]


def _extremes(xs: list[float], ys: list[float], begin: int, end: int) -> list[int]:
    some = ys[begin:end]
    if not some:
        return []
    if math.isfinite(sum(some)) and math.isfinite(sum(xs[begin:end])):
        places = {begin + some.index(min(some)), begin + some.index(max(some))}
        return sorted(places)
    shown = [k for k in range(begin, min(end, len(xs))) if math.isfinite(xs[k])]
    numbers = [k for k in shown if math.isfinite(ys[k])]
    places = {k for k in shown if not math.isfinite(ys[k])}
    places = {min(places)} if places else set()
    if numbers:
        places |= {min(numbers, key=ys.__getitem__), max(numbers, key=ys.__getitem__)}
    return sorted(places)
