"""The table of energies in glstat and d3hsp: a label of 31 characters, filled up with dots, and a value."""

import re

from workers.parsers.text import fortran_float

#  kinetic energy.................   9.93442E-06
#  stonewall energy...............   4.63860E-01 wall#    1
#  added mass.....................   0.28468E-03       (R16; with mass scaling only)
WIDTH = 31
LABELS = {
    "time step": "time_step",
    "kinetic energy": "energy.kinetic",
    "internal energy": "energy.internal",
    "stonewall energy": "energy.stonewall",
    "rigid body stopper energy": "energy.rigid_body_stopper",
    "spring and damper energy": "energy.spring_damper",
    "joint internal energy": "energy.joint",
    "hourglass energy": "energy.hourglass",
    "system damping energy": "energy.damping",
    "sliding interface energy": "energy.sliding",
    "external work": "energy.external_work",
    "eroded kinetic energy": "energy.eroded_kinetic",
    "eroded internal energy": "energy.eroded_internal",
    "eroded hourglass energy": "energy.eroded_hourglass",
    "dissipated kinetic energy": "energy.dissipated_kinetic",
    "dissipated internal energy": "energy.dissipated_internal",
    "drilling energy": "energy.drilling",
    "total energy": "energy.total",
    "total energy / initial energy": "energy.ratio",
    "energy ratio w/o eroded energy": "energy.ratio_without_eroded",
    "added mass": "mass_scaling.added",
    "percentage increase": "mass_scaling.percent",
    "percent increase": "mass_scaling.percent",
    "time per zone cycle.(nanosec)": "zone_cycle_ns",
}
UNITS = {"mass_scaling.percent": "%"}

#  dt of cycle       1 is controlled by solid         100449 of part        10     (R13)
#  dt of cycle54773890 is controlled by shell         4294 of part         2
#  dt of cycle     100 is controlled by shell      element      11                 (out of a binout)
#  dt of cycle    1852 is controlled by dt2ms
_CONTROLLED = re.compile(
    r"dt of cycle *(\d{1,18}|\*+) is controlled by +(\S+)(?: +(?:element *)?(\d{1,18}))?"
)


def labelled(text: str) -> tuple[str, str] | None:
    """Label and what stands behind it; the text begins with the label."""
    label = text[:WIDTH]
    return (label.rstrip(" ."), text[WIDTH:]) if ".." in label or len(text) > WIDTH else None


def value_of(rest: str) -> tuple[float | None, int]:
    """The value, and the number of the wall that it belongs to (1 where none is printed)."""
    number, _, wall = rest.partition("wall#")
    wall = wall.strip()
    return fortran_float(number), int(wall) if wall.isascii() and wall.isdigit() and len(
        wall
    ) < 3 else 1


def series_of(label: str, wall: int = 1) -> str | None:
    """The series of a label; walls after the first have one of their own."""
    name = LABELS.get(label)
    return f"{name}.{wall}" if name == "energy.stonewall" and wall > 1 else name


def controlled(text: str) -> tuple[int | None, int | None] | None:
    """Cycle, and the number of the element that controls its time step, if the line says so."""
    found = _CONTROLLED.match(text)
    if not found:
        return None
    cycle = None if "*" in found[1] else int(found[1])
    return cycle, int(found[3]) if found[3] else None
