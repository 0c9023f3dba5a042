"""CalculiX: the screen alone knows the end; .sta and .cvg hold what it only implies."""

from workers.parsers.calculix.dat import CalculixDat
from workers.parsers.calculix.screen import CalculixScreen
from workers.parsers.calculix.tables import CalculixCvg, CalculixSta
from workers.parsers.solver import Solver

SOLVER = Solver(
    name="calculix",
    parsers=(CalculixScreen, CalculixSta, CalculixCvg, CalculixDat),
    # .sta has the converged times that the screen only implies, .cvg the residuals that ccx itself compares with
    # its limits.
    roles=("screen", "sta", "cvg", "dat"),
    by_field={
        "time": ("sta", "screen", "dat"),
        "cycle": ("sta", "screen"),
        "time_step": ("sta", "screen"),
        "series": ("sta", "cvg", "screen", "dat"),
    },
)
