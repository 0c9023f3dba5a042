"""What PERMAS's messages tell of why a run failed."""

from workers.parsers.causes import Table

#  *E* 363/1501 Missing elastic data in component DFLT_COMP, situation STEP_1,
#  *E* 213/5019 Material GJS: missing property data THERMEXP
#  *E* 343/2010 Element <see list> (CONA8) has no geometrical data.
#  *F* 323/0012 Execution terminated due to errors during scanning of task
CAUSES: Table = (
    (r"(?i:\bfile\b.*(?:not found|does not exist|(?:cannot|could not) be opened|missing))", "missing file"),
    (r"(?i:licen[sc]e|authori[sz]ation)", "licence"),
    (r"(?i:(?:disk|DMS).*(?:full|exhausted|exceeded|no space))", "out of disk"),
    (r"(?i:(?:not enough|insufficient|out of) (?:main )?(?:memory|storage)|memory .*exceeded)", "out of memory"),
    (r"(?i:singular|zero pivot|not positive definite|negative pivot)", "singular matrix"),
    (r"(?i:(?:not|no|without) converge|not converged|diverge|maximum number of (?:\w+ )?iterations)", "no convergence"),
    (r"(?i:jacobian|negative volume)", "negative volume"),
    (
        r"(?i:missing|has no |no material|not available|not defined|undefined|unknown|invalid|illegal|syntax"
        r"|multiple assignment|scanning of task|not properly consolidated)",
        "input error",
    ),
)  # fmt: skip
