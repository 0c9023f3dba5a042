"""OpenFOAM dictionaries as flat entries: `solvers { p { tolerance 1e-6; } }` is `solvers.p.tolerance`.

Directives are handed to whom reads the deck; `$name` stands for an entry read before.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice

from workers.decks.arithmetic import value_of

ENTRIES_KEPT = 5000
VALUE_KEPT = 500
DEEPEST = 50

_SKIPPED = re.compile(r"(?:\s+|//[^\n]*|/\*.*?(?:\*/|\Z))+", re.DOTALL)
_STRING = re.compile(r'"(?:\\.|[^"\\])*"?', re.DOTALL)
_CODE = re.compile(r"#\{.*?(?:#\}|\Z)", re.DOTALL)
_WORD = re.compile(r'[^\s{}();"]+')
_REFERENCE = re.compile(r"\$\{?[:.^]*([A-Za-z_][\w.]*)\}?")

Directive = Callable[[str, str, int], None]
"""Takes a directive, e.g. "#include", the token after it, without quotes, and that one's line."""


def tokens(text: str) -> Iterator[tuple[str, int]]:
    """Words, strings with their quotes, and the signs `{ } ( ) ;`, each with its line; `div(phi,U)` is one word."""
    at, line = 0, 1
    while at < len(text):
        if found := _SKIPPED.match(text, at):
            end = found.end()
        elif text[at] in "{}();":
            end = at + 1
            yield text[at], line
        else:
            found = _STRING.match(text, at) or _CODE.match(text, at)
            end = found.end() if found else _end_of_word(text, at)
            yield text[at:end], line
        line += text.count("\n", at, end)
        at = end


def _end_of_word(text: str, at: int) -> int:
    """A word may hold parentheses as long as they close: `div((nuEff*dev2(T(grad(U)))))`."""
    depth = 0
    while at < len(text):
        if found := _WORD.match(text, at):
            at = found.end()
        elif text[at] == "(":
            depth += 1
            at += 1
        elif text[at] == ")" and depth:
            depth -= 1
            at += 1
        else:
            break
    return at


class Dictionary:
    """Entries by their path, in the order they were read; a later one of the same path stands."""

    def __init__(self, directive: Directive) -> None:
        self.entries: dict[str, str] = {}
        self._directive = directive
        self._path: list[str] = []

    def read(self, text: str) -> None:
        """Adds what a file says, at the place that an include stands."""
        depth = len(self._path)
        said: list[str] = []
        waiting: list[list[str]] = []
        source = tokens(text)
        for token, line in source:
            if token == "{" and said and said[-1] in ("#calc", "#eval"):  # nosec B105 # a sign, no secret
                said.append(" ".join(_until_closed(source)))
            elif token == "{":  # nosec B105 # a sign, no secret
                self._path.append(said[-1].strip('"') if said else "")
                waiting.append(said)
                said = []
            elif token == "}":  # nosec B105 # a sign, no secret
                if len(self._path) > depth:
                    self._path.pop()
                    inner = waiting.pop()
                    said = inner if "(" in inner else []
            elif token == ";":  # nosec B105 # a sign, no secret
                self._keep(said)
                said = []
            elif said and said[-1].startswith("#") and said[-1] not in ("#calc", "#eval"):
                self._directive(said.pop(), token.strip('"'), line)
            elif len(said) < 100:
                said.append(token)
            if len(self._path) - depth > DEEPEST:
                break
        del self._path[depth:]

    def _keep(self, said: list[str]) -> None:
        if not said:
            return
        name = ".".join([*self._path, said[0].strip('"')])[:VALUE_KEPT]
        value = " ".join(part for part in said[1:] if part)[:VALUE_KEPT]
        if said[0].startswith("$") and not value:
            return  # a block taken over; its entries stand under their own name
        if len(self.entries) < ENTRIES_KEPT or name in self.entries:
            self.entries[name] = self._worked_out(value)

    def _worked_out(self, value: str) -> str:
        """`$name`, and `#calc "$a*2"` where it is plain arithmetic."""
        if "$" in value and not value.startswith("#"):
            value = _REFERENCE.sub(self._looked_up, value)
        head, _, expression = value.partition(" ")
        if head in ("#calc", "#eval"):
            text = _REFERENCE.sub(self._looked_up, expression.strip('"#{} '))
            worked = value_of(text, {})
            return value if worked is None else f"{worked:.12g}"
        return value[:VALUE_KEPT]

    def _looked_up(self, found: re.Match[str]) -> str:
        near = self.entries.get(".".join([*self._path, found[1]]))
        return near or self.entries.get(found[1]) or found[0]


def _until_closed(source: Iterator[tuple[str, int]]) -> Iterator[str]:
    for token, _ in islice(source, 1000):
        if token == "}":  # nosec B105 # a sign, no secret
            return
        yield token
