"""MAPDL's messages, in the output and in the error files alike."""

import re
from dataclasses import dataclass, field
from typing import Self

from workers.parsers.messages import TEXT_LENGTH
from workers.parsers.report import Severity

#  *** WARNING ***                         CP =       0.547   TIME= 13:44:03
#  Element shape checking is currently inactive.  Issue SHPP,ON or
#  SHPP,WARN to reactivate, if desired.
# (2022 R1; ELAPSED TIME in place of CP where the clock is asked for; neither in old releases)
#  *** ERROR ***     SUPPRESSED MESSAGE    CP =      28.406   TIME= 10:56:40     (the error file; 19.2)
_HEADER = re.compile(
    r" *\*\*\* (NOTE|WARNING|ERROR|FATAL) \*\*\*(?: +SUPPRESSED MESSAGE)?"
    r"(?: +(CP|ELAPSED TIME) = *(\S+))?(?: +TIME= *(\d+:\d+:\d+))?\s*"
)
_SEVERITIES: dict[str, Severity] = {
    "NOTE": "note",
    "WARNING": "warning",
    "ERROR": "error",
    "FATAL": "fatal",
}
#  *** MESSAGE CONTINUATION ---- DIAGNOSTIC INFORMATION ***
_CONTINUATION = "*** MESSAGE CONTINUATION"
_NOT_TEXT = ("***", "/COM,", ">>>", "EQUIL ITER", "PARAMETER ", "*GET ", "*IF ", "*ENDIF")
"""How lines begin that follow a message without a blank line and are none of it."""
_LINES = 12
_SHORT = TEXT_LENGTH // 4


@dataclass
class Block:
    """A message whose lines may still go on."""

    severity: Severity
    line: int
    clock: str | None = None
    """Time of day."""
    cpu: str | None = None
    """Processor time used so far."""
    lines: list[str] = field(default_factory=list)

    @classmethod
    def begun_by(cls, line: str, number: int) -> Self | None:
        found = _HEADER.fullmatch(line)
        if found is None:
            return None
        cpu = found[3] if found[2] == "CP" else None
        return cls(_SEVERITIES[found[1]], number, found[4], cpu)

    def takes(self, stripped: str) -> bool:
        """Takes the line if the message goes on with it; a blank line ends it."""
        lines = self.lines
        if not stripped or len(lines) >= _LINES:
            return False
        if stripped.startswith(_NOT_TEXT) and not stripped.startswith(_CONTINUATION):
            return False
        if "CONVERGENCE VALUE" in stripped and "CRITERION" in stripped:
            return False
        if len(lines) < 4 and len(stripped) < _SHORT:
            lines.append(stripped)
        else:
            lines.append(stripped[: max(TEXT_LENGTH - sum(map(len, lines)), 0)])
        return True

    def text(self) -> str:
        return " ".join(" ".join(self.lines).split())[:TEXT_LENGTH]
