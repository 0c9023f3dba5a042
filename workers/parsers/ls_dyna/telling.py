"""Which lines of a log tell something: patterns that find them in the bytes, without cutting the others out."""

import re
from functools import cache

from workers.parsers.ls_dyna.energies import LABELS, WIDTH
from workers.parsers.ls_dyna.frame import TAKERS
from workers.parsers.ls_dyna.reader import POINTS

_ENERGY = {label.partition(" ")[0] for label in LABELS} | {"ratio", "time", "time" + "." * 27}
_MEMORY = {"allocating", "expanding", "contracting"}
# Words that other lines begin with too, with what follows where they tell something.
#     number of shell elements.......................       1
#  The native file format      : 64-bit big endian
_FURTHER = {
    "number": "of (?:nodal|(?:thick )?\\w++ elements)",
    "Total": "CPU time",
    "termination": "(?:time|due to)",
    "estimated": "clock time",
    "L": "I S T   O F",
    "c": "o n t r o l   i n f",
    "The": r"[^\n]*native file format",
}


def _alternatives(patterns: set[str]) -> str:
    """Those of one letter together behind it: most lines are refused by their first letter."""
    begins = sorted({_begin(each) for each in patterns})
    groups = [
        (one, sorted(each[len(one) :] for each in patterns if _begin(each) == one))
        for one in begins
    ]
    return "|".join(f"{one}(?:{'|'.join(rest)})" for one, rest in groups)


def _begin(pattern: str) -> str:
    return pattern[:2] if pattern[0] == "\\" else pattern[0]


def _words(role: str) -> set[str]:
    """Patterns of the first words that tell something in a file of this role."""
    plain = {*TAKERS, *POINTS} - _ENERGY - set(_FURTHER)
    if role == "messag":
        plain -= _MEMORY  # all that they tell is that this is a messag
    fill = {f"{re.escape(one)}[ .]{{{WIDTH - len(one)}}}" for one in (*LABELS, "time")}
    return {
        *(f"{re.escape(word)}[ \\n]" for word in plain),
        *(f"{word} {rest}" for word, rest in _FURTHER.items()),
        #  kinetic energy.................   9.93442E-06
        *fill,
        #     added mass   =   2.8468E-04        percentage increase =   2.2936E+04
        *("added mass *=", "percentage increase *=", "percent increase *=", "ratio *="),
    }


@cache
def telling(role: str, heading: bool) -> re.Pattern[bytes]:
    """Finds the next line that tells something, with the newline before it.

    Group 1 is the begin of a cycle line, group 2 that of an iteration.

    In the heading that is also the line below the title. The newline stands first: the search for one byte is the
    fastest there is.
    """
    titled = r"|ls-dyna (?:smp|mpp)[ .]|code input version" if heading else ""
    return re.compile(
        (
            r"\n(?:[ \t]*+(?:"
            r"(\d++ t )"  #      236 t 4.9789E-02 dt 2.12E-04 write d3plot file
            r"|(Iteration:|ITERATION:)"  #  Iteration:   1     *|du|/|u| =  1.0000000E+00
            r"|\*\*\*"  #  *** Warning 30131 (INI+131), or a cycle that outgrew its field
            r"|>|100 smallest|[NE] [or] r |\[license|LICEN|(?:ERROR|Error|error)\b"
            rf"|{_alternatives(_words(role))}{titled})"
            r"|(?!total #|\*\*)[^ \t\n\d+.\-])"  # column 1
        ).encode()
    )
