"""Nastran's messages: a line with stars or carets, a severity and a number, and the lines below it."""

import re
from typing import Self

from workers.parsers import blocks
from workers.parsers.messages import TEXT_LENGTH
from workers.parsers.report import Severity

#  *** USER WARNING MESSAGE 602 (IFP1D)                                    (MSC 2014)
#  ^^^ USER INFORMATION MESSAGE 9024 (FEA)                                 (printed by the DMAP)
# 0*** USER FATAL MESSAGE 204, COLD START NO BULK DATA.                    (NASTRAN-95)
# 0*** USER POTENTIALLY FATAL MESSAGE  22, POSSIBLE ERROR IN DMAP INSTRUCTION
#  *** SYSTEM FATAL MESSAGE 4276 (QOPEN)
#  *** USER INFORMATION MESSAGE : A new STS file has been created …        (SOL 400)
#  *** USER INFORMATION MESSAGE  (WRITE DATA BLOCK PVT, TRAILER[101, 13])  (MSC 2019)
_HEAD = re.compile(
    r"[01 ]? *(?:\*\*\*|\^\^\^) {0,4}(?:[A-Z]{2,12} )? *(POTENTIALLY )?"
    r"(FATAL|ERROR|WARNING|INFORMATION) +MESSAGE\b *[:,]? *(\d{1,9}[A-Z]?)?[ ,:.]*(.*)"
)
_SEVERITIES: dict[str, Severity] = {
    "FATAL": "fatal",
    "ERROR": "error",
    "WARNING": "warning",
    "INFORMATION": "note",
}
#                  11      $                             (echo of the case control goes on below a message)
#     103               256                 0            (words of a data block's trailer)
_NUMBERS = re.compile(r" *\d+(?: +[-\d].*| {3,}\$.*| {4,}[A-Z].*)?\s*")
#      *** STOPPED PROBLEM DUE TO FAILED CONVERGENCE                    (below message 4551)
_STARRED = re.compile(r"\*\*\* (?!JOB )[A-Z](?!.*\bMESSAGE\b)")


class Block(blocks.Block):
    @classmethod
    def begun_by(cls, line: str, number: int) -> Self | None:
        """The message that the line begins, if it does; the caller has seen "MESSAGE" in it."""
        found = _HEAD.fullmatch(line)
        if found is None:
            return None
        severity = "warning" if found[1] else _SEVERITIES[found[2]]
        return cls(severity, found[3], number, [line.strip(" 01*^\t")[:TEXT_LENGTH]])

    def takes(self, line: str) -> bool:
        if self.room < 1 or not line or line[0] not in " ^" or line.isspace():
            return False
        words = line.strip(" ^\t\r")
        if not words or _NUMBERS.fullmatch(line):
            return False
        if words.startswith("***") and not _STARRED.match(words):
            return False
        return self._keep(words)
