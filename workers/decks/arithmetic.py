"""The value of an expression over parameters, as decks write them: `dtPreStr*2./3.`, `2*sqrt(a)`."""

import math
import re
from collections.abc import Callable, Mapping

from workers.parsers.text import fortran_float

LONGEST = 200
"""Characters of an expression that is worked out; also bounds how deep it can nest."""
DEEPEST = 20

_TOKEN = re.compile(r"\s*((?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?|[A-Za-z_]\w*|\*\*|[-+*/^(),])")
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "atan2": math.atan2,
    "min": min,
    "max": max,
    "int": math.trunc,
    "nint": round,
    "float": float,
}


class _NoValueError(Exception):
    """The text is no expression whose value can be known."""


def value_of(text: str, parameters: Mapping[str, float]) -> float | None:
    """The value, with parameters by lower-case name; None for what is no expression or has no finite value."""
    plain = fortran_float(text)
    if plain is not None:
        return plain if math.isfinite(plain) else None
    if len(text) > LONGEST:
        return None
    try:
        value = _Expression(text, parameters).value()
        return value if math.isfinite(value) else None
    except (_NoValueError, ArithmeticError, ValueError, TypeError):
        return None


def positive(number: float | None) -> float | None:
    """The number, where it is one above zero and not infinite."""
    return number if number is not None and 0 < number < math.inf else None


class _Expression:
    def __init__(self, text: str, parameters: Mapping[str, float]) -> None:
        self._parameters = parameters
        self._tokens: list[str] = []
        self._depth = 0
        at, text = 0, text.strip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if not found:
                raise _NoValueError
            self._tokens.append(found[1])
            at = found.end()
        self._tokens.reverse()

    def value(self) -> float:
        value = self._sum()
        if self._tokens:
            raise _NoValueError
        return value

    def _next(self, *expected: str) -> str:
        """The next token when it is one of these, else none."""
        return self._tokens.pop() if self._tokens and self._tokens[-1] in expected else ""

    def _sum(self) -> float:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _NoValueError
        value = self._product()
        while sign := self._next("+", "-"):
            term = self._product()
            value = value + term if sign == "+" else value - term
        self._depth -= 1
        return value

    def _product(self) -> float:
        value = self._signed()
        while sign := self._next("*", "/"):
            factor = self._signed()
            value = value * factor if sign == "*" else value / factor
        return value

    def _signed(self) -> float:
        signs = 0
        while sign := self._next("+", "-"):
            signs += sign == "-"
        value = self._power()
        return -value if signs % 2 else value

    def _power(self) -> float:
        value = self._atom()
        if self._next("**", "^"):
            value = math.pow(value, self._signed())
        return value

    def _atom(self) -> float:
        if self._next("("):
            value = self._sum()
            self._close()
            return value
        token = self._tokens.pop() if self._tokens else ""
        number = fortran_float(token)
        if number is not None:
            return number
        name = token.lower()
        if name in _FUNCTIONS and self._next("("):
            arguments = [self._sum()]
            while self._next(","):
                arguments.append(self._sum())
            self._close()
            return float(_FUNCTIONS[name](*arguments))
        if name not in self._parameters:
            raise _NoValueError
        return self._parameters[name]

    def _close(self) -> None:
        if not self._next(")"):
            raise _NoValueError
