"""The cards of Nastran and OptiStruct decks: bulk data in any order by name and id, case control by subcase."""

import re
import zlib

from workers.decks.cards import (
    CONTACT,
    CONTROL,
    CURVE,
    LOAD,
    MATERIAL,
    OTHER,
    OUTPUT,
    SECTION,
    SET,
    Cards,
    Row,
    value_from,
    words_from,
)
from workers.decks.facts import DeckFacts, Opener, Stream
from workers.decks.nastran import NastranDeck, OptiStructDeck
from workers.decks.nastran_cards import CARDS, ELEMENTS, fields, name_of
from workers.decks.nodeplaces import NodePlaces
from workers.parsers.text import decode

_BLANK = b" " * 8
_LINES_READ = 5000
"""Of one card."""
_BULK = re.compile(rb"[ \t]*BEGIN(?:[ \t]+(?:BULK|SUPER|MODULE)|[ \t]*(?:,|$))", re.IGNORECASE)
_INCLUDE = re.compile(rb"[ \t]*INCLUDE\b[ \t]*=?[ \t]*", re.IGNORECASE)
_STATEMENT = re.compile(r"\s*([A-Za-z]\w*)\s*(\([^)]*\))?\s*[=, ]?\s*(.*)")
_GROUPS = (
    (re.compile(r"MAT|CREEP|TABLES1|TABLEST|MATT|MATHE|MATS"), MATERIAL),
    (
        re.compile(
            r"P(SHELL|SOLID|COMP|BAR|BEAM|BUSH|ELAS|ROD|GAP|DAMP|WELD|FAST|SHEAR|TUBE|CONT)|CORD|CONM"
        ),
        SECTION,
    ),
    (re.compile(r"BC|BSURF|BLSEG|BGSET|CONTACT|TIE$|FRICTION"), CONTACT),
    (
        re.compile(
            r"SPC|MPC|FORCE|MOMENT|PLOAD|LOAD|GRAV|RFORCE|TEMP|RBE|RBAR|SUPORT|RLOAD|TLOAD|DLOAD|DAREA|ACCEL|SLOAD"
        ),
        LOAD,
    ),
    (re.compile(r"TABLE"), CURVE),
    (re.compile(r"SET\d?$|ASET|BSET|CSET|QSET"), SET),
    (
        re.compile(
            r"PARAM|EIG|NLPARM|TSTEP|FREQ|SOL|D(ESVAR|RESP|CONSTR|VPREL|OPTPRM)|NLPCI|TRIM|MODTRAK"
        ),
        CONTROL,
    ),
)
_FIELDS = {
    "MAT1": ("MID", "E", "G", "NU", "RHO", "A", "TREF", "GE", "ST", "SC", "SS"),
    "PSHELL": ("PID", "MID1", "T", "MID2", "12I/T**3", "MID3", "TS/T", "NSM", "Z1", "Z2", "MID4"),
    "PSOLID": ("PID", "MID", "CORDM", "IN", "STRESS", "ISOP", "FCTN"),
    "PBAR": ("PID", "MID", "A", "I1", "I2", "J", "NSM"),
    "PARAM": ("name", "value"),
    "FORCE": ("SID", "G", "CID", "F", "N1", "N2", "N3"),
    "MOMENT": ("SID", "G", "CID", "M", "N1", "N2", "N3"),
    "SPC1": ("SID", "C", "G1", "G2", "G3"),
    "SPC": ("SID", "G1", "C1", "D1", "G2", "C2", "D2"),
    "LOAD": ("SID", "S", "S1", "L1", "S2", "L2"),
    "GRAV": ("SID", "CID", "A", "N1", "N2", "N3"),
    "PLOAD4": ("SID", "EID", "P1", "P2", "P3", "P4"),
    "EIGRL": ("SID", "V1", "V2", "ND", "MSGLVL", "MAXSET", "SHFSCL", "NORM"),
    "CONM2": ("EID", "G", "CID", "M", "X1", "X2", "X3"),
    "NLPARM": ("ID", "NINC", "DT", "KMETHOD", "KSTEP", "MAXITER", "CONV", "INTOUT"),
    "TSTEP": ("SID", "N1", "DT1", "NO1"),
}
_ONE_A_NODE = frozenset(("FORCE", "MOMENT", "PLOAD4", "PLOAD2", "TEMP", "SPC", "CONM2"))
"""Cards whose second field says which of many with one id it is."""


