"""The tables of Nastran's .f06 that make curves: modes, non-linear iterations, optimisation, residual work."""

import re
from dataclasses import dataclass

from workers.parsers.report import News
from workers.parsers.series import Tally
from workers.parsers.text import fortran_float, integer

AXES = {
    "residual.epsilon": "increment",
    "increments": "time",
}
"""Epsilon is printed per load sequence number."""

# Words of a table's title to the name that its rows are read under.
TITLES = (
    #                                               R E A L   E I G E N V A L U E S
    ("R E A L   E I G E N V A L U E S", "modes"),
    #                                        C O M P L E X   E I G E N V A L U E   S U M M A R Y
    ("C O M P L E X   E I G E N V A L U E   S U M", "complex modes"),
    # 0                             N O N - L I N E A R   I T E R A T I O N   M O D U L E   O U T P U T
    ("I T E R A T I O N   M O D U L E", "iterations"),
    #                                         M O D E L   S U M M A R Y          BULK = 0
    ("M O D E L   S U M M A R Y", "model"),
    # 0        N A S T R A N    E X E C U T I V E    C O N T R O L    E C H O
    ("E X E C U T I V E    C O N T R O L", "executive"),
    # 0                                                       FLUTTER  SUMMARY
    ("FLUTTER  SUMMARY", "flutter"),
    #                                               OBJECTIVE AND MAXIMUM CONSTRAINT HISTORY
    ("OBJECTIVE AND MAXIMUM CONSTRAINT HISTORY", "history"),
)

#    1         1        8.523157E+04        2.919445E+02        4.646440E+01        1.000000E+00        8.523157E+04
# (mode, extraction order, eigenvalue, radians, cycles, generalised mass and stiffness)
_MODE = re.compile(r" *(\d{1,9}) +\d{1,9} +(\S+) +\S+ +(\S+)(?: +\S+){0,2} *")
#    1             1         -1.234567E+00        5.678901E+02             9.038252E+01         4.347826E-03
# (root, extraction order, real, imaginary, cycles, damping)
_COMPLEX_MODE = re.compile(r" *(\d{1,9}) +\d{1,9} +(\S+) +\S+ +(\S+) +\S+ *")
#        POINT =   27     MACH NUMBER = 0.4500     DENSITY RATIO = 1.0000E+00     METHOD = PK
_FLUTTER_POINT = re.compile(r" *POINT = +(\d{1,6}) .*")
#    0.8548       1.16987E+00   1.44900E-11   1.00000E-01   0.08158E+02  -1.13007E-06   3.56452E+01  -1.26548E-04   2.23966E+02
# (reduced frequency and its inverse; of PKNL density and Mach number; velocity, damping, frequency, complex eigenvalue)
_FLUTTER_COLUMNS = (7, 9)
#                 1          3.2193830E-14          2.1618363E-03              (below message 5293)
_EPSILON = re.compile(r" *(\d{1,9}) +(\S+) +\S+ *\**\s*")
#              INITIAL                                      3.622146E+03                       2.049878E+00
#                    1             3.690785E+03             3.690785E+03            -1.158189E-14    1.557876E+00
_HISTORY = re.compile(
    r" *(INITIAL|\d{1,9}) +(?:\S+ +(?=(?:\S+ +){2}\S+ *(?:<.*)?$))?(\S+)(?: +\S+){1,2} *(?:<.*)?"
)
# %5.00000E-02   1  1 1.00E+00 2.33E+01 2.33E+01  1.000  0   1   0 …     (SOL 400: load or time, increment, iteration,
#                                                                         errors of displacement, load and work)
_STEP = re.compile(r"%? *(\d\.\d+E[+-]\d+) +(\d{1,9}) +(\d{1,9}) +(\S+) +(\S+) +(\S+) .*")
#           3  9.6319E-03  1.5211E-02  1.1302E-04  …                      (SOL 106: iteration, EUI, EPI, EWI)
_ITERATION = re.compile(r"[0 ] *(\d{1,9}) +(\S*\.\S+) +(\S*\.\S+) +(\S*\.\S+)(?: .*)?")
#   3.000000E+01  1  1.0000E+00  1.3236E-08  4.0612E-10 9.9900E-01 …      (SOL 129 and 159: time, iteration, the three)
_TIME_ITERATION = re.compile(
    r" *(\d\.\d+E[+-]\d+) +(\d{1,9}) +(\S*\.\S+) +(\S*\.\S+) +(\S*\.\S+)(?: .*)?"
)
#    TIME =             1.000000E+00        TIME STEP =       1.000000E+00               (SOL 401, above its rows)
_TIME_STEP = re.compile(r" *TIME = +(\S+) +TIME STEP = +(\S+) *")
#      STIFFNESS UPDATE TIME          0.02 SECONDS                  SUBCASE        1     (SOL 106, above its rows)
_SUBCASE = re.compile(r" *STIFFNESS UPDATE TIME .*\bSUBCASE +(\d{1,9})\b.*")
#     LOAD FACTOR    0.25000                                              (SOL 106, above its rows)
_LOAD_FACTOR = re.compile(r".*\bLOAD FACTOR +=? *(\d*\.\S+).*")
#      RELATIVE CHANGE IN OBJECTIVE           :  1.8950E-02  MUST BE LESS THAN   1.0000E-04
_CHANGE = re.compile(r" *RELATIVE CHANGE IN OBJECTIVE +:? *(\S+) +MUST BE .*")
#      MAXIMUM CONSTRAINT VALUE            1.5579E+00.
#      MAXIMUM VALUE OF CONSTRAINTS           :  2.0499E+00
_CONSTRAINT = re.compile(r" *MAXIMUM (?:CONSTRAINT VALUE|VALUE OF CONSTRAINTS) +:? *(\S+?)\.? *")
# ^^^ STATIC ANALYSIS INITIATED.  DESIGN CYCLE NUMBER=            1
_DESIGN_CYCLE = re.compile(r".*DESIGN CYCLE NUMBER *= *(\d{1,9})\s*")


