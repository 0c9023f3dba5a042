"""Why runs fail, in one vocabulary over all solvers, with the words that say so."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, get_args

from workers.parsers.endings import ending
from workers.parsers.report import Cause, Message

CAUSES: tuple[Cause, ...] = get_args(Cause)

TEXT_LENGTH = 200
"""Characters kept of the words that a cause rests on."""

Table = Sequence[tuple[str, Cause]]
"""Regular expressions that are searched for in messages, and what they tell; the first that fits counts."""

GENERAL: Table = (
    # A job ran out of space: the C library's words, Fortran's and the solvers' own.
    (
        r"No space left on device|[Dd]isk (?:is )?full|[Dd]isk quota exceeded|ENOSPC"
        r"|[Nn]ot enough (?:disk )?space",
        "out of disk",
    ),
    (
        r"oom[-_ ]kill|[Oo]ut [Oo]f [Mm]emory|[Cc]annot allocate memory|std::bad_alloc"
        r"|[Ii]nsufficient (?:virtual )?memory|[Nn]ot enough memory|[Ee]xceeded .*memory limit",
        "out of memory",
    ),
    (
        r"DUE TO TIME LIMIT|walltime .* exceeded|TERM_RUNLIMIT|\bh_rt\b|\b(?:wall|cpu|CPU)[ -]?time limit",
        "wall limit",
    ),
    (r"CANCELLED AT|TERM_OWNER|scancel", "killed by user"),
    (
        r"(?i:flexnet|flexlm|license manager error|licen[sc](?:e|ing) (?:error|checkout failed|denied)"
        r"|(?:cannot|could not|failed to|unable to) (?:check ?out|obtain|get|acquire)\b.*licen[sc]e"
        r"|licen[sc]e.*(?:denied|failed|not available|has expired)|no (?:valid )?licen[sc]e)",
        "licence",
    ),
    (r"SIGFPE|[Ff]loating[- ][Pp]oint exception", "floating point error"),
    (r"SIGSEGV|[Ss]egmentation (?:[Ff]ault|violation)", "crash"),
    (
        r"MPI_ABORT|MPI_Abort|mpirun|mpiexec|PMPI_|MPI Application rank|BAD TERMINATION",
        "MPI failure",
    ),
    (r"No such file or directory", "missing file"),
)

_COMPILED: dict[str, re.Pattern[str]] = {}


class Found(NamedTuple):
    cause: Cause
    text: str
    line: int | None


def find_cause(
    table: Table, messages: Iterable[Message], reason: str | None, others: Sequence[str | None] = ()
) -> Found | None:
    """The cause that the most telling of these words name; None where none of them does.

    What killed the run comes first, if the status rests on that. Then `table` (the solver's own), the words of
    systems and GENERAL are asked, each of fatal and error messages, of what the status rests on and of `others` (a
    kill line, a crash); last of warnings.
    """
    if reason and (killed := ending(reason)) and killed.kind == "killed":
        return Found(killed.cause, reason[:TEXT_LENGTH], None)
    messages = list(messages)
    worst = [one for kind in ("fatal", "error") for one in messages if one.severity == kind]
    said = [_said(one) for one in worst]
    said += [_Said(one, one, None) for one in (reason, *others) if one]
    warned = [_said(one) for one in messages if one.severity == "warning"]
    for asked in (said, warned):
        if found := _search(table, asked) or _ended(asked) or _search(GENERAL, asked):
            return found
    return None


def general_cause(text: str) -> Cause | None:
    """What words of no particular solver tell."""
    said = [_Said(text, text, None)]
    found = _ended(said) or _search(GENERAL, said)
    return found.cause if found else None


class _Said(NamedTuple):
    searched: str
    shown: str
    line: int | None


def _said(message: Message) -> _Said:
    code, text = message.code, message.text
    whole = f"{code} {text}" if code else text
    return _Said(whole, text if code and code in text else whole, message.line)


def _search(table: Table, words: Sequence[_Said]) -> Found | None:
    for pattern, cause in table:
        compiled = _COMPILED.get(pattern) or _COMPILED.setdefault(pattern, re.compile(pattern))
        for one in words:
            if compiled.search(one.searched):
                return Found(cause, one.shown[:TEXT_LENGTH], one.line)
    return None


def _ended(words: Sequence[_Said]) -> Found | None:
    """A crash or kill; MPI's echo of another rank's end only where nothing says more."""
    ended = [
        Found(told.cause, one.shown[:TEXT_LENGTH], one.line)
        for one in words
        if (told := ending(one.searched))
    ]
    return next((one for one in ended if one.cause != "MPI failure"), ended[0] if ended else None)
