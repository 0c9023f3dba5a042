"""Marc's output: increments, cycles, residuals and messages among printed results."""

import re
from typing import ClassVar

from workers.parsers.marc.endings import EXITS
from workers.parsers.ruleparser import RuleParser
from workers.parsers.rules import Rules, line

RULES = Rules(
    #                   m s c   m a r c        MSC Marc 2020 … version
    claims=re.compile(
        r"^ *m ?s ?c ? ? ?m ?a ?r ?c\b|^ *\*+ *MSC[. ]Marc\b|^ *version: Marc", re.IGNORECASE
    ),
    lines=(
        #  version: Marc 2020.0.0, Build 611452        MSC Marc Version: Marc2013.1
        line(r"[Vv]ersion: *Marc *(?P<solver_version>\d[\w.]*)", begins=True),
        *EXITS,
        #  start of increment     3         s t a r t   o f   i n c r e m e n t       3
        line(r"^ *s ?t ?a ?r ?t ? ? ?o ?f ? ? ?i ?n ?c ?r ?e ?m ?e ?n ?t +(?P<cycle>\d+)"),
        #  e n d   o f   i n c r e m e n t      3
        #                       total transient time =    3.00000E-01
        line(r"total transient time = +(?P<time>\S+)"),
        #      time increment =   1.00000E-01
        line(r"^ *(?:the current )?time increment (?:=|is) +(?P<time_step>\S+)"),
        #    residual convergence ratio  0.137E-01     displacement convergence ratio  0.2E-02
        line(r"^ *residual convergence ratio +(?P<ratio>\S+)", series={"residual.force": "ratio"}),
        line(
            r"^ *displacement convergence ratio +(?P<ratio>\S+)",
            series={"residual.displacement": "ratio"},
        ),
        #    maximum residual force at node     4 degree of freedom   1 is equal to    0.500E-02
        #    *** error - element inside out at element        12
        line(r"\*\*\* *(?P<text>error\b.*)", severity="error", goes_on=r"^ {10,}[a-z]"),
        #    *** warning - Poisson's ratio …
        line(r"\*\*\* *(?P<text>warning\b.*)", severity="warning", goes_on=r"^ {10,}[a-z]"),
    ),
    x="iteration",
    causes=(
        (r"inside out", "negative volume"),
        (r"not positive definite|singular", "singular matrix"),
        (r"[Ff]ail(?:ure|ed) to converge|did not converge", "no convergence"),
        (r"cannot (?:be opened|open)|not found", "missing file"),
        (r"memory", "out of memory"),
    ),
)


class MarcOut(RuleParser):
    """One file for each domain of a parallel run."""

    name: ClassVar[str] = "marc.out"
    version: ClassVar[int] = 1
    solver: ClassVar[str] = "marc"
    role: ClassVar[str] = "out"
    RULES: ClassVar[Rules] = RULES
