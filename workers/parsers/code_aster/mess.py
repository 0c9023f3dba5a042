"""Code_Aster's message file: banner, commands as echoed, Newton tables, messages in boxes, exit code and diagnosis."""

import re
from typing import ClassVar

from workers.parsers.ruleparser import RuleParser
from workers.parsers.rules import Rules, line

_BOX = r"^ *[!║] +[^ <!║]"
"""A box's line goes on with the message: `!` up to version 15, double lines since."""
_NUMBER = r"[-+]?\d\.\d+E[-+]\d+"

RULES = Rules(
    #                 -- CODE_ASTER -- VERSION : EXPLOITATION (stable) --
    claims=re.compile(
        r"^ *(?:<INFO> *)?-- CODE_ASTER -- VERSION|^ *Code_Aster .*[Vv]ersion \d+\.\d+"
    ),
    lines=(
        line(r"-- CODE_ASTER -- VERSION", begins=True),
        #                         Version 14.4.0 modifiée le 15/06/2019       (English: modified on)
        line(r"^ *Version (?P<solver_version>\d+\.\d+[\w.]*) modifi"),
        #                         Nom de la machine : node12
        line(r"^ *(?:Nom de la machine|Hostname) *: *(?P<host>\S+)"),
        # Instant de calcul:  1.000000000000e-01      Time of computation:  1.000000000000e-01
        line(r"^ *(?:Instant de calcul|Time of computation) *: *(?P<time>[-+\d.eED]+)"),
        # |     1          | 1.29410E-08    | 4.54747E-09    |                |
        # |     0        X | 4.75000E-01  X | 1.20000E-03    |TANGENTE        |
        line(
            rf"^ *\| *\d+ *X? *\| *(?P<relative>{_NUMBER}) *X? *\| *(?P<absolute>{_NUMBER}) *X? *\|",
            series={"residual.resi_glob_rela": "relative", "residual.resi_glob_maxi": "absolute"},
        ),
        #    ! <A> <MODELISA4_15>                                  !
        line(
            r"^ *[!║]? *<A> *<(?P<code>\w+)> *(?P<text>[^!║]*)",
            severity="warning",
            goes_on=_BOX + r"|^ *[!║] *[!║]$",
        ),
        #    ! <F> <MECANONLINE_9>                                 !
        #    ! <EXCEPTION> <FACTOR_11>                             !
        line(
            r"^ *[!║]? *<(?:F|S|E|EXCEPTION)> *<(?P<code>\w+)> *(?P<text>[^!║]*)",
            severity="error",
            goes_on=_BOX + r"|^ *[!║] *[!║]$",
        ),
        #                                            cpu     system    cpu+sys    elapsed
        #   Total                                 823.87      23.04     846.91     813.28        (as_run)
        line(
            r"^ *Total +[\d.]+ +[\d.]+ +(?P<cpu_time_s>[\d.]+) +(?P<wall_time_s>[\d.]+)\s*$",
        ),
        # EXECUTION_CODE_ASTER_EXIT_4242=0
        line(r"^EXECUTION_CODE_ASTER_EXIT_\w+= *0\s*$", status="normal"),
        line(r"^EXECUTION_CODE_ASTER_EXIT_\w+= *-?[1-9]\d*\s*$", status="error"),
        # --- DIAGNOSTIC JOB : <A>_ALARM        --- DIAGNOSTIC JOB : OK
        line(r"DIAGNOSTIC JOB *: *(?:OK|<A>_ALARM|NOOK_TEST_RESU)", status="normal"),
        # <INFO> Code_Aster run ended, diagnostic : <F>_ERROR
        line(r"DIAGNOSTIC JOB *: *<[SFE]>_|run ended, diagnostic *: *<[SFE]>_", status="error"),
        line(r"run ended, diagnostic *: *(?:OK|<A>_ALARM)", status="normal"),
    ),
    causes=(
        (r"MECANONLINE9_7|MECANONLINE9_[1-9]|[Nn]ombre maximum d.it[ée]rations", "no convergence"),
        (r"FACTOR_1[01]|[Ss]inguli[èe]re|[Ss]ingular", "singular matrix"),
        (
            r"SUBDIV|pas de temps .*(?:minimum|trop petit)|time step .*too small",
            "time step too small",
        ),
        (r"CPU_LIMIT|[Tt]emps CPU|ArretCPU|time limit", "wall limit"),
        (r"JEVEUX_62|JEVEUX1?_\d+|MEMORY|[Mm][ée]moire", "out of memory"),
        (r"[Ff]ichier.*(?:existe pas|introuvable)|No such file", "missing file"),
        (r"CATAMESS|SUPERVIS|MODELISA|SyntaxError|mot-cl[ée]", "input error"),
    ),
)


class CodeAsterMess(RuleParser):
    """The Newton table's first two columns are read as its relative and its absolute residual, the default order."""

    name: ClassVar[str] = "code_aster.mess"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "code_aster"
    role: ClassVar[str] = "mess"
    RULES: ClassVar[Rules] = RULES
