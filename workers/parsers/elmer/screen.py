"""ElmerSolver's standard output: each line begins with the routine that speaks."""

import re
from typing import ClassVar

from workers.parsers.ruleparser import RuleParser
from workers.parsers.rules import Rules, line

RULES = Rules(
    # ELMER SOLVER (v 9.0) STARTED AT: 2021/06/30 15:12:16      (before 8: ELMER SOLVER STARTED AT: …)
    claims=re.compile(r"^ *ELMER SOLVER (?:\(v ?\S+\) )?STARTED AT: "),
    lines=(
        line(
            r"^ *ELMER SOLVER (?:\(v ?(?P<solver_version>\S+)\) )?STARTED AT: *"
            r"(?P<started_at>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)",
            date="%Y/%m/%d %H:%M:%S",
            begins=True,
        ),
        # MAIN: Version: 9.0 (Rev: unknown, Compiled: 2021-03-01)
        line(r"^ *MAIN: +Version: (?P<solver_version>\S+)"),
        # ParCommInit:  Initialize #PEs:            4
        line(r"^ *ParCommInit: +Initialize #PEs: +(?P<cores>\d+)"),
        # MAIN: Time: 3/100:  0.30000000000000004        (9.0; before: MAIN: Time: 3/100   0.3000)
        line(r"^ *MAIN: +Time: +(?P<cycle>\d+) ?/ ?(?P<end_cycle>\d+):? +(?P<time>[\d.EeD+-]+)"),
        # ComputeChange: NS (ITER=1) (NRM,RELC): ( 0.20833333E-01  2.0000000     ) :: poisson
        line(
            r"^ *ComputeChange: NS \(ITER=\d+\) \(NRM,RELC\): \( *(?P<norm>\S+) +(?P<change>\S+) *\)"
            r" :: (?P<field>.*\S)",
            series={"residual.{field}": "change"},
        ),
        # ComputeChange: SS (ITER=2) (NRM,RELC): ( 0.20833333E-01 0.41000000E-04 ) :: poisson
        line(
            r"^ *ComputeChange: SS \(ITER=\d+\) \(NRM,RELC\): \( *(?P<norm>\S+) +(?P<change>\S+) *\)"
            r" :: (?P<field>.*\S)",
            series={"residual.steady_{field}": "change"},
        ),
        # NUMERICAL ERROR:: IterSolve: Too many iterations was needed.
        line(
            r"^ *NUMERICAL ERROR:: +(?P<text>\S.*)",
            severity="error",
            status="error",
            cause="no convergence",
        ),
        #  ** ERROR RETURN ** FROM ZMUMPS INFO(1)=  -13        (Elmer goes on, with wrong results)
        line(r"^ *\*\* (?P<text>ERROR RETURN \*\* FROM [A-Z]MUMPS.*)", severity="error"),
        # ERROR:: LoadInputFile: Unable to find material
        line(r"^ *ERROR:: +(?P<text>\S.*)", severity="error", status="error"),
        # WARNING:: ListFind: …
        line(r"^ *WARNING:: +(?P<text>\S.*)", severity="warning"),
        # MAIN: *** Elmer Solver: ALL DONE ***     ElmerSolver: *** Elmer Solver: ALL DONE ***
        line(r"\*\*\* Elmer Solver: ALL DONE \*\*\*", status="normal"),
        # SOLVER TOTAL TIME(CPU,REAL):         0.04        0.04
        line(r"^ *SOLVER TOTAL TIME\(CPU,REAL\): +(?P<cpu_time_s>\S+) +(?P<wall_time_s>\S+)"),
        # ELMER SOLVER FINISHED AT: 2021/06/30 15:12:16
        line(
            r"^ *ELMER SOLVER FINISHED AT: *(?P<ended_at>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)",
            date="%Y/%m/%d %H:%M:%S",
        ),
    ),
    causes=(
        # ERROR:: ComputeChange: Numerical Error: Norm of solution appears to be NaN          (9.0)
        (r"\bNaN\b", "floating point error"),
        # ERROR:: IterSolve: Numerical Error: System diverged over maximum tolerance.          (9.0)
        (r"did not converge|[Tt]oo many iterations|not converged|[Dd]iverged", "no convergence"),
        (r"[Ss]ingular|zero pivot", "singular matrix"),
        (r"[Uu]nable to (?:open|find)|[Cc]annot open|not found|does not exist", "missing file"),
        (r"[Aa]llocat|memory", "out of memory"),
        (r"degenerate|negative Jacobian|[Jj]acobian", "negative volume"),
        # ERROR:: SolveLinearSystem: Give "Linear System Solver", e.g. "iterative" or "direct"     (9.0)
        (r"keyword|section|sif|Unknown|: Give ", "input error"),
    ),
)


class ElmerScreen(RuleParser):
    """Residuals are the relative changes of the nonlinear system by equation, those of the steady state apart."""

    name: ClassVar[str] = "elmer.screen"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "elmer"
    role: ClassVar[str] = "screen"
    RULES: ClassVar[Rules] = RULES
