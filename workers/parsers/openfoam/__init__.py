"""OpenFOAM (openfoam.org, openfoam.com, foam-extend): one log per program; the solver's decides over utilities'."""

from workers.parsers.openfoam.log import OpenfoamSolver, OpenfoamUtility
from workers.parsers.solver import Solver, whole_folder

SOLVER = Solver(
    name="openfoam",
    parsers=(OpenfoamSolver, OpenfoamUtility),
    roles=("solver", "utility"),
    preparing=("utility",),
    stem=whole_folder,
)
