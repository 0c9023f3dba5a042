"""Code_Aster: the message file (.mess) holds everything."""

from workers.parsers.code_aster.mess import CodeAsterMess
from workers.parsers.solver import Solver

SOLVER = Solver(name="code_aster", parsers=(CodeAsterMess,), roles=("mess",))
