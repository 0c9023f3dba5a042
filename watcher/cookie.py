"""Do events arrive? A file of our own is put into a folder of our own, and the news of it waited for."""

import os
import re
from pathlib import Path

PREFIX = ".pdfjobs-cookie-"
WAIT_S = 2.0
"""An event that takes longer is none."""

_NAME = re.compile(re.escape(PREFIX) + r"\d+-\d+")


def is_cookie(name: str) -> bool:
    """A base name that is this test's own, of this process or of one before it."""
    return name.startswith(PREFIX) and _NAME.fullmatch(name) is not None


class Cookie:
    """One folder's self-test, again and again; hidden from the diary by its name, which begins with a dot.

    Only for folders that are the service's own: nothing is ever written into a foreign tree. The folder has to be watched
    before `start`. Seconds are the caller's clock's.
    """

    def __init__(self, folder: str, process: int | None = None) -> None:
        self._folder = folder
        self._process = os.getpid() if process is None else process
        self._count = 0
        self._name: str | None = None
        self._started_at: float | None = None
        self._is_heard = False
        self._verdict: bool | None = None

    def start(self, now: float) -> bool:
        """False when no file can be written there (a full or read-only disk, a folder that is missing): no verdict."""
        self._remove()
        if self._count == 0:
            self._remove_leftovers()
        self._count += 1
        # A new name each time: news of the last one's removal must not pass for news of this one.
        name = f"{PREFIX}{self._process}-{self._count}"
        self._verdict, self._is_heard, self._started_at = None, False, None
        self._name = name  # before the file is there: another thread may hear of it at once
        try:
            os.close(os.open(self._path(name), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError:
            self._name = None
            return False
        self._started_at = now
        return True

    def heard(self, name: str) -> None:
        """An event told of this base name in the folder."""
        if name == self._name:
            self._is_heard = True

    def verdict(self, now: float) -> bool | None:
        """True: events arrive. False: none came in time. None: not known (yet). The last one stands until `start`."""
        if self._verdict is None and self._started_at is not None:
            if self._is_heard:
                self._verdict = True
            elif now - self._started_at > WAIT_S:
                self._verdict = False
            if self._verdict is not None:
                self._remove()
        return self._verdict

    def close(self) -> None:
        """Leaves no file behind."""
        self._remove()

    def _remove(self) -> None:
        name, self._name = self._name, None
        if name is not None:
            self._unlink(name)

    def _remove_leftovers(self) -> None:
        """Of watchers that were killed."""
        try:
            with os.scandir(self._folder) as listing:
                names = [entry.name for entry in listing if is_cookie(entry.name)]
        except OSError:
            return
        for name in names:
            self._unlink(name)

    def _unlink(self, name: str) -> None:
        try:
            Path(self._path(name)).unlink()
        except OSError:
            pass  # gone already, or the next watcher's leftover

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)
