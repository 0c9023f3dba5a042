"""How far the run is: cycle lines, tables of energies, implicit steps, added mass; all with their points."""

import re
from itertools import compress, count
from operator import ne

from workers.parsers.ls_dyna.cycles import Cycles
from workers.parsers.ls_dyna.energies import controlled, labelled, series_of, value_of
from workers.parsers.ls_dyna.facts import LogFacts
from workers.parsers.ls_dyna.stamps import clock_s
from workers.parsers.pace import Pace
from workers.parsers.report import News
from workers.parsers.series import Tally
from workers.parsers.text import fortran_float

#      236 t 4.9789E-02 dt 2.12E-04 write d3plot file            08/05/24 13:44:59     (R13)
# 54755000 t 1.9993E+01 dt 3.65E-07 flush i/o buffers            08/20/24 00:08:54
#        2 t 1.0000E-01 dt 1.00E-01 begin thermal step           05/15/26 13:26:13     (R14)
_CYCLE = re.compile(
    r"(\d{1,18}|\*+) t +([^\s_]+) dt +([^\s_]+) (.*) (\d\d/\d\d/\d\d(?:\d\d)? \d\d:\d\d:\d\d)$"
)
#     1000 t 9.9993E-04 dt 1.00E-06 flush i/o buffers       (the screen of some older ones tells no clock)
_CLOCKLESS = re.compile(
    r"(\d{1,18}) t +(\d\.\d{2,9}E[+-]\d\d) dt +(\d\.\d{2,9}E[+-]\d\d)"
    r" +([a-z][\w/]*(?: [\w/]+)* (?:file|buffers|step))()$"
)
#  BEGIN implicit statics  step      2 t= 1.0000E-03             11/21/19 09:29:22     (R10)
#  BEGIN implicit dynamics step   1000 t= 1.0000E-03
_BEGIN = re.compile(r"BEGIN implicit \w+ +step *(\d{1,18}) t= *(\S+)")
#  Iteration:   2     *|du|/|u| =  5.0250723E-04     *Ei/E0 =  1.5855524E-06
_ITERATION = re.compile(
    r"(?i:iteration): *(\d{1,9})(?: +\*?\|du\|/\|u\| *= *(\S+))?(?: +\*?Ei/E0 *= *(\S+))?"
)
#  Equilibrium established after     2 iterations                11/21/19 09:29:22
_ESTABLISHED = re.compile(r"Equilibrium established after *(\d{1,9}) iteration")
#     Number of iterations to converge         =           3
_CONVERGED = re.compile(r"Number of iterations to converge *= *(\d{1,9})")
#  average clock time per zone cycle..       786 nanoseconds        (screen, d3hsp, status.out)
#  Clock time per zone cycle=        478.248 nanoseconds            (below the end; R7 without decimals)
_ZONE_CYCLE = re.compile(
    r"(?:average c|C)lock time per zone cycle *(?:=|\.+) *(\S+) +(nano|pico)sec"
)
#     added mass   =   2.8468E-04        percentage increase =   2.2936E+04       (R16)
_MASS = re.compile(r"(added mass|percentage increase|percent increase|ratio) *= *(\S+)$")
_MASS_SERIES = {"added mass": "mass_scaling.added", "ratio": "mass_scaling.percent"}


def _real(text: str) -> float | None:
    try:
        return float(text)  # the most of them, four times as fast
    except ValueError:
        return fortran_float(text)


