"""The three texts of a Radioss run: the starter's listing, the engine's, and the screen."""

import re
from typing import ClassVar

from workers.parsers.radioss.facts import Facts
from workers.parsers.radioss.listing import Listing
from workers.parsers.report import Status

# **                        OpenRadioss Starter                         **
# **                     Altair Radioss(TM) Engine 2019                 **
_BANNER = re.compile(
    rb"^\*\*[^\n]*\b(?:open)?radioss(?:\(TM\)|\xe2\x84\xa2|\xae)? +(?:software +)?(starter|engine)\b",
    re.IGNORECASE | re.MULTILINE,
)
# The first line of a listing is its own name:  bracket_0001.out
#  ROOT: bracket  RESTART: 0001
#  .. CONTROL VARIABLES
#  NC=     100 T= 1.0000E-01 DT= 1.0000E-03 ERR= -0.0% DM/M= 2.0556E-04
_SCREEN = re.compile(rb"^ {0,2}(?:ROOT: .*RESTART: |\.\. [A-Z]|NC= *\d+ T=)", re.MULTILINE)


def _kind(head: bytes) -> str | None:
    """Which of the three texts begins so."""
    head = head.replace(b"\0", b"")
    banner = _BANNER.search(head)
    if banner is None:
        return None
    return "screen" if _SCREEN.search(head) else banner[1].decode().lower()


class RadiossStarter(Listing):
    """name_0000.out: reads and checks the deck, once."""

    name: ClassVar[str] = "radioss.starter"
    version: ClassVar[int] = 2
    role: ClassVar[str] = "starter"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _kind(head) == "starter"

    def _normally_ended(self, facts: Facts) -> tuple[Status | None, str | None]:
        """A starter that ended well has begun nothing yet, so it cannot tell how the run ends."""
        return None, facts.ended


class RadiossEngine(Listing):
    """name_0001.out, name_0002.out …: one for each part of a run; its rows lie over time, so parts continue."""

    name: ClassVar[str] = "radioss.engine"
    version: ClassVar[int] = 2
    role: ClassVar[str] = "engine"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _kind(head) == "engine"


class RadiossScreen(Listing):
    """Standard output of the starter, of an engine, or of both one after the other."""

    name: ClassVar[str] = "radioss.screen"
    version: ClassVar[int] = 2
    role: ClassVar[str] = "screen"
    chained: ClassVar[bool] = True

    @staticmethod
    def claims(head: bytes) -> bool:
        return _kind(head) == "screen"

    def _normally_ended(self, facts: Facts) -> tuple[Status | None, str | None]:
        """As far as the last program: after a starter an engine is still to come."""
        return (None if facts.program == "starter" else "normal"), facts.ended
