"""OptiStruct: the .out holds everything; the .stat tells the command line, and times while the run goes on."""

from workers.parsers.optistruct.out import OptiStructOut
from workers.parsers.optistruct.stat import OptiStructStat
from workers.parsers.solver import Solver

SOLVER = Solver(name="optistruct", parsers=(OptiStructOut, OptiStructStat), roles=("out", "stat"))
