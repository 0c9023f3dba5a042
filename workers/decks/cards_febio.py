"""The cards of FEBio models: the text of each tag by its path, the mesh counted."""

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
    Cards,
    Row,
    value_from,
    words_from,
)
from workers.decks.facts import DeckFacts, Opener, Stream
from workers.decks.febio import FebioDeck, _File
from workers.decks.nodeplaces import NodePlaces
from workers.parsers.text import fortran_float

_PARTS = {
    **dict.fromkeys(("Material",), MATERIAL),
    **dict.fromkeys(("MeshDomains", "Globals", "Rigid"), SECTION),
    **dict.fromkeys(("Contact", "Discrete"), CONTACT),
    **dict.fromkeys(("Boundary", "Loads", "Constraints", "Initial", "MeshAdaptor"), LOAD),
    **dict.fromkeys(("Control", "Module", "Step"), CONTROL),
    **dict.fromkeys(("LoadData",), CURVE),
    **dict.fromkeys(("Output",), OUTPUT),
}
_MESHED = frozenset(("node", "elem", "n", "e", "tri3", "quad4", "quad8", "tri6", "tri7"))


class FebioCards(FebioDeck):
    """Each tag's text by the path of tags above it; nodes and elements are counted."""

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self.cards = Cards(self.solver)
        self._places = NodePlaces(self.cards)
        self._path: list[str] = []
        self._part = ""

    def facts(self) -> DeckFacts:
        facts = super().facts()
        self._places.close()
        return facts

    def take_file(self) -> None:
        _EachText(self, self._sources).parse()

    def take_start(self, tag: str, parent: str, attributes: dict[str, str], line: int) -> None:
        super().take_start(tag, parent, attributes, line)
        if tag == "Elements":
            self._part = attributes.get("name") or attributes.get("mat") or ""
        name = attributes.get("name") or attributes.get("id") or attributes.get("lc") or ""
        self._path.append(f"{tag} {name}".strip() if tag not in _MESHED else tag)
        rest = {key: text for key, text in attributes.items() if key not in ("name", "id")}
        if rest and tag not in _MESHED:
            row: Row = [f"{key}={value_from(text)}" for key, text in sorted(rest.items())]
            self._keep([row], "attributes of ")

    def take_value(self, tag: str, text: str) -> None:
        """The text between a tag's begin and end, where it has any."""
        if tag == "node":
            said = [part.strip().encode("ascii", "replace") for part in text.split(",")]
            self._places.add(b"", *said)
        elif tag == "elem":
            joined = "".join(text.split()).encode("utf-8", "replace")
            self.cards.mesh("elements", self._part).add(zlib.crc32(joined))
        elif tag not in _MESHED and text.strip():
            parts = [part for part in re.split(r"[\s,]+", text.strip()) if part]
            if all(fortran_float(part) is not None for part in parts):
                self._keep([[value_from(part) for part in parts]])
            else:
                self._keep([[words_from(text)]])

    def take_end(self, tag: str) -> None:
        super().take_end(tag)
        if self._path:
            self._path.pop()

    def _keep(self, rows: list[Row], what: str = "") -> None:
        parts = self._path[1:] or self._path
        group = _PARTS.get(parts[0].partition(" ")[0], OTHER) if parts else OTHER
        self.cards.add(parts[0] if parts else "", what + "/".join(parts[1:]), rows, group)


class _EachText(_File):
    """Asks for the text of every tag."""

    _reading: FebioCards

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        super()._start(tag, attributes)
        self._text = ""
        self._parser.CharacterDataHandler = self._take_text

    def _end(self, tag: str) -> None:
        self._reading.take_value(tag, self._text)
        super()._end(tag)
        self._text = ""
