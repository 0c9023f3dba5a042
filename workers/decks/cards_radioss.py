"""The cards of Radioss decks: blocks by keyword and id, a title, rows of values; engine blocks by their file."""

import zlib

from workers.decks.cards import (
    CONTACT,
    CONTROL,
    CURVE,
    LOAD,
    MATERIAL,
    OTHER,
    OUTPUT,
    ROWS_READ,
    SECTION,
    SET,
    Cards,
    Row,
    members,
    value_from,
    words_from,
)
from workers.decks.facts import DeckFacts, Opener, Stream
from workers.decks.nodeplaces import NodePlaces
from workers.decks.radioss import RadiossDeck
from workers.parsers.text import decode

_ROWS = {"TETRA10": 2, "BRIC20": 3, "SHEL16": 3, "BRIC16": 3}
"""Rows of an element, where they are more than one."""
_ELEMENTS = frozenset((
    "SHELL", "SH3N", "BRICK", "QUAD", "TRIA", "TETRA4", "TETRA10", "PENTA6", "PYRA5", "BRIC20",
    "SHEL16", "BRIC16", "BEAM", "TRUSS", "SPRING", "SPHCEL", "XELEM",
))  # fmt: skip
_WORDS = {
    MATERIAL: "MAT EOS FAIL VISC THERM HEAT LEAK",
    SECTION: "PROP PART SUBSET SKEW FRAME ADMAS STACK PLY",
    CONTACT: "INTER RWALL FRICTION",
    LOAD: """BCS CLOAD PLOAD GRAV IMPVEL IMPDISP IMPACC IMPTEMP INIVEL RBODY RBE2 RBE3 CNODE MONVOL CYL_JOINT RLINK CONVEC INIVOL
        LOAD PRELOAD""",
    CONTROL: """RUN DT STOP KILL DYREL KEREL IMPL VERS PARITH BEGIN TITLE DEF_SHELL DEF_SOLID ANALY SPMD IOFLAG DAMP ADYREL CAA UPWIND
        DEFAULT RANDOM AMS""",
    OUTPUT: "ANIM TFILE H3D RFILE TH PRINT MON OUTP STATE SECT ACCEL GAUGE ABF",
    CURVE: "FUNCT TABLE SENSOR MOVE_FUNCT",
    SET: "GRNOD GRSHEL GRSH3N GRBRIC GRPART GRBEAM GRSPRI GRTRUS SURF LINE SET BOX",
}
_GROUPS = {word: group for group, words in _WORDS.items() for word in words.split()}
_TITLED = frozenset((
    "MAT", "PROP", "PART", "INTER", "FUNCT", "BCS", "CLOAD", "PLOAD", "GRAV", "IMPVEL",
    "IMPDISP", "INIVEL", "RBODY", "TH", "RWALL", "GRNOD", "GRSHEL", "GRPART", "GRBRIC", "SURF",
    "SENSOR", "SECT", "ACCEL", "SKEW", "MONVOL", "RBE2", "RBE3", "SET", "LINE", "BOX", "TABLE",
    "SUBSET",
))  # fmt: skip


class RadiossCards(RadiossDeck):
    """Reads starter and engine decks as its base does, and keeps their blocks."""

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self.cards = Cards(self.solver)
        self._places = NodePlaces(self.cards)
        self._block = ""
        self._lines: list[str] = []

    def facts(self) -> DeckFacts:
        facts = super().facts()
        self._close()
        self._places.close()
        return facts

    def _take_keyword(self, text: str) -> None:
        self._close()
        super()._take_keyword(text)
        kind = self._keyword.partition("/")[0]
        if self._keyword and kind not in _ELEMENTS and kind != "NODE":
            self._block = self._keyword

    def _take_row(self, line: bytes) -> None:
        kind, _, part = self._keyword.partition("/")
        if kind == "NODE":
            said = line.split()
            if len(said) != 4:
                said = [line[:10].strip(), *(line[at : at + 20].strip() for at in (10, 30, 50))]
            self._facts.nodes += 1
            self._places.add(said[0], *(text or b"0" for text in said[1:4]))
        elif kind in _ELEMENTS:
            self._row += 1
            mesh = self.cards.mesh(f"{kind.lower()} elements", part)
            mesh.add(zlib.crc32(b" ".join(line.split()[1:])))
            is_more = bool((self._row - 1) % _ROWS.get(kind, 1))
            mesh.count -= is_more
            self._facts.elements += not is_more
        else:
            super()._take_row(line)
            if len(self._lines) < ROWS_READ:
                self._lines.append(decode(line))

    def _close(self) -> None:
        block, lines = self._block, self._lines
        self._block, self._lines = "", []
        if not block:
            return
        words = block.split("/")
        numbers = [word for word in words[1:] if word.isdigit()]
        name = "/" + "/".join(word for word in words if not word.isdigit())
        group = _GROUPS.get(words[0], OTHER)
        engine = f"engine {self._engine} " if self._engine else ""
        rows: list[Row] = [[value_from(text) for text in line.split()] for line in lines]
        if words[0] in _TITLED and lines:
            rows[0] = [words_from(lines[0])]
        if group == SET and len(rows) > 1:
            said = [repr(value).encode("utf-8", "replace") for row in rows[1:] for value in row]
            rows = [rows[0], members(len(said), sum(map(zlib.crc32, said)))]
        self.cards.add(name, f"{engine}{' '.join(numbers)}".strip(), rows, group)
