"""Solver logs in, facts out; knows no clock, no file, no network and nothing of the diary."""

from workers.parsers.calculix import CalculixCvg, CalculixDat, CalculixSta
from workers.parsers.calculix_screen import CalculixScreen
from workers.parsers.report import HEAD_BYTES, Parser

PARSERS: tuple[type[Parser], ...] = (
    CalculixScreen,
    CalculixSta,
    CalculixCvg,
    CalculixDat,
)


def claimant(head: bytes) -> type[Parser] | None:
    """The parser of the log that starts with these bytes, whatever the order of `PARSERS`."""
    head = head[:HEAD_BYTES]
    claiming = [parser for parser in PARSERS if parser.claims(head)]
    return claiming[0] if len(claiming) == 1 else None


def by_name(name: str) -> type[Parser] | None:
    """The parser of that name, e.g. "calculix.sta"."""
    return next((parser for parser in PARSERS if parser.name == name), None)
