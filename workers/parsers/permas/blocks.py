"""PERMAS's messages: a letter between stars, a number, and lines below that are set in."""

import re
from typing import Self

from workers.parsers import blocks
from workers.parsers.messages import TEXT_LENGTH
from workers.parsers.report import Severity

#  *W* 115/1230 Wrong checksum for global PERMAS format file 'C:\Program        (.res, 20.00)
#               Files\INTES\EDU\etc\formats'
# *E* 343/1107 Element <see list> has multiple assignment of material data.     (.pro, without the blank before)
# <864 items>           1 ....... 864
_HEAD = re.compile(r" ?\*([CWEFX])\* +(\d{1,6}/\d{1,6}) +(.*)")
_SEVERITIES: dict[str, Severity] = {
    "C": "note",
    "W": "warning",
    "E": "error",
    "F": "fatal",
    "X": "fatal",
}
#                  0 *X*         1 *F*          2 *E*          1 *W*      (sums at the end, set in as well)
#                          Error          0 *C*           1 *W*           0 *E*
_SUMS = re.compile(r".*\d \*[CWEFX]\* .*\d \*[CWEFX]\*\s*")


class Block(blocks.Block):
    @classmethod
    def begun_by(cls, line: str, number: int) -> Self | None:
        """The message that the line begins, if it does."""
        found = _HEAD.fullmatch(line)
        if found is None:
            return None
        return cls(_SEVERITIES[found[1]], found[2], number, [found[3].strip()[:TEXT_LENGTH]])

    def takes(self, line: str) -> bool:
        if self.room < 1 or not (line.startswith("            ") or line[:2].lstrip()[:1] == "<"):
            return False
        words = line.strip()
        if not words or _SUMS.fullmatch(line):
            return False
        return self._keep(words)
