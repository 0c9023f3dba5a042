"""Numbers of jobs as the list says them."""

from dataclasses import dataclass

COUNTED = 10_000
"""Matches that are counted, and can be put into another order than by number."""


@dataclass(frozen=True)
class Count:
    """A number of jobs."""

    number: int
    at_least: bool = False
    about: bool = False
    """Expected from the newest jobs."""

    def __str__(self) -> str:
        shown = f"{self.number:,}"
        return f"{shown}+" if self.at_least else f"about {shown}" if self.about else shown


def capped(number: int) -> Count:
    return Count(COUNTED, at_least=True) if number > COUNTED else Count(number)


def expected(number: float) -> Count:
    """To two digits: an estimate is not better."""
    size = 10 ** max(0, len(str(int(number))) - 2)
    return Count(round(number / size) * size, about=True)
