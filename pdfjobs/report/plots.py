"""Series as pictures made on the server: SVG without script, style or anything from elsewhere."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 720, 250
LEFT, RIGHT, TOP, BOTTOM = 66, 12, 10, 34
COLOURS = ("#1f6fb2", "#c0392b", "#2d8a4e", "#8e5bb5", "#b9770e", "#0f8a94", "#c2528b", "#5d6d7e")
INK, LINE = "#5a6572", "#dfe3e8"
LOG_FROM = 1e3
"""Largest over smallest, from which on a logarithmic axis tells more."""


@dataclass(frozen=True)
class Curve:
    """One series, already reduced to what a picture can show; values that are no number are left out."""

    name: str
    xs: Sequence[float | None]
    ys: Sequence[float | None]


@dataclass(frozen=True)
class _Axis:
    """A stretch of numbers on a stretch of the picture."""

    low: float
    high: float
    begin: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        low, high, here = self.low, self.high, value
        if self.log:
            low, high, here = math.log10(low), math.log10(high), math.log10(value)
        # Halves, since the distance of very large numbers may be none.
        share = (here / 2 - low / 2) / (high / 2 - low / 2)
        return self.begin + share * (self.end - self.begin)

    def ticks(self) -> list[float]:
        if self.log:
            first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
            every = max(1, (last - first) // 6 + 1)
            return [10.0**power for power in range(first, last + 1, every)]
        rough = self.high / 5 - self.low / 5
        size = 10.0 ** math.floor(math.log10(rough))
        step = next(size * one for one in (1, 2, 5, 10) if size * one >= rough)
        first = math.ceil(self.low / step)
        return [k * step for k in range(first, math.floor(self.high / step) + 1)]

    def marks(self) -> list[tuple[float, str]]:
        """Its ticks with their numbers, which have as many digits as tell one from the next."""
        ticks = self.ticks()
        digits = 4
        if len(ticks) > 1 and not self.log:
            largest, half = max(abs(ticks[0]), abs(ticks[-1])), ticks[1] / 2 - ticks[0] / 2
            digits = min(15, 2 + math.floor(math.log10(largest)) - math.floor(math.log10(half)))
        return [(tick, f"{tick:.{digits}g}") for tick in ticks]


def plot(curves: Sequence[Curve], *, x: str, unit: str | None) -> SafeString:
    """The curves in one picture, with axes; empty where there is nothing to draw."""
    kept = [(curve.name, _points(curve)) for curve in curves]
    values = [y for _, points in kept for _, y in points]
    if not values:
        return mark_safe("")  # nosec B308 # empty
    log = min(values) > 0 and max(values) / min(values) >= LOG_FROM
    across = _axis([x for _, points in kept for x, _ in points], LEFT, WIDTH - RIGHT)
    up = _axis(values, HEIGHT - BOTTOM, TOP, log=log)
    names = ", ".join(name for name, _ in kept)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' font-family="sans-serif" font-size="11" fill="{INK}">',
        f"<title>{escape(names)}</title>",
        *_grid(across, up, x, unit),
    ]
    for i, (_, points) in enumerate(kept):
        for stretch in _stretches(points):
            parts.append(_line(stretch, across, up, COLOURS[i % len(COLOURS)]))
    return mark_safe("".join([*parts, "</svg>"]))  # nosec B308, B703 # empty


def _points(curve: Curve) -> list[tuple[float, float]]:
    return [
        (float(x), float(y))
        for x, y in zip(curve.xs, curve.ys, strict=True)
        if x is not None and y is not None and math.isfinite(x) and math.isfinite(y)
    ]


def _stretches(points: list[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Parts of a curve within which x goes up: a run that began anew is no line across the picture."""
    parts: list[list[tuple[float, float]]] = []
    for point in points:
        if not parts or point[0] < parts[-1][-1][0]:
            parts.append([])
        parts[-1].append(point)
    return parts


def _axis(values: list[float], begin: float, end: float, *, log: bool = False) -> _Axis:
    low, high = min(values), max(values)
    if log:
        return _Axis(low, high, begin, end, log=True)
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        wide = abs(high) / 10 or 1.0
        low, high = low - wide, high + wide
    return _Axis(low, high, begin, end)


def _grid(across: _Axis, up: _Axis, x: str, unit: str | None) -> list[str]:
    parts = []
    for tick, number in up.marks():
        y = f"{up.at(tick):.1f}"
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="{LINE}"/>'
            f'<text x="{LEFT - 6}" y="{y}" dy="4" text-anchor="end">{number}</text>'
        )
    floor = HEIGHT - BOTTOM
    for tick, number in across.marks():
        at = f"{across.at(tick):.1f}"
        parts.append(
            f'<line x1="{at}" x2="{at}" y1="{TOP}" y2="{floor}" stroke="{LINE}"/>'
            f'<text x="{at}" y="{floor + 14}" text-anchor="middle">{number}</text>'
        )
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 5}" text-anchor="middle">{escape(x)}</text>'
    )
    if unit and unit != "1":
        middle = (TOP + floor) / 2
        parts.append(
            f'<text x="12" y="{middle}" text-anchor="middle"'
            f' transform="rotate(-90 12 {middle})">{escape(unit)}</text>'
        )
    return parts


def _line(points: list[tuple[float, float]], across: _Axis, up: _Axis, colour: str) -> str:
    places = [f"{across.at(x):.1f},{up.at(y):.1f}" for x, y in points]
    if len(places) == 1:
        x, y = places[0].split(",")
        return f'<circle cx="{x}" cy="{y}" r="2.5" fill="{colour}"/>'
    return (
        f'<polyline points="{" ".join(places)}" fill="none" stroke="{colour}"'
        ' stroke-width="1.4" stroke-linejoin="round"/>'
    )
