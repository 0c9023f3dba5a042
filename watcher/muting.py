"""Folders whose writes come so often that being told of each says nothing new: they are looked at instead."""

from dataclasses import dataclass

from watcher.alarms import Alarms

WINDOW_S = 4.0
MANY = 400
"""Writes within the window: a solver that prints all the time, or a result file that grows."""
FEW = 2
"""The same while so many logs grow steadily that each has to wait for its turn anyway."""
MOST_FILES = 500
"""A folder with more files is dearer to list than to be told of."""
CALM_LOOKS = 3
"""After so many looks without a change it is listened to again."""


@dataclass(slots=True)
class _Count:
    since: float
    writes: int = 0


class Muting:
    """Decides which folders of a root are muted, and when those are looked at."""

    def __init__(self) -> None:
        self._counts: dict[str, _Count] = {}
        self._calm: dict[str, int] = {}
        self._looks = Alarms()

    def is_too_much(self, folder: str, writes: int, now: float, *, is_crowded: bool) -> bool:
        """Whether these writes in a folder are one too many; `is_crowded`: logs have to wait for their turn."""
        count = self._counts.get(folder)
        if count is None or now - count.since > WINDOW_S:
            if len(self._counts) > 10_000:
                self._counts.clear()
            count = self._counts[folder] = _Count(now)
        count.writes += writes
        if count.writes < (FEW if is_crowded else MANY):
            return False
        del self._counts[folder]
        return True

    def mute(self, folder: str, look_at: float) -> None:
        self._calm[folder] = 0
        self._looks.set(folder, look_at)

    def next_due(self) -> float:
        due = self._looks.next()
        return float("inf") if due is None else due

    def due(self, now: float) -> list[str]:
        """Folders to look at; each is then `looked` at, or `drop`ped."""
        return self._looks.pop(now)

    def looked(self, folder: str, found: bool, next_at: float) -> bool:
        """Whether it is to be listened to again."""
        self._calm[folder] = 0 if found else self._calm.get(folder, 0) + 1
        if self._calm[folder] >= CALM_LOOKS:
            self.drop(folder)
            return True
        self._looks.set(folder, next_at)
        return False

    def drop(self, folder: str) -> None:
        self._calm.pop(folder, None)
        self._looks.drop(folder)
