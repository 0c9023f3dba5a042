"""CFX's output file: a table of residuals for each iteration, boxes for messages, a summary at the end."""

import re
from typing import ClassVar

from workers.parsers.ruleparser import RuleParser
from workers.parsers.rules import Rules, line

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|\*+|NaN|Inf\w*"

RULES = Rules(
    #  This run of the CFX Release 19.2 Solver started at 10:20:15 on 12 Mar 2019 by user …
    #  |                     ANSYS(R) CFX(R) Solver                         |
    claims=re.compile(
        r"^ *This run of the (?:ANSYS )?CFX.* [Ss]olver started at|^ *\|? *ANSYS\(R\) CFX\(R\)"
        r"|^ *\| *CFX Command Language for Run"
    ),
    lines=(
        line(
            r"^ *This run of the (?:ANSYS )?CFX(?:[- ]Release)?[- ]?(?P<solver_version>\d[\w.]*(?: R\d)?)?"
            r" *[Ss]olver started at (?P<started_at>\d+:\d+:\d+ on \d+ \w{3} \d{4})",
            date="%H:%M:%S on %d %b %Y",
            begins=True,
        ),
        #  OUTER LOOP ITERATION =  138                    CPU SECONDS = 3.570E+03
        line(r"^ *OUTER LOOP ITERATION = *(?P<cycle>\d+) .*CPU SECONDS = *(?P<cpu_time_s>\S+)"),
        #  TIME STEP =    2 SIMULATION TIME = 2.0000E-02 CPU SECONDS = 1.305E+01
        line(
            r"^ *TIME STEP = *(?P<cycle>\d+) +SIMULATION TIME = *(?P<time>\S+)"
            r" +CPU SECONDS = *(?P<cpu_time_s>\S+)"
        ),
        #  COEFFICIENT LOOP ITERATION =   2                CPU SECONDS = 2.83E+01
        line(r"^ *COEFFICIENT LOOP ITERATION = *\d+ +CPU SECONDS = *(?P<cpu_time_s>\S+)"),
        #  | U-Mom                | 0.97 | 4.9E-06 | 2.0E-04 |       2.6E-02  OK|
        line(
            rf"^ *\| (?P<field>[A-Z][\w .()-]*?) *\| *(?:{_NUMBER}) \| *(?P<rms>{_NUMBER})"
            rf" *\| *(?P<max>{_NUMBER}) *\|.*(?:OK|ok|F|\*) *\|",
            series={"residual.{field}": "rms", "residual.{field}_max": "max"},
        ),
        #  Maximum Number of Iterations = 200         (the run's CCL)
        line(r"^ *Maximum Number of Iterations = (?P<end_cycle>\d+)"),
        #  Total Time = 2.0 [s]
        line(r"^ *Total Time = (?P<end_time>\S+) \[s\]"),
        #  Total Number of Nodes                 =     116299
        line(r"^ *Total Number of Nodes += *(?P<nodes>\d+)"),
        line(r"^ *Total Number of Elements += *(?P<elements>\d+)"),
        #  | ERROR #004100018 has occurred in subroutine FINMES.              |
        #  | Message:                                                         |
        line(
            r"^ *\| *(?P<text>ERROR #(?P<code>\d+) has occurred in subroutine .*?) *\|?$",
            severity="error",
            status="error",
            goes_on=r"^ *\| *\w",
        ),
        #  An error has occurred in cfx5solve:
        line(
            r"^ *An error has occurred in cfx5solve",
            severity="error",
            status="error",
            goes_on=r"\S",
        ),
        #  |                     ****** Notice ******                           |
        line(r"^ *\| *\*+ (?P<text>Notice) \*+ *\|", severity="note", goes_on=r"^ *\| *\w"),
        #  |                     ****** Warning ******                          |
        line(
            r"^ *\| *\*+ (?P<text>W(?:arning|ARNING)) \*+ *\|",
            severity="warning",
            goes_on=r"^ *\| *\w",
        ),
        #  CFD Solver finished: Sat Oct 10 13:21:54 2026
        line(
            r"^ *CFD Solver finished: \w+ (?P<ended_at>\w+ +\d+ \d+:\d+:\d+ \d{4})",
            date="%b %d %H:%M:%S %Y",
        ),
        #  CFD Solver wall clock seconds: 4.1612E+02
        line(r"^ *CFD Solver wall clock seconds: *(?P<wall_time_s>\S+)"),
        # This run of the ANSYS CFX Solver has finished.
        line(r"^ *This run of the (?:ANSYS )?CFX.*Solver has finished", status="normal"),
        #  The ANSYS CFX solver exited with return code 1.
        line(r"CFX [Ss]olver exited with return code [1-9]", status="error"),
    ),
    x="iteration",
    causes=(
        (r"[Ff]atal overflow|overflow in linear solver", "floating point error"),
        (r"[Ii]nsufficient .*(?:memory|space)|stack size", "out of memory"),
        (r"[Nn]egative .*volume|folded mesh", "negative volume"),
        (r"CCL|invalid|Invalid", "input error"),
        (r"[Ll]icen[cs]e", "licence"),
    ),
)


class CfxOut(RuleParser):
    """One run's output; residuals are the normalised RMS ones, and the largest under `_max`."""

    name: ClassVar[str] = "cfx.out"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "cfx"
    role: ClassVar[str] = "out"
    RULES: ClassVar[Rules] = RULES
