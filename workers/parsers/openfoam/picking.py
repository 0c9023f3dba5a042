"""A batch of lines taken apart: linear solves, the other rows of a time step, and everything else."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from workers.parsers.openfoam import fields, rows
from workers.parsers.openfoam.rows import Cut, Solves

_Group = tuple[int, int, list[str]]
"""Lines that follow each other and are no solves: solves before them, place of the first, the lines."""

_Row = tuple[str, float, int]
"""A line, the time at it, its place."""

_Matched = tuple[list["re.Match[str]"], list[float], list[int], list[str | None]]

# Words of rows where a region's name or blanks stand before them.
_BY_WORD = (
    ("ClockTime = ", rows.CLOCK),
    ("ExecutionTime = ", rows.CPU_TIME),
    ("Time = ", rows.TIME),
    ("ontinuity errors", rows.CONTINUITY),
    ("Courant ", rows.COURANT),
    ("Diffusion ", rows.COURANT),
    ("deltaT = ", rows.DELTA_T),
)
_BY_BEGINNING = {
    "Inter": rows.COURANT,
    "Regio": rows.COURANT,
    "Mean ": rows.COURANT_PAIR,
    "Max U": rows.COURANT_OF_SLIP,
    "Solvi": rows.REGION,
}


@dataclass
class Picked:
    """What a batch holds; places count its lines from 0."""

    time: float
    """The last time that was printed, else where the run starts."""
    steps: list[tuple[int, float]] = field(default_factory=list)
    """(solves before it in the batch, time) of each line that begins a time step."""
    last_step: int = 0
    """Place of the last one."""
    regions: list[tuple[int, str | None]] = field(default_factory=list)
    """(solves before it in the batch, region) where the region changes."""
    cuts: dict[Cut, list[_Row]] = field(default_factory=dict)
    """Rows that may be cut into columns."""
    cut: list[tuple[Cut, list[list[float]], Sequence[float], Sequence[int]]] = field(
        default_factory=list
    )
    """Those that were: columns, time at each, places."""
    matched: dict["re.Pattern[str]", "_Matched"] = field(default_factory=dict)
    """The rarer rows, alike, and the region at each."""
    bounded: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    """Field to the first line that says it was bounded, its place, how often."""
    others: list[tuple[int, str, float]] = field(default_factory=list)
    """(place, line, time) of every other line that is not empty."""
    solves: Solves = field(default_factory=lambda: Solves([], [], [], []))
    place_of: Callable[[int], int] = int
    """Place of a solve by its number in the batch."""


class _Borders(dict[str, tuple[float, str, list[str]]]):
    """What stands between the numbers of two solves: the first one's iterations, lines, the next one's name."""

    def __missing__(self, text: str) -> tuple[float, str, list[str]]:
        iterations, *lines, key = text.split("\n")
        border = float(iterations), key, lines
        if not lines:
            self[text] = border
        return border


def pick(text: str, count: int, time: float, region: str | None) -> Picked | None:
    """Takes so many lines, joined, apart; None where that has to be done line by line."""
    if rows.MARK in text:
        return None
    cells = rows.marked(text).split(rows.MARK)
    n = len(cells) // 3
    if len(cells) != 3 * n + 1:
        return None
    between = cells[0::3]
    between[0] = "0\n" + between[0]
    between[-1] += "\n"
    known = _Borders()
    try:
        borders = [known[one] for one in between]
        initial, final = list(map(float, cells[1::3])), list(map(float, cells[2::3]))
    except ValueError:
        return None
    groups: list[_Group] = []
    befores: list[int] = []
    for before in [at for at, border in enumerate(borders) if border[2]]:
        lines = borders[before][2]
        groups.append((before, before + len(befores), lines))
        befores += [before] * len(lines)
    if len(befores) + n != count:
        return None
    picked = Picked(time)
    keys = [border[1] for border in borders]
    iterations = [border[0] for border in borders]
    del keys[-1], iterations[0]
    picked.solves = Solves(keys, initial, final, iterations)
    picked.place_of = lambda at: at + bisect_right(befores, at)
    _pick_rest(picked, groups, region)
    return picked


def pick_lines(lines: list[str], time: float, region: str | None) -> Picked:
    """As `pick`, with a look at every line alone."""
    picked = Picked(time)
    columns: tuple[list[Any], ...] = ([], [], [], [])
    picked.solves = Solves(*columns)
    places: list[int] = []
    groups: list[_Group] = []
    for place, line in enumerate(lines):
        one = rows.solves_of(line) if rows.SOLVE in line else None
        if one is None:
            groups.append((len(places), place, [line]))
            continue
        places += [place] * len(one.keys)
        for column, more in zip(columns, one, strict=True):
            column += more
    picked.place_of = places.__getitem__
    _pick_rest(picked, groups, region)
    return picked


def _pick_rest(picked: Picked, groups: list[_Group], region: str | None) -> None:
    time = picked.time
    begun: dict[str, tuple[str, Callable[[_Row], None]]] = {}
    for beginning, cut in rows.CUTS.items():
        kept = picked.cuts[cut] = []
        begun[beginning] = cut.words[0], kept.append
    known = begun.get
    for before, first, lines in groups:
        for place, line in enumerate(lines, first):
            if not line:
                continue
            beginning = line[:5]
            row = known(beginning)
            if (
                row is not None
                and line.startswith(row[0])
                and (region is None or beginning != "time ")
            ):
                row[1]((line, time, place))
            elif beginning == "Time " and (value := rows.time_of(line)) is not None:
                picked.time = time = value
                picked.steps.append((before, time))
                picked.last_step = place
                if region is not None:
                    region = None
                    picked.regions.append((before, None))
            elif beginning == "bound" and (name := rows.bounded_of(line)):
                said, where, count = picked.bounded.get(name) or (line, place, 0)
                picked.bounded[name] = said, where, count + 1
            elif not (found := _rare(picked, line, place, time, region)):
                picked.others.append((place, line, time))
            elif found.re is rows.REGION:
                region = found[1]
                picked.regions.append((before, region))
            elif found.re is rows.TIME:
                picked.time = time = float(found[1])
                picked.steps.append((before, time))
                picked.last_step = place
    _cut_all(picked)


def _rare(
    picked: Picked, line: str, place: int, time: float, region: str | None
) -> "re.Match[str] | None":
    """Takes a row that is not cut; those that begin something are handed back only."""
    kind = kind_of(line)
    found = kind.fullmatch(line) if kind is not None else None
    if found is None or kind is None or kind is rows.REGION or kind is rows.TIME:
        return found
    kept = picked.matched.get(kind)
    if kept is None:
        kept = picked.matched[kind] = ([], [], [], [])
    kept[0].append(found)
    kept[1].append(time)
    kept[2].append(place)
    kept[3].append(region)
    return found


def kind_of(line: str) -> "re.Pattern[str] | None":
    """The only pattern that may take the line, a row that is not cut."""
    if found := _BY_BEGINNING.get(line[:5]):
        return found
    for word, kind in _BY_WORD:
        if word in line:
            return kind
    return fields.kind_of(line)


def _cut_all(picked: Picked) -> None:
    """Lines that only begin like such a row are looked at once more, like any other."""
    odd = False
    for cut, found in picked.cuts.items():
        if not found:
            continue
        lines, times, places = zip(*found, strict=True)
        columns = cut.columns(lines)
        if columns is None:
            odd = True
            sound = []
            for line, time, place in found:
                if cut.columns([line]) is not None:
                    sound.append((line, time, place))
                elif not _rare(picked, line, place, time, None):
                    picked.others.append((place, line, time))
            if not sound:
                continue
            lines, times, places = zip(*sound, strict=True)
            columns = cut.columns(lines) or []
        picked.cut.append((cut, columns, times, places))
    if odd:
        picked.others.sort()
        for kind, kept in picked.matched.items():
            order = sorted(range(len(kept[2])), key=kept[2].__getitem__)
            picked.matched[kind] = tuple([column[at] for at in order] for column in kept)  # type: ignore[assignment]
