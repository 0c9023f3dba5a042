"""The line at the head of Abaqus' files, and the dates in it and in the .log."""

import re
from datetime import datetime
from typing import NamedTuple

#  Abaqus/Standard 6.14-2                  DATE 15-Mar-2017 TIME 17:36:33              (.sta, 6.14)
# Abaqus/Explicit 2022                             DATE 29-Mar-2024  TIME 15:09:59     (.sta, 2022)
#    Abaqus Student Edition 2021                 Date 09-Mar-2022   Time 22:38:18      (.msg, .dat)
#    ABAQUS VERSION 6.4-1            DATE 12-MAR-2004    TIME 12:12:12    PAGE    1    (6.4)
_BANNER = re.compile(
    r"[ 1]{0,8}abaqus(?:/([a-z]{1,20}))?(?: version)? +(\S.{0,60}?) {2,}date +"
    r"(\d{1,2}-[^ ]{1,20}) +time +(\d{1,2}:\d\d:\d\d)\b",
    re.IGNORECASE,
)
_BANNER_IN_HEAD = re.compile(
    rb"^[ 1]{0,8}abaqus(/[a-z]{1,20})?(?: version)? +\S.{0,60}? {2,}date +"
    rb"\d{1,2}-[^ \n]{1,20} +time +\d",
    re.IGNORECASE | re.MULTILINE,
)

# Months as the C library's languages shorten them; a letter is enough where no other month has it.
_MONTHS = (
    (1, ("jan", "gen", "ene", "sty", "oca")),
    (2, ("feb", "fev", "fév", "lut", "şub", "sub")),
    (3, ("mar", "mrz", "mär", "maa", "mrt")),
    (4, ("apr", "avr", "abr", "kwi", "nis")),
    (5, ("mai", "may", "mei", "mag", "maj")),
    (6, ("jun", "juin", "giu", "cze", "haz")),
    (7, ("jul", "juil", "lug", "lip", "tem")),
    (8, ("aug", "aoû", "aou", "ago", "sie", "ağu", "agu")),
    (9, ("sep", "set", "wrz", "eyl")),
    (10, ("oct", "okt", "ott", "out", "paź", "paz", "eki")),
    (11, ("nov", "lis", "kas")),
    (12, ("dec", "dez", "déc", "dic", "des", "gru", "ara")),
)

# 2019-03-20 10:49:40 AM      2024/3/29 15:09:57
_YEAR_FIRST = re.compile(r"(\d{4})[-/.] ?(\d{1,2})[-/.] ?(\d{1,2})\.?\s+(.+)")
# 3/15/2017 4:10:58 PM        29.03.2024 15:09:57         11/20/21 11:54:29
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d\d)\s+(.+)")
# Fri Mar 29 15:09:57 2024
_UNIX = re.compile(
    r"[A-Za-z]{3} ([A-Za-z]{3}) +(\d{1,2}) (\d{1,2}:\d\d:\d\d)(?: [A-Z]{2,5})? (\d{4})"
)
# Thu 25 Jan 2018 07:27:17 PM EST
_DAY_FIRST = re.compile(r"\S{2,5} +(\d{1,2})\.? +([^\W\d]{3,9})\.? +(\d{4}),? +(.+)")
# 2023-01-01 오후 8:52:43     2024/1/3 下午 11:32:29      (before noon and after noon; in a Windows code page too)
_FORENOON = ("오전", "上午", "午前", "¿ÀÀü", "ÉÏÎç")
_AFTERNOON = ("오후", "下午", "午後", "¿ÀÈÄ", "ÏÂÎç")
_TIME = re.compile(
    rf"(?:({'|'.join(_FORENOON + _AFTERNOON)}) ?)?"
    r"(\d{1,2}):(\d\d):(\d\d)(?: ?([AaPp])\.?[Mm]\.?)?(?: [A-Z]{2,5})?\s*"
)
_DIGITS = re.compile(r"[0-9]{1,2}")


class Banner(NamedTuple):
    product: str | None
    """"standard", "explicit"; None where the file is of both."""
    version: str
    started_at: str | None


def banner(line: str) -> Banner | None:
    """What the line says if it is the head of a file or of a page."""
    found = _BANNER.match(line)
    if found is None:
        return None
    product, version, date, time = found.groups()
    return Banner(product and product.lower(), version, _dashed(date, time))


def products(head: bytes) -> list[bytes | None]:
    """The product of each banner in the head: b"/Standard", or None for one of .msg and .dat."""
    return [found[1] for found in _BANNER_IN_HEAD.finditer(head)]


def clock(line: str) -> str | None:
    """ISO 8601 of a line that holds a date and nothing else, in any of the forms the .log has."""
    text = line.strip()
    if not 14 <= len(text) <= 40 or ":" not in text:
        return None
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day, time = found.groups()
        return _iso(year, int(month), day, time)
    if found := _YEAR_LAST.fullmatch(text):
        first, mark, second, year, time = found.groups()
        # The month comes first in America, which writes AM and PM, unless it cannot be one.
        # So does the C library's own form, which alone shortens the year.
        short = len(year) == 2
        american = mark == "/" and (short or time.strip()[-1:] in "mM") and int(first) <= 12
        year = "20" + year if short else year
        month, day = (first, second) if american or int(second) > 12 else (second, first)
        return _iso(year, int(month), day, time)
    if found := _UNIX.fullmatch(text):
        name, day, time, year = found.groups()
        return _iso(year, _month(name), day, time)
    if found := _DAY_FIRST.fullmatch(text):
        day, name, year, time = found.groups()
        return _iso(year, _month(name), day, time)
    return None


def seconds_between(earlier: str, later: str) -> float:
    """Seconds from one ISO 8601 time to another."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def _dashed(date: str, time: str) -> str | None:
    """ISO 8601 of `15-Mar-2017`, or of `10-8-2023` as some languages have it."""
    parts = date.split("-")
    if len(parts) != 3:
        return None
    day, month, year = parts
    # 7月 is 7ÔÂ where the code page of the machine was not kept.
    digits = _DIGITS.match(month)
    return _iso(year, int(digits[0]) if digits else _month(month), day, time)


def _month(name: str) -> int | None:
    lower = name.lower()
    return next((number for number, starts in _MONTHS if lower.startswith(starts)), None)


def _iso(year: str, month: int | None, day: str, time: str) -> str | None:
    found = _TIME.fullmatch(time)
    if found is None or month is None or not (year.isdigit() and day.isdigit()):
        return None
    half = "p" if found[1] in _AFTERNOON else "a" if found[1] else (found[5] or "").lower()
    hour, minute, second = (int(found[at]) for at in (2, 3, 4))
    hour = hour % 12 + 12 * (half == "p") if half else hour
    try:
        return datetime(int(year), month, int(day), hour, minute, second).isoformat()
    except ValueError:
        return None
