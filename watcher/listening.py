"""Which folders of a root have a watch: those where something goes on, as far as the kernel has watches to give."""

import errno
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from watcher.folders import Folder, Folders, is_below
from watcher.habits import Habits
from watcher.watches import Watches

REFUSED_S = 60.0
"""So long nobody asks for another watch after the kernel gave none."""

logger = logging.getLogger(__name__)


@dataclass
class Listening:
    """The watches of one root, taken and let go of. All times are the clock's, which is monotonic."""

    habits: Habits
    clock: Callable[[], float]
    watches: Watches | None = None
    """None: nothing is watched, all is polled."""
    silent: tuple[str, ...] = ()
    """Mount points inside whose changes make no events here."""
    unfinished: frozenset[str] = frozenset()
    """Folders of runs that have not ended."""
    _refused: dict[str, None] = field(default_factory=dict)
    _refused_until: float = float("-inf")

    @property
    def refused(self) -> int:
        """How many folders want a watch that the kernel has not got."""
        return len(self._refused)

    def begin(self, watches: Watches | None) -> None:
        self.watches = watches
        self._refused.clear()
        self._refused_until = float("-inf")

    def has(self, folder: str) -> bool:
        return self.watches is not None and folder in self.watches

    def hears_writes(self, folder: str) -> bool:
        return self.watches is not None and self.watches.is_heard(folder)

    def is_hot(self, folder: str, entry: Folder) -> bool:
        """Its run goes on, or something changed there not long ago."""
        if self.clock() - entry.changed_at < self.habits.grace_s or folder in self.unfinished:
            return True
        while folder:
            folder = folder.rpartition("/")[0]
            if folder and folder in self.unfinished:
                return True
        return False

    def wants(self, folder: str, entry: Folder) -> bool:
        """Folders of folders always: new runs appear there."""
        if self.watches is None or is_below(folder, self.silent):
            return False
        return not folder or entry.children is not None or self.is_hot(folder, entry)

    def listen(self, folder: str) -> bool:
        """Watches a folder; True when its watch is new."""
        if self.watches is None or folder in self.watches or is_below(folder, self.silent):
            return False
        if self.clock() < self._refused_until:
            self._refused[folder] = None
            return False
        return self._ask(self.watches.add, folder)

    def renew(self, folder: str) -> None:
        """Sees to it that the watch is on the folder that has the name now."""
        if self.watches is not None and folder in self.watches:
            self._ask(self.watches.renew, folder)

    def drop(self, folder: str) -> None:
        self._refused.pop(folder, None)
        if self.watches is not None:
            self.watches.drop(folder)

    def let_go(self, folders: Folders) -> list[str]:
        """Of folders that have been calm for the grace time and of no unfinished run; those."""
        calm = []
        for folder in self.watches or ():
            entry = folders.get(folder)
            if entry is None or not self.wants(folder, entry):
                self.drop(folder)
                calm.append(folder)
        return calm

    def retry_at(self) -> float:
        return self._refused_until if self._refused else float("inf")

    def next_refused(self, folders: Folders) -> str | None:
        """A folder that may ask for its watch again; None when none wants one or the time has not come."""
        while self.retry_at() <= self.clock():
            folder = next(iter(self._refused))
            del self._refused[folder]
            entry = folders.get(folder)
            if entry is not None and self.wants(folder, entry):
                return folder
        return None

    def _ask(self, watch: Callable[[str], None], folder: str) -> bool:
        try:
            watch(folder)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.ENOMEM):
                if self._refused_until == float("-inf"):
                    logger.warning("%r and others are polled: %s", folder, error.strerror)
                self._refused_until = self.clock() + REFUSED_S
                self._refused[folder] = None
            return False  # else it has just gone, or may not be read
        self._refused.pop(folder, None)
        return True
