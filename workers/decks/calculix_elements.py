"""How many nodes a CalculiX element type has, so that its lines can be counted as elements."""

import re

_NAMED = {
    "B31": 2,
    "B31R": 2,
    "B32": 3,
    "B32R": 3,
    "B21": 2,
    "T2D2": 2,
    "T3D2": 2,
    "T3D3": 3,
    "D": 3,
    "GAPUNI": 2,
    "DASHPOTA": 2,
    "SPRING1": 1,
    "SPRING2": 2,
    "SPRINGA": 2,
    "DCOUP3D": 1,
    "MASS": 1,
    "US3": 3,
    "US45": 4,
    "U1": 2,
}
# C3D20RI  F3D8  CPS8R  CPE4  CAX6  M3D8R  S6  DC3D10  DS4
_COUNTED = re.compile(r"(?:DC3D|DC2D|DCAX|C3D|F3D|CPS|CPE|CAX|M3D|DS|S)(\d{1,2})(?:[A-Z]+\d?)?")


def nodes_of(element_type: str) -> int | None:
    """Nodes of the type as the deck spells it; None for a user element and other unknown ones."""
    element_type = element_type.upper()
    named = _NAMED.get(element_type)
    if named is not None:
        return named
    counted = _COUNTED.fullmatch(element_type)
    return int(counted[1]) if counted else None
