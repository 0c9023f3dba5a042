"""What two decks do differently, from their sums alone: parameters, cards by their meaning, the mesh by its counts.

Numbers are compared as numbers; cards by keyword and id, whatever their order, where the solver ignores that. Pure.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Literal

from pdfjobs.decks.meshdiff import MeshChange, mesh_changes

GROUPS = ("control", "material", "section", "contact", "load", "curve", "set", "output", "other")
"""In the order in which they are shown."""
CHANGES_KEPT = 200
"""Of one group."""
VALUES_KEPT = 24
"""Of one card."""
LINES_COMPARED = 4000
"""Cards of a script, whose order counts, that are laid side by side."""

Card = tuple[str, str, list[list[Any]]]
Kind = Literal["changed", "added", "removed"]


@dataclass(frozen=True)
class Value:
    """A value before and after; None where it is not there."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """What became of a card."""

    kind: Kind
    keyword: str
    ident: str
    values: list[Value]
    more: int = 0
    """Values that are not shown."""


@dataclass
class Group:
    """Changes of one meaning."""

    name: str
    changes: list[Change] = field(default_factory=list)
    count: int = 0

    @property
    def more(self) -> int:
        return self.count - len(self.changes)


@dataclass(frozen=True)
class DeckDifference:
    """What changed from one deck to another."""

    parameters: list[Value]
    groups: list[Group]
    meshes: list[MeshChange]
    includes: list[Value]
    left_out: bool
    """A deck holds more cards than are kept, so that there may be more."""

    def __bool__(self) -> bool:
        return bool(self.parameters or self.groups or self.meshes or self.includes)

    @property
    def count(self) -> int:
        return len(self.parameters) + sum(group.count for group in self.groups) + len(self.includes)


def compare(before: dict[str, Any], after: dict[str, Any]) -> DeckDifference:
    """The difference of two sums as `workers/decks/cards.py` shapes them."""
    old, new = _cards(before), _cards(after)
    ordered = bool(before.get("ordered") and after.get("ordered"))
    pairs = _by_order(old, new) if ordered else _by_name(old, new)
    meaning = {**before.get("groups", {}), **after.get("groups", {})}
    names = {**before.get("fields", {}), **after.get("fields", {})}
    groups = {name: Group(name) for name in GROUPS}
    for was, now in pairs:
        keyword = (now or was or ("", "", []))[0]
        group = groups.get(meaning.get(keyword, "other"), groups["other"])
        group.count += 1
        if len(group.changes) < CHANGES_KEPT:
            group.changes.append(_change(was, now, names.get(keyword, [])))
    return DeckDifference(
        parameters=_differing(before.get("parameters", {}), after.get("parameters", {})),
        groups=[group for group in groups.values() if group.count],
        meshes=mesh_changes(before, after),
        includes=_includes(before, after),
        left_out=bool(before.get("left_out") or after.get("left_out")),
    )


def compare_facts(before: dict[str, Any], after: dict[str, Any]) -> list[Value]:
    """What deck readers say of both differently, for decks whose cards nobody reads."""
    names = ("title", "solver_version", "nodes", "elements", "step_count", "end_time")
    old = {name: before.get(name) for name in names} | (before.get("controls") or {})
    new = {name: after.get(name) for name in names} | (after.get("controls") or {})
    return _differing(old, new)


def _cards(summary: dict[str, Any]) -> list[Card]:
    return [
        (str(keyword), str(ident), _filled(rows))
        for keyword, ident, rows in summary.get("cards", [])
    ]


def _filled(rows: list[list[Any]]) -> list[list[Any]]:
    """Without the blanks behind the last value: a line left empty asks for the same as one left out."""
    shortened = [
        row[: max((k for k, each in enumerate(row, 1) if each != ""), default=0)] for row in rows
    ]
    return shortened[: max((k for k, row in enumerate(shortened, 1) if row), default=0)]


def _by_name(old: list[Card], new: list[Card]) -> list[tuple[Card | None, Card | None]]:
    """Cards that differ, paired by keyword and id; of several with the same ones those that are equal go first."""
    places: dict[tuple[str, str], tuple[list[Card], list[Card]]] = {}
    for side, cards in enumerate((old, new)):
        for card in cards:
            places.setdefault(card[:2], ([], []))[side].append(card)
    pairs: list[tuple[Card | None, Card | None]] = []
    for was, now in places.values():
        if len(was) != 1 or len(now) != 1:
            was, now = _without(was, now), _without(now, was)
        for at in range(max(len(was), len(now))):
            one = was[at] if at < len(was) else None
            other = now[at] if at < len(now) else None
            if one is None or other is None or one[2] != other[2]:
                pairs.append((one, other))
    return pairs


def _without(cards: list[Card], others: list[Card]) -> list[Card]:
    """Those that have no equal among the others."""
    there = Counter(_mark(card) for card in others)
    left = []
    for card in cards:
        mark = _mark(card)
        if there[mark]:
            there[mark] -= 1
        else:
            left.append(card)
    return left


def _mark(card: Card) -> str:
    return json.dumps([card[0], card[1], _equalised(card[2])])


def _equalised(rows: list[list[Any]]) -> list[list[Any]]:
    """1 and 1.0 are one number."""
    return [[float(each) if isinstance(each, int) else each for each in row] for row in rows]


def _by_order(old: list[Card], new: list[Card]) -> list[tuple[Card | None, Card | None]]:
    """As two versions of a script: what stands in the place of what."""
    old, new = old[:LINES_COMPARED], new[:LINES_COMPARED]
    matcher = SequenceMatcher(None, [_mark(each) for each in old], [_mark(each) for each in new])
    pairs: list[tuple[Card | None, Card | None]] = []
    for what, i, j, k, m in matcher.get_opcodes():
        if what == "equal":
            continue
        pairs += _by_name(old[i:j], new[k:m])
    return pairs


def _change(was: Card | None, now: Card | None, names: Sequence[Sequence[str]]) -> Change:
    keyword, ident, _ = now or was or ("", "", [])
    kind: Kind = "changed" if was and now else "added" if now else "removed"
    before = _named(was[2], names) if was else {}
    after = _named(now[2], names) if now else {}
    values = _differing(before, after)
    return Change(kind, keyword, ident, values[:VALUES_KEPT], max(0, len(values) - VALUES_KEPT))


def _named(rows: list[list[Any]], names: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Values by their names; `INC=100` has its own, one without a known name is called by its place."""
    found: dict[str, Any] = {}
    for row, values in enumerate(rows):
        its = names[min(row, len(names) - 1)] if names else ()
        for column, value in enumerate(values):
            if value == "":
                continue
            name, equals, text = str(value).partition("=")
            if equals and isinstance(value, str):
                value = text
            elif column < len(its) and its[column]:
                name = its[column]
            else:
                name = _place(row, column, rows)
            if name in found:
                name = f"{name} ({row + 1}.{column + 1})"
            found[name] = value
    return found


def _place(row: int, column: int, rows: list[list[Any]]) -> str:
    full = [at for at, each in enumerate(rows) if each]
    if len(full) == 1:
        return "" if len(rows[full[0]]) == 1 else str(column + 1)
    return f"{row + 1}.{column + 1}"


def _differing(before: dict[str, Any], after: dict[str, Any]) -> list[Value]:
    return [
        Value(name, before.get(name), after.get(name))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    ]


def _includes(before: dict[str, Any], after: dict[str, Any]) -> list[Value]:
    return _differing(dict(before.get("includes", ())), dict(after.get("includes", ())))
