"""LS-DYNA's messages: a line with stars and a number, the lines below it say what is wrong.

Thousands of them differ only in the number of a node. Of one message number the first texts are kept as they
are printed, the further ones together, with # for their numbers.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from workers.parsers.ls_dyna.facts import bounded
from workers.parsers.messages import TEXT_LENGTH, Messages
from workers.parsers.report import Severity

#  *** Warning 30131 (INI+131)
#  *** Error 10246 (KEY+246)
# *** Error ***  no number: before R7
_HEAD = re.compile(
    r"\*{3} *(FATAL ERROR|SEVERE ERROR|WARNING|ERROR)\b[ :*]*(\d{1,9})?(?: *(\([A-Z]\w{0,9}\+\d{1,9}\)))?(.*)",
    re.IGNORECASE,
)
NUMBERS = bytes.maketrans(b"0123456789", b"#" * 10)

_ENDED_BY = {"expanding", "contracting", "allocating", "BEGIN", "Iteration:", "N", "E", "T", "S"}
"""First words of lines that follow a message without a blank line (`S t o r a g e   a l l o c a t i o n`)."""

_LINES = 12
_APART = 20
"""Texts of one message number that are kept as they are."""
_CODES = 100


@dataclass
class Block:
    """A message whose lines may still go on."""

    severity: Severity
    code: str | None
    line: int
    lines: list[str]

    @classmethod
    def begun_by(cls, text: str, number: int) -> Self | None:
        """The message that the line begins, if it does."""
        found = _HEAD.match(text)
        if found is None:
            return None
        word, code, phase, rest = found.groups()
        severity: Severity = "warning" if word.upper() == "WARNING" else "error"
        code = f"{code} {phase}" if code and phase else code
        rest = rest.strip(" *:")
        return cls(severity, code, number, [bounded(rest, TEXT_LENGTH)] if rest else [])

    def takes(self, text: str) -> bool:
        """Takes the line if the message goes on with it."""
        lines, first = self.lines, text.partition(" ")[0]
        if first in _ENDED_BY or text.startswith("***") or len(lines) >= _LINES:
            return False
        if first == "Message" and text.endswith("times"):
            return False  # Message 30059 (INI+59) exceeds 50 times
        room = TEXT_LENGTH - sum(map(len, lines))
        if room > 1:
            lines.append(bounded(text, room))
        return True

    def text(self) -> str:
        return " ".join(one for one in self.lines if one.strip("-"))[:TEXT_LENGTH]


@lru_cache(maxsize=512)
def _folded(text: bytes) -> str:
    while b"##" in text:
        text = text.replace(b"##", b"#")
    return text.decode("utf-8", "surrogatepass")


class _Counted(Messages):
    """Messages of which many of a kind are counted at once."""

    def repeat(self, severity: Severity, code: str, text: str, times: int) -> None:
        """As `add`, so many times, of a message that has been added."""
        self._counts[severity] += times
        known = self._kept.get((severity, code, text))
        if known:
            known.count += times


class Folded:
    """Messages of one log, those of a number folded together when there are many."""

    def __init__(
        self, state: dict[str, Any] | None = None, messages: "_Counted | None" = None
    ) -> None:
        state = state or {}
        self._apart: dict[str, int] = dict(state.get("apart", {}))
        self.messages = messages or _Counted(state.get("messages"))

    def afresh(self) -> "Folded":
        """For a further run in the same log."""
        return Folded(None, self.messages.afresh())

    @property
    def state(self) -> dict[str, Any]:
        return {"apart": dict(self._apart), "messages": self.messages.state}

    def folds(self, code: str | None) -> bool:
        """Whether further texts of this number are folded."""
        return self._seen(code) >= _APART

    def repeat(self, severity: Severity, code: str, numberless: bytes, times: int) -> None:
        """Counts further messages; of the folded text of one was added, `numberless` is its text with # for digits."""
        self.messages.repeat(severity, code, _folded(b" ".join(numberless.split())), times)

    def add(self, severity: Severity, code: str | None, text: str, line: int) -> None:
        seen = self._seen(code)
        if seen >= _APART:
            # node 1 (rigidwall 1) init. penetration= 3.9500E+01: node # (rigidwall #) init. penetration= #.#E+#
            text = _folded(text.encode("utf-8", "surrogatepass").translate(NUMBERS))
        else:
            self._apart[code or ""] = seen + 1
        self.messages.add(severity, code, text, line)

    def _seen(self, code: str | None) -> int:
        return self._apart.get(code or "", _APART if len(self._apart) >= _CODES else 0)
