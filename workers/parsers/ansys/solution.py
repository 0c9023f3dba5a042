"""MAPDL's solution: load steps, substeps, equilibrium iterations, bisections and modes."""

import re

from workers.parsers.ansys.facts import Facts, solve
from workers.parsers.pace import Pace
from workers.parsers.report import News
from workers.parsers.series import Tally
from workers.parsers.text import fortran_float, integer

#  *** LOAD STEP     1   SUBSTEP     1  COMPLETED.    CUM ITER =      6
#  *** LOAD STEP     1   SUBSTEP    10  NOT COMPLETED.  CUM ITER =     26
_SUBSTEP = re.compile(
    r"\*\*\* LOAD STEP *(\d+) +SUBSTEP *(\d+) +(NOT )?COMPLETED\.(?: +CUM ITER *= *(\d+))?"
)
#  *** TIME =   1.00000         TIME INC =   1.00000      NEW TRIANG MATRIX
_TIME = re.compile(r"\*\*\* TIME *= *(\S+)(?: +TIME INC *= *(\S+))?")
#  *** BEGIN BISECTION NUMBER   1    NEW TIME INCREMENT=  0.45000E-01
_BISECTION = re.compile(r"\*\*\* BEGIN BISECTION NUMBER *(\d+) +NEW TIME INCREMENT *= *(\S+)")
#     EQUIL ITER   1 COMPLETED.  NEW TRIANG MATRIX.  MAX DOF INC=  0.2158E-03
_ITERATION = re.compile(r"EQUIL ITER *(\d+) COMPLETED")
#     FORCE CONVERGENCE VALUE  =  0.1821E+05  CRITERION=   71.27
#     DISP CONVERGENCE VALUE   =  0.5370E-05  CRITERION=  0.1170E-04 <<< CONVERGED
_VALUE = re.compile(r"([A-Z][A-Z ]{0,20}?) CONVERGENCE VALUE *= *(\S+) +CRITERION *= *(\S+)")
_FIELDS = {"DISP": "displacement", "ROT": "rotation", "TEMP": "temperature", "PRES": "pressure"}
#  ******************* SOLVE FOR LS 2 OF 50 ****************              (Workbench)
_LOAD_STEP = re.compile(r"\*+ SOLVE FOR LS (\d+) OF (\d+) \*+")
#    TIME AT END OF THE LOAD STEP. . . . . . . . . .  1.0000
_END = re.compile(r"TIME AT END OF THE LOAD STEP[. ]+ (-?\d\S*)")
#   *** FREQUENCIES FROM BLOCK LANCZOS ITERATION ***
#   *** EIGENVALUES (LOAD MULTIPLIERS FOR BUCKLING) FROM BLOCK LANCZOS ITERATION ***
#  ***** EIGENVALUES (LOAD MULTIPLIERS FOR BUCKLING) *****          (2022 R2; FROM … stands on the next line)
_MODES = {"* FREQUENCIES FROM": "frequency", "* EIGENVALUES (": "eigenvalue"}
_MODE = re.compile(r"(\d{1,6}) +([-+.\dEe]+)")


class Solution:
    """Takes the lines of the solution into facts and series."""

    def __init__(self, facts: Facts, tally: Tally, pace: Pace) -> None:
        self._facts = facts
        self._tally = tally
        self._pace = pace

    def take_starred(self, stripped: str, news: News) -> bool:
        """A line that begins with *** and is no message."""
        if found := _SUBSTEP.match(stripped):
            self._take_substep(found, news)
        elif found := _TIME.match(stripped):
            self._take_time(fortran_float(found[1]), fortran_float(found[2] or ""), news)
        elif found := _BISECTION.match(stripped):
            self._bisect(fortran_float(found[2]), news)
        elif found := _LOAD_STEP.match(stripped):
            self._facts.step, self._facts.steps = integer(found[1]), integer(found[2])
        else:
            series = next((name for words, name in _MODES.items() if words in stripped), None)
            self._facts.modes = series or self._facts.modes
            return series is not None
        return True

    def take_value(self, stripped: str, news: News) -> bool:
        """A residual beside its criterion."""
        found = _VALUE.match(stripped)
        value = fortran_float(found[2]) if found else None
        if found is None or value is None:
            return False
        name = _FIELDS.get(found[1], found[1].lower().replace(" ", "_"))
        self._tally.add(news, f"residual.{name}", self._facts.equilibrium, value)
        return True

    def take_iteration(self, stripped: str) -> bool:
        found = _ITERATION.match(stripped)
        if found:
            self._facts.attempt = integer(found[1]) or 0
            self._facts.equilibrium += 1
        return found is not None

    def take_end(self, stripped: str) -> bool:
        found = _END.match(stripped)
        end = fortran_float(found[1]) if found else None
        if end is None:
            return False
        values = self._facts.values
        values["begin"] = values.get("time", 0.0)
        values["end"] = end
        return True

    def take_mode(self, stripped: str, news: News) -> bool:
        """A row of the list of modes; other words end it."""
        found = _MODE.fullmatch(stripped)
        value = fortran_float(found[2]) if found else None
        if found and value is not None and self._facts.modes:
            self._tally.add(news, self._facts.modes, int(found[1]), value)
            if not self._facts.solved:
                solve(self._facts)
            return True
        if not stripped.startswith(("MODE", "SHAPE", "FREQ", "*** FROM")):
            self._facts.modes = None
        return False

    def _take_substep(self, found: re.Match[str], news: News) -> None:
        facts = self._facts
        before, after = facts.iterations or 0, integer(found[4] or "")
        facts.attempt = after - before if after is not None and after >= before else facts.attempt
        facts.iterations = after if after is not None else before + facts.attempt
        if found[3]:
            self._tally.add(news, "iterations", facts.values.get("time", 0.0), facts.attempt)
            return
        facts.load_step, facts.substep = integer(found[1]), integer(found[2])
        solve(facts)

    def _take_time(self, time: float | None, time_step: float | None, news: News) -> None:
        facts = self._facts
        if time is None:
            return
        facts.values["time"] = time
        if facts.substep is not None:
            self._tally.add(news, "increments", time, facts.substep)
        self._tally.add(news, "iterations", time, facts.attempt)
        if time_step is not None:
            facts.values["time_step"] = time_step
            self._tally.add(news, "time_step", time, time_step)
        self._tally.add(news, "cutbacks", time, facts.cutbacks)
        # The clock stands beside messages only: one since the last substep is near enough.
        if facts.clock_is_new and "wall" in facts.values:
            self._pace.add(time, facts.values["wall"])
            facts.clock_is_new = False

    def _bisect(self, time_step: float | None, news: News) -> None:
        facts = self._facts
        facts.cutbacks += 1
        time = facts.values.get("time", 0.0)
        self._tally.add(news, "cutbacks", time, facts.cutbacks)
        if time_step is not None:
            facts.values["time_step"] = time_step
            self._tally.add(news, "time_step", time, time_step)