@dataclass
class Progress:
    """Where the non-linear solution or the optimisation is."""

    load: float | None = None
    """Share of the load or time, as printed; whole steps before it are in `past`."""
    past: float = 0.0
    subcase: int | None = None
    increment: int | None = None
    iteration: int = 0
    iterations: int = 0
    """Since the first step, the x of the residuals."""
    cutbacks: int = 0
    design_cycle: int | None = None
    point: int | None = None
    """Of the flutter summary: a mode, or one at a Mach number and density."""

    @property
    def time(self) -> float | None:
        return None if self.load is None else self.past + self.load


def title_of(line: str) -> str | None:
    """The name of the table whose title this is."""
    for words, name in TITLES:
        if words in line:
            return name
    return None


def take_row(name: str, line: str, progress: Progress, tally: Tally, news: News) -> None:
    """Takes a row of the table of that name; other lines between the rows say nothing."""
    if name == "modes":
        _take_mode(_MODE, line, tally, news)
    elif name == "complex modes":
        _take_mode(_COMPLEX_MODE, line, tally, news)
    elif name == "epsilon" and (found := _EPSILON.fullmatch(line)):
        _add(tally, news, "residual.epsilon", int(found[1]), found[2])
    elif name == "history" and (found := _HISTORY.fullmatch(line)):
        cycle = 0 if found[1] == "INITIAL" else int(found[1])
        _add(tally, news, "objective", cycle, found[2])
    elif name == "flutter":
        _take_flutter(line, progress, tally, news)
    elif name == "iterations":
        _take_iteration(line, progress, tally, news)


def take_step(line: str, progress: Progress, tally: Tally, news: News) -> None:
    """A row of SOL 400."""
    found = _STEP.fullmatch(line)
    load = fortran_float(found[1]) if found else None
    if not found or load is None:
        return
    increment, iteration = int(found[2]), int(found[3])
    if increment != progress.increment:
        close_increment(progress, tally, news)
        if progress.load is not None and increment == 1 and load < progress.load:
            progress.past += progress.load
    progress.load, progress.increment, progress.iteration = load, increment, iteration
    _add_residuals(found[4], found[5], found[6], progress, tally, news)


def close_increment(progress: Progress, tally: Tally, news: News) -> None:
    """The rows of an increment are complete."""
    if progress.time is not None and progress.iteration:
        tally.add(news, "iterations", progress.time, progress.iteration)
        if progress.increment is not None:
            tally.add(news, "increments", progress.time, progress.increment)
    progress.iteration = 0


def take_convergence(line: str, progress: Progress, tally: Tally, news: News) -> None:
    """A line below a message of the non-linear solution, which says how an increment ended."""
    if "HAS CONVERGED" in line:
        close_increment(progress, tally, news)
    elif "WITHOUT CONVERGENCE" in line:
        cut_back(progress, tally, news)
        progress.iteration = 0


def cut_back(progress: Progress, tally: Tally, news: News) -> None:
    """The increment did not converge; it is tried again."""
    progress.cutbacks += 1
    tally.add(news, "cutbacks", progress.time or 0.0, progress.cutbacks)


def take_design(line: str, progress: Progress, tally: Tally, news: News) -> None:
    """A line of the optimisation: which cycle it is in and how far it is from its end."""
    if found := _DESIGN_CYCLE.fullmatch(line):
        progress.design_cycle = int(found[1])
        return
    # The check is printed at the end of the analysis; cycle 1 is that of the initial design, which the history counts 0.
    cycle = (progress.design_cycle or 1) - 1
    if found := _CONSTRAINT.fullmatch(line):
        _add(tally, news, "residual.constraint", cycle, found[1])
    elif found := _CHANGE.fullmatch(line):
        _add(tally, news, "residual.objective", cycle, found[1])


