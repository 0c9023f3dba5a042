"""COMSOL: the log of a batch run (-batchlog, or the screen) holds everything."""

from workers.parsers.comsol.batchlog import ComsolBatchlog
from workers.parsers.solver import Solver

SOLVER = Solver(name="comsol", parsers=(ComsolBatchlog,), roles=("batchlog",))
