"""Regular expressions from a data file: refused where a line could take them long, and asked only where they can fit.

Python's `re` tries again where it guessed wrong, so a careless pattern takes exponential time on an unlucky line.
Here a pattern is taken apart before it is used. What may run long (a repeat within a repeat, a look around, a
reference back) is refused, and the steps that are left at worst are bounded from the pattern alone.
"""

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

LINE_LENGTH = 1000
"""Characters of a line that a pattern sees."""
PATTERN_LENGTH = 500
STEPS = 10_000_000
"""What a pattern may take on the worst line of that length: a blink, on any line of any log."""
COPIES = 40
"""`{n}` of something longer than a character stands for up to so many copies of it."""

_ALL = frozenset(range(257))
"""Latin-1, and one for every other character."""
_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}


class PatternError(ValueError):
    """A pattern that is no regular expression, or one that may take long; says what to write instead."""


@dataclass(frozen=True)
class _Piece:
    """Characters at one place of the pattern."""

    characters: frozenset[int]
    loops: bool = False
    needed: bool = True
    choices: int = 1


def compile_safely(text: str) -> re.Pattern[str]:
    """The pattern, to be searched in lines of up to `LINE_LENGTH` characters."""
    if len(text) > PATTERN_LENGTH:
        raise PatternError(f"longer than {PATTERN_LENGTH} characters; split it into two patterns")
    try:
        compiled = re.compile(text)
        tree = parser.parse(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(f"no regular expression: {error}") from error
    if compiled.flags & (re.VERBOSE | re.MULTILINE | re.DOTALL):
        raise PatternError("(?x), (?m) and (?s) are not taken; a pattern sees one line")
    pieces = _pieces(tree)
    anchored = _anchored(tree)
    if _steps(pieces, anchored) > STEPS:
        raise PatternError(
            "may take very long on an unlucky line; begin it with ^, use \\S+ or [^,]+ in the place of .*"
            " and .+, and write fewer parts that may be left out"
        )
    return compiled


@functools.cache
def needed_words(compiled: re.Pattern[str]) -> str:
    """The longest text that stands in every line which the pattern fits; "" where it tells none."""
    if compiled.flags & re.IGNORECASE:
        return ""
    runs = [""]
    _collect(parser.parse(compiled.pattern), runs)
    return max(runs, key=len)


def _collect(items: Iterable[Any], runs: list[str]) -> None:
    for kind, value in items:
        name = str(kind)
        if name == "LITERAL":
            runs[-1] += chr(value)
        elif name == "SUBPATTERN" and not value[1] & re.IGNORECASE:
            _collect(value[3], runs)
        elif name != "AT":
            runs.append("")


def _anchored(tree: Sequence[Any]) -> bool:
    first = tree[0] if len(tree) else None
    return first is not None and str(first[0]) == "AT" and str(first[1]).startswith("AT_BEGINNING")


def _pieces(items: Iterable[Any]) -> list[_Piece]:
    pieces: list[_Piece] = []
    for kind, value in items:
        name = str(kind)
        if name == "AT":
            continue
        if name == "SUBPATTERN":
            pieces += _pieces(value[3])
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            pieces += _repeated(*value)
        elif name == "BRANCH":
            pieces += _branched(value[1])
        elif (characters := _characters(name, value)) is not None:
            pieces.append(_Piece(characters))
        else:
            raise PatternError(
                "looks around, back references and conditions are not taken;"
                " name the groups and write out what stands between them"
            )
        if len(pieces) > 20 * PATTERN_LENGTH:
            raise PatternError("counts too far; write + in the place of {…}")
    return pieces


def _repeated(least: int, most: int, body: Sequence[Any]) -> list[_Piece]:
    inner = _pieces(body)
    if len(inner) == 1 and not inner[0].loops and inner[0].needed and inner[0].choices == 1:
        if most == 1 or least == most <= COPIES:
            return [_Piece(inner[0].characters, False, least > 0, 2 - (least > 0))] * most
        # One piece that may be there, one that must, so that a+ keeps what it needs.
        must = [_Piece(inner[0].characters)] if least else []
        return [*must, _Piece(inner[0].characters, True, False)]
    if most > COPIES:
        raise PatternError(
            "a repeat within a repeat, as in (a+b)*; write a table, or one group for each value"
        )
    optional = [_Piece(p.characters, p.loops, False, p.choices) for p in inner]
    mark = _Piece(frozenset(), False, False, most - least + 1)
    return inner * least + optional * (most - least) + [mark]


def _branched(branches: Sequence[Any]) -> list[_Piece]:
    """The ways one after another, each left out or not, and the character that one of them begins with."""
    ways = [_pieces(branch) for branch in branches]
    firsts = [way[0].characters if way and way[0].needed else _ALL for way in ways]
    apart = sum(map(len, firsts)) == len(frozenset().union(*firsts))
    pieces = [_Piece(p.characters, p.loops, False, p.choices) for way in ways for p in way]
    certain = all(way and way[0].needed for way in ways)
    return [
        _Piece(frozenset().union(*firsts), False, certain, 1 if apart else len(ways)),
        *pieces,
    ]


def _characters(name: str, value: Any) -> frozenset[int] | None:
    if name == "LITERAL":
        return frozenset([min(value, 256)])
    if name == "NOT_LITERAL":
        return _ALL - ({value} if value < 256 else set())
    if name == "ANY":
        return _ALL
    if name == "RANGE":
        return frozenset(range(min(value[0], 256), min(value[1], 256) + 1))
    if name == "CATEGORY":
        sort = re.compile(_CATEGORIES[str(value)])
        # One more for all the characters beyond Latin-1: some of them may be of any sort.
        return frozenset([*(c for c in range(256) if sort.match(chr(c))), 256])
    if name == "IN":
        parts = [(str(kind), inner) for kind, inner in value]
        sets = [_characters(*part) or frozenset() for part in parts if part[0] != "NEGATE"]
        union = frozenset().union(*sets)
        return (_ALL - union) | {256} if parts[0][0] == "NEGATE" else union
    return None


def _steps(pieces: Sequence[_Piece], anchored: bool) -> int:
    """Steps at worst: a factor of the line's length for each repeat whose end is a guess, and for the start."""
    steps = 1 if anchored else LINE_LENGTH
    for piece in pieces:
        steps *= piece.choices
    for _ in range(_guesses(pieces)):
        steps *= LINE_LENGTH
    return steps


def _guesses(pieces: Sequence[_Piece]) -> int:
    """Repeats that one after the other may take the same characters, the longest such chain."""
    longest: dict[int, int] = {}
    for at, piece in enumerate(pieces):
        if not piece.loops:
            continue
        longest[at] = 1
        for before in longest:
            if before < at and _may_share(pieces, before, at):
                longest[at] = max(longest[at], longest[before] + 1)
    return max(longest.values(), default=0)


def _may_share(pieces: Sequence[_Piece], first: int, second: int) -> bool:
    """Whether the first repeat may end in several places from which the second one goes on."""
    taken = pieces[first].characters
    return bool(taken & pieces[second].characters) and not any(
        one.needed and one.characters and not one.characters & taken & set(range(256))
        for one in pieces[first + 1 : second + 1]
    )
