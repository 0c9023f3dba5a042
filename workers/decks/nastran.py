"""Nastran decks (.bdf .dat .nas .inp) of MSC, NX and Simcenter Nastran and NASTRAN-95, and OptiStruct's (.fem).

Executive and case control up to BEGIN BULK, then one card a line in any order; INCLUDE may stand anywhere, its
name between quotes that may span lines. A file may also be bulk data alone.
"""

import re
from typing import ClassVar

from workers.decks.arithmetic import positive
from workers.decks.facts import DeckFacts, Opener, Step, Stream
from workers.decks.nastran_cards import CARDS, ELEMENTS, fields, name_of
from workers.decks.reader import DeckReader, first_line
from workers.parsers.text import decode, fortran_float, integer

NAME_LINES = 20
"""Lines that an include's name may span."""

# SOL 101    SOL SESTATIC    NASTRAN TITLEOPT=-1    CEND    ID D01000A,PRINT    ASSIGN OUTPUT2='x.op2'    INIT MASTER(S)
_EXECUTIVE = re.compile(
    rb"(?:SOL\b[ \t]*[=,]?[ \t]*\w+|CEND\b|NASTRAN\b|ID[ \t]+\w+[ \t]*,|ASSIGN\b|INIT\b|APP[ \t]+DISP|BEGIN[ \t]+BULK"
    rb"|DIAG[ \t]+\d|FMS\b|RESTART\b|COMPILE\b)",
    re.IGNORECASE,
)
# SUBCASE 1   TITLE = wing   ECHO = NONE   SPC = 1   DISP(PLOT) = ALL
_CASE = re.compile(
    rb"SUBCASE[ \t]+\d|(?:TITLE|SUBTITLE|LABEL|ECHO|SPC|LOAD|METHOD|DISP\w*|STRESS|ANALYSIS|DESOBJ|FORMAT|SCREEN)\b"
    rb"[ \t]*(?:\([^)\n]*\))?[ \t]*=",
    re.IGNORECASE,
)
_BULK_BEGINS = re.compile(
    rb"[ \t]*BEGIN[ \t]+(?:BULK|SUPER|MODULE)|[ \t]*BEGIN[ \t]*(?:,|$)", re.IGNORECASE
)
_OPTISTRUCT = re.compile(rb"OptiStruct", re.IGNORECASE)
_INCLUDE = re.compile(rb"[ \t]*INCLUDE\b[ \t]*=?[ \t]*", re.IGNORECASE)
_STATEMENT = re.compile(r"\s*([A-Za-z]\w*)\s*(?:\([^)]*\))?\s*[=, ]?\s*(.*)")
_TRANSIENT = frozenset(
    {"9", "27", "31", "109", "112", "129", "159", "400", "401", "402", "601", "700", "701"}
)
_CODE = ("COMPILE", "ALTER", "LINK", "CONNECT", "USERFILE", "CALL", "EXECUTE")
_RUNS = "changes or calls DMAP programs or outside services"
_CASE_CONTROLS = ("METHOD", "DESOBJ", "NLPARM", "TSTEP", "TSTEPNL")


