"""FEBio's time steps: attempts, norms of their iterations, retries and the step size."""

import re

from workers.parsers.febio.facts import Facts
from workers.parsers.fields import quick_float
from workers.parsers.report import News
from workers.parsers.series import Tally
from workers.parsers.text import fortran_float, integer

# ===== beginning time step 21 : 1 =====
_BEGINNING = re.compile(r"=+ beginning time step (\d+) : (\S+) =+")
# ------- converged at time : 1
_CONVERGED = re.compile(r"-+ converged at time : (\S+)")
# ------- failed to converge at time : 0.1
_FAILED = re.compile(r"-+ failed to converge at time : (\S+)")
# AUTO STEPPER: increasing time step, dt = 0.0664487
# AUTO STEPPER: retry step, dt = 0.0952381
# MUST POINT CONTROLLER: adjusting time step. dt = 0.00746455
_STEP_SIZE = re.compile(r"(?:AUTO STEPPER|MUST POINT CONTROLLER): .*dt = (\S+)")
#     number of iterations   : 4
_ITERATIONS = re.compile(r"number of iterations +: (\d+)")
# 	convergence norms :     INITIAL         CURRENT         REQUIRED
# 	   residual            2.145056e-30    1.693586e-02    0.000000e+00
# 	   fluid pressure      4.955732e-28    1.238933e-28    1.238933e-32
_NORMS = "convergence norms"
_NORM = re.compile(r"([a-z][A-Za-z0-9 _-]{0,39}?)\s+(\S+)\s+(\S+)\s+(\S+)")
_NAMES = 20


class Steps:
    """Takes the lines of the time stepping into facts and series."""

    def __init__(self, facts: Facts, tally: Tally) -> None:
        self._facts = facts
        self._tally = tally
        self._series: dict[str, str] = {}
        """Of the norms whose name is one word; only to be quick."""

    def take_norm(self, stripped: str, news: News) -> bool:
        """A row of the norms; the first line that is none ends them."""
        cells = stripped.split()
        series = self._series.get(cells[0]) if len(cells) == 4 else None
        current = quick_float(cells[2]) if series and "*" not in cells[2] else None
        if series is None or current is None:
            found = _NORM.fullmatch(stripped)
            current = fortran_float(found[3]) if found and found[3].count("*") < 3 else None
            if found is None or current is None:
                self._facts.in_norms = False
                return False
            series = f"residual.{found[1].replace(' ', '_')}"
            if " " not in found[1] and len(self._series) < _NAMES:
                self._series[found[1]] = series
        self._tally.add(news, series, self._facts.iterations, current)
        return True

    def take(self, number: int, stripped: str, news: News) -> bool:
        """Whether the line was of the time stepping."""
        facts = self._facts
        if stripped.startswith(_NORMS):
            facts.in_norms = True
        elif found := _BEGINNING.match(stripped):
            self._begin(found[1], found[2])
        elif found := _CONVERGED.match(stripped):
            self._converge(fortran_float(found[1]), news)
        elif found := _FAILED.match(stripped):
            facts.failed, facts.failed_line = stripped[:200], number
            self._fail(news)
        elif found := _STEP_SIZE.match(stripped):
            size = fortran_float(found[1])
            if size is not None:
                facts.values["time_step"] = size
        elif found := _ITERATIONS.match(stripped):
            facts.iteration = integer(found[1]) or facts.iteration
        else:
            return False
        return True

    def _begin(self, step: str, time: str) -> None:
        facts = self._facts
        value = fortran_float(time)
        facts.attempted, facts.iteration = integer(step), 0
        facts.ended = facts.gave_up = None  # it goes on: what looked like an end was none
        if value is not None:
            facts.values["attempt"] = value

    def _converge(self, time: float | None, news: News) -> None:
        facts = self._facts
        if time is None:
            return
        size = self._size(time)
        facts.values["time"] = time
        facts.step = facts.attempted
        facts.last_error = facts.failed = None
        if facts.step is not None:
            self._tally.add(news, "increments", time, facts.step)
        self._tally.add(news, "iterations", time, facts.iteration)
        self._tally.add(news, "time_step", time, size)
        self._tally.add(news, "cutbacks", time, facts.cutbacks)

    def _fail(self, news: News) -> None:
        facts = self._facts
        facts.cutbacks += 1
        time = facts.values.get("time", 0.0)
        self._tally.add(news, "iterations", time, facts.iteration)
        self._tally.add(news, "cutbacks", time, facts.cutbacks)

    def _size(self, time: float) -> float:
        """The step size as printed, or what the times (six digits) say where that cannot be."""
        printed = self._facts.values.get("time_step")
        passed = time - self._facts.values.get("time", 0.0)
        if printed is not None and abs(printed - passed) <= 2e-5 * max(abs(time), abs(printed)):
            return printed
        return float(f"{passed:.6g}")
