"""Ansys CFX: the solver's output file (_001.out) holds everything; its number grows with each run."""

import re

from workers.parsers.cfx.out import CfxOut
from workers.parsers.solver import Solver, without_ending

_NUMBER = re.compile(r"_\d{3,}$")


def stem(name: str) -> str:
    """`Pump_001.out` and `Pump_002.out` are runs of Pump."""
    return _NUMBER.sub("", without_ending(name))


SOLVER = Solver(name="cfx", parsers=(CfxOut,), roles=("out",), stem=stem)
