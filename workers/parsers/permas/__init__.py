"""PERMAS: the protocol (.pro) tells times, the result file (.res) the model and its results; both tell the end."""

from workers.parsers.permas.pro import PermasPro
from workers.parsers.permas.res import PermasRes
from workers.parsers.solver import Solver

SOLVER = Solver(name="permas", parsers=(PermasPro, PermasRes), roles=("pro", "res"))
