"""What a launcher cannot do, in words that name the place and the remedy."""

from pathlib import Path


class LaunchError(Exception):
    """A run cannot be started, stopped or prepared for a retry."""

    def __init__(self, place: Path | str, reason: str, remedy: str) -> None:
        super().__init__(f"{place}: {reason}; {remedy}")
        self.place = place
        self.reason = reason
        self.remedy = remedy


class AlreadyStartedError(LaunchError):
    """This run has a record already: an ordinal is started once, a retry is a new run."""
