"""Decks made for the tests: a clamped beam of solid elements, bent by its end, in as many increments as wanted."""

import itertools


def beam(*, increments: int = 10, length: int = 4, width: int = 1, heading: str = "beam") -> str:
    """A CalculiX deck that ends normally after so many increments; more elements take more time."""
    return _deck(increments, length, width, heading, elastic="*ELASTIC\n210000., .3\n")


def broken_beam() -> str:
    """The beam without its material's values: ccx stops with its own words."""
    return _deck(2, 2, 1, "no elastic constants", elastic="")


def _deck(increments: int, length: int, width: int, heading: str, elastic: str) -> str:
    nodes = {
        place: number
        for number, place in enumerate(
            itertools.product(range(length + 1), range(width + 1), range(width + 1)), 1
        )
    }
    lines = ["*HEADING", heading, "*NODE, NSET=ALL"]
    lines += [f"{number}, {x:.1f}, {y:.1f}, {z:.1f}" for (x, y, z), number in nodes.items()]
    lines.append("*ELEMENT, TYPE=C3D8, ELSET=BODY")
    cells = itertools.product(range(length), range(width), range(width))
    for number, (x, y, z) in enumerate(cells, 1):
        corners = [
            nodes[x + i, y + j, z + k] for k in (0, 1) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))
        ]
        lines.append(", ".join(map(str, [number, *corners])))
    clamped = [number for (x, _, _), number in nodes.items() if x == 0]
    tip = [number for (x, _, _), number in nodes.items() if x == length]
    lines += [
        "*NSET, NSET=ROOT",
        *(f"{n}," for n in clamped),
        "*NSET, NSET=TIP",
        *(f"{n}," for n in tip),
    ]
    lines += ["*MATERIAL, NAME=STEEL"]
    text = "\n".join(lines) + "\n" + elastic
    return (
        text
        + "*SOLID SECTION, ELSET=BODY, MATERIAL=STEEL\n*BOUNDARY\nROOT, 1, 3\n"
        + f"*STEP, NLGEOM, INC={increments * 10}\n*STATIC, DIRECT\n{1 / increments:.8f}, 1.\n"
        + "*BOUNDARY\nTIP, 3, 3, 0.1\n*NODE PRINT, NSET=TIP\nRF\n*END STEP\n"
    )
