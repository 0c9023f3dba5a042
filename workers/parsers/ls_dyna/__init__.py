"""LS-DYNA: messag counts every message, the screen stops after fifty of a kind; d3hsp knows the model."""

from workers.parsers.ls_dyna.databases import (
    LsDynaDatabase,
    LsDynaGlstat,
    LsDynaMatsum,
    LsDynaSleout,
)
from workers.parsers.ls_dyna.log import LsDynaD3hsp, LsDynaMessag, LsDynaScreen
from workers.parsers.ls_dyna.status import LsDynaStatus
from workers.parsers.solver import Solver, whole_folder

SOLVER = Solver(
    name="ls-dyna",
    parsers=(
        *(LsDynaScreen, LsDynaMessag, LsDynaD3hsp, LsDynaStatus),
        *(LsDynaGlstat, LsDynaMatsum, LsDynaSleout, LsDynaDatabase),
    ),
    # The screen has the whole command, the first date, the end time and what a batch system adds below.
    roles=("screen", "messag", "d3hsp", "status.out", "glstat", "matsum", "sleout", "database"),
    by_field={
        "title": ("messag", "d3hsp", "glstat", "matsum"),
        # A screen may be cut off or shared by several runs; the files of LS-DYNA's own end with the run.
        "status": ("messag", "d3hsp", "screen"),
        "nodes": ("d3hsp", "messag"),
        "elements": ("d3hsp", "messag"),
        "warnings": ("messag", "d3hsp", "screen"),
        "errors": ("messag", "d3hsp", "screen"),
        "eta_s": ("screen", "d3hsp", "messag", "status.out"),
        # glstat has the energies in the finest steps; the curves it lacks come from the others.
        "series": ("glstat", "d3hsp", "messag", "screen", "matsum", "sleout"),
    },
    stem=whole_folder,
)
