"""Elmer: ElmerSolver's standard output holds everything."""

from workers.parsers.elmer.screen import ElmerScreen
from workers.parsers.solver import Solver

SOLVER = Solver(name="elmer", parsers=(ElmerScreen,), roles=("screen",))
