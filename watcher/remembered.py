"""The folders that the memory knows and that nobody has met since their root was there, or there again."""

import logging
from collections.abc import Callable, Iterator

from watcher.digest import MODULUS
from watcher.memory import MemoryFullError, TreeMemory

logger = logging.getLogger(__name__)


class Remembered:
    """Their digests, until a look meets them; what a whole scan has not met is gone."""

    def __init__(self, memory: TreeMemory) -> None:
        self._memory = memory
        self._digests: dict[str, int] = {}
        try:
            self._digests = memory.digests()
        except MemoryFullError as error:
            logger.warning("handing everything over anew: %s", error)

    def __bool__(self) -> bool:
        return bool(self._digests)

    def clear(self) -> None:
        self._digests.clear()

    def meet(self, folder: str) -> int:
        """Its digest, 0 for one that is new."""
        return self._digests.pop(folder, 0)

    def put_back(self, folder: str, digest: int) -> None:
        """It has to be met again."""
        if digest:
            self._digests[folder] = digest

    def count(self, folder: str, before: int, after: int) -> None:
        """A file's part of the digest of a folder that was not met has changed."""
        digest = (self._digests.pop(folder, 0) - before + after) % MODULUS
        self.put_back(folder, digest)

    def drop(self, folder: str) -> None:
        """Forgets the folder and all in it, in the memory too."""
        try:
            for below in self._memory.folders_below(folder) if self._digests else ():
                self._digests.pop(below, None)
            self._memory.drop_folder(folder)
        except MemoryFullError:
            pass  # found gone again after the next start

    def unmet(self, is_met: Callable[[str], bool]) -> Iterator[str]:
        """The tops of what was not met, each once: one folder that is gone stands for all in it."""
        for folder in list(self._digests):
            if folder not in self._digests:
                continue  # with the top of another
            top = folder
            while top and not is_met(above := top.rpartition("/")[0]):
                top = above
            yield top
