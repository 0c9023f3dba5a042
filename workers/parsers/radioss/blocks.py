"""Radioss' messages: a line with a number, the title below it, and the lines that describe it."""

import re
from dataclasses import dataclass, field
from typing import Self

from workers.parsers.messages import TEXT_LENGTH
from workers.parsers.report import Severity

# WARNING ID :    343                                  (starter, OpenRadioss 2024)
# ** WARNING: INITIAL PENETRATIONS IN INTERFACE
# DESCRIPTION :
#    -- INTERFACE ID: 1
# MESSAGE ID :        205                              (engine)
#
#  ** RUN KILLED: ENERGY ERROR LIMIT REACHED
_HEAD = re.compile(r" {0,4}(ERROR|WARNING|MESSAGE) ID : *(\d{1,18})\s*")
#  ** WARNING MINIMUM TIME STEP  0.1000E-06 IN INTERFACE 3      (engine, without a number)
# ** ERROR IN RESTART FILE
_BARE = re.compile(r" {0,4}\*\* {0,4}(ERROR|WARNING|RUN (?:KILLED|STOPPED))\b.*[^*]\s*")
_NUMBERED: dict[str, Severity] = {"ERROR": "error", "WARNING": "warning"}
#  ** ERROR: SINGULAR STIFFNESS MATRIX                    (engine: an empty line, then what describes it)
#
#       NULL PIVOT FOR DOF=12
_DESCRIPTION = re.compile(r" {6,}[A-Z/].*")
_LINES = 10
_LEADING_BLANKS = 2

# ** RUN KILLED: ENERGY ERROR LIMIT REACHED
# ** RUN STOPPED: SENSOR 12 IS ACTIVATED          (2017 prints a blank before the colon)
STOPPED = re.compile(r"RUN (?:KILLED|STOPPED) ?:")


@dataclass
class Block:
    """A message whose lines may still go on."""

    kind: str
    """The word of its first line: ERROR, WARNING or MESSAGE."""
    code: str | None
    line: int
    lines: list[str] = field(default_factory=list)
    blanks: int = 0
    """Empty lines between the number and the title."""
    parted: bool = False
    """Whether an empty line followed the title."""

    @classmethod
    def begun_by(cls, line: str, number: int) -> Self | None:
        """The message that the line begins, if it does."""
        if " ID :" in line:
            found = _HEAD.fullmatch(line)
            return cls(found[1], found[2], number) if found else None
        found = _BARE.fullmatch(line) if "** " in line else None
        if found is None:
            return None
        return cls(found[1].split()[0], None, number, [line.strip()[:TEXT_LENGTH]])

    def takes(self, line: str) -> bool:
        """Takes the line if the message goes on with it."""
        if not line or line.isspace():
            self.blanks += 1
            if not self.lines:
                return self.blanks <= _LEADING_BLANKS
            ends, self.parted = self.parted or self.kind != "MESSAGE", True
            return not ends
        if self.parted and not _DESCRIPTION.fullmatch(line):
            return False
        if len(self.lines) >= _LINES or " TERMINATION" in line or _HEAD.fullmatch(line):
            return False
        if line.startswith(" .. "):  # the starter's screen goes on with its next phase
            return False
        if self.lines and _BARE.fullmatch(line):
            return False
        self.lines.append(line.strip()[:TEXT_LENGTH])
        return True

    def text(self) -> str:
        return " ".join(" ".join(self.lines).split())[:TEXT_LENGTH]

    def severity(self) -> Severity:
        """By the first line's word; the engine numbers all alike, so there by what the title says."""
        if self.kind in _NUMBERED:
            return _NUMBERED[self.kind]
        text = self.text()
        if "WARNING" in text or "RUN STOPPED" in text:
            return "warning"
        return "error" if re.search(r"ERROR|STOP|KILLED", text) or self.kind == "RUN" else "note"
