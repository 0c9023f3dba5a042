"""Radioss and OpenRadioss: engines 1, 2 … continue each other, the latest one knows how the run ends."""

import re

from workers.parsers.radioss.files import RadiossEngine, RadiossScreen, RadiossStarter
from workers.parsers.solver import Solver, without_ending

# bracket_0000.out, bracket_0001.out, bracket_0002.out; before version 9 bracketL00, bracketL01
_PART = re.compile(r"(?:_\d{4}(?:_\d{1,4})?|L\d\d)$")


def without_part(name: str) -> str:
    """Files of a run carry its name and the number of their part: `bracket_0001.out`."""
    stem = without_ending(name)
    return _PART.sub("", stem) or stem


SOLVER = Solver(
    name="radioss",
    parsers=(RadiossEngine, RadiossScreen, RadiossStarter),
    # The screen repeats the listing's rows with fewer columns, but has the clock; the starter counts the model, and
    # tells an end only when its errors let no engine begin.
    roles=("engine", "screen", "starter"),
    by_field={
        "nodes": ("starter", "screen", "engine"),
        "elements": ("starter", "screen", "engine"),
        "wall_time_s": ("engine", "screen"),
        "pace": ("screen", "engine"),
    },
    stem=without_part,
)
