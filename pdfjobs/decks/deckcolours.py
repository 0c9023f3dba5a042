"""Colours of a deck's text, line by line, by a few small rules for each solver.

A rule looks at one line only, so that any part of a deck can be shown without what stands above it.
"""

import re
from collections.abc import Callable

Piece = tuple[str, str]
"""Class ("comment", "keyword", "parameter", "number", "text" or "") and text."""

_NUMBER = r"(?P<number>(?<![\w.+-])[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+|[+-]\d+)?(?![\w.]))"
_STRING = r"(?P<text>\"[^\"]*\"|'[^']*')"
_PARAMETER = r"(?P<parameter>\b[A-Za-z_][\w .-]*(?==))"

_BY_STARS = (
    rf"(?P<comment>^\s*\*\*.*)|(?P<keyword>^\s*\*[^,*]+)|(?<=,)\s*{_PARAMETER}|{_STRING}|{_NUMBER}"
)
_BY_CARDS = rf"(?P<comment>\$.*)|(?P<keyword>^(?:INCLUDE|BEGIN BULK|ENDDATA|CEND|[A-Za-z][A-Za-z0-9]{{0,7}}\*?(?=[\s,=(]|$)))|{_STRING}|{_NUMBER}"
_BY_EQUALS = rf"(?P<parameter>^\s*[A-Za-z_][\w ().:-]*?(?=\s*=))|{_STRING}|{_NUMBER}"
_RULES = {
    "abaqus": _BY_STARS,
    "calculix": _BY_STARS,
    "ls-dyna": rf"(?P<comment>^\$.*)|(?P<keyword>^\*\w.*)|{_NUMBER}",
    "nastran": _BY_CARDS,
    "optistruct": _BY_CARDS,
    "radioss": rf"(?P<comment>^(?:#|\$).*)|(?P<keyword>^/[A-Za-z]\S*)|{_NUMBER}",
    "pam-crash": rf"(?P<comment>^(?:\$|#).*)|(?P<keyword>^[A-Z][A-Z0-9_ ]*/)|{_NUMBER}",
    "openfoam": (
        r"(?P<comment>//.*|/\*.*?(?:\*/|$)|^\s*(?:\\\*|\||\*).*)|(?P<keyword>^\s*#\w+|^\s*\"?[A-Za-z][\w.:()|*\"]*(?=\s*$|\s))"
        rf"|{_STRING}|{_NUMBER}"
    ),
    "su2": rf"(?P<comment>%.*)|(?P<keyword>^\s*[A-Z_0-9]+(?=\s*=))|{_STRING}|{_NUMBER}",
    "marc": rf"(?P<comment>^\$.*)|(?P<keyword>^[a-zA-Z][a-zA-Z _]*)|{_NUMBER}",
    "permas": rf"(?P<comment>!.*)|(?P<keyword>^\s*\$\S+)|{_PARAMETER}|{_NUMBER}",
    "febio": r"(?P<comment><!--.*?(?:-->|$))|(?P<keyword></?[A-Za-z][\w.-]*|/?>)|(?P<parameter>\b[\w-]+(?==\"))"
    rf"|{_STRING}|{_NUMBER}",
    "ansys": rf"(?P<comment>!.*)|(?P<keyword>^\s*[*/~]?[A-Za-z]\w*(?=,|\s|$))|{_STRING}|{_NUMBER}",
    "elmer": rf"(?P<comment>!.*)|(?P<keyword>^\s*(?:Header|Simulation|Constants|Body|Solver|Equation|Material|Initial Condition|Boundary Condition|Body Force|Component|End)\b(?:\s+\d+)?)|{_BY_EQUALS}",
    "code_aster": rf"(?P<comment>#.*)|{_STRING}|(?P<keyword>\b[A-Z][A-Z0-9_]*(?=\s*\())|(?P<parameter>\b[A-Z][A-Z0-9_]*(?=\s*=))|{_NUMBER}",
    "fluent": rf"(?P<comment>^\s*;.*)|(?P<keyword>^\s*/?[a-z][\w/-]*)|{_STRING}|{_NUMBER}",
    "cfx": rf"(?P<comment>#.*)|(?P<keyword>^\s*(?:[A-Z][A-Z &]+:|END\b))|{_BY_EQUALS}",
}
"""One expression for each solver; the name of the group that is found is the colour."""
_COMPILED = {solver: re.compile(rule) for solver, rule in _RULES.items()}
LONGEST = 2000
"""Characters of a row that are coloured; the rest stays plain."""


def colours(solver: str) -> Callable[[str], list[Piece]] | None:
    """What cuts a line of this solver's decks into coloured pieces; None for a solver without rules."""
    rule = _COMPILED.get(solver)
    if rule is None:
        return None

    def cut(text: str) -> list[Piece]:
        pieces: list[Piece] = []
        at = 0
        for found in rule.finditer(text, 0, LONGEST):
            begin, end = found.span(found.lastgroup or 0)
            if end == begin:
                continue
            if begin > at:
                pieces.append(("", text[at:begin]))
            pieces.append((found.lastgroup or "", text[begin:end]))
            at = end
        if at < len(text) or not pieces:
            pieces.append(("", text[at:]))
        return pieces

    return cut
