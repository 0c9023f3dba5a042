"""Fluent's transcript: residual rows under a header that names them, messages between the rows, commands as echoed."""

import re
from typing import ClassVar

from workers.parsers.ruleparser import RuleParser
from workers.parsers.rules import Columns, Rules, line

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
        line(r"^ *Warning: *(?P<text>\S.*)", severity="warning"),
        # Error: Divergence detected in AMG solver: pressure correction
        line(
            r"^ *(?:# )?(?:Error: *)?(?P<text>Divergence detected in AMG solver.*)",
            severity="error",
            status="error",
            cause="no convergence",
        ),
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
        # > /exit yes      > exit      /exit
        line(r"^(?:> *)?/?exit(?: (?:yes|ok))?\s*$", status="normal"),
    ),
    tables=(
        Columns(
            re.compile(r"^ *iter +(?:continuity|energy|\S+-velocity)\b"),
            facts={"iter": "cycle"},
            series={"*": "residual.{column}"},
        ),
    ),
    x="iteration",
    causes=(
        (r"[Nn]ot enough memory|[Oo]ut of memory|[Uu]nable to allocate", "out of memory"),
        (r"[Ff]ile .*not found|[Cc]annot open|[Cc]ould not open", "missing file"),
        (r"[Nn]egative cell volume|[Nn]egative volume", "negative volume"),
        (r"[Jj]ournal file|invalid command|unbound variable|[Ii]nvalid input", "input error"),
    ),
)


class FluentTranscript(RuleParser):
    """Transcript or console output; user reports stand among the residuals, under their columns' names."""

    name: ClassVar[str] = "fluent.trn"
    version: ClassVar[int] = 1
    solver: ClassVar[str] = "fluent"
    role: ClassVar[str] = "trn"
    RULES: ClassVar[Rules] = RULES
