"""Words and numbers that rules take out of a line, as names, dates and shares."""

import re
from datetime import datetime

from workers.parsers.series import SERIES
from workers.parsers.text import fortran_float

_NAME = re.compile(r"[^a-z0-9_/-]+")


def cells(text: str, separator: str | None) -> list[str]:
    """Columns of a table's line; None: parted by blanks."""
    parts = text.split(separator)
    return [part.strip().strip('"') for part in parts] if separator else parts


def filled(name: str, found: re.Match[str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda group: plain(found[group[1]] or ""), name)


def plain(text: str) -> str:
    return _NAME.sub("_", text.strip().lower()).strip("_")[:40] or "unnamed"


def is_series(name: str) -> bool:
    return name in SERIES or f"{name.partition('.')[0]}.*" in SERIES


def quick_float(text: str) -> float | None:
    """As `fortran_float`, without a pattern for what Python reads as C and Fortran do."""
    try:
        value = float(text)
    except ValueError:
        return fortran_float(text)
    return fortran_float(text) if value - value != 0 or "_" in text else value


def date(text: str, form: str | None) -> str | None:
    try:
        return datetime.strptime(" ".join(text.split()), form or "%Y-%m-%d %H:%M:%S").isoformat()
    except (ValueError, OverflowError):
        return None


def share(time: float | None, end_time: float | None) -> float | None:
    """Progress; None where one of them is unknown or no number."""
    if time is None or end_time is None or not end_time > 0 or time - time or end_time - end_time:
        return None
    return min(max(time / end_time, 0.0), 1.0)
