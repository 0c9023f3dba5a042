"""The last word on a path."""

from dataclasses import dataclass

NOTHING = "Nothing is to be done."
VERIFY = "Run `manage.py verify`; where it names the path, `manage.py rescan` reads it."
LATE_S = 60.0
"""What is on its way for so long is stuck."""


@dataclass(frozen=True)
class Verdict:
    """The last word on a path."""

    code: str
    text: str
    remedy: str = NOTHING
    fine: bool = True
    """Nobody has to act."""
