"""Why runs fail, in one vocabulary over all solvers, with the words that say so."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, get_args

from workers.parsers.report import Cause, Message

CAUSES: tuple[Cause, ...] = get_args(Cause)

Table = Sequence[tuple[str, Cause]]
"""Regular expressions that are searched for in messages, and what they tell; the first that fits counts."""

GENERAL: Table = (
    # A job ran out of space: the C library's words, Fortran's and the solvers' own.
    (r"No space left on device|[Dd]isk (?:is )?full|[Dd]isk quota exceeded|ENOSPC", "out of disk"),
    (
        r"oom[-_ ]kill|[Oo]ut [Oo]f [Mm]emory|[Cc]annot allocate memory|std::bad_alloc"
        r"|[Ii]nsufficient (?:virtual )?memory|not enough memory",
        "out of memory",
    ),
    (r"DUE TO TIME LIMIT|walltime .* exceeded|TERM_RUNLIMIT|h_rt|time limit", "wall limit"),
    (r"CANCELLED AT|TERM_OWNER|scancel", "killed by user"),
    (
        r"FLEXnet|FlexNet|[Ll]icens(?:e|ing) (?:error|server|checkout)|[Ll]icense .*(?:denied|fail|not)"
        r"|[Cc]annot (?:check ?out|obtain|get) .*licen[cs]e|LICENSE MANAGER ERROR",
        "licence",
    ),
    (
        r"MPI_ABORT|MPI_Abort|mpirun|mpiexec|PMPI_|MPI Application rank|BAD TERMINATION",
        "MPI failure",
    ),
)


class Found(NamedTuple):
    cause: Cause
    text: str
    line: int | None


def find_cause(
    table: Table, messages: Iterable[Message], reason: str | None, others: Sequence[str | None] = ()
) -> Found | None:
    """The cause that the most telling of these words name; None where none of them does.

    Fatal and error messages are asked before warnings, the first ones first, then what the status rests on and
    `others` (a kill line, a crash). `table` is the solver's own; GENERAL is asked where that says nothing.
    """
    severities = ("fatal", "error", "warning")
    ranked = sorted(
        (one for one in messages if one.severity in severities),
        key=lambda one: severities.index(one.severity),
    )
    words: list[tuple[str, int | None]] = [
        (f"{one.code} {one.text}" if one.code else one.text, one.line) for one in ranked
    ]
    words += [(one, None) for one in (reason, *others) if one]
    for rules in (table, GENERAL):
        for pattern, cause in rules:
            for text, line in words:
                if re.search(pattern, text):
                    return Found(cause, text[:200], line)
    return None
