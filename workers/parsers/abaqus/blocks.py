"""Abaqus' messages: three asterisks, the severity, and lines that go on under the text."""

import re
from dataclasses import dataclass
from typing import Self

from workers.parsers.messages import TEXT_LENGTH
from workers.parsers.report import Severity

#  ***WARNING: SOLVER PROBLEM. NUMERICAL SINGULARITY WHEN PROCESSING NODE       (.msg, 6.14)
#              WING-1.17 D.O.F. 1 RATIO = 335.345E+12  .
# ***WARNING: There are 7 warning messages in the data (.dat) file.             (.sta, 2022)
#  ***NOTES: DISTORTED ISOPARAMETRIC ELEMENTS: ANGLE BETWEEN ISOPARAMETRIC LINES  (.dat, 2023)
_MESSAGE = re.compile(r"( {0,3}\*\*\*(NOTE|WARNING|ERROR)S?:? ?)(.*)")
# *** ABAQUS/standard rank 0 encountered a SEGMENTATION FAULT                   (.msg, .log, 2022)
_SIGNAL = re.compile(r" {0,3}\*\*\* (?:ABAQUS|Abaqus)/\w+ rank \d+ .*")
# LINE IMAGE: *ELASTIC, TYP=ISO
_IMAGE = re.compile(r" *LINE IMAGE: *\S.*")
_SEVERITIES: dict[str, Severity] = {"NOTE": "note", "WARNING": "warning", "ERROR": "error"}
_LINES = 12
_REPEATED = "EXPLANATIONS ARE SUGGESTED AFTER THE FIRST OCCURRENCE OF THIS MESSAGE."


@dataclass
class Block:
    """A message whose lines may still go on."""

    severity: Severity
    line: int
    indent: int
    """Column at which its text begins: the lines that go on with it begin there too."""
    lines: list[str]

    @classmethod
    def begun_by(cls, line: str, number: int) -> Self | None:
        """The message that the line begins, if it does."""
        if found := _MESSAGE.fullmatch(line):
            text = found[3].strip()[:TEXT_LENGTH]
            return cls(_SEVERITIES[found[2]], number, len(found[1]), [text])
        if _SIGNAL.fullmatch(line):
            return cls("error", number, 4, [line.strip()[:TEXT_LENGTH]])
        return None

    def takes(self, line: str) -> bool:
        """Takes the line if the message goes on with it."""
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        goes_on = (
            text != ""
            and len(self.lines) < _LINES
            and sum(map(len, self.lines)) < TEXT_LENGTH
            and (indent in (self.indent, self.indent - 1) or _IMAGE.fullmatch(line) is not None)
        )
        if goes_on:
            self.lines.append(text[: TEXT_LENGTH - sum(map(len, self.lines))])
        return goes_on

    def text(self) -> str:
        """Its lines as one; what Abaqus adds to each repetition is left out."""
        words = " ".join(" ".join(self.lines).split())
        return words.removesuffix(_REPEATED).rstrip()[:TEXT_LENGTH]
