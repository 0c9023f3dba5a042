"""Marc: the status file (.sts) says progress and end, the output (.out) holds messages and residuals."""

from workers.parsers.marc.out import MarcOut
from workers.parsers.marc.sts import MarcSts
from workers.parsers.solver import Solver

SOLVER = Solver(
    name="marc",
    parsers=(MarcSts, MarcOut),
    roles=("sts", "out"),
    by_field={"solver_version": ("out", "sts"), "time_step": ("sts", "out")},
)
