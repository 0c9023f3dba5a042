"""Marc's status file: a row for each increment or attempt at one, and the exit number."""

import re
from typing import ClassVar

from workers.parsers.marc.endings import EXITS
from workers.parsers.ruleparser import RuleParser
from workers.parsers.rules import Rules, line

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"

RULES = Rules(
    #   inc     load_case_name   tot_time  cyc1  conv_r    conv_d …      (welding and forming, Simufact)
    #  step   inc    cycl   sepa   cut    cycl   sepa …  time step  total time  wall time
    claims=re.compile(r"^ *inc +load_case_name +tot_time|^ *step +inc +cycl?e? +sep"),
    lines=(
        # Simufact Solver 2024.2 based on MARC 2023.4, build 943692 (2024/05/30)
        line(r"based on MARC (?P<solver_version>\d[\w.]*), build\b", begins=True),
        # job name : Proc-1-X
        line(r"^ *job name *: *(?P<title>\S.*)"),
        *EXITS,
        #     3         cooling_1  2.0000E+00   5 5.604E-05 0.000E+00   2 3.834E-08 100.00     3     0      25.00      100
        line(
            rf"^ *(?P<cycle>\d+) +\S.*? +(?P<time>{_NUMBER}) +(?P<recycles>\d+) +(?P<force>{_NUMBER})"
            rf" +(?P<disp>{_NUMBER}) +\d+ +{_NUMBER} +(?P<percent>\d+\.\d+) +\d+ +\d+"
            r" +(?P<wall_time_s>\d+\.\d+) +(?P<elements>\d+)\s*$",
            series={
                "iterations": "recycles",
                "residual.force": "force",
                "residual.displacement": "disp",
            },
        ),
        #     1     5     3     0     0     14     0     0     0     0  1.000E-01  5.000E-01    12.00
        line(
            rf"^ *\d+ +(?P<cycle>\d+) +(?P<recycles>\d+)(?: +\d+){{7}} +(?P<time_step>{_NUMBER})"
            rf" +(?P<time>{_NUMBER})(?: +(?P<wall_time_s>\d+\.\d+))?",
            series={"iterations": "recycles", "time_step": "time_step"},
        ),
        #          total wall time:      25.00
        line(r"^ *total wall time *: *(?P<wall_time_s>\S+)"),
        #          total cpu  time:     100.00
        line(r"^ *total cpu +time *: *(?P<cpu_time_s>\S+)"),
    ),
)


class MarcSts(RuleParser):
    """An increment that was cut back has several rows."""

    name: ClassVar[str] = "marc.sts"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "marc"
    role: ClassVar[str] = "sts"
    RULES: ClassVar[Rules] = RULES
