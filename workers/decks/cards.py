"""The sum of a deck, small enough to keep: its cards with their values, the mesh as counts and fingerprints.

Shape of `Cards.to_json`: `cards` are [keyword, id, rows of values], `groups` the meaning of each keyword, `fields` the
names of its values, `meshes` [kind, part, count, fingerprint]; numbers are numbers, so that 1.0 is 1. and 1e0.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from typing import Any

from workers.decks.facts import DeckFacts
from workers.parsers.text import fortran_float

VERSION = 1
"""Of what is read and how; decks that an earlier one read are read again."""
CARDS_KEPT = 20_000
ROWS_KEPT = 60
"""Of one card; of a longer one the first rows, and a fingerprint of all."""
VALUES_KEPT = 400_000
ROWS_READ = 100_000
"""Of one keyword, before the rest is dropped; meshes are none of these."""
TEXT_KEPT = 200
PARAMETERS_KEPT = 5000
MESHES_KEPT = 5000
MASK = (1 << 64) - 1

MATERIAL, SECTION, CONTACT, LOAD = "material", "section", "contact", "load"
CONTROL, OUTPUT, CURVE, SET, OTHER = "control", "output", "curve", "set", "other"

Value = str | float | int
Row = list[Value]


def value_from(text: str) -> Value:
    """A field as it is compared: a number where it is one, else its words in capitals."""
    number = fortran_float(text)
    if number is not None and math.isfinite(number):
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    return words_from(text).upper()


def words_from(text: str) -> str:
    """Text whose case counts, without doubled blanks and what a database refuses."""
    shown = " ".join(text.split()).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return shown.replace("\0", "\ufffd")[:TEXT_KEPT]


def members(count: int, total: int) -> Row:
    """A set by its size and a fingerprint that the order of its members does not change."""
    words = "1 member" if count == 1 else f"{count} members"
    return [f"{words} ({total & 0xFFFFFFFF:08x})"]


class Mesh:
    """Nodes or elements of one part: their number, and a fingerprint that their order does not change."""

    def __init__(self) -> None:
        self.count = 0
        self.sum = 0

    def add(self, fingerprint: int) -> None:
        self.count += 1
        self.sum = (self.sum + fingerprint) & MASK


class Cards:
    """What a reader has found so far; bounded, whatever the deck holds."""

    def __init__(self, solver: str, *, ordered: bool = False) -> None:
        self.solver = solver
        self.ordered = ordered
        """Whether the order of cards means something; ids hold the place where only parts of it do."""
        self.parameters: dict[str, Value] = {}
        self._cards: list[tuple[str, str, list[Row]]] = []
        self._groups: dict[str, str] = {}
        self._fields: dict[str, list[list[str]]] = {}
        self._left_out: dict[str, int] = {}
        self._values = 0
        self._meshes: dict[tuple[str, str], Mesh] = {}
        self._low: list[float] = []
        self._high: list[float] = []

    def add(
        self,
        keyword: str,
        ident: str,
        rows: Sequence[Row],
        group: str = OTHER,
        fields: Sequence[Sequence[str]] = (),
    ) -> None:
        """Keeps a card; `fields` are the names of its values, row by row, the last row's for all that follow."""
        keyword, ident = words_from(keyword), words_from(ident)
        kept = [_trimmed(row) for row in rows]
        if len(kept) > ROWS_KEPT:
            kept = [*kept[:ROWS_KEPT], [f"{len(kept)} rows", fingerprint(kept)]]
        size = sum(map(len, kept)) + 1
        if len(self._cards) >= CARDS_KEPT or self._values + size > VALUES_KEPT:
            self._left_out[keyword] = self._left_out.get(keyword, 0) + 1
            return
        self._values += size
        self._cards.append((keyword, ident, kept))
        self._groups.setdefault(keyword, group)
        if fields:
            self._fields.setdefault(keyword, [list(names) for names in fields])

    def parameter(self, name: str, value: Value) -> None:
        if name in self.parameters or len(self.parameters) < PARAMETERS_KEPT:
            self.parameters[words_from(name)] = value

    def mesh(self, kind: str, part: str = "") -> Mesh:
        """The nodes, or the elements of a part; those of parts beyond the first thousands are counted as one."""
        key = (kind, words_from(part))
        found = self._meshes.get(key)
        if found is None:
            if len(self._meshes) >= MESHES_KEPT:
                key = (kind, "*")
            found = self._meshes.setdefault(key, Mesh())
        return found

    def stretch(self, points: Sequence[tuple[float, ...]]) -> None:
        """Takes places of nodes into the box around the model."""
        for axis, along in enumerate(zip(*points, strict=False)):
            if axis == len(self._low):
                self._low.append(math.inf)
                self._high.append(-math.inf)
            self._low[axis] = min(self._low[axis], *along)
            self._high[axis] = max(self._high[axis], *along)

    def to_json(self, facts: DeckFacts) -> dict[str, Any]:
        """What is kept of the deck; `facts` are those of the same reading."""
        return {
            "solver": self.solver,
            "ordered": self.ordered,
            "parameters": self.parameters,
            "groups": self._groups,
            "fields": self._fields,
            "cards": self._cards,
            "left_out": self._left_out,
            "meshes": [
                [kind, part, mesh.count, f"{mesh.sum:016x}"]
                for (kind, part), mesh in sorted(self._meshes.items())
            ],
            "box": [float(f"{side:.6g}") for side in (*self._low, *self._high)],
            "includes": [[words_from(each.name), each.state] for each in facts.includes],
        }


def fingerprint(rows: Iterable[Row]) -> str:
    text = "\n".join("\t".join(map(repr, row)) for row in rows)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _trimmed(row: Row) -> Row:
    """Without the empty values at its end."""
    end = len(row)
    while end and row[end - 1] == "":
        end -= 1
    return row[:end]
