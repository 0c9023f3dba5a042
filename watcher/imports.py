"""Folders whose files lay there before anybody watched: handed over bit by bit, behind what changes now."""

from collections import OrderedDict


class Imports:
    """In the order they were found; each once."""

    def __init__(self) -> None:
        self.done = 0
        self._folders: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._folders)

    def __contains__(self, folder: str) -> bool:
        return folder in self._folders

    def add(self, folder: str) -> None:
        self._folders[folder] = None

    def drop(self, folder: str) -> None:
        self._folders.pop(folder, None)

    def clear(self) -> None:
        self._folders.clear()
        self.done = 0

    def take(self) -> str:
        """The next one, which counts as done. Raises KeyError when there is none."""
        folder, _ = self._folders.popitem(last=False)
        self.done += 1
        return folder

    def rest(self) -> None:
        """The next one begins a new count."""
        if not self._folders:
            self.done = 0

    def words(self) -> dict[str, int] | None:
        """How far they are, in folders; None when there is nothing to import."""
        total = self.done + len(self._folders)
        return {"done": self.done, "total": total} if total else None
