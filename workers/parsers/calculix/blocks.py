"""CalculiX's messages on the screen: a line with the word, and the lines that go on with it."""

import re
from dataclasses import dataclass
from typing import Self

from workers.parsers.messages import TEXT_LENGTH
from workers.parsers.report import Severity

#  *ERROR in readinput: cannot open file bar.msh
#  *WARNING: no degrees of freedom in the model
#  *INFO reading *STEP: nonlinear geometric
# ERROR in readfrd: The input file "beamp.frd" could not be opened.
#       largest correction to gas pre *WARNING in resultnet: the flow      (buffers met)
_MESSAGE = re.compile(r"(?:^|\s)\*(ERROR|WARNING|INFO)(?=[\s:!]|$).*|^(ERROR)(?= in \w+:).*")
_CODE = re.compile(r"\s*\*?[A-Z]+ (?:in (\w+)|reading (\*[A-Z][A-Z /-]*[A-Z]))")
_SEVERITIES: dict[str, Severity] = {"ERROR": "error", "WARNING": "warning", "INFO": "note"}

#  *ERROR reading *SOLID SECTION. Card image:
#         *SOLIDSECTION,ELSET=EALL,MATERIAL=STEAL
#  *ERROR: solution seems to diverge; please try
#  automatic incrementation; program stops
#  best solution and residuals are in the frd file
_CONTINUATION = re.compile(
    r" {2,}\S.*| automatic incrementation.*| best solution and residuals.*|variable=.*"
)
_PROGRESS = re.compile(
    r"\s*(?:largest|mean typical|no convergence|convergence|bad convergence)\b.*"
)
_LINES = 8

# Words of the message that stopped the run; one with `CalculiX stops` only points at those before it.
_STOPS = (
    "smaller than minimum",
    "too many cutbacks",
    "program stops",
    "too many iterations needed",
)


@dataclass
class Block:
    """A message whose lines may still go on."""

    severity: Severity
    line: int
    lines: list[str]

    @classmethod
    def begun_by(cls, line: str, number: int) -> Self | None:
        """The message that the line begins, if it does."""
        found = _MESSAGE.search(line) if "*" in line or line.startswith("ERROR") else None
        if found is None:
            return None
        words = found.group().strip()[:TEXT_LENGTH]
        return cls(_SEVERITIES[found[1] or found[2]], number, [words])

    def takes(self, line: str) -> bool:
        """Takes the line if the message goes on with it."""
        goes_on = (
            len(self.lines) < _LINES
            and sum(map(len, self.lines)) < TEXT_LENGTH
            and _CONTINUATION.fullmatch(line) is not None
            and _PROGRESS.fullmatch(line) is None
            and _MESSAGE.search(line) is None
        )
        if goes_on:
            self.lines.append(line[: TEXT_LENGTH - sum(map(len, self.lines))])
        return goes_on

    def text(self) -> str:
        return " ".join(" ".join(self.lines).split())[:TEXT_LENGTH]

    def code(self) -> str | None:
        """The routine or the keyword that complains."""
        found = _CODE.match(self.lines[0])
        return (found[1] or found[2]) if found else None

    def stops_the_run(self) -> bool:
        text = self.text()
        return any(words in text for words in _STOPS)