def _take_mode(row: re.Pattern[str], line: str, tally: Tally, news: News) -> None:
    found = row.fullmatch(line)
    if found and fortran_float(found[2]) is not None and fortran_float(found[3]) is not None:
        _add(tally, news, "eigenvalue", int(found[1]), found[2])
        _add(tally, news, "frequency", int(found[1]), found[3])


def _take_flutter(line: str, progress: Progress, tally: Tally, news: News) -> None:
    """A row of the flutter summary, or the line above it that says of which point it is."""
    if found := _FLUTTER_POINT.fullmatch(line):
        progress.point = int(found[1])
        return
    words = line.split()
    if progress.point is None or len(words) not in _FLUTTER_COLUMNS:
        return
    numbers = [fortran_float(word) for word in words]
    velocity, damping, frequency = numbers[-5:-2]
    if None in numbers or velocity is None or damping is None or frequency is None:
        return
    tally.add(news, f"flutter.damping.{progress.point}", velocity, damping)
    tally.add(news, f"flutter.frequency.{progress.point}", velocity, frequency)


def _take_iteration(line: str, progress: Progress, tally: Tally, news: News) -> None:
    """A row of SOL 106, 129, 159 or 401, or what stands above its rows."""
    if found := _LOAD_FACTOR.fullmatch(line):
        load = fortran_float(found[1])
        if load is not None:
            close_increment(progress, tally, news)
            progress.load = load
    elif found := _SUBCASE.fullmatch(line):
        _begin_subcase(int(found[1]), progress, tally, news)
    elif found := _TIME_STEP.fullmatch(line):
        _begin_time(fortran_float(found[1]), progress, tally, news)
        _add(tally, news, "time_step", progress.time or 0.0, found[2])
    elif "TIME STEP COMPLETE" in line:
        progress.iteration = progress.iteration or 1
        close_increment(progress, tally, news)
    elif found := _TIME_ITERATION.fullmatch(line):
        _begin_time(fortran_float(found[1]), progress, tally, news)
        progress.iteration = int(found[2])
        _add_residuals(found[3], found[4], found[5], progress, tally, news)
    elif (found := _ITERATION.fullmatch(line)) and all(
        fortran_float(found[at]) is not None for at in (2, 3, 4)
    ):
        progress.iteration = int(found[1])
        _add_residuals(found[2], found[3], found[4], progress, tally, news)


def _begin_subcase(subcase: int, progress: Progress, tally: Tally, news: News) -> None:
    """Each subcase of a static solution has load factors of its own, from 0 to 1."""
    if progress.subcase not in (None, subcase):
        close_increment(progress, tally, news)
        progress.past += progress.load or 0.0
        progress.load = None
    progress.subcase = subcase


def _begin_time(time: float | None, progress: Progress, tally: Tally, news: News) -> None:
    """Times go on through all subcases."""
    if time is None or time == progress.time:
        return
    close_increment(progress, tally, news)
    progress.load, progress.past = time, 0.0
    progress.increment = (progress.increment or 0) + 1


def _add_residuals(
    displacement: str, load: str, work: str, progress: Progress, tally: Tally, news: News
) -> None:
    progress.iterations += 1
    _add(tally, news, "residual.displacement", progress.iterations, displacement)
    _add(tally, news, "residual.force", progress.iterations, load)
    _add(tally, news, "residual.work", progress.iterations, work)


def _add(tally: Tally, news: News, name: str, x: float, text: str) -> None:
    value = fortran_float(text)
    if value is not None:
        tally.add(news, name, x, value)


#                                    NUMBER OF GRID     POINTS   =     4454         (MSC to 2014, Simcenter)
#                                    NUMBER OF CQUAD4   ELEMENTS =     4584
_COUNT_OLD = re.compile(r" *NUMBER OF (\w{1,8}) +(?:POINTS|ELEMENTS) +=? *(\d{1,18})\s*")
#                                         CQUADR                      432         (MSC from 2012, BULK = 0)
_COUNT_NEW = re.compile(r" +([A-Z]\w{1,7}) +(\d{1,18})\s*")
# Rigid elements (RBE2) and lumped masses (CONM2) are counted by Nastran too, but are none of the mesh.
_ELEMENT = re.compile(
    r"C(?:BAR|BEAM|BEND|ROD|ONROD|TUBE|QUAD|TRIA|SHEAR|HEXA|PENTA|TETRA|PYRA|BUSH|ELAS|DAMP|VISC|GAP"
    r"|WELD|FAST|SEAM|RAC|HBDY|HACA|PLST|AXIF|FLUID|SLOT|IHEX|TRAX|TRMEM|QDMEM|HEX8|HEX20)\w*|GENEL"
)


def model_count(line: str) -> tuple[str, int] | None:
    """What a line of the model's summary counts: ("nodes", 450), ("elements", 432)."""
    found = _COUNT_OLD.fullmatch(line) or _COUNT_NEW.fullmatch(line)
    count = integer(found[2]) if found else None
    if not found or count is None:
        return None
    if found[1] == "GRID":
        return "nodes", count
    return ("elements", count) if _ELEMENT.fullmatch(found[1]) else None
