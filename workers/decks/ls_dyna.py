"""LS-DYNA decks (.k .key .dyn), as the keyword manual describes them (R7 to R15).

`*` begins a keyword, `$` in column 1 a comment; cards have columns of 10 (20 with LONG) or commas. *END ends a
file. Includes are looked for in the run's folder, then in those of *INCLUDE_PATH; parameters are `&name`.
"""

import re
from typing import ClassVar

from workers.decks.arithmetic import value_of
from workers.decks.facts import DeckFacts, Opener, Stream
from workers.decks.ls_dyna_cards import CONTROLS, cards_of, fields
from workers.decks.reader import DeckReader, first_line
from workers.parsers.text import decode

ENCRYPTED = b"-----BEGIN PGP"
PATHS_KEPT = 50
NAME_KEPT = 1000
"""Characters of a file name that goes on, after which it does so no more."""
PARAMETERS_KEPT = 10_000

# *KEYWORD   *KEYWORD MEMORY=200M NCPU=8   *KEYWORD_ID   *CONTROL_TERMINATION   *INCLUDE_TRANSFORM   *PART_INERTIA
_FIRST_KEYWORD = re.compile(
    rb"\*(?:KEYWORD(?:_\w+)?\b|TITLE[ \t]*$|(?:CONTROL|DATABASE|INCLUDE|PARAMETER|DEFINE|MAT|SECTION|ELEMENT|SET"
    rb"|CONTACT|LOAD|BOUNDARY|INITIAL|CONSTRAINED|AIRBAG|RIGIDWALL|PART|NODE|INTERFACE|MODULE|COMMENT)_)"
    rb"|\*(?:NODE|PART|INCLUDE)[ \t]*[%+-]?[ \t]*$",
    re.IGNORECASE,
)
_ANY_LS_DYNA = re.compile(rb"^\*[A-Z0-9]+_[A-Z0-9_-]+|^\*KEYWORD", re.MULTILINE | re.IGNORECASE)
_WORDS = {
    "USER_INTERFACE": "calls a user subroutine",
    "USER_LOADING": "calls a user subroutine",
    "MAT_USER_DEFINED": "calls a user material",
    "MAT_THERMAL_USER_DEFINED": "calls a user material",
    "EOS_USER_DEFINED": "calls a user equation of state",
    "MODULE_LOAD": "loads a shared library",
    "MODULE_PATH": "loads shared libraries",
}
_FILE_LAST = (
    "INCLUDE_BINARY",
    "INCLUDE_STAMPED",
    "INCLUDE_NASTRAN",
    "INCLUDE_COMPENSATION",
    "INCLUDE_UNITCELL",
)
"""Only the first card names a file, and that is not pasted in as it stands."""


