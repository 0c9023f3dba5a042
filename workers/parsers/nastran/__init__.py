"""Nastran (MSC, NX, Simcenter, NASTRAN-95): the .f06 has the results and what went wrong, the .log and .f04 the times."""

from workers.parsers.nastran.f04 import NastranF04
from workers.parsers.nastran.f06 import NastranF06
from workers.parsers.nastran.log import NastranLog
from workers.parsers.solver import Solver

SOLVER = Solver(
    name="nastran",
    parsers=(NastranF06, NastranLog, NastranF04),
    # The .f06 is believed first for the end too: its fatal messages stand there beside END OF JOB and exit code 0. A run
    # that was killed leaves no end in it; then the .log tells.
    roles=("f06", "log", "f04"),
    by_field={
        "started_at": ("log", "f04", "f06"),
        "cpu_time_s": ("log", "f04"),
    },
)
