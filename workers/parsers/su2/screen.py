"""What SU2's programs print on the screen: tables of iterations, warnings, errors and the end."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, ClassVar

from workers.parsers.byline import ByLine
from workers.parsers.endings import ending
from workers.parsers.facts import kept, restored
from workers.parsers.messages import Messages
from workers.parsers.pace import Pace
from workers.parsers.report import News, Report
from workers.parsers.series import Tally
from workers.parsers.su2.columns import COUNTERS, Columns, Rows, summaries
from workers.parsers.su2.ends import end_time_of, ending_of, progress_of, tell_cause
from workers.parsers.su2.facts import REASON_LENGTH, Block, Facts, close, function_of
from workers.parsers.su2.history import numbers
from workers.parsers.su2.runs import table
from workers.parsers.text import Lines, fortran_float, integer

# |   / __| | | |_  )   Release 8.0.1 "Harrier"                           |
# |   |___/\___//___|   Suite (Computational Fluid Dynamics Code)         |
_RELEASE = re.compile(r'\|[ /_|)\\]*Release (\d[\w.-]{0,20}) "')
_BANNER_IN_HEAD = re.compile(rb'^\|[ /_|)\\]*Release \d[\w.-]{0,20} "[^"\n]{1,30}"', re.MULTILINE)

# Maximum number of solver subiterations: 1000.       (7.0 and later: the inner iterations)
# Maximum number of iterations: 9999.                  (6.2 and before)
# Maximum number of physical time-steps: 200.
_LIMIT = re.compile(
    r"Maximum number of (solver subiterations|iterations|outer iterations|physical time-steps): (\d+)\.?"
)
# 11040 grid points.                10812 volume elements.      (7.0 and later)
# 5233 points.                      10216 interior elements.    (6.2 and before)
_SIZE = re.compile(
    r"(\d+) (?:(grid )?points|(?:volume|interior) elements(?: including halos)?)\b\.?"
)
# Completed in 12.345678 seconds on 4 cores.                    (6.2 and before)
_COMPLETED = re.compile(r"Completed in (\S+) seconds on (\d+) cores?\.?")
#    Wall-clock time (hrs):     0.0123 |            Core-hrs:      0.0984     (7.0 and later, WRT_PERFORMANCE)
#                    Cores:          8 |     …
_WALL = re.compile(r"Wall-clock time \(hrs\): *(\S+)")
_CORES = re.compile(r"Cores: *(\d+) ")
# ------------------------- Exit Success (SU2_CFD) ------------------------
_SUCCESS = re.compile(r"Exit Success \((SU2_\w+)\)")
# ------------------------------ Error Exit -------------------------------
_ERROR_EXIT = "- Error Exit -"
# All convergence criteria satisfied.
# Maximum number of iterations reached (ITER = 1000) before convergence.
# Maximum number of time iterations reached (TIME_ITER = 200).      Maximum time reached (MAX_TIME = 1s).
_OUTCOME = re.compile(
    r"All convergence criteria satisfied\.?|Maximum (?:number of (?:time |outer )?iterations|time) reached .*"
)
# Interrupt signal received, exiting before the convergence criteria were satisfied.     (8.4)
_INTERRUPTED = "Interrupt signal"
# Error in "void CSolver::SetResidual_RMS(const CGeometry*, const CConfig*)":
_ERROR = re.compile(r'Error in "(.{1,300})": *')
# !!! Error: SU2 has diverged. Now exiting... !!!                   (4.0 and before)
_OLD_ERROR = re.compile(r"\s*!!! Error: .*")
# WARNING: SURFACE_PRESSURE_DROP can only be computed for at least 2 surfaces (outlet, inlet, ...)
#  Warning: There is no restart file (flow.meta).
_WARNING = re.compile(r"\s*(?:WARNING|Warning)\b ?:? ?\S.*")

_DIGIT_EDGES = frozenset(f"{digit}|" for digit in range(10))
"""How the first cell of a row ends, which is a counter."""
_FURNITURE = 50


class Su2Screen(ByLine):
    """Standard output of SU2_CFD and its kin, with what machine or batch system may have added."""

    name: ClassVar[str] = "su2.screen"
    version: ClassVar[int] = 1
    solver: ClassVar[str] = "su2"
    role: ClassVar[str] = "screen"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _BANNER_IN_HEAD.search(head) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._tally = Tally(state.get("series"))
        self._messages = Messages(state.get("messages"))
        self._pace = Pace(state.get("pace"))
        self._facts = restored(Facts, state.get("facts"))
        self._columns = Columns(Rows.from_state(state.get("rows", {})), self._tally, self._pace)
        block = state.get("block")
        self._block = Block(**block) if block else None
        self._furniture: set[str] = set()
        """Lines around the rows that say nothing while the columns stay what they are."""
        self._edge = 0
        """Where the first cell of the last row ended."""

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._lines.state,
            "series": self._tally.state,
            "messages": self._messages.state,
            "pace": self._pace.state,
            "facts": kept(self._facts),
            "rows": self._columns.rows.to_state(),
            "block": asdict(self._block) if self._block else None,
        }

    def _end_message(self) -> None:
        close(self._block, self._messages, self._facts)
        self._block = None

    def report(self) -> Report:
        """The facts so far; a message that may still go on counts with the lines it has."""
        messages, facts = Messages(self._messages.state), restored(Facts, kept(self._facts))
        close(self._block, messages, facts)
        rows = self._columns.rows
        status, reason = ending_of(facts)
        physical = rows.last.get("time")
        report = Report(
            *(self.solver, self.role, facts.version),
            status=status,
            status_reason=reason,
            time=physical if physical is not None or rows.cycle is None else float(rows.cycle),
            end_time=end_time_of(facts, rows),
            cycle=rows.cycle,
            time_step=rows.last.get("time_step"),
            wall_time_s=facts.wall_time_s
            if facts.wall_time_s is not None
            else rows.last.get("wall"),
            cores=facts.cores,
            nodes=facts.nodes,
            elements=facts.elements,
            warnings=messages.count("warning"),
            errors=messages.count("error"),
            pace=self._columns.pace(),
            messages=messages.kept(),
            series=summaries(self._tally),
        )
        report.progress = progress_of(status, report.time, report.end_time)
        if status in ("error", "other"):
            tell_cause(report, facts)
        return report

    def _read(self, lines: Iterator[tuple[int, str]], news: News) -> None:
        """Rows that follow each other are taken together, over what stands between them and says nothing."""
        run: list[tuple[int, str]] = []
        at = self._edge
        for pair in lines:
            number, line = pair
            if line[at : at + 2] in _DIGIT_EDGES:
                run.append(pair)
            elif line not in self._furniture or self._block:
                self._take_run(run, news)
                run = []
                self._take(number, line, news)
                at = self._edge
        self._take_run(run, news)

    def _take_run(self, run: list[tuple[int, str]], news: News) -> None:
        # What a message goes on with is no row yet.
        columns = None if self._block else table(run, "|", self._columns.rows.names)
        if columns is None or not self._columns.take_many(columns, lambda at: run[at][0], news):
            for number, line in run:
                self._take(number, line, news)

    def _take(self, number: int, line: str, news: News) -> None:
        if ": " in line and self._killed(line):  # a batch system's words hold a colon
            return
        if self._block:
            if self._block.takes(line):
                return
            close(self._block, self._messages, self._facts)
            self._block = None
        if not line or line.isspace():
            return
        self._tally.line = number
        if line[0] == "|":
            if self._take_table(number, line, news):
                return
        elif line[0] == " " and self._take_bare_row(line, news):
            return
        if line.startswith("+---"):
            self._pass(line)
        elif not self._take_words(number, line) and line[0] != " ":  # what SU2 indents is its own
            self._killed(line)

    def _killed(self, line: str) -> bool:
        """An end from outside, perhaps glued to half a line of SU2; also a crash, which is no kill."""
        found = ending(line)
        if found:
            self._facts.end_from_outside(found.kind, found.words[:REASON_LENGTH])
        return found is not None and found.kind == "killed"

    def _take_table(self, number: int, line: str, news: News) -> bool:
        """|  Inner_Iter|      rms[P]|      and the rows below it."""
        cells = line.split("|")[1:-1]
        values = numbers(cells, len(self._columns.rows.names))
        if values:
            self._columns.take(values, news)
            self._edge = len(cells[0])
            return True
        if cells and cells[0].strip() in COUNTERS:
            self._name_columns([cell.strip() for cell in cells])
            self._pass(line)
            return True
        if len(cells) == 4 and (answer := cells[3].strip()) in ("Yes", "No"):
            name, value, criterion = (cell.strip()[:80] for cell in cells[:3])
            if answer == "No":
                text = f"{name} is {value}, criterion {criterion}: not converged"
                self._messages.add("note", None, text, number)
            return True
        if "Release" in line or len(cells) < 2:
            return False
        self._pass(line)
        return True

    def _pass(self, line: str) -> None:
        if len(self._furniture) < _FURNITURE:
            self._furniture.add(line)

    def _name_columns(self, names: list[str]) -> None:
        before = self._columns.rows.names
        self._columns.name_columns(names)
        if self._columns.rows.names != before:
            self._furniture.clear()

    def _take_bare_row(self, line: str, news: News) -> bool:
        """Iter    Time(s)     Res[Rho]     Res[RhoE]   CL(Total)      and its rows, of 6.2 and before."""
        cells = line.split()
        if cells[0] in ("Iter", "IntIter") and "Res" in line:
            self._name_columns(cells)
            return True
        if not cells[0].isdigit() or not self._columns.rows.names:
            return False
        values = numbers(cells, len(self._columns.rows.names))
        if values:
            self._columns.take(values, news)
        return values is not None

    def _take_words(self, number: int, line: str) -> bool:
        facts = self._facts
        if line[0] == "|":
            found = _RELEASE.match(line)
            if found and facts.version is not None:
                self._begin_anew()
            self._facts.version = found[1] if found else self._facts.version
            return found is not None
        if line.startswith("---"):
            if _ERROR_EXIT in line:
                facts.error_exit = "Error Exit"
            elif success := _SUCCESS.search(line):
                facts.success = success.group()
            return _ERROR_EXIT in line or "MPI" not in line
        if found := _ERROR.match(line):
            self._block = Block("error", number, function_of(found[1]), [])
        elif "arning" in line or "ARNING" in line:
            if not _WARNING.fullmatch(line):
                return False
            self._block = Block("warning", number, None, [line.strip()[:500]])
        elif _OLD_ERROR.fullmatch(line):
            self._block = Block("error", number, None, [line.strip()[:500]])
        else:
            return self._take_fact(number, line)
        return True

    def _take_fact(self, number: int, line: str) -> bool:
        facts = self._facts
        if line.startswith("Maximum") or line.startswith("All conv"):
            if found := _LIMIT.match(line):
                facts.limits[found[1]] = integer(found[2]) or 0
            elif found := _OUTCOME.match(line):
                facts.outcome = found.group()[:REASON_LENGTH]
                self._messages.add("note", None, facts.outcome, number)
        elif line[0].isdigit():
            found = _SIZE.match(line)
            if found and line.startswith(found[0]) and "halo" not in line and "ghost" not in line:
                count = integer(found[1])
                if "points" in found[0]:
                    facts.nodes = count if facts.nodes is None else facts.nodes
                else:
                    facts.elements = count if facts.elements is None else facts.elements
            return found is not None
        elif _INTERRUPTED in line:
            facts.interrupted, facts.error_line = line.strip()[:REASON_LENGTH], number
        elif found := _COMPLETED.match(line):
            facts.wall_time_s, facts.cores = fortran_float(found[1]), integer(found[2])
        elif "Wall-clock" in line and (found := _WALL.search(line)):
            hours = fortran_float(found[1])
            facts.wall_time_s = None if hours is None else hours * 3600
        elif "Cores:" in line and (found := _CORES.search(line)):
            facts.cores = integer(found[1])
        else:
            return False
        return True

    def _begin_anew(self) -> None:
        """A second banner: the log of a further run, or of SU2_SOL after SU2_CFD."""
        self._facts, self._messages = Facts(), self._messages.afresh()
        self._columns = Columns(Rows(), self._tally, self._pace)
        self._furniture.clear()
