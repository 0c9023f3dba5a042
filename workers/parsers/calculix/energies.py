"""The balance of energy that ccx prints at the end of a dynamic increment."""

import re

from workers.parsers.text import fortran_float

#  external work = 4.744860e-06
#  work performed by the damping forces = 0.000000e+00
#  total energy  = 4.647634e-06
#  energy balance (relative) = 4.098173 %                             (2.11 to 2.23)
_ENERGY = re.compile(r" ([a-z][a-z() ]{5,40}?) {1,2}= (\S+)(?: %)? ?")

_SERIES = {
    "external work": "energy.external",
    "work performed by the damping forces": "energy.damping",
    "internal energy": "energy.internal",
    "kinetic energy": "energy.kinetic",
    "elastic contact energy": "energy.contact",
    "energy lost due to friction": "energy.friction",
    "total energy": "energy.total",
    # Its size alone; `energy.error` of other solvers says by its sign whether energy is made or lost.
    "energy balance (relative)": "energy.balance",
}
ENERGY_UNITS = {"energy.balance": "%"}


def energy(line: str) -> tuple[str, float] | None:
    """Series and value that the line gives, if it does."""
    found = _ENERGY.fullmatch(line) if " = " in line else None
    series = _SERIES.get(found[1]) if found else None
    value = fortran_float(found[2]) if found and series else None
    return (series, value) if series and value is not None else None
