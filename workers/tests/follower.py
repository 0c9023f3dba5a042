"""A reader of one log as the tasks have it, whose memory is a mark and the state of `Lines`, without a diary."""

import json
from collections.abc import Callable
from pathlib import Path

from workers.logfile import Mark, NoLogError, OpenLog, Trail
from workers.parsers.text import Lines


class Follower:
    """What was read of a log so far; a turn that meets a changing file saves nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.taken: list[tuple[int, str]] = []
        self.mark: Mark | None = None
        self.begun = 0
        """How often it was read from the first byte."""
        self.fed = 0
        """Bytes given to `Lines` in all turns."""
        self._state = json.dumps(Lines().state)

    def turn(
        self, most: int = 1 << 30, block: int = 1 << 14, meanwhile: Callable[[], None] | None = None
    ) -> bool:
        """Reads at most so much; whether another turn is wanted. `meanwhile` is done after the first block."""
        try:
            with OpenLog(self.path.parent, self.path) as opened:
                return self._turn(opened, most, block, meanwhile)
        except NoLogError:
            return False
        except OSError:
            return True

    def _turn(self, opened, most, block, meanwhile) -> bool:
        goes_on = self.mark is not None and opened.goes_on(self.mark)
        lines = Lines(json.loads(self._state) if goes_on else None)
        taken = self.taken.copy() if goes_on else []
        trail = Trail(opened, self.mark.offset if goes_on else 0)
        limit = min(opened.size, trail.offset + most)
        while trail.offset < limit and (chunk := trail.read(min(block, limit - trail.offset))):
            self.fed += len(chunk)
            taken += lines.feed(chunk)
            if meanwhile is not None:
                meanwhile()
                meanwhile = None
        mark = trail.mark()
        if not opened.holds(mark) or (goes_on and not opened.holds(self.mark)):
            return True
        self.begun += not goes_on
        self.mark, self.taken, self._state = mark, taken, json.dumps(lines.state)
        return trail.offset < opened.size

    def catch_up(self, turns: int = 50) -> None:
        """Takes turns until no other is wanted."""
        while self.turn():
            turns -= 1
            assert turns, f"no end of {self.path}"


def lines_of(data: bytes) -> list[tuple[int, str]]:
    """The lines of a file's bytes, read at once."""
    return list(Lines().feed(data))
