"""Many time steps of one shape, read at once."""

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise

from workers.parsers.openfoam import rows
from workers.parsers.openfoam.columns import Column
from workers.parsers.openfoam.shapes import Shape, shape_of

_SHAPES = 6
"""Shapes that are tried: with and without a force, with a further corrector."""
# bounding k, min: -9.46469e-05 max: 0.00772286 average: 0.000224163
_BOUNDING = "\nbounding "
_BOUNDED = re.compile(r"\nbounding ([^\s,]{1,32}), min: [^\n]")


_Words = tuple[str, ...]


@dataclass
class Run:
    """Steps of one shape that follow each other, each on whole lines."""

    shape: Shape
    text: str
    begins: list[int]
    """Where each step begins, and the last one ends."""
    places: Sequence[int]
    """Place of the first line of each step, and of the line after the last one."""
    row: int
    """Steps of its shape before it in the stretch."""
    bounded: dict[str, int] = field(default_factory=dict)
    _looked: int = -1
    _lines: list[int] = field(default_factory=list)
    """Lines of that step but for those on bounded fields."""

    @property
    def steps(self) -> int:
        return len(self.begins) - 1

    def is_whole(self) -> bool:
        """Whether no line is parted and each further one is on a bounded field; counts those."""
        more = self.places[-1] - self.places[0] - self.shape.lines * self.steps
        if not more:
            return True
        text = self.text[self.begins[0] : self.begins[-1]]
        self.bounded = dict(Counter(_BOUNDED.findall(text)))
        return more == sum(self.bounded.values()) == text.count(_BOUNDING)

    def place(self, index: int, ats: list[int]) -> int:
        """Of a point of a series that has these groups."""
        step, line = index // len(ats), self.shape.places[ats[index % len(ats)]]
        begin = self.places[step]
        if self.places[step + 1] - begin > self.shape.lines:
            if self._looked != step:
                self._looked = step
                words = self.text[self.begins[step] : self.begins[step + 1]].split("\n")
                self._lines = [at for at, one in enumerate(words) if one[:9] != "bounding "]
            return begin + self._lines[line]
        return begin + line

    def bounded_at(self, name: str) -> tuple[str, int]:
        """The first line on the bounded field, and its place."""
        at = self.text.find(f"{_BOUNDING}{name}, min: ", self.begins[0]) + 1
        place = self.places[0] + self.text.count("\n", self.begins[0], at)
        return self.text[at : self.text.find("\n", at)], place


class Stretch:
    """Runs that follow each other."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.times: list[float] = []
        self._found: dict[Shape, list[_Words]] = {}

    def add(self, shape: Shape, text: str, at: int, place: int) -> Run | None:
        """Takes the steps from `at` on that have the shape."""
        match = shape.pattern.match
        found, begins = self._found.get(shape, []), [at]
        row = len(found)
        words: list[_Words] = []
        while matched := match(text, at):
            words.append(matched.groups())
            begins.append(at := matched.end())
            if shape.before != shape.after:
                break
        run = Run(shape, text, begins, _places(shape, text, begins, place), row)
        if not words or not run.is_whole():
            return None
        self._found.setdefault(shape, found).extend(words)
        self.runs.append(run)
        return run

    def columns(self) -> list[Column]:
        """The points; ValueError where a word is no number. Sets `times`."""
        times: dict[Shape, list[float]] = {}
        series: dict[str, dict[Shape, list[float]]] = {}
        for shape, found in self._found.items():
            words, *columns = zip(*found, strict=True)
            times[shape] = _times(words)
            values = [list(map(float, column)) for column in columns]
            for name, ats in shape.named.items():
                mixed = values[ats[0]] if len(ats) == 1 else _mixed([values[at] for at in ats])
                series.setdefault(name, {})[shape] = mixed
        self.times = [
            time for run in self.runs for time in times[run.shape][run.row : run.row + run.steps]
        ]
        return self._laid_out(series, times)

    def _laid_out(
        self, series: dict[str, dict[Shape, list[float]]], times: dict[Shape, list[float]]
    ) -> list[Column]:
        layouts: dict[tuple[int, ...], _Layout] = {}
        columns = []
        for name, ys in series.items():
            key = tuple(len(shape.named.get(name, ())) for shape in times)
            layout = layouts.get(key)
            if layout is None:
                layout = layouts[key] = _Layout(self.runs, name, times)
            columns.append(layout.column(name, ys))
        return columns


class _Layout:
    """Where in their steps the points of some series stand."""

    def __init__(self, runs: list[Run], name: str, times: dict[Shape, list[float]]) -> None:
        self._runs = [run for run in runs if name in run.shape.named]
        self._begins: list[int] = []
        self._slices: list[tuple[Shape, slice]] = []
        self._xs: list[float] = []
        for run in self._runs:
            n, begin, end = len(run.shape.named[name]), run.row, run.row + run.steps
            self._begins.append(len(self._xs))
            self._slices.append((run.shape, slice(n * begin, n * end)))
            part = times[run.shape][begin:end]
            self._xs += part if n == 1 else _mixed([part] * n)

    def column(self, name: str, values: dict[Shape, list[float]]) -> Column:
        if len(values) == 1:
            [ys] = values.values()
        else:
            ys = []
            for shape, part in self._slices:
                ys += values[shape][part]

        def place_of(index: int) -> int:
            at = bisect_right(self._begins, index) - 1
            run = self._runs[at]
            return run.place(index - self._begins[at], run.shape.named[name])

        return Column(name, self._xs, ys, place_of)


class Steady:
    """The shapes of the steps that came last."""

    def __init__(self) -> None:
        self._shapes: list[Shape] = []

    def stretch(
        self, text: str, at: int, place: int, before: Sequence[str], fits: Callable[[Shape], bool]
    ) -> Stretch:
        """The steps from `at` on that have known shapes, as far as they go."""
        stretch = Stretch()
        while at < len(text):
            for shape in self._shapes:
                if (
                    shape.pattern.match(text, at)
                    and (not shape.others or shape.before == tuple(before))
                    and fits(shape)
                    and (run := stretch.add(shape, text, at, place))
                ):
                    break
            else:
                break
            self._remember(shape)
            at, place = run.begins[-1], run.places[-1]
            before = shape.after if shape.others else before
        return stretch

    def learn(self, step: str, before: Iterable[str]) -> None:
        """Looks at a step that no shape took."""
        shape = shape_of(step, tuple(before))
        if shape and not any(
            one.pattern is shape.pattern and one.before == shape.before for one in self._shapes
        ):
            self._remember(shape)

    def _remember(self, shape: Shape) -> None:
        if self._shapes[:1] != [shape]:
            rest = [one for one in self._shapes if one is not shape]
            self._shapes = [shape, *rest][:_SHAPES]


def _places(shape: Shape, text: str, begins: list[int], place: int) -> Sequence[int]:
    after = place + text.count("\n", begins[0], begins[-1])
    if after == place + shape.lines * (len(begins) - 1):
        return range(place, after + 1, shape.lines)
    counts = (text.count("\n", begin, end) for begin, end in pairwise(begins))
    return list(accumulate(counts, initial=place))


def _mixed(columns: list[list[float]]) -> list[float]:
    """The first of each, then the second of each, and so on."""
    return list(chain.from_iterable(zip(*columns, strict=True)))


def _times(words: Sequence[str]) -> list[float]:
    """ValueError for a word that begins no step."""
    try:
        times = list(map(float, words))
    except ValueError:
        read = (rows.time_of(f"Time = {word}") for word in words)
        times = [math.nan if time is None else time for time in read]
    if not all(map(math.isfinite, times)):
        raise ValueError
    return times