class Progress:
    """Takes lines that tell how far the run is into facts, tally and pace."""

    def __init__(self, facts: LogFacts, tally: Tally, pace: Pace) -> None:
        self.facts, self._tally, self._pace = facts, tally, pace
        self.element: int | None = None
        """Of the last `dt of cycle`, until the time that it belongs to is read."""

    def takes_cycle(self, text: str, news: News) -> bool:
        """Whether the line is a cycle line, which it takes."""
        found = _CYCLE.match(text)
        if not found and self.facts.wall_s is None:  # else it is cut off
            found = _CLOCKLESS.match(text)
        if not found:
            return False
        number, at, step, action, stamp = found.groups()
        time, time_step = _real(at), _real(step)
        if time is not None and time_step is not None:
            cycle = None if number[0] == "*" else int(number)
            now = clock_s(stamp) if stamp else None
            self.take_cycle(cycle, time, time_step, "thermal" in action, now, news)
        return True

    def take_cycle(
        self,
        cycle: int | None,
        time: float,
        time_step: float,
        thermal: bool,
        now: float | None,
        news: News,
    ) -> None:
        """Takes what a cycle line says; `now` is its `stamps.seconds`. Thermal steps are numbered apart."""
        facts = self.facts
        if thermal or cycle is None:
            cycle = facts.cycle
        again = cycle == facts.cycle and time == facts.time
        facts.cycle, facts.time = cycle, time
        if time_step and not thermal:
            facts.time_step = time_step
            if not again:
                self._tally.add(news, "time_step", time, time_step)
        if now is not None:
            self._take_clock(now, time, news)

    def takes_cycles(self, cycles: Cycles, line: int, news: News) -> bool:
        """Whether it took these lines at once, the first one at `line`, as `takes_cycle` one after the other."""
        facts, tally, started = self.facts, self._tally, self.facts.started_s
        if started is None or "time_step" not in tally or "wall_time_s" not in tally:
            return False
        if min(cycles.clocks_s) < started:
            return False
        numbers, times, steps = cycles.numbers, cycles.times, cycles.steps
        walls = [at - started for at in cycles.clocks_s]
        fresh = [*map(ne, numbers, [facts.cycle, *numbers])]
        if not all(fresh) or 0.0 in steps:
            known = zip(fresh, times, [facts.time, *times], steps, strict=False)
            fresh = [bool((new or time != past) and step) for new, time, past, step in known]
        later = [*map(ne, walls, [facts.wall_s, *walls])]
        facts.cycle, facts.time, facts.wall_s = numbers[-1], times[-1], walls[-1]
        facts.time_step = next((step for step in reversed(steps) if step), facts.time_step)
        self._extend(news, "time_step", times, steps, fresh, line)
        self._extend(news, "wall_time_s", times, walls, later, line)
        self._pace.extend(times, walls)
        return True

    def _extend(
        self,
        news: News,
        name: str,
        xs: list[float],
        ys: list[float],
        chosen: list[bool],
        line: int,
    ) -> None:
        """Adds the chosen ones of these points; the lines of all of them begin at `line`."""
        if all(chosen):
            self._tally.extend(news, name, xs, ys, line.__add__)
            return
        lines = [*compress(count(line), chosen)]
        xs, ys = [*compress(xs, chosen)], [*compress(ys, chosen)]
        self._tally.extend(news, name, xs, ys, lines.__getitem__)

    def _take_clock(self, now: float, time: float, news: News) -> None:
        facts = self.facts
        if facts.started_s is None:
            facts.started_s = now
        wall_s = now - facts.started_s
        if wall_s < 0:
            return
        if wall_s != facts.wall_s:
            self._tally.add(news, "wall_time_s", time, wall_s)
        facts.wall_s = wall_s
        self._pace.add(time, wall_s)

    def take_control(self, text: str, news: News) -> None:
        """`dt of cycle … is controlled by …`, above each table of energies."""
        found = controlled(text)
        if not found:
            return
        cycle, element = found
        self.facts.cycle = self.facts.cycle if cycle is None else cycle
        self.element = element

    def take_energy(self, text: str, news: News) -> None:
        """A row of the table of energies, or of the added mass."""
        if "=" in text:
            self._take_mass(text, news)
            return
        row = labelled(text)
        if not row:
            return
        label, rest = row
        value, wall = value_of(rest)
        if value is None:
            return
        facts = self.facts
        if label == "time":
            facts.time = value
            if self.element is not None:
                self._tally.add(news, "time_step_element", value, self.element)
                self.element = None
        elif (name := series_of(label, wall)) and facts.time is not None:
            if name == "time_step":
                facts.time_step = value
            self._tally.add(news, name, facts.time, value)

    def _take_mass(self, text: str, news: News) -> None:
        found = _MASS.match(text)
        value = fortran_float(found[2]) if found else None
        if not found or value is None:
            return
        name = _MASS_SERIES.get(found[1], "mass_scaling.percent")
        share = 100 * value if found[1] == "ratio" else value
        self._tally.add(news, name, self.facts.time or 0.0, share)

    def take_zone_cycle(self, text: str, news: News) -> None:
        """Time per zone and cycle, at the time of the run where that is known."""
        found = _ZONE_CYCLE.match(text)
        value = fortran_float(found[1]) if found else None
        if found and value and self.facts.time is not None:  # 0: too short for its clock
            value = value / 1000 if found[2] == "pico" else value
            self._tally.add(news, "zone_cycle_ns", self.facts.time, value)

    def take_step(self, text: str, news: News) -> None:
        """An implicit step begins; the same one again after a failed attempt is a cutback."""
        found = _BEGIN.match(text)
        if not found:
            return
        facts, step = self.facts, int(found[1])
        if step == facts.step and facts.in_step:
            facts.cutbacks += 1
            self._tally.add(news, "cutbacks", facts.time or 0.0, facts.cutbacks)
        facts.step, facts.step_time, facts.in_step = step, fortran_float(found[2]), 0

    def take_iteration(self, text: str, news: News) -> None:
        """One equilibrium iteration with its norms."""
        found = _ITERATION.match(text)
        if not found:
            return
        self.facts.iterations += 1
        self.facts.in_step += 1
        for group, name in ((2, "residual.displacement"), (3, "residual.energy")):
            value = fortran_float(found[group] or "")
            if value is not None:
                self._tally.add(news, name, self.facts.iterations, value)

    def take_iterations(
        self, displacements: list[float], energies: list[float], line: int, news: News
    ) -> None:
        """Takes iterations that follow one another, the first one at `line`."""
        facts, number = self.facts, len(energies)
        xs = [*map(float, range(facts.iterations + 1, facts.iterations + number + 1))]
        facts.iterations += number
        facts.in_step += number
        self._tally.extend(news, "residual.displacement", xs, displacements, line.__add__)
        self._tally.extend(news, "residual.energy", xs, energies, line.__add__)

    def take_converged(self, text: str, news: News) -> None:
        """An implicit step has converged; screen and messag say so in different words."""
        found = _ESTABLISHED.match(text) or _CONVERGED.match(text)
        facts = self.facts
        if not found or facts.step is None or facts.step_time is None:
            return
        facts.time = facts.step_time
        self._tally.add(news, "iterations", facts.time, int(found[1]))
        self._tally.add(news, "increments", facts.time, facts.step)
        facts.in_step = 0
