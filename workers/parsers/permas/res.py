"""PERMAS's result file (.res): echo of the deck, model, results and messages, each line set in by a blank."""

import re
from collections.abc import Iterator
from typing import ClassVar

from workers.parsers.fields import quick_float
from workers.parsers.permas.listing import PermasListing
from workers.parsers.report import News
from workers.parsers.text import fortran_float, integer

_TITLE = re.compile(rb"^ \| {10,}P E R M A S {10,}\|", re.MULTILINE)
#  --- Task Loop: 1 ---
_LOOP = re.compile(r" *-+ Task Loop: *(\d{1,9}) -+\s*")
#  |      Mass       |
#  |-----------------|
#  |    2.826000E-03 |
_MASS = re.compile(r" ?\| +Mass +\|\s*")
_CELL = re.compile(r" ?\| +(\S+) +\|\s*")
#  | Objective Function |         1.00000E+00 |         7.27170E-06 |        10.00000E-06 |
_OBJECTIVE = re.compile(r" ?\| Objective Function +\| +(\S+) +\|.*")
_CELLS = (" | Nodes ", " | Elements ", " | Objective ", " |      Mass ")
_TOLD = (*_CELLS, " |               ", " --- Task Loop")
"""How table rows and rules begin that tell something, the banner's title among them."""


class PermasRes(PermasListing):
    """Model and results, each set in by a blank; no clock."""

    name: ClassVar[str] = "permas.res"
    version: ClassVar[int] = 1
    role: ClassVar[str] = "res"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _TITLE.search(head.replace(b"\0", b"")) is not None

    def _take_own(self, number: int, line: str, news: News) -> bool:
        facts = self._facts
        self._tally.line = number
        if facts.columns:
            return self._take_mode(line, news)
        if line[:2] == " |":
            return self._take_cell(line, news)
        if line.startswith("      Mode ") and "Frequency" in line:
            facts.columns = line.split()[:12]
        elif line.startswith(" > Characteristics of component "):
            facts.take_component(line[32:].strip())
        elif line.startswith(" --- ") and (found := _LOOP.fullmatch(line)):
            facts.loop = int(found[1])
        else:
            return False
        return True

    def _read(self, lines: Iterator[tuple[int, str]], news: News) -> None:
        # Most of a long file are rows of numbers that nothing is read of.
        for number, line in lines:
            last = line[-1:]
            if last == "|" or last == "-" or last == "+":
                told = "*" in line[:2] or self._facts.in_banner or self._facts.mass_comes
                told = told or line.startswith(_TOLD)
            else:
                told = not (last.isdigit() and line[:7].isspace()) or "slurm" in line
            if told or self._block is not None or self._facts.columns:
                self._take(number, line, news)

    def _take_mode(self, line: str, news: News) -> bool:
        """`              1  1.77044E+02  8.08119E-07  1.11240E+03`, under `Mode Frequency Eigenvalue Circ.Freq.`"""
        cells = line.split()
        mode = integer(cells[0]) if len(cells) == len(self._facts.columns) else None
        if mode is None:
            return False
        for column, cell in zip(self._facts.columns, cells, strict=True):
            value = quick_float(cell) if column in ("Frequency", "Eigenvalue") else None
            if value is not None:
                self._tally.add(news, column.lower(), mode, value)
        return True

    def _take_cell(self, line: str, news: News) -> bool:
        """Takes a row of a table; one that nothing is read of is taken as well, as far as it is whole."""
        facts = self._facts
        if not facts.mass_comes and not line.startswith(_CELLS):
            return line[-1:] == "|"
        if facts.mass_comes and (found := _CELL.fullmatch(line)):
            facts.mass_comes = False
            if (mass := fortran_float(found[1])) is not None:
                self._tally.add(news, "mass.total", facts.loop or 0, mass)
        elif facts.take_count(line):
            return True
        elif found := _OBJECTIVE.fullmatch(line):
            if (value := fortran_float(found[1])) is not None:
                self._tally.add(news, "objective", facts.loop or 0, value)
        elif _MASS.fullmatch(line):
            facts.mass_comes = True
        else:
            return False
        return True
