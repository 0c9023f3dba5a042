"""How Nastran's products name themselves: in a box of stars, in page headers, in the first lines of each file."""

import re
from typing import NamedTuple

from workers.parsers.text import integer

WIDEST = 250
"""Characters; pages have 132, and a line of thousands of blanks would keep these patterns busy for seconds."""
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

# * *      M S C   N a s t r a n      * *     * *       N X   N a s t r a n       * *       (spaced letters)
# * *     Simcenter Nastran 2020.1    * *                                       (2019 on; the box holds VERSION too)
#                                *  N A S T R A N                                  (NASTRAN-95)
_BOX = re.compile(r"\s*\*(?: \*)? +(\S.*?) *(?:\* ?\*)?\s*")
_SPACED = re.compile(r"(?:\S ){2,}\S")
_PRODUCT = re.compile(r"((?:[A-Z][\w.]*[. ])?N(?:astran|ASTRAN))(?: +(\d[\w.]*))?")
# * *     Version 2019.0.0-CL621679   * *       * *       VERSION - 1915.0004         * *
# * *       VERSION -  8.5 MP1        * *                                                 (NX)
_VERSION = re.compile(r"\s*\* \* +V(?:ersion|ERSION) *-? +(\S(?:.{0,38}?\S)?) +\* \*\s*")

# 1    OPTIMIZEWING                            OCTOBER  25, 2021  SIMCENTER NASTRAN  3/12/20   PAGE     3
_HEADER = re.compile(
    r"1(.*?) +([A-Z]{3})[A-Z]{0,6} +(\d{1,2}), +(\d{4}) +(\S.*?) +\d{1,2}/ ?\d{1,2}/ ?\d{2,4} +PAGE +\d+\s*"
)
# 1     TESTING                                /    95 SUN SOLARIS NASTRAN    / MAY 17, 95 / PAGE     5
_HEADER_95 = re.compile(
    r"1(.*?) */ +(\S.*?NASTRAN.*?) +/ +([A-Z]{3})[A-Z]{0,6} +(\d{1,2}), +(\d{2}) +/ PAGE +\d+\s*"
)

# MSC Nastran V2019.0 (Intel Windows 10 …) Control File:        Simcenter Nastran 2020.1 (…) Control File:
LOG_HEAD = re.compile(
    rb"^((?:[A-Z][\w.]*[. ])?N(?:astran|ASTRAN)) +(V?\d[^\s(]{0,40}) .{0,300}Control File: *\r?$",
    re.MULTILINE,
)
#  MACHINE                          MODEL                 OPERATING SYSTEM       MSC Nastran       BUILD DATE
#                       ===    M S C   N a s t r a n           E X E C U T I O N   S U M M A R Y    ===
_F04_HEAD = re.compile(
    rb"^ ?MACHINE {3,}MODEL {3,}OPERATING SYSTEM|E X E C U T I O N   S U M M A R Y"
    rb"|^ ?Day_Time +Elapsed +I/O",
    re.MULTILINE | re.IGNORECASE,
)
_F06_HEAD = re.compile(
    rb"^ *\* \* +(?:\S(?: \S)* {1,3})?N a s t r a n +\* \*|^ *\* \* +\w+ Nastran +\d\S* +\* \*"
    rb"|^ *\* \* +[A-Z .]*N A S T R A N +\* \*|^ +\*  N A S T R A N *\r?$"
    rb"|^1.*NASTRAN +\d{1,2}/ ?\d{1,2}/ ?\d{2,4} +PAGE +\d+|^1.* NASTRAN +/ [A-Z]{3} \d+, \d\d / PAGE",
    re.MULTILINE | re.IGNORECASE,
)


def claims_log(head: bytes) -> bool:
    return LOG_HEAD.search(head.replace(b"\0", b"")) is not None


def claims_f04(head: bytes) -> bool:
    return not claims_log(head) and _F04_HEAD.search(head.replace(b"\0", b"")) is not None


def claims_f06(head: bytes) -> bool:
    if claims_log(head) or claims_f04(head):
        return False
    return _F06_HEAD.search(head.replace(b"\0", b"")) is not None


class Header(NamedTuple):
    """A page's first line."""

    title: str | None
    date: str | None
    """ISO 8601, without a time."""
    product: str


def product_of(line: str) -> str | None:
    """The product that a line of the box names, e.g. "MSC Nastran"."""
    found = _BOX.fullmatch(line) if len(line) <= WIDEST else None
    if found is None:
        return None
    words = found[1]
    if _SPACED.search(words):
        words = " ".join(part.replace(" ", "") for part in re.split(r" {2,}", words))
    named = _PRODUCT.fullmatch(words)
    return named[0] if named else None


def version_of(line: str) -> str | None:
    """The version that a line of the box names."""
    found = _VERSION.fullmatch(line) if len(line) <= WIDEST else None
    return found[1] if found else None


def page_header(line: str) -> Header | None:
    """What a page's first line tells."""
    if len(line) > WIDEST:
        return None
    if found := _HEADER.fullmatch(line):
        title, month, day, year, product = found.groups()
    elif found := _HEADER_95.fullmatch(line):
        title, product, month, day, year = found.groups()
        year = f"19{year}"
    else:
        return None
    return Header(title.strip() or None, iso_date(year, month, day), product)


def iso_date(year: str, month: str, day: str) -> str | None:
    """2021-06-05 of "2021", "JUN" and "5"."""
    number = integer(day)
    if month.upper() not in MONTHS or number is None or not 1 <= number <= 31:
        return None
    return f"{year}-{MONTHS.index(month.upper()) + 1:02d}-{number:02d}"
