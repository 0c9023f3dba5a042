"""CalculiX decks (.inp), read as ccx 2.20 reads them.

Blanks on keyword lines do not count, nor does case, but for file names; keyword lines do not go on
after a comma; includes are pasted in place, named from the folder ccx runs in, at most nine deep.
"""

import re
from typing import ClassVar

from workers.decks.arithmetic import positive
from workers.decks.calculix_elements import nodes_of
from workers.decks.facts import DeckFacts, Opener, Step, Stream
from workers.decks.keywords import ONLY_ABAQUS, ElementRows, keep_increments, parameters, step_of
from workers.decks.paths import leaves_folder
from workers.decks.reader import DeckReader, first_line
from workers.parsers.text import decode, fortran_float

_FIRST_KEYWORD = re.compile(rb"\*[ \t]*[A-Za-z][A-Za-z \t-]*(?:,[^\n]*)?\r?")
# Words of LS-DYNA: KEYWORD, TITLE, END and every keyword with an underscore.
_FOREIGN_KEYWORD = re.compile(
    rb"^[ \t]*\*[ \t]*(?:KEYWORD|TITLE|END|[A-Z]+_\w+)[ \t]*(?:,[^\n]*)?\r?$",
    re.MULTILINE | re.IGNORECASE,
)

_TIMED = {
    "STATIC": "STATIC",
    "DYNAMIC": "DYNAMIC",
    "VISCO": "VISCO",
    "CFD": "CFD",
    "HEATTRANSFER": "HEAT TRANSFER",
    "COUPLEDTEMPERATURE-DISPLACEMENT": "COUPLED TEMPERATURE-DISPLACEMENT",
    "UNCOUPLEDTEMPERATURE-DISPLACEMENT": "UNCOUPLED TEMPERATURE-DISPLACEMENT",
    "ELECTROMAGNETICS": "ELECTROMAGNETICS",
    "MODALDYNAMIC": "MODAL DYNAMIC",
}
"""Procedures with a step time; its default is 1."""
_UNTIMED = {
    "FREQUENCY": "FREQUENCY",
    "COMPLEXFREQUENCY": "COMPLEX FREQUENCY",
    "BUCKLE": "BUCKLE",
    "STEADYSTATEDYNAMICS": "STEADY STATE DYNAMICS",
    "SENSITIVITY": "SENSITIVITY",
    "FEASIBLEDIRECTION": "FEASIBLE DIRECTION",
    "SUBSTRUCTUREGENERATE": "SUBSTRUCTURE GENERATE",
    "GREEN": "GREEN",
    "NOANALYSIS": "NO ANALYSIS",
    "CRACKPROPAGATION": "CRACK PROPAGATION",
    "ROBUSTDESIGN": "ROBUST DESIGN",
}
_PROCEDURES = _TIMED | _UNTIMED
_READS_A_FILE = {"SUBMODEL", "VIEWFACTOR", "CRACKPROPAGATION"}


_COMMENTS = (b"**", b">**")
"""The second begins some of the examples that come with ccx 2.22, and ccx reads on."""


