"""Measured times as the figures of a line."""

import math
from collections.abc import Sequence


def share(times: Sequence[float], part: float) -> float:
    """The nearest-rank quantile: the smallest measured time that at least this part of all do not exceed."""
    return sorted(times)[max(0, math.ceil(part * len(times)) - 1)]


def spread(seconds: Sequence[float], prefix: str = "") -> dict[str, float]:
    """p50, p95 and the longest, in ms."""
    return {
        f"{prefix}p50": in_ms(share(seconds, 0.5)),
        f"{prefix}p95": in_ms(share(seconds, 0.95)),
        f"{prefix}max": in_ms(max(seconds)),
    }


def in_ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
