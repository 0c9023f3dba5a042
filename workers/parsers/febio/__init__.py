"""FEBio: one log holds everything; the screen shows the same text."""

from workers.parsers.febio.log import FebioLog
from workers.parsers.solver import Solver

SOLVER = Solver(name="febio", parsers=(FebioLog,), roles=("log",))
