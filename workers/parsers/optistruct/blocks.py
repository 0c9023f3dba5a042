"""OptiStruct's messages: a line with a severity and a number, and the lines below it up to a blank one."""

import re
from typing import Self

from workers.parsers import blocks
from workers.parsers.messages import TEXT_LENGTH
from workers.parsers.report import Severity

#  *** WARNING # 1265                                        (2021, 2022)
#  *** ERROR  # 1000 in the input data:
#  NOTE # 9199
_HEAD = re.compile(
    r" *(?:\*{3} *)?(FATAL ERROR|ERROR|WARNING|INFORMATION|NOTE) *# *(\d{1,9})\b[ *:]*(.*)"
)
_STARLESS = re.compile(r" *(?:NOTE|INFORMATION) ")
_SEVERITIES: dict[str, Severity] = {
    "FATAL ERROR": "fatal",
    "ERROR": "error",
    "WARNING": "warning",
    "INFORMATION": "note",
    "NOTE": "note",
}


class Block(blocks.Block):
    @classmethod
    def begun_by(cls, line: str, number: int) -> Self | None:
        """The message that the line begins, if it does; the caller has seen "#" in it."""
        found = _HEAD.fullmatch(line)
        if found is None or not ("***" in line or _STARLESS.match(line)):
            return None
        words = found[3].strip()[:TEXT_LENGTH]
        return cls(_SEVERITIES[found[1]], found[2], number, [words] if words else [])

    def takes(self, line: str) -> bool:
        words = line.strip()
        if self.room < 1 or not words or words.startswith("***"):
            return False
        return self._keep(words)

    def text(self) -> str:
        return super().text() or f"{self.severity} {self.code}"
