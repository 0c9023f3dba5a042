"""Numbers, durations and lines as solvers print them.

Lines come from `Lines`, which any split of the bytes leaves unchanged and which stays small however
long a line is.
"""

import base64
import math
import re
from collections.abc import Iterator
from typing import Any

LINE_BYTES = 8192
"""Bytes of a line that are read; the rest of a longer one is dropped and counted in `Lines.cut`."""

# 1.5D-3   0.1E+01   1.234-101 (a three-digit exponent pushes the letter out)   .5   -3.   +7
_FORTRAN = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:[eEdDqQ]([+-]?\d+)|([+-]\d+))?")
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "infinity": math.inf}

_INTEGER_DIGITS = 18  # fits 64 bits; more is rubbish, and Python refuses to convert much of it

_CLOCK = re.compile(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")
_PART = re.compile(r"(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*([a-z]+)\.?,?", re.IGNORECASE)
_UNIT_S = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_UNIT_NAMES = {
    "d": ("d", "day", "days"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "s": ("s", "sec", "secs", "second", "seconds"),
    "ms": ("ms", "msec", "msecs"),
}
_SECONDS = {name: _UNIT_S[unit] for unit, names in _UNIT_NAMES.items() for name in names}


def fortran_float(text: str) -> float | None:
    """The number in a Fortran field; nan for one that overflowed (`****`), None for other text."""
    text = text.strip()
    matched = _FORTRAN.fullmatch(text)
    if matched:
        mantissa, letter_exponent, bare_exponent = matched.groups()
        return float(f"{mantissa}e{letter_exponent or bare_exponent or 0}")
    if text and not text.strip("*"):
        return math.nan
    sign = -1.0 if text.startswith("-") else 1.0
    value = _NOT_FINITE.get(text.lstrip("+-").lower())
    return None if value is None else sign * value


def integer(text: str) -> int | None:
    """The whole number in a field, None for other text (an overflowed `****` too)."""
    text = text.strip()
    digits = text[1:] if text[:1] in ("+", "-") else text
    sound = digits.isascii() and digits.isdigit() and len(digits) <= _INTEGER_DIGITS
    return int(text) if sound else None


def duration_s(text: str) -> float | None:
    """Seconds in `00:00:57`, `1-02:03:04`, `3 hrs 20 mins`, `61 sec` or `57.3`; None for other text."""
    text = text.strip()
    clock = _CLOCK.fullmatch(text)
    if clock:
        days, hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        return days * 86400 + hours * 3600 + minutes * 60 + seconds
    parts = _PART.findall(text)
    if parts and not _PART.sub("", text).strip():
        units = [_SECONDS.get(unit.lower()) for _, unit in parts]
        if None not in units:
            return sum(
                float(number) * (unit or 0) for (number, _), unit in zip(parts, units, strict=True)
            )
    return fortran_float(text)


def decode(raw: bytes) -> str:
    """The text of a line: UTF-8, or Latin-1 (which takes every byte) where it is not."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


class Lines:
    """Cuts a growing file into lines, without line ends and NUL bytes, numbered as `grep -n` does.

    A hole in the file (NUL bytes, as a full disk or NFS leave them) adds nothing to a line. A lone carriage
    return begins its line anew, as progress bars do: each text is handed out, all with the line's number.
    """

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {"number": 0, "cut": 0, "rest": ""}
        self.number: int = state["number"]
        """Lines that have ended so far."""
        self.cut: int = state["cut"]
        """Texts longer than `LINE_BYTES`."""
        self._rest = base64.b64decode(state["rest"])
        self._begun: bool = state.get("begun", False)
        """Whether the line that `_rest` belongs to has handed out a text."""

    @property
    def state(self) -> dict[str, Any]:
        # Base 64: any byte costs the same in JSON, so the bound holds for binary rubbish too.
        rest = base64.b64encode(self._rest).decode()
        state = {"number": self.number, "cut": self.cut, "rest": rest}
        return {**state, "begun": True} if self._begun else state

    def feed(self, chunk: bytes) -> Iterator[tuple[int, str]]:
        """The lines that the chunk completes, each with its 1-based number."""
        data = self._rest + (chunk.replace(b"\0", b"") if b"\0" in chunk else chunk)
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        if self._begun or b"\r" in data:
            return self._overwritten(data)
        body, newline, rest = data.rpartition(b"\n")
        self._keep(rest)
        return self._numbered(body) if newline else iter(())

    def finish(self) -> Iterator[tuple[int, str]]:
        """The kept last line, if any: the file ends without a newline."""
        rest, begun = self._rest, self._begun
        self._rest, self._begun = b"", False
        if rest:
            return self._numbered(rest)
        self.number += begun
        return iter(())

    def _keep(self, rest: bytes) -> None:
        # One byte more than is read tells a cut line from one that just fits.
        self._rest = rest[: LINE_BYTES + 1]

    def _numbered(self, body: bytes) -> Iterator[tuple[int, str]]:
        texts = self._texts(body)
        start = self.number + 1
        self.number += len(texts)
        return enumerate(texts, start)

    def _texts(self, body: bytes) -> list[str]:
        """The lines' texts, decoded all at once where they are plain."""
        if body.isascii():
            texts = body.decode("ascii").split("\n")
            if len(body) <= LINE_BYTES or len(max(texts, key=len)) <= LINE_BYTES:
                return texts
        return [*map(decode, self._cut(body.split(b"\n")))]

    def _cut(self, raw: list[bytes]) -> list[bytes]:
        self.cut += sum(len(text) > LINE_BYTES for text in raw)
        return [text if len(text) <= LINE_BYTES else _shortened(text) for text in raw]

    def _overwritten(self, data: bytes) -> Iterator[tuple[int, str]]:
        """As `feed`, where a carriage return may part a line into several texts."""
        numbers: list[int] = []
        raw: list[bytes] = []
        *ended, last = data.split(b"\n")
        for line in ended:
            texts = [text for text in line.split(b"\r") if text]
            if not texts and not self._begun:
                texts = [b""]
            self.number += 1
            self._begun = False
            numbers += [self.number] * len(texts)
            raw += texts
        *texts, rest = last.split(b"\r")
        texts = [text for text in texts if text]
        self._begun = self._begun or bool(texts)
        self._keep(rest)
        numbers += [self.number + 1] * len(texts)
        return zip(numbers, map(decode, self._cut(raw + texts)), strict=True)


def _shortened(text: bytes) -> bytes:
    """What is read of a long text; no half of a UTF-8 character, which would make Latin-1 of it all."""
    end = LINE_BYTES
    while end > LINE_BYTES - 4 and text[end] & 0xC0 == 0x80:
        end -= 1
    return text[:end]
