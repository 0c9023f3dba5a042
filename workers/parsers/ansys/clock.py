"""Dates and times of day as MAPDL prints them."""

import math
import re

from workers.parsers.text import duration_s

DAY_S = 86400.0
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

# 13:44:03  JUN 01, 2022
_NAMED = re.compile(r"(\d\d):(\d\d):(\d\d) +([A-Z]{3}) (\d\d), (\d{4})")
# 13:44:04    06/01/2022       (month first)
_NUMBERED = re.compile(r"(\d\d)/(\d\d)/(\d{4})")


def named_date(text: str) -> str | None:
    """ISO 8601 of `13:44:03  JUN 01, 2022` anywhere in the text."""
    found = _NAMED.search(text)
    if found is None or found[4] not in _MONTHS:
        return None
    month = _MONTHS.index(found[4]) + 1
    return f"{found[6]}-{month:02}-{found[5]}T{found[1]}:{found[2]}:{found[3]}"


def numbered_date(date: str, clock: str) -> str | None:
    """ISO 8601 of `06/01/2022` and `13:44:04`."""
    found = _NUMBERED.fullmatch(date)
    if found is None:
        return None
    month, day = found[1], found[2]
    if int(month) > 12 >= int(day):
        month, day = day, month
    return f"{found[3]}-{month}-{day}T{clock}"


def since(first: float, clock: str, last: float) -> float | None:
    """Seconds from the first time of day to this one, which is not before `last` seconds."""
    now = duration_s(clock)
    if now is None or not math.isfinite(now):
        return None
    passed = (now - first) % DAY_S + (last // DAY_S) * DAY_S
    return passed if passed >= last else passed + DAY_S
