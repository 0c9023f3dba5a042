"""Radioss' rows: the engine's cycles in its listing and on the screen."""

import re
from typing import NamedTuple

from workers.parsers.text import fortran_float, integer

#   CYCLE    TIME      TIME-STEP  ELEMENT          ERROR  I-ENERGY    K-ENERGY T  K-ENERGY R  EXT-WORK …
#     100  0.8180E-05  0.9363E-07 NODE       15751  99.9%  0.4126      0.3030      0.5782E-30  0.7543E-01 …
# The last two columns came later than 2017; the kind of element may be blank.
_COLUMNS = (
    "energy.internal",
    "energy.kinetic",
    "energy.rotational",
    "energy.external",
    "mass_scaling.error",
    "mass.total",
    "mass_scaling.added",
)

#  NC=     100 T= 1.0000E-01 DT= 1.0000E-03 ERR= -0.0% DM/M= 2.0556E-04      (screen)
_ON_SCREEN = re.compile(
    r" {0,4}NC= *(\d{1,18}|\*+) +T= *(\S+) +DT= *(\S+) +ERR= *(\S+?)% +DM/M= *(\S+)\s*"
)
#  ELAPSED TIME=          2.02 s  REMAINING TIME=       2014.57 s
_ELAPSED = re.compile(r" {0,4}ELAPSED TIME= *(\S+) s +REMAINING TIME= *(\S+) s\s*")

#     NL_ITERATION=    1  RELATIVE RESIDUAL NORM= 0.1000E+01 0.8593E-01 0.5005E-01     (implicit)
_IMPLICIT = re.compile(r" *NL_ITERATION= *\d+ +RELATIVE RESIDUAL NORM= *(\S+) +(\S+) +(\S+)\s*")
#   CONVERGED WITH 2 ITERATIONS, |du|/|u|,|r|/|r0|,|dE|/|E|= 0.5915 0.4747E-01 0.1166
_SOLVED = re.compile(r" *CONVERGED WITH *(\d{1,9}) ITERATIONS\b.*")
_NORMS = ("residual.displacement", "residual.force", "residual.energy")

SERIES_UNITS = {"energy.error": "%"}


class Row(NamedTuple):
    """One printed cycle."""

    cycle: int | None
    time: float
    time_step: float
    error: float
    """Of the energy, in percent."""
    element: int | None
    """That controls the time step."""
    values: list[tuple[str, float]]
    """Series to value of the other columns."""


def cycle_row(line: str) -> Row | None:
    """A row of the listing, if the line is one."""
    left, percent, right = line.partition("%")
    head = left.split()
    if not percent or not 4 <= len(head) <= 6 or head[0][0] not in "0123456789*":
        return None
    cycle, time, time_step, error = integer(head[0]), _number(head[1]), _number(head[2]), head[-1]
    share = _number(error)
    if time is None or time_step is None or share is None:
        return None
    tail = right.split()
    if not 4 <= len(tail) <= len(_COLUMNS):
        return None
    numbers = [_number(text) for text in tail]
    values = [
        (name, value) for name, value in zip(_COLUMNS, numbers, strict=False) if value is not None
    ]
    if len(values) != len(tail):
        return None
    element = integer(head[4]) if len(head) == 6 else None
    return Row(cycle, time, time_step, share, element, values)


def screen_row(line: str) -> Row | None:
    """A row of the screen, if the line is one."""
    found = _ON_SCREEN.fullmatch(line)
    if not found:
        return None
    time, time_step, share, added = (fortran_float(found[at]) for at in (2, 3, 4, 5))
    if time is None or time_step is None or share is None or added is None:
        return None
    return Row(integer(found[1]), time, time_step, share, None, [("mass_scaling.error", added)])


def elapsed(line: str) -> tuple[float, float] | None:
    """Elapsed and remaining wall time in s."""
    found = _ELAPSED.fullmatch(line)
    used, left = (duration(found[1]), duration(found[2])) if found else (None, None)
    return None if used is None or left is None else (used, left)


def residuals(line: str) -> list[tuple[str, float]]:
    """Relative residuals of an implicit iteration by their series."""
    found = _IMPLICIT.fullmatch(line)
    norms = [_number(text) for text in found.groups()] if found else []
    return [(name, norm) for name, norm in zip(_NORMS, norms, strict=False) if norm is not None]


def iterations(line: str) -> int | None:
    """How many an implicit step took, where the line says that it is solved."""
    found = _SOLVED.fullmatch(line)
    return int(found[1]) if found else None


def duration(text: str) -> float | None:
    """Seconds as printed; None for a field that overflowed."""
    value = fortran_float(text)
    return value if value is not None and value - value == 0 else None


def _number(text: str) -> float | None:
    try:
        # What `float` takes, Fortran's own spellings (1.0-101, ****) apart.
        return float(text)
    except ValueError:
        return fortran_float(text)
