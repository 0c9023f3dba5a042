"""LS-DYNA's ASCII databases: glstat, matsum, sleout and their kin, at the deck's own intervals.

All begin with the title and a line with the version; a legend as long as the model has parts may stand before
the first line that tells them apart. Where the head shows none, the report says which of them it is.
"""

import re
from typing import Any, ClassVar

from workers.parsers.byline import ByLine
from workers.parsers.ls_dyna.energies import (
    LABELS,
    UNITS,
    WIDTH,
    controlled,
    series_of,
    value_of,
)
from workers.parsers.ls_dyna.facts import bounded
from workers.parsers.report import News, Report
from workers.parsers.series import Tally, json_number
from workers.parsers.text import Lines, fortran_float

#  Bolted Connection Type b
#                     ls-dyna smp d R13 R13.1.1_27_8731a0 date 07/28/2023     (R11 and later)
#                          ls-dyna smp.123264 d           date 01/12/2018     (R10)
#                          ls-dyna (version 971.7600)     date 12/05/2011     (out of a binout)
_HEAD = re.compile(rb"\A[^\n]*\n {10,}ls-dyna [^\n]*\bdate[ :]*\d\d/\d\d/\d{2,4}")
# A line that only this file has, and the role.
_ROLES = (
    (re.compile(rb"^ dt of cycle", re.MULTILINE), "glstat"),
    (re.compile(rb"^ mat\.#=", re.MULTILINE), "matsum"),
    (re.compile(rb"^ contact interface energy file", re.MULTILINE), "sleout"),
)
_VERSION = re.compile(r"ls-dyna +(\(version +)?(\S.*?)\)? +date\b")

#  mat.#=   16             inten=   1.7629E-26     kinen=   4.3248E-30     eroded_ie=   0.0000E+00 …
# mat.#=  200016          inten=…                 (six digits and more)
_PART = re.compile(r"mat\.#= *(\d{1,12})")
#                          hgeng=   2.0733E-27     +mass=   1.1579E-05     eroded_he=   0.0000E+00
_PAIR = re.compile(r"([+\w]+)= *(\S+)")
_OF_PART = {
    "inten": "energy.internal",
    "kinen": "energy.kinetic",
    "hgeng": "energy.hourglass",
    "+mass": "mass_scaling.added",
}
PARTS = 20
"""Parts of matsum that have series: the tally holds a hundred of them, each part needs four."""

#  contact interface energy file, time= 0.4997700E-03
#            total energy    = 0.6964303E-03
#            friction energy = 0.6964211E-03
_CONTACT = {"total energy": "energy.sliding", "friction energy": "energy.friction"}
#   n o d a l   p r i n t   o u t   f o r   t i m e  s t e p       1   ( at time 9.9999999E-05 )
_AT_TIME = re.compile(r"(?:at time *=?|, time=) *([-+]?\d*\.\d*(?:[EeDd]?[-+]?\d+)?)")
#   SURFA           1 time 0.00000E+00  x  0.00000E+00  y …           slave          1 time …  (R12 and before)
_FORCE = re.compile(r"(?:SURFA|SURFB|slave|master) +\d+ +time *(\S+)")


def _role(head: bytes) -> str | None:
    if _HEAD.match(head) is None:
        return None
    return next((role for line, role in _ROLES if line.search(head)), "database")


