"""OpenFOAM's messages: a line with an arrow, and the lines that go on with it."""

import re
from dataclasses import dataclass
from typing import Self

from workers.parsers.causes import Table
from workers.parsers.messages import TEXT_LENGTH
from workers.parsers.report import Severity

# --> FOAM Warning :
# --> FOAM Warning : Displacement (0.00026 -0.00011 0.00012) at mesh point 17575 coord (…) points through …
# --> FOAM IOWarning :                            --> FOAM Serious Error :
# --> FOAM FATAL ERROR: (openfoam-2506)           [1] --> FOAM FATAL IO ERROR:
_BEGIN = re.compile(
    r"(?:.*?\[(\d+)\] ?)?.*?--> (FOAM (?:(?:parallel )?FATAL(?: IO| PARALLEL(?: IO)?)? ERROR|Serious(?: IO)? ?Error"
    r"|SERIOUS ERROR|(?:IO ?)?Warning)) ?:? ?(.*)"
)
_RANK = re.compile(r"\[(\d+)\] ?(.*)")
# [0] --> FOAM FATAL IO ERROR: (openfoam-2012)[1]               (ranks write into each other's lines)
# [1] --> FOAM FATAL IO ERROR: (openfoam-2012
_NO_WORDS = re.compile(r"\(openfoam-[\w.-]+(?: patch=\w+)?(?:\)|$)|\[\d+\]")
#     From void Foam::meshRefinement::findCellZoneInsideWalk(…) const
#     in file meshRefinement/meshRefinementBaffles.C at line 1788
_PLACE = re.compile(r"\s*(?:From (?:function |.*::)|in file .* at line \d+)")
# FOAM exiting           FOAM parallel run exiting           FOAM aborting (FOAM_ABORT set)
EXITING = re.compile(r"(?:\[\d+\] ?)?FOAM (?:parallel run )?(?:exiting|aborting)\b.*")

_FATAL_LINES, _WARNING_LINES = 40, 4


@dataclass
class Block:
    """A message whose lines may still go on."""

    severity: Severity
    code: str
    line: int
    words: list[str]
    place: list[str]
    rank: str | None = None
    last: int = 0
    """Line that it took last."""
    taken: int = 0

    @classmethod
    def begun_by(cls, line: str, number: int) -> Self | None:
        """The message that the line begins, if it does."""
        found = _BEGIN.match(line)
        if not found:
            return None
        code = found[2]
        severity: Severity = (
            "fatal" if "FATAL" in code else "warning" if "Warning" in code else "error"
        )
        words = _NO_WORDS.sub("", found[3]).strip()
        return cls(severity, code, number, [words] if words else [], [], found[1], number)

    def takes(self, line: str, number: int) -> bool:
        """Takes the line if the message goes on with it; lines of other ranks are passed over."""
        if "--> FOAM" in line:
            return False
        ranked = _RANK.match(line) if line.startswith("[") else None
        if self.rank is not None:
            if ranked is None or ranked[1] != self.rank:
                return False
            line = ranked[2]
        if self.severity == "warning" and not self._warning_goes_on(line, number):
            return False
        if self.taken >= _FATAL_LINES:
            return False
        self.taken += 1
        self.last = number
        line = line.strip()[:TEXT_LENGTH]
        if line:
            (self.place if _PLACE.match(line) else self.words).append(line)
        return True

    def _warning_goes_on(self, line: str, number: int) -> bool:
        if self.place and not self.words:
            return number <= self.last + 2  # one blank line may stand before the words
        if number > self.last + 1 or (self.words and not self.place):
            return False
        return len(self.words) < _WARNING_LINES

    def reason(self) -> str:
        """What a status may rest on: the first words as printed, else what kind of message it is."""
        return (self.words[0] if self.words else f"--> {self.code}")[:200]

    def text(self) -> str:
        return " ".join(" ".join([*self.words, *self.place]).split())[:TEXT_LENGTH]


# What the fatal errors of OpenFOAM say, and why that is.
CAUSES: Table = (
    # error in IOstream "0.105/phi" for operation Foam::Ostream& Foam::operator<<(...)     1912, on a full disk
    (
        r"error in (?:IO|O)stream .{0,400}Foam::Ostream&|[Ff]ailed (?:to write|writing)",
        "out of disk",
    ),
    (
        r"[Cc]annot (?:find|open) (?:the )?(?:file|surface|path|mesh|etc|triSurface|patchField file)"
        r"|[Ff]ile .{0,200} does not exist|[Cc]ould not (?:find|open) (?:mandatory|file)|No such file"
        r"|[Cc]annot open case directory",
        "missing file",
    ),
    (
        r"sigFpe|word '-?(?:nan|inf)'|[Ff]loating point exception|Floating exception|\bSIGFPE\b",
        "floating point error",
    ),
    (r"Negative (?:cell )?volume|negative volume", "negative volume"),
    (
        r"Maximum number of iterations exceeded|[Dd]id not converge|[Ff]ailed to converge"
        r"|Negative initial temperature",
        "no convergence",
    ),
    (r"[Ss]ingular matrix", "singular matrix"),
    (r"sigInt|sigQuit|USER REQUESTED ABORT", "killed by user"),
    (r"sigSegv|[Ss]egmentation fault|sigAbrt", "crash"),
    (
        r"FOAM FATAL IO ERROR|FATAL PARALLEL IO ERROR|[Ee]ntry '?\S+'? not found"
        r"|[Kk]eyword \S+ is undefined|[Uu]nknown .{1,80}(?:type|model|scheme|solver|patchField)"
        r"|[Vv]alid .{1,80} (?:types|models|schemes|solvers|names)"
        r"|attempt to run parallel|bad size|Invalid option|size \d+ is not equal"
        r"|[Cc]ontinuity error cannot be removed"
        r"|processor directories|nProcs|not equal to the number|[Ii]nconsistent|[Ii]nvalid|[Dd]ifferent dimensions"
        r"|dimensions of|request for \S+ \S+ from objectRegistry|is not (?:in|a valid|defined)",
        "input error",
    ),
)
