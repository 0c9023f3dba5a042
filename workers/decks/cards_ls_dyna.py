"""The cards of LS-DYNA decks."""

import zlib

from workers.decks.arithmetic import value_of
from workers.decks.cards import (
    OUTPUT,
    ROWS_READ,
    SET,
    Cards,
    Row,
    Value,
    members,
    value_from,
    words_from,
)
from workers.decks.cards_ls_dyna_fields import ONE_A_ROW, WITH_ID, group_of, names_of, plain_name
from workers.decks.facts import DeckFacts, Opener, Stream
from workers.decks.ls_dyna import ENCRYPTED, LsDynaDeck
from workers.decks.ls_dyna_cards import cards_of, fields
from workers.decks.nodeplaces import NodePlaces
from workers.parsers.text import decode

_NOT_CARDS = ("KEYWORD", "END", "COMMENT", "INCLUDE", "PARAMETER")


class LsDynaCards(LsDynaDeck):
    """Reads what its base reads, and all cards beside it."""

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self.cards = Cards(self.solver)
        self._places = NodePlaces(self.cards)
        self._block = ""
        """The keyword whose rows are gathered."""
        self._titled = False
        self._lines: list[tuple[bytes, int]] = []
        """Its rows with the columns of their fields."""
        self._element_cards = 0
        self._row = 0

    def facts(self) -> DeckFacts:
        facts = super().facts()
        self._close()
        self._places.close()
        for name, value in self._parameters.items():
            self.cards.parameter(name, value_from(repr(value)))
        return facts

    def _take_keyword(self, line: bytes) -> None:
        self._close()
        super()._take_keyword(line)
        keyword = self._keyword
        self._row = self._element_cards = 0
        if keyword.startswith("KEYWORD"):
            options: Row = [words_from(word).upper() for word in decode(line).split()[1:]]
            if options:
                self.cards.add("*KEYWORD", "", [options], group_of("KEYWORD"))
        if keyword and not keyword.startswith((*_NOT_CARDS, "NODE", "ELEMENT_")):
            self._block = keyword
            self._titled = keyword.endswith(("_TITLE", "_ID")) and keyword != "TITLE"

    def _take_card(self, line: bytes) -> None:
        keyword = self._keyword
        if line.startswith(ENCRYPTED):
            self._close()
        if keyword == "NODE":
            self._card += 1
            self._facts.nodes += 1
            self._take_node(line)
        elif keyword.startswith("ELEMENT_"):
            self._card += 1
            self._take_element(keyword, line)
        else:
            super()._take_card(line)
            if self._block and len(self._lines) < ROWS_READ:
                is_curve = keyword.startswith("DEFINE_CURVE") and self._card > 1 + self._titled
                self._lines.append((line, 20 if is_curve else self._width))

    def _take_node(self, line: bytes) -> None:
        if b"," in line:
            said = (line.split(b",") + [b"0"] * 3)[:4]
            self._places.add(said[0].strip(), *(part.strip() or b"0" for part in said[1:]))
        elif self._width == 20:
            self._places.add(
                line[:20].strip(), *(line[at : at + 20].strip() or b"0" for at in (20, 40, 60))
            )
        else:
            cut = 10 if self._suffix == "%" else 8
            self._places.add(
                line[:cut].strip(),
                *(line[at : at + 16].strip() or b"0" for at in (cut, cut + 16, cut + 32)),
            )

    def _take_element(self, keyword: str, line: bytes) -> None:
        """Of a part, which is the second field of an element's first card."""
        width = 20 if self._width == 20 else 10 if self._suffix == "%" else 8
        if self._row == 0:
            self._element_cards = cards_of(keyword, line, width)
        at, self._row = self._row, self._row + 1
        if not self._element_cards:
            return
        if at % self._element_cards == 0:
            said = line.split(b",") if b"," in line else [line[:width], line[width : 2 * width]]
            part = said[1].strip().decode("latin-1") if len(said) > 1 else ""
            kind = keyword.split("_")[1].lower()
            rest = b" ".join(line.replace(b",", b" ").split()[1:])
            self.cards.mesh(f"{kind} elements", part).add(zlib.crc32(rest))
            self._facts.elements += 1

    def _close(self) -> None:
        """Makes cards of the rows that were gathered."""
        keyword, lines = self._block, self._lines
        self._block, self._lines = "", []
        if not keyword or (not lines and not keyword.startswith("CONTACT")):
            return
        name = plain_name(keyword)
        heading: Row = []
        first = ""
        if self._titled and lines:
            text = decode(lines.pop(0)[0])
            if keyword.endswith("_ID"):
                first, text = text[:10].strip(), text[10:]
            heading = [words_from(text)]
        rows = [self._values(line, width) for line, width in lines]
        if name == "TITLE":
            self.cards.add(
                "*TITLE", "", [[words_from(decode(line))] for line, _ in lines[:1]], OUTPUT
            )
        elif name == "PART":
            for at in range(0, len(lines) - 1, 2):
                title: Row = [words_from(decode(lines[at][0]))]
                self._add(name, [title, rows[at + 1]], rows[at + 1], "")
        elif name.startswith(ONE_A_ROW):
            for row in rows:
                self._add(name, [row], row, first)
        elif name == "SECTION_SHELL" and len(rows) % 2 == 0:
            for at in range(0, len(rows), 2):
                self._add(name, rows[at : at + 2], rows[at], first)
        else:
            self._add(name, rows, rows[0] if rows else [], first, heading)

    def _add(
        self, name: str, rows: list[Row], head: Row, first: str, heading: Row | None = None
    ) -> None:
        has_id = name.partition("_")[0] in WITH_ID or name.startswith(ONE_A_ROW)
        ident = first or (str(head[0]) if has_id and head else "")
        group = group_of(name)
        if group == SET and len(rows) > 1:
            said = {repr(value).encode() for row in rows[1:] for value in row if value != ""}
            rows = [rows[0], members(len(said), sum(map(zlib.crc32, said)))]
        self.cards.add(f"*{name}", ident, rows, group, names_of(name))
        if heading and heading[0]:
            self.cards.add(f"*{name} title", ident, [heading], group)

    def _values(self, line: bytes, width: int) -> Row:
        return [self._field(decode(field)) for field in fields(line, width)]

    def _field(self, text: str) -> Value:
        """0 and nothing are both what LS-DYNA takes for its default."""
        if "&" in text or text.startswith("<"):
            worked = value_of(text.strip("<>").replace("&", "").lower(), self._parameters)
            text = text if worked is None else repr(worked)
        value = value_from(text)
        return "" if value == 0 else value
