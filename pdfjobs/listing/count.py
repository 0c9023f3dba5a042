"""Numbers of jobs as the list says them."""

from dataclasses import dataclass

COUNTED = 10_000
"""Matches that are counted, and can be put into another order than by number."""


@dataclass(frozen=True)
class Count:
    """A number of jobs."""

    number: int
    at_least: bool = False

    def __str__(self) -> str:
        shown = f"{self.number:,}"
        return f"{shown}+" if self.at_least else shown


def capped(number: int) -> Count:
    return Count(COUNTED, at_least=True) if number > COUNTED else Count(number)