class _Bulk(NastranDeck):
    """Reads every line once; includes and procedures as its base does."""

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self.cards = Cards(self.solver)
        self._places = NodePlaces(self.cards)
        self._name = ""
        """Of the card whose lines are gathered."""
        self._values: list[str] = []
        self._lines = 0
        self._subcase = ""

    def facts(self) -> DeckFacts:
        for line in self._sources:
            if self._include is not None:
                self._take_name(line)
            elif not line or line.startswith(b"$"):
                continue
            elif self._in_bulk and (line[:1] in b"+*," or line.startswith(_BLANK)):
                self._go_on(line)
            elif line.lstrip()[:1] in b"Ii" and (found := _INCLUDE.match(line)):
                self._take_name(line[found.end() :])
            elif self._in_bulk or (self._in_bulk is None and name_of(line) in CARDS):
                self._in_bulk = True
                self._begin(line)
            elif _BULK.match(line):
                self._in_bulk = True
            else:
                self._take_statement(decode(line).partition("$")[0])
        self._close()
        self._places.close()
        return self._facts

    def _begin(self, line: bytes) -> None:
        self._close()
        name = decode(name_of(line))
        if name == "ENDDATA":
            self._sources.stop()
            return
        self._name, self._values, self._lines = name, fields(line), 1
        width = 4 if "*" in decode(line[:8]) else 8
        if "," not in decode(line[:72]):
            self._values = (self._values + [""] * width)[:width]
        elif len(self._values) > 8:
            self._values = self._values[:8]

    def _go_on(self, line: bytes) -> None:
        """The continuation's first field is a label, and so is the tenth of the line before it."""
        self._lines += 1
        if self._name and self._lines < _LINES_READ:
            width = 4 if line.startswith(b"*") else 8
            short = len(self._values) % 4 and 8 - len(self._values) % 8
            self._values += [""] * short
            self._values += (fields(line) + [""] * width)[:width]

    def _close(self) -> None:
        name, self._name = self._name, ""
        if not name:
            return
        said = self._values
        if name == "GRID":
            places = [text.encode("ascii", "replace") or b"0" for text in said[2:5]]
            self._places.add(said[0].encode("ascii", "replace"), *places)
            return
        if name.encode() in ELEMENTS:
            rest = ",".join(said[1:]).rstrip(",")
            self.cards.mesh(f"{name} elements", said[1]).add(
                zlib.crc32(rest.encode("utf-8", "replace"))
            )
            return
        row: Row = [value_from(text) for text in said]
        ident = str(row[0]) if row else ""
        if name in _ONE_A_NODE and len(row) > 1:
            ident = f"{ident} at {row[1]}"
        group = next((group for words, group in _GROUPS if words.match(name)), OTHER)
        names = _FIELDS.get(name)
        self.cards.add(name, ident, [row], group, (names,) if names else ())

    def _take_statement(self, text: str) -> None:
        """A line of the executive or case control: `SPC = 2`, `DISP(PLOT) = ALL`."""
        found = _STATEMENT.match(text)
        if not found:
            return
        name, value = found[1].upper(), words_from(found[3])
        if name == "SUBCASE":
            self._subcase = f"subcase {value}"
        option = words_from(found[2] or "").upper()
        row: Row = [option + str(value_from(value)) if option else value_from(value)]
        if name in ("TITLE", "SUBTITLE", "LABEL"):
            row = [value]
        group = LOAD if name in ("SPC", "LOAD", "MPC", "TEMPERATURE", "DLOAD") else CONTROL
        if name[:4] in (
            "DISP",
            "STRE",
            "STRA",
            "FORC",
            "SPCF",
            "ECHO",
            "OLOA",
            "ESE",
            "VELO",
            "ACCE",
            "OUTP",
            "FORM",
        ):
            group = OUTPUT
        self.cards.add(name.capitalize() if name != "SOL" else name, self._subcase, [row], group)


class NastranCards(_Bulk):
    """Of Nastran."""


class OptiStructCards(_Bulk):
    """Of OptiStruct."""

    solver = OptiStructDeck.solver
