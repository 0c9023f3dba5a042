"""Paths that are due, folder by folder, so that the flood of one run keeps no other waiting."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator

DEPTH = 6
"""Folders of a path that count; what lies deeper waits together."""


class _Folder:
    """What waits in one folder and in those below, whoever was served last at the end."""

    __slots__ = ("folders", "paths")

    def __init__(self) -> None:
        self.paths: deque[str] = deque()
        """Directly in it; some may have been discarded meanwhile."""
        self.folders: OrderedDict[str, _Folder] = OrderedDict()

    def take(self, most: int, waiting: set[str], taken: list[str]) -> None:
        """Moves at most so many from `waiting` to `taken`: a fair share of each folder."""
        end = len(taken) + most
        while len(taken) < end and (self.folders or self.paths):
            share = max(1, (end - len(taken)) // (len(self.folders) + bool(self.paths)))
            self._take_own(share, waiting, taken)
            for _ in range(min(len(self.folders), end - len(taken))):
                name, folder = self.folders.popitem(last=False)
                folder.take(min(share, end - len(taken)), waiting, taken)
                if folder.folders or folder.paths:
                    self.folders[name] = folder

    def _take_own(self, most: int, waiting: set[str], taken: list[str]) -> None:
        end = len(taken) + most
        while self.paths and len(taken) < end:
            path = self.paths.popleft()
            if path in waiting:
                waiting.remove(path)
                taken.append(path)


class Ready:
    """Each path once; each folder's own in the order they came."""

    def __init__(self) -> None:
        self._paths: set[str] = set()
        self._top = _Folder()

    def __len__(self) -> int:
        return len(self._paths)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __contains__(self, path: str) -> bool:
        return path in self._paths

    def add(self, path: str) -> None:
        if path in self._paths:
            return
        self._paths.add(path)
        folder = self._top
        for name in path.split("/", DEPTH)[:-1]:
            below = folder.folders.get(name)
            if below is None:
                below = folder.folders[name] = _Folder()
            folder = below
        folder.paths.append(path)

    def discard(self, path: str) -> None:
        self._paths.discard(path)

    def put_back(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.add(path)

    def take(self, most: int) -> list[str]:
        """At most so many paths, sorted, and no longer ready: fairly of each folder, those not served first."""
        taken: list[str] = []
        self._top.take(most, self._paths, taken)
        return sorted(taken)
