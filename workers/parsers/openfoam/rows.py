"""The rows that a solver prints in every time step, read many at once.

A kind of row is picked out of a batch of lines, joined, cut at its fixed words and turned into columns. A batch
whose rows are not all sound is given up: the caller halves it, down to single lines. So a row means the same
whatever chunk it came in.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

# smoothSolver:  Solving for Ux, Initial residual = 0.0879061, Final residual = 0.00786352, No Iterations 7   (4.1)
# GAMG:  Solving for pcorr, Initial residual = nan, Final residual = nan, No Iterations 50                  (dev)
# fluid      GAMG:  Solving for p_rgh, Initial residual = …                       (foamMultiRun, 11 and later)
SOLVE = ", Initial residual = "
_FINAL = ", Final residual = "
_ITERATIONS = ", No Iterations "
_FIELD = re.compile(r"(?:\s*(?:\[\d+\]\s*)?([\w.:-]{1,24})\s)?\s*\S+:?\s+Solving for (\S{1,32})")


class Solves(NamedTuple):
    """Columns of linear solves, a row each."""

    keys: Sequence[str]
    """What stands before the numbers: "smoothSolver:  Solving for Ux"."""
    initial: Sequence[float]
    final: Sequence[float]
    iterations: Sequence[float]


MARK = "\x01"


def marked(text: str) -> str:
    """The text with a mark in place of the words between a solve's numbers."""
    return text.replace(SOLVE, MARK).replace(_FINAL, MARK).replace(_ITERATIONS, MARK)


def solve_pattern(key: str) -> str:
    """Pattern of a solve's line, with a group for each number; the words are longer than what is in between."""
    before = "([^,]*)".join(map(re.escape, (key + SOLVE, _FINAL, _ITERATIONS)))
    return before + r"([^\n]*)"


def solves_of(line: str) -> Solves | None:
    """The solve, or the solves, in a line that holds `SOLVE`; None where it is not sound."""
    cells = marked(line).split(MARK)
    if len(cells) == 4 and MARK not in line:
        try:
            return Solves([cells[0]], *([float(cell)] for cell in cells[1:]))
        except ValueError:
            pass
    return _coupled(line)


def field_of(key: str) -> tuple[str | None, str] | None:
    """Region (where the line begins with one) and field of a solve; None for rubbish."""
    found = _FIELD.fullmatch(key)
    return (found[1], found[2]) if found else None


# DILUPBiCG:  Solving for U, Initial residual = (1 0.2 0.3), Final residual = (…), No Iterations (2 2 3)
# (coupled solvers: OpenFOAM 2.3 and later, foam-extend)
_COUPLED = re.compile(
    r"(.*), Initial residual = \(([^()]*)\), Final residual = \(([^()]*)\), No Iterations \(?([\d ]*)\)?"
)


def _coupled(line: str) -> Solves | None:
    """The components of a coupled solve, a row each."""
    found = _COUPLED.fullmatch(line)
    if not found:
        return None
    try:
        initial, final, iterations = (
            [float(word) for word in found[at].split()] for at in (2, 3, 4)
        )
    except ValueError:
        return None
    n = len(initial)
    iterations = iterations * n if len(iterations) == 1 else iterations
    if not 0 < n <= 9 or len(final) != n or len(iterations) != n:
        return None
    names = "xyz" if n == 3 else "123456789"
    return Solves([found[1] + name for name in names[:n]], initial, final, iterations)


@dataclass(eq=False)
class Cut:
    """A kind of row with numbers between words that never change: many are cut into columns at once."""

    words: tuple[str, ...]
    """Before each number."""
    names: tuple[str, ...]
    """Series of its numbers."""
    end: str = ""
    """What stands after the last number."""

    def columns(self, lines: Sequence[str]) -> list[list[float]] | None:
        """A column for each of `names`; None unless every line is such a row."""
        flat = "\n".join(lines) + "\n"
        for word in self.words:
            flat = flat.replace(word, MARK)
        # A mark at each line's end shows that every line was cut into as many pieces.
        cells = flat.replace(f"{self.end}\n", f"{MARK}\n{MARK}").split(MARK)
        n, width = len(lines), len(self.words) + 2
        whole = (
            len(cells) == width * n + 1
            and cells[width - 1 :: width].count("\n") == n
            and cells[0::width].count("") == n + 1
        )
        try:
            return (
                [list(map(float, cells[at::width])) for at in range(1, width - 1)]
                if whole
                else None
            )
        except ValueError:
            return None

    def pattern(self) -> str:
        """Pattern of such a row, with a group for each number."""
        words = [*self.words, self.end or "\n"]
        groups = [
            f"{re.escape(word)}([^{re.escape(after[0])}]*)" for word, after in pairwise(words)
        ]
        return "".join(groups) + re.escape(self.end)


