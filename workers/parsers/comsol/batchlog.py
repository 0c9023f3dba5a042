"""COMSOL's batch log: progress in percent, a section for each solver with its table of iterations or time steps."""

import re
from typing import ClassVar

from workers.parsers.ruleparser import RuleParser
from workers.parsers.rules import Rules, line

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"

RULES = Rules(
    # ***COMSOL 6.1.0.252 progress output file***
    # COMSOL Multiphysics 6.3 (Build: 290) starting in batch mode
    # <---- Compile Equations: Stationary in Study 1/Solution 1 (sol1) -------------
    claims=re.compile(
        r"^\*{3}COMSOL \d[\d.]* progress output file|^COMSOL Multiphysics \d+\.\d.* batch"
        r"|^<---- Compile Equations: "
    ),
    lines=(
        line(r"^\*{3}COMSOL (?P<solver_version>\d[\d.]*) progress output file", begins=True),
        line(r"^COMSOL Multiphysics (?P<solver_version>\d+\.\d+\w*)"),
        #            Current Progress:   5 % - Compile Equations: Time Dependent
        line(r"Current Progress: +(?P<percent>\d+) %"),
        # Number of degrees of freedom solved for: 11506 (plus 1 internal DOFs).
        # Using 1 socket with 4 cores in total on node12.
        line(r"^Using \d+ sockets? with (?P<cores>\d+) cores? in total on (?P<host>\S+)\."),
        # Opening file: bracket.mph      Open file: …
        line(r"^(?:Opening file|Open file|Running model): *(?P<title>\S.*)"),
        # Step        Time    Stepsize      Res  Jac  Sol Order Tfail NLfail   LinErr   LinRes
        #   11      170.35      42.558 out   28   15   28     2     3      0    4e-17  5.9e-17
        line(
            rf"^ *(?P<cycle>\d+) +(?P<time>{_NUMBER}) +(?P<time_step>{_NUMBER})(?: out)? +\d+ +\d+ +\d+"
            r" +\d+ +(?P<failed>\d+) +\d+ ",
            series={"time_step": "time_step", "cutbacks": "failed"},
        ),
        # Iter      SolEst      ResEst     Damping    Stepsize #Res #Jac #Sol   LinErr   LinRes
        #    2     3.7e+03       7e+03   0.0000010     3.7e+03    6    2    7    4e-11  2.3e-14
        line(
            rf"^ *\d+ +(?P<solution>{_NUMBER}) +(?P<residual>{_NUMBER}) +(?:{_NUMBER})"
            rf" +(?:{_NUMBER}) +\d+ +\d+ +\d+ ",
            series={"residual.solest": "solution", "residual.resest": "residual"},
        ),
        # /********************Error********************/     (the words stand on the next lines)
        line(
            r"^/?\*+ ?(?P<text>Error) ?\*+/?$",
            severity="error",
            status="error",
            goes_on=r"^(?:/\*+/|[^/*\s].*|\s+\S.*)$",
        ),
        # ERROR: Failed to find a solution.          Error: …
        line(r"^(?:ERROR|Error): *(?P<text>\S.*)", severity="error", status="error"),
        # Warning: Inverted mesh element detected near boundary 5.
        line(r"^ *(?:WARNING|Warning): *(?P<text>\S.*)", severity="warning"),
        # Total time: 12 s.
        line(r"^Total time: *(?P<wall_time_s>[\d.]+) s", status="normal"),
    ),
    causes=(
        (
            r"[Ff]ailed to find (?:a )?(?:solution|consistent)|[Nn]ewton iterations",
            "no convergence",
        ),
        (r"[Ss]ingular", "singular matrix"),
        (r"[Nn]onlinear solver did not converge|not converged", "no convergence"),
        (r"[Tt]ime step .*too small|[Ss]tep ?size .*too small", "time step too small"),
        (r"[Ii]nverted mesh element", "negative volume"),
        (r"[Oo]ut of memory|Java heap space", "out of memory"),
        (r"[Ll]icense error|license", "licence"),
        (r"[Uu]ndefined variable|Unknown (?:function|parameter)|syntax", "input error"),
        (r"[Ff]ile .*(?:not found|does not exist)|could not open", "missing file"),
    ),
)


class ComsolBatchlog(RuleParser):
    """Residuals are the solver's own error estimates: of the solution, and of the residual."""

    name: ClassVar[str] = "comsol.batchlog"
    version: ClassVar[int] = 1
    solver: ClassVar[str] = "comsol"
    role: ClassVar[str] = "batchlog"
    RULES: ClassVar[Rules] = RULES
