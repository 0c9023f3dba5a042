"""Dates as LS-DYNA prints them: month, day, year, whatever the locale of the machine."""

import re
from datetime import datetime
from functools import lru_cache

# 08/05/24 13:45:17 (behind messages)     08/05/2024 13:44:59 (start and end)
_STAMP = re.compile(r"(\d\d)/(\d\d)/(\d{4}|\d\d) +(\d\d):(\d\d):(\d\d)")
_BEGIN = datetime(2000, 1, 1)


def clock_s(stamp: str) -> float | None:
    """Seconds since the year 2000 of a stamp behind a message; None for no such moment."""
    day, _, clock = stamp.partition(" ")
    midnight = _midnight(day)
    hours, minutes, rest = int(clock[:2]), int(clock[3:5]), int(clock[6:])
    if midnight is None or hours > 23 or minutes > 59 or rest > 59:
        return None
    return midnight + hours * 3600 + minutes * 60 + rest


@lru_cache(maxsize=64)
def hour_s(stamp: bytes) -> float | None:
    """Seconds since the year 2000 of a day and an hour, `08/05/24 13`; None for no such moment."""
    return clock_s(f"{stamp.decode()}:00:00")


@lru_cache(maxsize=8)
def _midnight(day: str) -> float | None:
    at = moment(f"{day} 00:00:00")
    return None if at is None else seconds(at)


def moment(text: str) -> datetime | None:
    """The moment of the first stamp in the text; None where there is none or no such day."""
    found = _STAMP.search(text)
    if not found:
        return None
    month, day, year, hour, minute, second = map(int, found.groups())
    try:
        # Years of two digits: the first LS-DYNA is of 1976.
        full = year if year > 99 else year + (1900 if year > 75 else 2000)
        return datetime(full, month, day, hour, minute, second)
    except ValueError:
        return None


def seconds(at: datetime) -> float:
    """Seconds since the year 2000."""
    return (at - _BEGIN).total_seconds()