class CalculixDeck(DeckReader):
    """Reader of CalculiX decks; Abaqus decks look alike and are left alone where they can be told."""

    solver: ClassVar[str] = "calculix"
    endings: ClassVar[tuple[str, ...]] = (".inp",)
    levels: ClassVar[int] = 9
    """ccx: "include statements can not be cascaded over more than 9 levels"."""

    @staticmethod
    def claims(head: bytes) -> bool:
        if _FOREIGN_KEYWORD.search(head) or ONLY_ABAQUS.search(head):
            return False
        return _FIRST_KEYWORD.fullmatch(first_line(head, _COMMENTS)) is not None

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self._keyword = ""
        self._rows = ElementRows(None)
        self._step: Step | None = None
        self._awaits_period = False
        self._total_time = 0.0
        self._is_timed = False
        self._reset_at_end = False

    def facts(self) -> DeckFacts:
        for raw in self._sources:
            line = raw.strip()
            if line.startswith(_COMMENTS) or not line:
                continue
            if line.startswith(b"*"):
                self._take_keyword(line)
            else:
                self._take_data(line)
        self._end_step()
        if self._is_timed:
            self._facts.end_at(self._total_time)
        return self._facts

    def _take_data(self, line: bytes) -> None:
        facts = self._facts
        if self._keyword == "NODE":
            facts.nodes += 1 + self._sources.rows(b"*", b"**")
        elif self._keyword == "ELEMENT":
            facts.elements += self._rows.is_new(line)
            if self._rows.one_each:
                facts.elements += self._sources.rows(b"*", b"**")
        elif self._keyword == "HEADING":
            facts.entitle(decode(line))
        elif self._awaits_period and self._step:
            self._awaits_period = False
            numbers = [fortran_float(text) for text in decode(line).split(",")]
            keep_increments(facts, numbers)
            period = positive(numbers[1]) if len(numbers) > 1 else None
            if period is not None:
                self._step.period = period

    def _take_keyword(self, line: bytes) -> None:
        # Names come back from the file system, so bytes that are not UTF-8 must stay themselves.
        text = "".join(line.decode("utf-8", "surrogateescape").split())
        keyword, _, rest = text[1:].partition(",")
        keyword = keyword.upper()
        if keyword == "INCLUDE":
            self._sources.include(_file_name(text))
            return
        self._keyword, self._awaits_period = keyword, False
        given = parameters(rest)
        if keyword == "ELEMENT":
            self._rows = ElementRows(nodes_of(given.get("TYPE", "")))
        elif keyword == "STEP":
            self._begin_step(given)
        elif keyword == "ENDSTEP":
            self._end_step()
        elif keyword in _PROCEDURES and self._step:
            self._take_procedure(keyword, given, self._step)
        else:
            self._take_reference(keyword, given, text)

    def _begin_step(self, given: dict[str, str]) -> None:
        self._end_step()
        self._step = self._facts.add_step(step_of(given))

    def _take_procedure(self, keyword: str, given: dict[str, str], step: Step) -> None:
        if step.procedure:
            return
        step.procedure = _PROCEDURES[keyword]
        if "SOLVER" in given:
            self._facts.control("SOLVER", given["SOLVER"])
        if keyword in _TIMED:
            step.period = 1.0
            self._is_timed = self._awaits_period = True
            # ccx: with TIME RESET the total time ends where it began.
            self._reset_at_end = "TIMERESET" in given
            start = fortran_float(given.get("TOTALTIMEATSTART", ""))
            self._total_time = self._total_time if start is None else start

    def _end_step(self) -> None:
        if self._step and not self._reset_at_end:
            self._total_time += self._step.period or 0.0
        self._step = None
        self._reset_at_end = self._awaits_period = False

    def _take_reference(self, keyword: str, given: dict[str, str], text: str) -> None:
        note = self._facts.note
        if keyword in _READS_A_FILE and "INPUT" in given:
            name = _file_name(text)
            if self._sources.include(name, follow=False).state == "outside":
                note(f"*{keyword} reads {name}")
        elif keyword == "RESTART" and "READ" in given:
            note("*RESTART reads the .rin file of an earlier run")
        elif keyword == "MATERIAL" and given.get("NAME", "").startswith("@"):
            note(f"material {given['NAME']} is taken from a shared library")
        written = given.get("OUTPUT") or given.get("FILENAME") or ""
        if leaves_folder(written):
            note(f"*{keyword} writes {written}")


def _file_name(text: str) -> str:
    """What follows INPUT=: all of an include's line, or up to the comma on other keywords."""
    found = re.search(r"INPUT=(.*)", text, re.IGNORECASE)
    if not found:
        return ""
    name: str = found[1]
    if name.startswith('"'):
        return name[1:].partition('"')[0]
    is_include = text[1:8].upper() == "INCLUDE"
    return name if is_include else name.partition(",")[0]
