"""Ansys MAPDL: the output tells the end, the monitor file the substeps, the error files the messages."""

from workers.parsers.ansys.errors import AnsysErr
from workers.parsers.ansys.gst import AnsysGst
from workers.parsers.ansys.mntr import AnsysMntr
from workers.parsers.ansys.out import AnsysOut
from workers.parsers.solver import Solver, whole_folder

SOLVER = Solver(
    name="ansys",
    parsers=(AnsysOut, AnsysMntr, AnsysGst, AnsysErr),
    roles=("out", "mntr", "gst", "err"),
    # The monitor file prints a wall time with each substep; .out only where a message happens to have one.
    by_field={"pace": ("mntr", "out")},
    stem=whole_folder,
)