class NastranDeck(DeckReader):
    """Reader of Nastran decks."""

    solver: ClassVar[str] = "nastran"
    endings: ClassVar[tuple[str, ...]] = (".bdf", ".dat", ".nas", ".inp", ".fem")
    levels: ClassVar[int] = 50

    @staticmethod
    def claims(head: bytes) -> bool:
        return _is_nastran(head) and not _OPTISTRUCT.search(head)

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self._in_bulk: bool | None = None
        """None before the first line that says so."""
        self._procedure = ""
        self._include: str | None = None
        """The begin of an include's name that goes on."""
        self._include_lines = 0

    def facts(self) -> DeckFacts:
        for line in self._sources:
            if self._include is not None:
                self._take_name(line)
            elif not line or line.startswith(b"$"):
                continue
            elif self._in_bulk and line[:4] == b"GRID" and line[4:5] in b" ,*":
                self._facts.nodes += 1
            elif line[:1] in b"+*" and self._in_bulk:
                continue
            elif line.lstrip()[:1] in b"Ii" and (found := _INCLUDE.match(line)):
                self._take_name(line[found.end() :])
            elif self._in_bulk or (self._in_bulk is None and name_of(line) in CARDS):
                self._in_bulk = True
                self._take_card(line)
            else:
                self._take_control(line)
        if self._procedure and not self._facts.steps:
            self._facts.add_step(Step(self._procedure))
        return self._facts

    def _take_name(self, line: bytes) -> None:
        """`INCLUDE 'a/b.bdf'`, `INCLUDE a.bdf`, or a name whose second quote stands on a later line."""
        text = (self._include or "") + line.strip().decode("utf-8", "surrogateescape")
        quote = text[:1] if text[:1] in ("'", '"') else ""
        self._include_lines += 1
        if quote and quote not in text[1:] and self._include_lines < NAME_LINES:
            self._include = text
            return
        self._include, self._include_lines = None, 0
        name = text[1:].partition(quote)[0] if quote else text.partition("$")[0].strip()
        # Nastran looks beside the file that names it, and in the folder it runs in.
        self._sources.include(name, (self._sources.folder, ""))

    def _take_control(self, line: bytes) -> None:
        if _BULK_BEGINS.match(line):
            self._in_bulk = True
            return
        found = _STATEMENT.match(decode(line).partition("$")[0])
        if not found:
            return
        name, value = found[1].upper(), found[2].strip()
        if name == "SOL":
            self._procedure = f"SOL {value.split(',')[0].strip()}"
            self._facts.control("SOL", value)
        elif name in ("TITLE", "SUBTITLE"):
            self._take_title(name, value)
        elif name == "SUBCASE":
            self._facts.add_step(Step(self._procedure))
        elif (
            name == "ANALYSIS"
            and self._facts.steps
            and self._facts.step_count == len(self._facts.steps)
        ):
            step = self._facts.steps[-1]
            step.procedure = f"{self._procedure} {value.upper()}".strip()
        elif name in _CASE_CONTROLS:
            self._facts.control(name, value)
        elif name == "PARAM":
            self._take_parameter(value.split(","))
        elif name in _CODE:
            self._facts.note(f"{name} {_RUNS}")
        elif name == "RESTART":
            self._facts.note("RESTART reads the databases of an earlier run")
        elif name == "NASTRAN":
            self._facts.control("NASTRAN", value)

    def _take_title(self, name: str, value: str) -> None:
        if name == "TITLE" and self._facts.title is not None and not self._facts.step_count:
            self._facts.title = None  # it says more than a subtitle before it
        self._facts.entitle(value.strip("'"))

    def _take_card(self, line: bytes) -> None:
        name = name_of(line)
        facts = self._facts
        if name == b"GRID":
            facts.nodes += 1
        elif name in ELEMENTS:
            facts.elements += 1
        elif name == b"PARAM":
            self._take_parameter(fields(line))
        elif name == b"ENDDATA":
            self._sources.stop()
        elif name in (b"TSTEP", b"TSTEPNL", b"TSTEP1"):
            self._take_time_steps(name, fields(line))
        elif name == b"EIGRL":
            said = fields(line) + [""] * 4
            facts.control("EIGRL modes", integer(said[3]))
            facts.control("EIGRL to Hz", fortran_float(said[2]))

    def _take_parameter(self, said: list[str]) -> None:
        if len(said) > 1 and said[0]:
            self._facts.control(f"PARAM,{said[0].upper()}", said[1])

    def _take_time_steps(self, name: bytes, said: list[str]) -> None:
        """`TSTEP,1,1000,1.-4,10`: so many steps of so long."""
        if name == b"TSTEP1":
            end = fortran_float(said[1]) if len(said) > 1 else None
        else:
            count, step = (fortran_float(text) for text in [*said, "", "", ""][1:3])
            end = count * step if count and step else None
            self._facts.control(f"{name.decode()} DT", step)
        number = self._procedure.removeprefix("SOL ").split()
        transient = not number or number[0] in _TRANSIENT or not number[0].isdigit()
        if transient and (end := positive(end)) is not None:
            self._facts.end_at(max(end, self._facts.end_time or 0.0))


class OptiStructDeck(NastranDeck):
    """Reader of OptiStruct decks, which are Nastran's but for a few cards."""

    solver: ClassVar[str] = "optistruct"
    endings: ClassVar[tuple[str, ...]] = (".fem", ".parm")

    @staticmethod
    def claims(head: bytes) -> bool:
        return _is_nastran(head) and _OPTISTRUCT.search(head) is not None


def _is_nastran(head: bytes) -> bool:
    first = first_line(head, b"$")
    begins = (_EXECUTIVE.match(first), _CASE.match(first), _INCLUDE.match(first))
    return any(begins) or name_of(first) in CARDS
