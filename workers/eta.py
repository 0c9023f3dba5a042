"""When a run will reach its end, from how its own time went against the wall clock; pure."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

RECENT = 32
"""Pairs that tell how fast the run goes now; as many as `parsers.pace` keeps of the recent past."""
COMPARED = 24
"""Pairs that slopes are taken between, at most."""
LEAST = 3
"""Pairs that an estimate needs."""
ANOTHER_RATE = 1.5
"""A rate that differs by this factor from that of before is no noise: the run goes on as it goes now."""
SPREAD = 0.1
"""Share of the slopes left out at each end of the band."""
NARROWEST = 0.05
"""The band's half width is at least this share of the rest: what was never measured may still change…"""
UNSEEN = 0.1
"""…and this much more of a run of which less than a twentieth of the rest was seen."""

Pairs = Sequence[Sequence[float]]
"""(time, wall time in s) as `parsers.pace` keeps them."""


class Ends(NamedTuple):
    """Unix times of the end."""

    best: float
    early: float
    late: float


class _Rate(NamedTuple):
    """Wall time in s for each unit of the run's own time."""

    median: float
    low: float
    high: float


def ends(pairs: Pairs, end_time: float | None, at: float) -> Ends | None:
    """When `end_time` is reached; None where that cannot be told. `at` is the Unix time of the last pair.

    The rate is that over as long a past as the rest is long, since a machine is slower for hours and faster for
    hours; the rate of right now where that is quite another one (a time step that has collapsed). The band holds
    what most slopes of both would give.
    """
    if len(pairs) < LEAST or not isinstance(end_time, int | float) or not math.isfinite(end_time):
        return None
    left = end_time - pairs[-1][0]
    if left <= 0:
        return None
    now = _rate(pairs[-RECENT:])
    past = _rate([pair for pair in pairs if pair[0] >= pairs[-1][0] - left]) or now
    if now is None or past is None or now.median <= 0 or past.median <= 0:
        return None
    same = 1 / ANOTHER_RATE < now.median / past.median < ANOTHER_RATE
    best = past.median if same else now.median
    low, high = min(now.low, past.low if same else best), max(now.high, past.high if same else best)
    seen = pairs[-1][0] - pairs[0][0]
    least = NARROWEST + UNSEEN * min(1.0, left / (20 * seen))
    early, late = min(low, best * (1 - least)), max(high, best * (1 + least))
    found = Ends(at + left * best, at + left * early, at + left * late)
    return found if all(math.isfinite(one) for one in found) else None


def _rate(pairs: Pairs) -> _Rate | None:
    """Median of the slopes between pairs (Theil and Sen): a few stops and starts of the machine do not count.

    Slopes over a short stretch say more of the clock's rounding than of the run, so the pairs of one lie a quarter of
    the whole stretch apart.
    """
    if len(pairs) < LEAST:
        return None
    # From the last one back: of twice as many pairs there are four times as many slopes, and no other median.
    pairs = pairs[:: -max(1, -(-len(pairs) // COMPARED))][::-1]
    apart = (pairs[-1][0] - pairs[0][0]) / 4
    slopes = []
    for i, (time, wall) in enumerate(pairs):
        for later, later_wall in pairs[i + 1 :]:
            if later - time >= apart and later > time:
                slopes.append((later_wall - wall) / (later - time))
    if not slopes:
        return None
    slopes.sort()
    last = len(slopes) - 1
    return _Rate(
        slopes[len(slopes) // 2], slopes[round(last * SPREAD)], slopes[round(last * (1 - SPREAD))]
    )


def usual_gap_s(pairs: Pairs) -> float | None:
    """The wall time between two lines that tell a time, as it usually is; None where too few did."""
    recent = pairs[-RECENT:]
    gaps = sorted(second[1] - first[1] for first, second in pairwise(recent))
    return gaps[len(gaps) // 2] if len(gaps) >= LEAST else None
