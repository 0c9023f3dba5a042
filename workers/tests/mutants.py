"""Logs as a bad disk, a bad share, a bad printer or bad luck would leave them."""

import re

_NUMBER = re.compile(rb"\d+(?:\.\d*)?(?:[eEdD][+-]?\d+)?")
_NUMBERS = [
    *(
        b"9" * 400,
        b"9" * 5000,
        b"1e999",
        b"-1e-999",
        b"nan",
        b"NaN",
        b"inf",
        b"-Infinity",
        b"*******",
        b"-0",
    ),
    *(b"1.234-101", b"99999999999999999999", b"0x1F", b"1d400", b"", b"-1", b"1_000", b"\xc2\xb2"),
]
_TEXTS = [
    *(
        b"\n",
        b"\r",
        b"\r\n",
        b"\0" * 40,
        b"\xff\xfe",
        b"\x85",
        b"\x0c",
        b"\xe2\x80\xa8",
        b"\x1b[2J",
    ),
    *(
        b"*" * 300,
        b" " * 3000,
        b"=" * 200,
        b'"' * 500,
        b"(" * 200,
        b"9" * 9000,
        b"\xf0\x9f\x92\xa9",
    ),
    b"slurmstepd: error: *** JOB 1 ON n1 CANCELLED AT 2022-04-14T16:17:16 DUE TO TIME LIMIT ***",
    b"Segmentation fault (core dumped)\n",
]


def mutant(chance, data, others):
    """The log with some harm done, or much; `others` are logs to mix in."""
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        data = chance.choice(_HARMS)(chance, data, others)
    return data[:40_000]


def window(chance, data, size):
    """The head of a log and a later part of it, so that much of a long one is seen in few bytes."""
    if len(data) <= size:
        return data
    head = chance.choice((300, 1500, size // 2))
    start = chance.randrange(len(data) - size + head)
    start = data.rfind(b"\n", 0, start) + 1
    return data[:head] + data[start : start + size - head]


def _flip(chance, data, others):
    flipped = bytearray(data)
    for _ in range(chance.choice((1, 5, 50))):
        if flipped:
            flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


def _cut_lines(chance, data, others):
    lines = data.splitlines(keepends=True)
    for _ in range(chance.choice((1, 3, 20))):
        if lines:
            at = chance.randrange(len(lines))
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
    return b"".join(lines)


def _cut_short(chance, data, others):
    return data[: chance.randrange(len(data) + 1)]


def _cut_head(chance, data, others):
    return data[chance.randrange(len(data) + 1) :]


def _double(chance, data, others):
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    start = chance.randrange(len(lines))
    block = lines[start : start + chance.choice((1, 5, 40))]
    at = chance.randrange(len(lines) + 1)
    return b"".join([*lines[:at], *block * chance.choice((1, 2, 20)), *lines[at:]])


def _shuffle(chance, data, others):
    lines = data.splitlines(keepends=True)
    start = chance.randrange(len(lines) + 1)
    part = lines[start : start + 30]
    chance.shuffle(part)
    return b"".join([*lines[:start], *part, *lines[start + 30 :]])


def _rubbish(chance, data, others):
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.choice((1, 20, 3000))) + data[at:]


def _text(chance, data, others):
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(_TEXTS) + data[at:]


def _number(chance, data, others):
    found = list(_NUMBER.finditer(data))
    for one in sorted(chance.sample(found, min(len(found), 6)), key=lambda m: -m.start()):
        data = data[: one.start()] + chance.choice(_NUMBERS) + data[one.end() :]
    return data


def _recode(chance, data, others):
    text = data.decode("latin-1")
    return text.encode(chance.choice(("utf-16", "utf-16-le", "utf-8-sig", "utf-8")))


def _crlf(chance, data, others):
    return data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n", b"", b" ")))


def _mix(chance, data, others):
    other = window(chance, chance.choice(others), 2000)
    at = chance.randrange(len(data) + 1)
    return data[:at] + other + data[at:]


def _case(chance, data, others):
    return chance.choice((data.upper, data.lower, data.swapcase))()


_HARMS = (
    *(_flip, _flip, _cut_lines, _cut_lines, _cut_short, _cut_head, _double, _double, _shuffle),
    *(_rubbish, _text, _text, _number, _number, _recode, _crlf, _mix, _case),
)
