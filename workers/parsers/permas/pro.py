"""PERMAS's protocol (.pro): switches, steps and processors with the clock, times and memory."""

import re
from collections.abc import Iterator
from typing import ClassVar

from workers.parsers.permas.listing import PermasListing
from workers.parsers.report import News
from workers.parsers.text import fortran_float

_TITLE = re.compile(rb"^\| {10,}P E R M A S {10,}\|", re.MULTILINE)
#  202340 Proc ELTPRP       Start
_CLOCK = re.compile(r" ([01]\d|2[0-3])([0-5]\d)([0-5]\d) .*")
#  210431 Time         0.73 User      0.05 Sys        1.12 Elapsed   00:00:01
_TIME = re.compile(r" \d{6} Time +(\S+) User +(\S+) Sys +(\S+) Elapsed\b.*")
#  210430 Msg> Running with 1 Executor (sequential mode)
_CORES = re.compile(r" \d{6} Msg> Running with (\d{1,9}) Executor.*")
# |   PERMAS Memory   =   50.00 MiByte   |    Max.Scr.Space  =    37.44 KiByte   |
_MEMORY = re.compile(r"\| +PERMAS Memory +=? +(\d{1,9}\.?\d{0,9}) (Ki|Mi|Gi|Ti)Byte .*")
_BACKWARD_S = 82800
"""A step forward that is longer is one of a few seconds back: lines of threads may come out of order."""
_STEPS = frozenset(("Proc ", "Step ", "Stp1 ", "Stp2 ", "Stp3 "))
_SCALES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


class PermasPro(PermasListing):
    """Switches, steps and processors with the clock, times and memory."""

    name: ClassVar[str] = "permas.pro"
    version: ClassVar[int] = 1
    role: ClassVar[str] = "pro"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _TITLE.search(head.replace(b"\0", b"")) is not None

    def _take_own(self, number: int, line: str, news: News) -> bool:
        facts = self._facts
        if line[:1] == "|":
            if "PERMAS Memory" in line and (found := _MEMORY.fullmatch(line)):
                facts.memory_bytes = int(float(found[1]) * _SCALES[found[2]])
            return line[-1:] == "|"
        if not line[1:7].isdigit() or not (found := _CLOCK.fullmatch(line)):
            return line[:1] == ">"
        self._take_clock(int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]))
        if " Elapsed" in line and (found := _TIME.fullmatch(line)):
            user, system, elapsed = (fortran_float(text) for text in found.groups())
            if user is not None and system is not None:
                facts.cpu_time_s = round(user + system, 3)
            facts.wall_time_s = facts.wall_time_s if elapsed is None else elapsed
        elif found := _CORES.fullmatch(line):
            facts.cores = int(found[1])
        return found is not None

    def _read(self, lines: Iterator[tuple[int, str]], news: News) -> None:
        # Most of a long file are processors that begin and end within a second.
        clock = ""
        for number, line in lines:
            known = line[:8] == clock and line[8:13] in _STEPS and "slurm" not in line
            if known and self._block is None:
                continue
            self._take(number, line, news)
            clock = line[:8] if line[1:7].isdigit() else ""

    def _take_clock(self, now_s: int) -> None:
        """Wall time so far, until the file prints it."""
        facts = self._facts
        if facts.clock_s is not None:
            passed_s = (now_s - facts.clock_s) % 86400
            if passed_s > _BACKWARD_S:
                return
            facts.clock_since_s += passed_s
            facts.wall_time_s = float(facts.clock_since_s)
        facts.clock_s = now_s