# ExecutionTime = 2.52 s  ClockTime = 2 s
# time step continuity errors : sum local = 0.00060213, global = 4.12014e-06, cumulative = 4.12014e-06
# Courant Number mean: 2.50543e-05 max: 0.00524888
# deltaT = 0.000909091
CUTS = {
    cut.words[0][:5]: cut
    for cut in (
        Cut(("ExecutionTime = ", " s  ClockTime = "), ("cpu_time_s", "wall_time_s"), " s"),
        Cut(
            ("time step continuity errors : sum local = ", ", global = ", ", cumulative = "),
            ("continuity.local", "continuity.global", "continuity.cumulative"),
        ),
        Cut(("Courant Number mean: ", " max: "), ("courant.mean", "courant.max")),
        Cut(("deltaT = ",), ("time_step",)),
    )
}

# ExecutionTime = 2.52 s  ClockTime = 2 s
CLOCK = re.compile(r"ExecutionTime = ([\d.e+-]+) s  ClockTime = ([\d.e+-]+) s\s*", re.ASCII)
# ExecutionTime = 0.26 s                                       (reactingTwoPhaseEulerFoam, to 6)
CPU_TIME = re.compile(r"ExecutionTime = ([\d.e+-]+) s\s*", re.ASCII)
# time step continuity errors : sum local = 0.00060213, global = 4.12014e-06, cumulative = 4.12014e-06
# time step continuity errors (air): sum local = 1.27554e-08, global = -1.50547e-09, cumulative = -1.90574e-06
# time step continuity errors : sum local = 2.17638e-05, global = -3.42324e-07       (13, before the last corrector)
CONTINUITY = re.compile(
    r"(?:([\w.:-]{1,24}) +)?time step continuity errors (?:\(([\w.:-]{1,24})\))? ?: "
    r"sum local = ([^\s,]+), global = ([^\s,]+)(?:, cumulative = ([^\s,]+))?\s*"
)
# Courant Number mean: 2.50543e-05 max: 0.00524888
# Interface Courant Number mean: 0 max: 0                                                   (interFoam)
# Region: air Courant Number mean: 0.0556035 max: 0.210389
# Region: solid Diffusion Number mean: 4.82586 max: 103.258
# Courant Number mean: 0.2 max: 0.9 velocity magnitude: 2.1                                 (foam-extend)
# Mean and max Courant Numbers = 0.0478 0.2                                                 (rhoCentralFoam)
COURANT = re.compile(
    r"\s*(?:Region: )?(?:([\w.:-]{1,24}) +)??((?:[A-Z]\w{1,20} ){0,2})(Courant|Diffusion) [Nn]umber "
    r"mean: (\S+)(?: max: (\S+))?(?: velocity magnitude: \S+)?\s*"
)
COURANT_PAIR = re.compile(r"\s*Mean and max Courant Numbers = (\S+) (\S+)\s*")
# Max Ur Courant Number = 5.46312e-06                          (reactingTwoPhaseEulerFoam)
COURANT_OF_SLIP = re.compile(r"Max Ur Courant Number = (\S+)\s*")
# Time = 0.1        Time = 1e-05s       (a unit since 10; blanks before it in foamMultiRun)
TIME = re.compile(
    r"\s*Time = ([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(?: ?(?:s|ms|us|min|hr|day|CAD|deg))?\s*",
    re.ASCII,
)
# deltaT = 0.000909091
DELTA_T = re.compile(r"\s*deltaT = (\S+?)s?\s*")


def time_of(line: str) -> float | None:
    """The time that a line like `Time = 0.1` begins."""
    try:
        value = float(line[7:]) if line.startswith("Time = ") else math.nan
    except ValueError:
        found = TIME.fullmatch(line)
        value = float(found[1]) if found else math.nan
    return value if value - value == 0 else None


# bounding k, min: -9.46469e-05 max: 0.00772286 average: 0.000224163
def bounded_of(line: str) -> str | None:
    """The field that a line says was bounded."""
    name, word, rest = line.partition(", min: ")
    return name[9:] if word and name.startswith("bounding ") and len(name) < 42 and rest else None


# Solving for fluid region air
# Solving for solid region solid
REGION = re.compile(r"Solving for (?:fluid|solid) region (\S{1,24})\s*")
