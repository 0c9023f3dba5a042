"""Rows on what a solver computes, beside its solves: extremes of fields, fractions, parcels, bodies, outer iterations."""

import re
from collections.abc import Callable

Key = tuple[str | None, ...]
"""The groups of a row that say what its numbers are of; they stand before those of the numbers."""

_NAME = r"([\w.]{1,32})"

# Min/max T:550 590.56053                                              (chtMultiRegionSimpleFoam, 2412)
# min/max(T) = 300, 307.679                                            (fireFoam, reactingFoam, 8)
# rho min/max : 1.17666 1.17666                                        (buoyantSimpleFoam, v1906)
# rho max/min : 1.2 1.1                                                (rhoSimpleFoam, 2.3)
# T gas min/max   = 298, 1843                                          (coalChemistryFoam)
EXTREMES = re.compile(
    rf"\s*(?:{_NAME} (?:gas )?)?([Mm]in/max|max/min)(?:\({_NAME}\)| {_NAME})?\s*[:=]?\s*([^\s,]+),? +([^\s,]+)\s*"
)
# Phase-1 volume fraction = 0.53061  Min(alpha.water) = 0  Max(alpha.water) = 1                   (interFoam)
# Liquid phase volume fraction = 0.12  Min(gamma) = 0  Max(gamma) = 1                             (1.5)
# alpha.solid volume fraction = 0.017  Min(alpha1) = 0  Max(alpha1) = 0.034       (reactingTwoPhaseEulerFoam, 6)
FRACTION = re.compile(
    rf"\s*([\w. -]{{1,40}}) volume fraction = (?=\S+ +Min\({_NAME}\))"
    r"(\S+) +Min\([^()]*\) = (\S+) +Max\([^()]*\) = (\S+)\s*"
)
# air volume fraction, min, max = 0.4 0 1        (multiphase…, without "volume" in twoPhaseEulerFoam of 2.3)
# solid sizeGroups-sum volume fraction, min, max = 1 1 1
FRACTIONS = re.compile(
    r"\s*([\w.-]{1,32}(?: (?!volume )[\w.-]{1,32})?)(?: volume)? fraction, min, max = (\S+) (\S+) (\S+)\s*"
)
#     patch walls y+ : min = 0.5, max = 4.9, average = 2.1             (yPlus)
Y_PLUS = re.compile(
    r"\s*patch (\S{1,32}) y\+ : min = ([^\s,]+), max = ([^\s,]+), average = ([^\s,]+)\s*"
)
#     min(T) = 293.1 in cell 17 at location (0.1 0 0) on processor 2   (fieldMinMax)
EXTREME = re.compile(r"\s+(min|max)\(((?:mag\()?[\w.:]{1,32}\)?)\) = (\S+)(?: .*)?")
#     areaAverage(outlet) of p = 101325                                (surfaceFieldValue, volFieldValue)
VALUE = re.compile(r"\s+(\w{2,30})\(([\w.:,-]{0,32})\) (?:of|for) ([\w.:]{1,32}) = ([^\s()]+)\s*")
#     Current number of parcels       = 1204          Current mass in system          = 2.1e-05
PARCELS = re.compile(r"\s+Current (number of parcels|mass in system) += (\S+)\s*")
#     Centre of rotation: (0.5 0.4499 0)              Linear velocity: (0 -0.00057 0)      (bodies that move)
MOTION = re.compile(
    r"\s+(Centre of (?:rotation|mass)|(?:Linear|Angular) velocity): \(([^\s()]+) ([^\s()]+) ([^\s()]+)\)\s*"
)
# PIMPLE: converged in 3 iterations               PIMPLE: Not converged within 50 iterations
OUTER = re.compile(
    r"\s*(?:PIMPLE|PISO|SIMPLE): (?:[Cc]onverged in|[Nn]ot converged within) (\d{1,9}) iterations\s*"
)

_WORDS = (
    ("in/max", EXTREMES),
    ("max/min", EXTREMES),
    (" volume fraction = ", FRACTION),
    ("fraction, min, max = ", FRACTIONS),
    (" y+ : min = ", Y_PLUS),
    ("  min(", EXTREME),
    ("  max(", EXTREME),
    ("Current number of parcels", PARCELS),
    ("Current mass in system", PARCELS),
    ("Centre of ", MOTION),
    ("velocity: (", MOTION),
    (": converged in ", OUTER),
    (": Converged in ", OUTER),
    ("ot converged within ", OUTER),
    (") of ", VALUE),
    (") for ", VALUE),
)


def kind_of(line: str) -> "re.Pattern[str] | None":
    """The only pattern that may take the line; of vectors only those of bodies are read."""
    for word, kind in _WORDS:
        if word in line:
            #     min/max(hull) = (-1.97 -0.001 0), (16.1 0.005 0)          (wallShearStress)
            return None if " = (" in line and line[-1] == ")" else kind
    return None


def _extremes(key: Key) -> tuple[str, ...]:
    name = key[0] or key[2] or key[3]
    names = (f"field.{name}.min", f"field.{name}.max")
    return names[::-1] if key[1] == "max/min" else names


def _fraction(key: Key) -> tuple[str, ...]:
    said = str(key[0])
    name = said if said.replace(".", "_").isidentifier() or len(key) == 1 else key[1]
    return tuple(f"field.{str(name).replace(' ', '_')}.{one}" for one in ("mean", "min", "max"))


def _motion(key: Key) -> tuple[str, ...]:
    what = str(key[0]).lower().replace(" ", "_")
    return tuple(f"motion.{what}.{axis}" for axis in "xyz")


GROUPS: dict["re.Pattern[str]", tuple[int, Callable[[Key], tuple[str, ...]]]] = {
    EXTREMES: (5, _extremes),
    FRACTION: (3, _fraction),
    FRACTIONS: (2, _fraction),
    Y_PLUS: (2, lambda key: tuple(f"field.yPlus.{key[0]}.{one}" for one in ("min", "max", "mean"))),
    EXTREME: (3, lambda key: (f"field.{key[1]}.{key[0]}",)),
    VALUE: (4, lambda key: (f"field.{key[0]}({key[1]}).{key[2]}",)),
    PARCELS: (2, lambda key: ("parcels" if key[0] == "number of parcels" else "mass.parcels",)),
    MOTION: (2, _motion),
    OUTER: (1, lambda _: ("iterations",)),
}
"""The first group that is a number, and the series of it and of those after it."""


def of_region(names: tuple[str, ...], region: str | None) -> tuple[str, ...]:
    """The series' names where the log says in which region it is: "field.air.T.max"."""
    if region is None:
        return names
    parts = [name.partition(".") for name in names]
    return tuple(f"{family}.{region}.{rest}" if dot else family for family, dot, rest in parts)
