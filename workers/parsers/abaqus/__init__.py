"""Abaqus/Standard and /Explicit: the .sta says how far the run is, the .log how it ended, the .msg counts."""

from workers.parsers.abaqus.dat import AbaqusDat
from workers.parsers.abaqus.log import AbaqusLog
from workers.parsers.abaqus.msg import AbaqusMsg
from workers.parsers.abaqus.sta import AbaqusSta
from workers.parsers.solver import Solver

SOLVER = Solver(
    name="abaqus",
    parsers=(AbaqusSta, AbaqusMsg, AbaqusDat, AbaqusLog),
    roles=("sta", "msg", "dat", "log"),
    by_field={
        "status": ("log", "sta", "msg", "dat"),
        # The .log only says that a program failed; in which words, the program's own file has.
        "cause": ("msg", "sta", "dat", "log"),
        # The .dat's summary of times may be that of the input processor alone.
        "wall_time_s": ("msg", "sta", "log", "dat"),
        "cpu_time_s": ("msg", "sta", "dat"),
        "started_at": ("log", "dat", "msg", "sta"),
        "memory_bytes": ("sta", "dat"),
        "series": ("sta", "msg", "dat"),
    },
)