class LsDynaDeck(DeckReader):
    """Reader of LS-DYNA keyword decks."""

    solver: ClassVar[str] = "ls-dyna"
    endings: ClassVar[tuple[str, ...]] = (".k", ".key", ".dyn")
    levels: ClassVar[int] = 50

    @staticmethod
    def claims(head: bytes) -> bool:
        first = first_line(head, b"$", indented=False)
        return _FIRST_KEYWORD.match(first) is not None and _ANY_LS_DYNA.search(head) is not None

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self._parameters: dict[str, float] = {}
        self._paths: list[str] = []
        self._keyword = ""
        self._card = 0
        """Cards since the keyword."""
        self._name = ""
        """The begin of a file name that goes on."""
        self._file_width = self._width = 10
        """Columns of a field, and of one under the keyword that is read."""
        self._suffix = ""
        """`+` long, `-` standard, `%` integers of ten columns where those of eight are usual."""
        self._left: list[tuple[str, int]] = []
        """Keyword and card at which each file that is open was left for an include."""

    def facts(self) -> DeckFacts:
        for line in self._sources:
            if len(self._left) >= self._sources.depth:
                self._keyword, self._card = self._left[self._sources.depth - 1]
                del self._left[self._sources.depth - 1 :]
            if line.startswith(b"*"):
                self._take_keyword(line)
            elif not line.startswith(b"$") and self._keyword:
                self._take_card(line)
        return self._facts

    def _take_keyword(self, line: bytes) -> None:
        self._card, self._name = 0, ""
        words = decode(line[1:]).upper().split()
        keyword = words[0].rstrip("%+-") if words else ""
        suffix = "".join(words[:2])[len(keyword) :][:1]  # *NODE +   *NODE%
        self._suffix = suffix if suffix in ("+", "-", "%") else ""
        self._width = {"+": 20, "-": 10}.get(self._suffix, self._file_width)
        self._keyword = keyword
        if keyword == "END":
            self._keyword = ""
            self._sources.leave()
        elif keyword.startswith("KEYWORD"):
            self._take_options(words)
        for start, does in _WORDS.items():
            if keyword.startswith(start):
                self._facts.note(f"*{keyword} {does}")

    def _take_options(self, words: list[str]) -> None:
        """*KEYWORD MEMORY=200M NCPU=8 LONG=Y"""
        for name, _, value in (word.partition("=") for word in words[1:]):
            if name == "LONG":
                self._file_width = 20 if value in ("Y", "K") else 10
            if value:
                self._facts.control(name, value)

    def _take_card(self, line: bytes) -> None:
        keyword = self._keyword
        self._card += 1
        if line.startswith(ENCRYPTED):
            self._facts.note("holds encrypted blocks, which only LS-DYNA reads")
            self._keyword = ""
        elif keyword == "NODE" or keyword.startswith("NODE_SCALAR"):
            self._facts.nodes += 1 + self._sources.rows(b"*", b"$", ENCRYPTED)
        elif keyword.startswith("ELEMENT_"):
            width = 20 if self._width == 20 else 10 if self._suffix == "%" else 8
            cards = cards_of(keyword, line, width)
            rows = 1 + self._sources.rows(b"*", b"$", ENCRYPTED)
            self._facts.elements += rows // cards if cards else 0
        elif keyword.startswith("INCLUDE"):
            self._take_include(keyword, line)
        elif keyword.startswith("PARAMETER"):
            self._take_parameter(keyword, line)
        elif keyword == "TITLE" and self._card == 1:
            self._facts.entitle(decode(line))
        elif keyword in CONTROLS and self._card == 1:
            self._take_control(keyword, line)

    def _take_control(self, keyword: str, line: bytes) -> None:
        width = self._width
        for name, field in zip(CONTROLS[keyword], fields(line, width), strict=False):
            self._facts.control(name, self._value(decode(field)))
        end = self._facts.controls.get("ENDTIM")
        if keyword == "CONTROL_TERMINATION" and isinstance(end, int | float):
            self._facts.end_at(float(end))

    def _value(self, text: str) -> str | float | None:
        """Text, with the values of `&name`, `-&name` and `<expression>` put in; None for 0, which leaves it to LS-DYNA."""
        value = value_of(text.strip("<>").replace("&", ""), self._parameters)
        if value == 0:
            return None
        return value if value is not None and "&" in text else text

    def _take_parameter(self, keyword: str, line: bytes) -> None:
        """`R     tEnd       5.0`: pairs of a type letter with a name, and a value; an expression has the line."""
        parts = fields(line, self._width)
        if "EXPRESSION" in keyword:
            begin, _, rest = (
                line.partition(b",") if b"," in line[:12] else (line[:10], b"", line[10:])
            )
            pairs = [(begin.strip(), rest.strip())]
        else:
            pairs = list(zip(parts[::2], parts[1::2], strict=False))
        for raw, text in pairs:
            kind, name = raw[:1].upper(), decode(raw[1:]).strip().lower()
            value = value_of(decode(text).replace("&", ""), self._parameters)
            if value is None or kind not in (b"R", b"I"):
                continue
            if len(self._parameters) < PARAMETERS_KEPT:
                self._parameters[name] = float(int(value)) if kind == b"I" else value

    def _take_include(self, keyword: str, line: bytes) -> None:
        text = line.strip().decode("utf-8", "surrogateescape")
        if text.endswith(" +") and len(self._name) < NAME_KEPT:
            self._name += text[:-2].rstrip()
            self._card -= 1
            return
        name, self._name = self._name + text, ""
        if not name:
            return
        if keyword.startswith("INCLUDE_PATH"):
            if len(self._paths) < PATHS_KEPT:
                self._paths.append(name)
            return
        if keyword != "INCLUDE" and self._card > 1:
            return  # offsets and movement of *INCLUDE_TRANSFORM and the like
        folders = ["", *self._paths, self._sources.folder]
        depth = self._sources.depth
        self._sources.include(name, folders, follow=not keyword.startswith(_FILE_LAST))
        if self._sources.depth > depth:
            self._left.append((keyword, self._card))
            self._keyword = ""
