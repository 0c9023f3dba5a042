"""Fluent's transcript: residual rows under a header that names them, messages between the rows, commands as echoed."""

import re
from typing import ClassVar

from workers.parsers.report import News, Report
from workers.parsers.ruleparser import RuleParser
from workers.parsers.rules import Columns, Line, Rules, line
from workers.parsers.text import integer

RULES = Rules(
    #               Welcome to ANSYS Fluent 2022 R2          (6.3: Welcome to Fluent 6.3.26)
    #   iter  continuity  x-velocity  y-velocity     time/iter       (a transcript begun by a journal)
    claims=re.compile(
        r"^ *Welcome to (?:ANSYS |Ansys )?F(?:luent|LUENT) \d|^ *iter +continuity +\S+-velocity\b"
    ),
    lines=(
        line(
            r"^ *Welcome to (?:ANSYS |Ansys )?F(?:luent|LUENT) (?P<solver_version>\d\S*(?: R\d)?)",
            begins=True,
        ),
        # /opt/fluent22.2.0/bin/fluent -r22.2.0 3ddp -host -t48 -cnf=node12 -ssh          (2022 R2, Linux)
        line(r"^\S*fluent -r[\d.]+ (?P<command>[23]d\w* .*-t(?P<cores>\d+)\b.*)"),
        # Host spawning Node 0 on machine "node12" (win64).          (2023 R1)
        line(r'^ *Host spawning Node 0 on machine "(?P<host>[^"]+)"'),
        # !   87 solution is converged
        line(r"^! *\d+ solution is converged"),
        # Flow time = 0.02s, time step = 4
        line(r"^ *Flow time = (?P<time>[\d.eE+-]+) ?s?, time step = \d+"),
        # Total wall-clock time:    85.312 sec     (from /parallel/timer/usage)
        line(r"^ *Total wall-clock time: *(?P<wall_time_s>[\d.]+) sec"),
        #     15000 nodes, binary.
        line(r"^ *(?P<nodes>\d+) nodes(?:, binary)?\.$"),
        # Reversed flow on 16 faces (4.1% area) of pressure-outlet 3
        # reversed flow in 16 faces on pressure-outlet 3.
        line(r"^ *[Rr]eversed flow (?:on|in) \d+ faces", severity="warning"),
        # turbulent viscosity limited to viscosity ratio of 1.000000e+05 in 12 cells
        line(
            r"^ *(?:turbulent viscosity|temperature|absolute pressure) limited to",
            severity="warning",
        ),
        # Warning:
        # Software rasterizer found, hardware acceleration will be disabled.          (2022 R2)
        line(r"^ *(?P<text>Warning:) *$", severity="warning", goes_on=r"\S"),
        # WARNING: The wall motion has a significant normal component on 12 faces of face zone 3.
        line(r"^ *(?:Warning|WARNING): *(?P<text>\S.*)", severity="warning"),
        # Error: Divergence detected in AMG solver: pressure correction
        # Error at Node 0: Divergence detected in AMG solver: pressure coupled
        line(
            r"^ *(?:# *)?Error(?: at [^:]+)?: *(?P<text>Divergence detected in AMG solver.*)",
            severity="error",
            status="error",
            cause="no convergence",
        ),
        # Divergence detected in AMG solver: k        Stabilizing omega to enhance linear solver robustness.
        # # Divergence detected in AMG solver: x-momentum -> Increasing relaxation sweeps!
        # (it goes on)
        line(r"^ *(?:# *)?(?P<text>Divergence detected in AMG solver.*)", severity="warning"),
        # Error: floating point exception     Error at Node 0: floating point exception
        line(
            r"^ *Error(?: at [^:]+)?: *(?P<text>[Ff]loating point (?:exception|error).*)",
            severity="error",
            status="error",
            cause="floating point error",
        ),
        # Error: Journal file aborted     Error at Node 3: Internal error at line …
        line(r"^ *Error(?: at [^:]+)?: *(?P<text>\S.*)", severity="error"),
        # Halting due to end of file on input.     (the journal ended without exit)
        line(r"^Halting due to end of file on input", status="normal"),
        # Auto-Transcript Start Time:  12:45:58, 10 Apr 2024
        # Auto-Transcript Stop Time:  12:46:36, 10 Apr 2024          (2022 R2, below the exit)
        line(
            r"^ *Auto-Transcript Start Time: *(?P<started_at>\d+:\d+:\d+, \d+ \w{3} \d{4})",
            date="%H:%M:%S, %d %b %Y",
            begins=True,
        ),
        line(
            r"^ *Auto-Transcript Stop Time: *(?P<ended_at>\d+:\d+:\d+, \d+ \w{3} \d{4})",
            date="%H:%M:%S, %d %b %Y",
        ),
        # > /exit yes      > exit      /exit
        line(r"^(?:> *)?/?exit(?: (?:yes|ok))?\s*$", status="normal"),
    ),
    tables=(
        Columns(
            re.compile(r"^ *iter +(?:continuity|energy|\S+-velocity)\b"),
            facts={"iter": "cycle", "time/iter": "eta_s"},
            series={"*": "residual.{column}"},
        ),
    ),
    x="iteration",
    causes=(
        (r"Divergence detected", "no convergence"),
        (r"[Nn]ot enough memory|[Oo]ut of memory|[Uu]nable to allocate", "out of memory"),
        (r"[Ff]ile .*not found|[Cc]annot open|[Cc]ould not open", "missing file"),
        (r"[Nn]egative cell volume|[Nn]egative volume", "negative volume"),
        (r"[Jj]ournal file|invalid command|unbound variable|[Ii]nvalid input", "input error"),
    ),
)

#      1  1.0000e+00  7.3928e-05  2.9343e-05              0:00:14  149     (2022 R2: time and iterations left)
_LEFT = re.compile(r" (\d+:\d\d:\d\d) +(\d{1,9})\s*$")


class FluentTranscript(RuleParser):
    """Transcript or console output; user reports stand among the residuals, under their columns' names."""

    name: ClassVar[str] = "fluent.trn"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "fluent"
    role: ClassVar[str] = "trn"
    RULES: ClassVar[Rules] = RULES

    def report(self) -> Report:
        report = super().report()
        if report.status != "running":
            report.eta_s = None
        if report.status == "normal" and report.progress is not None:
            report.progress = 1.0  # it converged before the iterations that were asked for
        return report

    def _apply(
        self, at: int, rule: Line, found: re.Match[str], number: int, text: str, news: News
    ) -> None:
        """Time of the start and command line stand above the banner that begins the run."""
        first = rule.begins and "solver_version" not in self._facts
        above = dict(self._facts) if first else {}
        super()._apply(at, rule, found, number, text, news)
        self._facts = above | self._facts

    def _take_row(self, number: int, text: str, news: News) -> bool:
        """A report that is not yet asked for leaves its column blank, in front of the last one."""
        left = _LEFT.search(text) if self._table and ":" in text else None
        if left is None or self._table is None:
            return super()._take_row(number, text, news)
        cells = text[: left.start()].split()
        blank = max(len(self._table[1]) - 1 - len(cells), 0)
        if not super()._take_row(number, " ".join([*cells, *"-" * blank, left[1]]), news):
            return False
        cycle = integer(cells[0])
        if cycle is not None:
            self._facts["end_cycle"] = cycle + int(left[2])
        return True
