"""How often one looks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Habits:
    """Seconds, and lstat calls a second."""

    poll_s: float
    """Between two looks at a polled folder where something goes on."""
    stats_per_s: float
    """For everything that is polled, together."""
    grace_s: float
    """A folder that was calm for so long loses its watch, unless its run is unfinished."""
    rescan_s: float
    """Between two whole scans at least."""
