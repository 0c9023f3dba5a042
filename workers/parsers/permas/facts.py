"""What a PERMAS file has told so far, and how the run ended by it."""

import re
from dataclasses import dataclass, field

from workers.parsers.fields import date
from workers.parsers.report import Status

WORDS_LENGTH = 200
"""Characters kept of words that a fact rests on."""

COMPONENTS_KEPT = 50

#  |                                 P E R M A S                                  |      (19.00, 20.00)
#  |                     Education Edition Version 20.00.333                      |
#  |                     Date:  2-Jul-25 21:02:02 (PID=23264)                     |
#  |                    |               Test3               |                     |
#  |                   Host: AMIR / Windows 10 Pro-AMD64-19045                    |
_VERSION = re.compile(r".*\bVersion +(\d[\w.]*).*")
_DATE = re.compile(r"\W*Date: *(\d{1,2}-[A-Z][a-z]{2}-\d\d(?:\d\d)? +\d\d:\d\d:\d\d)\b.*")
_HOST = re.compile(r"\W*Host: *(\S.*?) +/ .*")
_PROJECT = re.compile(r" ?\| +\| +(\S.*?) +\| +\|\s*")
#  > Characteristics of component DFLT_COMP
#  | Nodes                         |        4925 |                  1 |               4925 |
_COUNT = re.compile(r" ?\| (Nodes|Elements) +\| +(\d{1,15}) \|.*")


@dataclass
class Facts:
    """Kept from one read to the next."""

    in_banner: bool = False
    version: str | None = None
    title: str | None = None
    host: str | None = None
    started_at: str | None = None
    components: list[str] = field(default_factory=list)
    """Their names; each one's nodes and elements are counted once."""
    counting: bool = False
    nodes: int | None = None
    elements: int | None = None
    cores: int | None = None
    memory_bytes: int | None = None
    loop: int | None = None
    """Of an optimisation's task."""
    clock_s: int | None = None
    """Seconds since midnight of the last line that has a clock…"""
    clock_since_s: int = 0
    """…and from the first one to it, over midnight too."""
    wall_time_s: float | None = None
    cpu_time_s: float | None = None
    columns: list[str] = field(default_factory=list)
    """Of the table of modes that is being printed."""
    mass_comes: bool = False
    fatal: str | None = None
    ended: str | None = None
    failed: str | None = None
    killed: str | None = None
    crashed: str | None = None

    def take_banner(self, line: str) -> None:
        if line.startswith((" +----", "+----")):
            self.in_banner = False
        elif found := _VERSION.fullmatch(line):
            self.version = found[1]
        elif found := _DATE.fullmatch(line):
            form = "%d-%b-%Y" if found[1].split()[0][-5] == "-" else "%d-%b-%y"
            self.started_at = date(found[1], f"{form} %H:%M:%S")
        elif found := _HOST.fullmatch(line):
            self.host = found[1][:WORDS_LENGTH]
        elif found := _PROJECT.fullmatch(line):
            self.title = found[1][:WORDS_LENGTH]

    def take_component(self, name: str) -> None:
        """The counts that follow are of this component."""
        self.counting = name not in self.components and len(self.components) < COMPONENTS_KEPT
        if self.counting:
            self.components.append(name[:80])

    def take_count(self, line: str) -> bool:
        """Whether the line is a count of nodes or elements."""
        found = _COUNT.fullmatch(line)
        if found and self.counting:
            name = found[1].lower()
            setattr(self, name, (getattr(self, name) or 0) + int(found[2]))
            self.counting = name != "elements"
        return found is not None

    def how_it_ended(self) -> tuple[Status, str | None]:
        """Status and the words it rests on."""
        if self.ended:
            return "normal", self.ended
        if error := self.fatal or self.failed:
            return "error", error
        if self.killed:
            return "other", self.killed
        return ("error", self.crashed) if self.crashed else ("running", None)