class LsDynaDatabase(ByLine):
    """A database whose head does not show which it is; of those not read here the last time."""

    name: ClassVar[str] = "ls-dyna.database"
    version: ClassVar[int] = 1
    solver: ClassVar[str] = "ls-dyna"
    role: ClassVar[str] = "database"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _role(head) == "database"

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._tally = Tally(state.get("series"), units=UNITS)
        self._role: str = state.get("role", self.role)
        self._title: str | None = state.get("title")
        self._release: str | None = state.get("release")
        self._time = _number(state.get("time"))
        self._time_step = _number(state.get("time_step"))
        self._cycle: int | None = state.get("cycle")
        self._element: int | None = state.get("element")
        self._part: int | None = state.get("part")
        self._parts: list[int] = list(state.get("parts", ()))

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._lines.state,
            "series": self._tally.state,
            "role": self._role,
            "title": self._title,
            "release": self._release,
            "time": None if self._time is None else json_number(self._time),
            "time_step": None if self._time_step is None else json_number(self._time_step),
            "cycle": self._cycle,
            "element": self._element,
            "part": self._part,
            "parts": list(self._parts),
        }

    def report(self) -> Report:
        return Report(
            self.solver,
            self._role,
            solver_version=self._release,
            title=self._title,
            time=self._time,
            cycle=self._cycle,
            time_step=self._time_step,
            series=self._tally.summaries(),
        )

    def _take(self, number: int, line: str, news: News) -> None:
        label = line[1 : WIDTH + 1].rstrip(" .")
        if label in LABELS or label == "time":
            if self._role != "sleout":
                self._tally.line = number
                self._take_energy(label, line[WIDTH + 1 :], news)
            return
        text = line.strip()
        if not text:
            return
        self._tally.line = number
        if number < 3 and self._release is None:
            self._take_head(number, text)
        elif text.startswith("dt of cycle"):
            self._take_control(text)
        elif text.startswith("mat.#="):
            self._take_part(text, news)
        elif self._part is not None and text.startswith(("hgeng=", "+mass=")):
            self._take_pairs(text, news)
        else:
            self._take_time(text, news)

    def _take_head(self, number: int, text: str) -> None:
        found = _VERSION.match(text)
        if found is None:
            self._title = bounded(text) if number == 1 else self._title
            return
        words = found[2].split()
        # R10 and before print a bare number behind the kind.
        named = [word for word in words if word[:1] == "R" and word[1:2].isdigit()]
        last = named[-1] if named else words[-1 if found[1] else 0]
        self._release = bounded(last)

    def _take_control(self, text: str) -> None:
        found = controlled(text)
        if found:
            # ssstat has these lines too, but other labels below them.
            self._role = "glstat"
            self._cycle = self._cycle if found[0] is None else found[0]
            self._element = found[1]

    def _take_energy(self, label: str, rest: str, news: News) -> None:
        value, wall = value_of(rest)
        if value is None:
            return
        if label == "time":
            self._time = value
            if self._element is not None:
                self._tally.add(news, "time_step_element", value, self._element)
                self._element = None
        elif self._time is not None and (name := series_of(label, wall)):
            if name == "time_step":
                self._time_step = value
            if value or name != "zone_cycle_ns":
                self._tally.add(news, name, self._time, value)

    def _take_part(self, text: str, news: News) -> None:
        found = _PART.match(text)
        if found is None:
            return
        self._role, part = "matsum", int(found[1])
        if part not in self._parts and len(self._parts) < PARTS:
            self._parts.append(part)
        self._part = part if part in self._parts else None
        if self._part is not None:
            self._take_pairs(text[found.end() :], news)

    def _take_pairs(self, text: str, news: News) -> None:
        for name, number in _PAIR.findall(text):
            series, value = _OF_PART.get(name), fortran_float(number)
            if series and value is not None and self._time is not None:
                self._tally.add(news, f"{series}.{self._part}", self._time, value)

    def _take_time(self, text: str, news: News) -> None:
        """Times outside of the table of energies, and the totals of the contacts."""
        if text.startswith("time ="):
            value = fortran_float(text[6:])
        elif found := _FORCE.match(text):
            self._role, value = "rcforc", fortran_float(found[1])
        elif found := _AT_TIME.search(text) if "time" in text else None:
            value = fortran_float(found[1])
            if text.startswith("contact interface energy"):
                self._role = "sleout"
        else:
            label, _, number = text.partition("=")
            series, value = _CONTACT.get(label.strip()), fortran_float(number)
            if self._role == "sleout" and series and value is not None and self._time is not None:
                self._tally.add(news, series, self._time, value)
            return
        self._time = self._time if value is None else value


class LsDynaGlstat(LsDynaDatabase):
    """Energies, time step and added mass of the model."""

    name: ClassVar[str] = "ls-dyna.glstat"
    role: ClassVar[str] = "glstat"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _role(head) == "glstat"


class LsDynaMatsum(LsDynaDatabase):
    """Energies and added mass of the parts."""

    name: ClassVar[str] = "ls-dyna.matsum"
    role: ClassVar[str] = "matsum"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _role(head) == "matsum"


class LsDynaSleout(LsDynaDatabase):
    """Energies of the contacts."""

    name: ClassVar[str] = "ls-dyna.sleout"
    role: ClassVar[str] = "sleout"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _role(head) == "sleout"


def _number(kept: float | str | None) -> float | None:
    return None if kept is None else float(kept)
