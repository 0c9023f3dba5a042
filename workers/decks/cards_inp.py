"""The cards of Abaqus and CalculiX decks; their steps come one after another, so what is in one is known by its number."""

import zlib

from workers.decks.arithmetic import value_of
from workers.decks.calculix_elements import nodes_of
from workers.decks.cards import ROWS_READ, SET, Cards, Row, Value, members, value_from, words_from
from workers.decks.cards_inp_fields import (
    FIELDS,
    NAMED_BY,
    OF_INTERACTION,
    OF_MATERIAL,
    ONE_A_ROW,
    group_of,
)
from workers.decks.facts import DeckFacts, Opener, Stream
from workers.decks.keywords import ElementRows, parameters
from workers.decks.nodeplaces import NodePlaces
from workers.decks.sources import Sources
from workers.parsers.text import decode

_LONGEST_LINE = 2000


class _InpCards:
    solver = ""
    levels = 9
    goes_on = False
    """Whether a keyword line goes on after a comma at its end."""

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        self.cards = Cards(self.solver)
        self._facts = DeckFacts(self.solver)
        self._sources = Sources(deck, open_include, self._facts, self.levels)
        self._places = NodePlaces(self.cards)
        self._keyword = ""
        self._given: dict[str, str] = {}
        self._rows: list[Row] = []
        self._members = self._sum = 0
        """Of a set: how many, and a fingerprint that their order does not change."""
        self._elements = ElementRows(None)
        self._material = self._interaction = self._part = ""
        self._step = 0
        self._in_step = False
        self._parameters: dict[str, float] = {}

    def facts(self) -> DeckFacts:
        begun = ""
        for raw in self._sources:
            line = raw.strip()
            if line.startswith(b"**") or not line:
                continue
            if begun or line.startswith(b"*"):
                text = begun + line.decode("utf-8", "surrogateescape")
                begun = text if self._is_begun(text) else ""
                if not begun:
                    self._take_keyword(text)
            else:
                self._take_data(line)
        self._close()
        self._places.close()
        return self._facts

    def _is_begun(self, text: str) -> bool:
        return self.goes_on and text.endswith(",") and len(text) < _LONGEST_LINE

    def _take_keyword(self, text: str) -> None:
        name, _, rest = text[1:].partition(",")
        keyword = "".join(name.split()).upper()
        given = parameters(rest)
        file = given.get("INPUT", "").strip("\"'")
        if keyword == "INCLUDE":
            self._sources.include(file)
            return
        self._close()
        self._keyword, self._given = keyword, given
        self._rows, self._members, self._sum = [], 0, 0
        if keyword == "ELEMENT":
            self._elements = ElementRows(nodes_of(given.get("TYPE", "")))
        elif keyword == "MATERIAL":
            self._material = given.get("NAME", "").upper()
        elif keyword == "SURFACEINTERACTION":
            self._interaction = given.get("NAME", "").upper()
        elif keyword == "STEP":
            self._step, self._in_step = self._step + 1, True
        elif keyword == "ENDSTEP":
            self._in_step = False
        elif keyword in ("PART", "INSTANCE"):
            self._part = given.get("NAME", "").upper()
        elif keyword in ("ENDPART", "ENDINSTANCE"):
            self._part = ""
        if file and keyword in (
            "NODE",
            "ELEMENT",
            "NSET",
            "ELSET",
            "AMPLITUDE",
            "PLASTIC",
            "CLOAD",
        ):
            self._sources.include(file)

    def _take_data(self, line: bytes) -> None:
        keyword = self._keyword
        if keyword == "NODE":
            said = [part.strip() for part in line.split(b",")][:4]
            places = [part or b"0" for part in said[1:]]
            self._places.add(said[0], *places, *[b"0"] * (3 - len(places)))
        elif keyword == "ELEMENT":
            self._take_element(line)
        elif keyword in ("NSET", "ELSET") and "GENERATE" not in self._given:
            for member in line.split(b","):
                if member := member.strip().upper():
                    self._members += 1
                    self._sum += zlib.crc32(member)
        elif keyword == "PARAMETER":
            self._take_parameter(decode(line))
        elif keyword == "HEADING":
            self._rows = self._rows or [[words_from(decode(line))]]
        elif len(self._rows) < ROWS_READ:
            self._rows.append([self._value(text) for text in decode(line).split(",")])

    def _take_element(self, line: bytes) -> None:
        is_new = self._elements.is_new(line)
        part = self._given.get("ELSET", "").upper() or self._part
        kind = words_from(self._given.get("TYPE", "")).upper()
        mesh = self.cards.mesh(f"{kind} elements", part)
        entries = b",".join(line.replace(b" ", b"").split(b",")[is_new:])
        mesh.add(zlib.crc32(entries))
        mesh.count -= not is_new

    def _take_parameter(self, line: str) -> None:
        name, equals, text = line.partition("=")
        value = value_of(text.partition("#")[0], self._parameters)
        name = name.strip().lower()
        if equals and value is not None:
            self._parameters[name] = value
            self.cards.parameter(name, value_from(repr(value)))
        elif equals:
            self.cards.parameter(name, words_from(text))

    def _value(self, text: str) -> Value:
        text = text.strip()
        if text.startswith("<") and text.endswith(">"):
            worked = value_of(text.strip("<>").lower(), self._parameters)
            return value_from(text if worked is None else repr(worked))
        return value_from(text)

    def _close(self) -> None:
        """Makes cards of the keyword and the rows below it."""
        keyword, self._keyword = self._keyword, ""
        if not keyword or keyword in ("NODE", "ELEMENT", "PARAMETER") or keyword.startswith("END"):
            return
        given = {name: value for name, value in self._given.items() if name != "INPUT"}
        place = f"step {self._step}" if self._in_step else ""
        named = next((given.pop(name) for name in NAMED_BY if name in given), "").upper()
        if keyword in OF_MATERIAL and not place:
            place = self._material
        elif keyword in OF_INTERACTION and not place:
            place = self._interaction
        elif self._part and keyword not in ("PART", "INSTANCE"):
            place = f"{self._part} {place}".strip()
        options: Row = [
            f"{name}={value_from(value)}" for name, value in sorted(given.items()) if name != "YES"
        ]
        group, shown = group_of(keyword), f"*{keyword}"
        fields = FIELDS.get(keyword, ())
        if keyword in ONE_A_ROW and self._rows:
            for row in self._rows:
                ident = " ".join(map(str, [place, *row[:1], *row[1:2]])).strip()
                self.cards.add(shown, ident, [options, row], group, fields)
            return
        rows = self._rows
        if group == SET and self._members:
            rows = [members(self._members, self._sum)]
        if keyword in ("CONTACTPAIR", "TIE") and rows:
            named = f"{named} {' '.join(map(str, rows[0][:2]))}".strip()
        ident = f"{named} {place}".strip() if place != named else named
        self.cards.add(shown, ident, [options, *rows], group, fields)


class CalculixCards(_InpCards):
    """Of CalculiX: blanks count nowhere on keyword lines."""

    solver = "calculix"

    def _take_keyword(self, text: str) -> None:
        super()._take_keyword("".join(text.split()))


class AbaqusCards(_InpCards):
    """Of Abaqus: keyword lines go on after a comma."""

    solver = "abaqus"
    levels = 5
    goes_on = True
