"""The rows of a batch as columns of points, by the series that they belong to."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from workers.parsers.openfoam import fields, rows
from workers.parsers.openfoam.picking import Picked
from workers.parsers.openfoam.steps import Pieces


class Column(NamedTuple):
    """Points of one series, in their order."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    place_of: Callable[[int], int]
    """The place in the batch of the point with this index."""

    def line_of(self, numbers: Sequence[int]) -> Callable[[int], int]:
        """The line of a point by its index, where the batch's lines have these numbers."""
        return lambda index: numbers[self.place_of(index)]


def of_solves(picked: Picked, pieces: Pieces) -> list[Column]:
    """Three series for each solve of a field."""
    table = picked.solves
    columns = []
    families = (
        ("residual", table.initial),
        ("residual_final", table.final),
        ("solver_iterations", table.iterations),
    )
    for name, parts in pieces.items():
        if len(parts) == 1:
            xs, run = parts[0]
            at: Sequence[int] = run
        else:
            xs = [x for times, _ in parts for x in times]
            at = [row for _, run in parts for row in run]
        place_of = _place_of(picked.place_of, at)
        for family, values in families:
            if isinstance(at, range):
                ys = values[at.start : at.stop : at.step]
            else:
                ys = [values[row] for row in at]
            columns.append(Column(f"{family}.{name}", xs, ys, place_of))
    return columns


def of_rows(picked: Picked) -> list[Column]:
    """What the other rows of the time steps say."""
    columns = []
    for cut, cells, xs, places in picked.cut:
        for name, ys in zip(cut.names, cells, strict=True):
            columns.append(Column(name, xs, ys, places.__getitem__))
    for found, xs, places, regions in picked.matched.values():
        columns += _named(found, xs, places, regions)
    return columns


def _place_of(place_of: Callable[[int], int], at: Sequence[int]) -> Callable[[int], int]:
    return lambda index: place_of(at[index])


def _fixed(
    names: tuple[str, ...],
    found: Sequence["re.Match[str]"],
    xs: list[float],
    places: Sequence[int],
    first: int,
) -> list[Column]:
    columns = []
    for group, name in enumerate(names, first):
        words = [one[group] for one in found]
        try:
            columns.append(Column(name, xs, list(map(float, words)), places.__getitem__))
        except (TypeError, ValueError):
            sound = [at for at, word in enumerate(words) if _is_number(word)]
            ys = [float(words[at]) for at in sound]
            kept_xs = [xs[at] for at in sound]
            columns.append(Column(name, kept_xs, ys, _place_of(places.__getitem__, sound)))
    return columns


def first_and_names(found: "re.Match[str]", region: str | None) -> tuple[int, tuple[str, ...]]:
    """The first group that is a number, and the series of it and of those after it; the ones before say which."""
    first, names_of = _GROUPS[found.re]
    key = found.groups()[: first - 1]
    names = names_of(key)
    if found.re in fields.GROUPS or (found.re is rows.CONTINUITY and not any(key)):
        names = fields.of_region(names, region)
    return first, names


def _named(
    found: list["re.Match[str]"],
    xs: list[float],
    places: list[int],
    regions: Sequence[str | None],
) -> list[Column]:
    by_names: dict[tuple[int, tuple[str, ...]], list[int]] = {}
    for at, (one, region) in enumerate(zip(found, regions, strict=True)):
        by_names.setdefault(first_and_names(one, region), []).append(at)
    columns = []
    for (first, names), kept in by_names.items():
        if len(by_names) > 1:
            part = [found[at] for at in kept], [xs[at] for at in kept], [places[at] for at in kept]
        else:
            part = found, xs, places
        columns += _fixed(names, *part, first)
    return columns


def _continuity_names(key: tuple[str | None, ...]) -> tuple[str, ...]:
    region = key[0] or key[1]
    family = f"continuity.{region}" if region else "continuity"
    return tuple(f"{family}.{name}" for name in ("local", "global", "cumulative"))


def _courant_names(key: tuple[str | None, ...]) -> tuple[str, ...]:
    region, words, kind = key
    parts = ["courant", *([region] if region else []), *(words or "").lower().split()]
    if kind == "Diffusion":
        parts.append("diffusion")
    return tuple(".".join([*parts, name]) for name in ("mean", "max"))


_Key = tuple[str | None, ...]
_GROUPS: dict["re.Pattern[str]", tuple[int, Callable[[_Key], tuple[str, ...]]]] = {
    rows.CLOCK: (1, lambda _: ("cpu_time_s", "wall_time_s")),
    rows.CPU_TIME: (1, lambda _: ("cpu_time_s",)),
    rows.COURANT_OF_SLIP: (1, lambda _: ("courant.slip.max",)),
    rows.DELTA_T: (1, lambda _: ("time_step",)),
    rows.COURANT_PAIR: (1, lambda _: ("courant.mean", "courant.max")),
    rows.CONTINUITY: (3, _continuity_names),
    rows.COURANT: (4, _courant_names),
    **fields.GROUPS,
}


def _is_number(word: str | None) -> bool:
    try:
        float(word or "")
    except ValueError:
        return False
    return True
