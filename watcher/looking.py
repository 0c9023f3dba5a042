"""One look at one folder: its listing is compared with the memory of what was handed over.

Events are hints, this is the truth. A folder's watch is set before the folder is listed.
"""

import errno
import logging
import time
from collections.abc import Callable
from typing import Literal, Protocol

from watcher.digest import digest_of, digest_of_many
from watcher.folders import NEVER, Folder, Folders, is_below, join
from watcher.habits import Habits
from watcher.imports import Imports
from watcher.listening import Listening
from watcher.look import status_of
from watcher.memory import MemoryFullError, TreeMemory
from watcher.polling import Polling
from watcher.recovery import Recovery
from watcher.remembered import Remembered
from watcher.scan import FileStamp, Listing, OpenFolder
from watcher.trust import Suspects

Why = Literal["live", "first scan", "rescan", "import"]
"""live: something may have happened here just now. first scan: news of a calm folder are an import. rescan: it was
looked at before, so what is found happened since, and an event should have told."""

logger = logging.getLogger(__name__)


class News(Protocol):
    """Who is told what a look found."""

    def changed(self, path: str, at: float, *, live: bool) -> bool:
        """Whether nobody had told of it before."""

    def gone(self, paths: list[str]) -> None: ...
    def vanished(self, folder: str) -> None: ...
    def worth(self, files: list[tuple[str, FileStamp]]) -> list[tuple[str, FileStamp]]: ...
    def is_flooded(self) -> bool: ...


class Looking:
    """The known folders of one root. All times are the clock's, which is monotonic."""

    def __init__(
        self,
        top: str,
        memory: TreeMemory,
        news: News,
        habits: Habits,
        clock: Callable[[], float],
    ) -> None:
        self.top = top
        self.away: tuple[str, ...] = ()
        """Mount points inside that are not mounted now."""
        self.folders = Folders()
        self.has_doubts = False
        """What the next scan finds may be old news: other files are worth a notice now, or the memory failed."""
        self.blind: set[str] = set()
        """Folders that cannot be listed now, told of once."""
        self.imports = Imports()
        self.remembered = Remembered(memory)
        self.listening = Listening(habits, clock)
        self.polling = Polling(habits, clock)
        self.recovery = Recovery()
        self.suspects = Suspects()
        self._memory, self._news, self._clock = memory, news, clock
        self._identity: tuple[int, int] | None = None

    def begin(self) -> None:
        """Every folder has to be met again."""
        self._identity = _identity(self.top)
        for folder in self.folders:
            entry = self.folders.get(folder)
            if entry is not None:
                self.remembered.put_back(folder, entry.digest)
        self.folders = Folders()
        self.blind.clear()
        self.imports.clear()

    def anew(self) -> None:
        """Nothing was handed over, it turns out."""
        self.remembered.clear()
        for folder in self.folders:
            self.folders.add(folder).digest = 0

    def look(self, folder: str, why: Why) -> list[str]:
        """Its subfolders; none where it cannot be looked at."""
        if is_below(folder, self.away):
            return []
        entry = self.folders.get(folder)
        is_followed = (
            why == "rescan" and not self.has_doubts and self.listening.hears_writes(folder)
        )
        listing = self._list(folder, entry, why)
        if listing is None:
            if entry is not None and folder in self.blind:
                self._plan(folder, entry)  # tried again
            return []
        if entry is None or entry.changed_at == NEVER:
            entry = self._meet(folder, listing, why)
        if listing.folders and entry.children is None:
            entry.children = set()
        listing = self._list_anew(folder, entry) or listing
        woke_up = self._note(folder, entry, listing, why, is_followed)
        if woke_up and (later := self._list_anew(folder, entry)):
            listing = later
            self._note(folder, entry, listing, why, is_followed)
        self._plan(folder, entry)
        return [join(folder, name) for name in listing.folders]

    def vanish(self, folder: str) -> None:
        """The folder was deleted or moved away, all in it too."""
        if not folder or is_below(folder, self.away) or not self.is_in_place():
            return
        is_held = False
        self.listening.drop(folder)
        for one in self.folders.below(folder):
            entry = self.folders.get(one)
            is_held |= entry is not None and entry.digest != 0
            self.listening.drop(one)
            self.polling.drop(one)
            self.imports.drop(one)
            self.blind.discard(one)
        self.folders.remove(folder)
        if is_held:
            self.remembered.drop(folder)
            self._news.vanished(folder)

    def count(self, path: str, before: FileStamp | None, after: FileStamp | None) -> None:
        """The memory of a file has changed: so does its folder's digest."""
        folder, _, name = path.rpartition("/")
        parts = [digest_of(name, stamp) if stamp else 0 for stamp in (before, after)]
        entry = self.folders.get(folder)
        if entry is None:
            self.remembered.count(folder, *parts)
            return
        entry.count(*parts)
        entry.files += before is None and after is not None

    def is_in_place(self) -> bool:
        """Whether the root is the folder that it was at first: of another one's files nothing can be said."""
        return self._identity is not None and _identity(self.top) == self._identity

    def place(self, path: str) -> str:
        return f"{self.top}/{path}" if path else self.top

    def _list(self, folder: str, entry: Folder | None, why: Why = "live") -> Listing | None:
        """Sets a watch before, where one is wanted."""
        if not folder and not self.is_in_place():
            return None
        place = self.place(folder)
        listing = None
        try:
            with OpenFolder(place) as opened:
                is_wanted = (
                    why == "live" or self._is_young(opened)
                    if entry is None
                    else self.listening.wants(folder, entry)
                )
                if is_wanted:
                    self.listening.listen(folder)
                listing = opened.list()
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            is_news = folder not in self.blind
            self.blind.add(folder)
            if is_news and error.errno not in (errno.EACCES, errno.EPERM):
                logger.warning("%r cannot be looked at now: %s", place, error.strerror)
            return None
        self.blind.discard(folder)
        if listing is None:
            self.vanish(folder)
        return listing

    def _list_anew(self, folder: str, entry: Folder) -> Listing | None:
        """What came between the listing and the watch, where it has a new one."""
        if self.listening.wants(folder, entry) and self.listening.listen(folder):
            return self._list(folder, entry)
        return None

    def _is_young(self, opened: OpenFolder) -> bool:
        """Whether something changed in a folder not long ago, by its own time: else its files have to say."""
        return time.time_ns() - opened.mtime_ns < 1e9 * self.listening.habits.grace_s

    def _meet(self, folder: str, listing: Listing, why: Why) -> Folder:
        entry = self.folders.add(folder, self.remembered.meet)
        entry.changed_at = self._clock() - (0.0 if why == "live" else _age_s(listing))
        return entry

    def _note(
        self, folder: str, entry: Folder, listing: Listing, why: Why, is_followed: bool
    ) -> bool:
        """Whether a calm folder woke up."""
        files = self._news.worth(listing.files)
        entry.files, entry.mtime_ns = len(files), listing.mtime_ns
        for name in (entry.children or set()).difference(listing.folders):
            self.vanish(join(folder, name))
        if digest_of_many(files) == entry.digest:
            return False
        is_hot = self.listening.is_hot(folder, entry)
        has_changed = why == "rescan" and entry.digest != 0 and folder not in self.imports
        if not (is_hot or has_changed or why in ("live", "import")):
            self.imports.add(folder)
            return False
        is_news = self._compare(folder, entry, files, why != "import", is_followed)
        if not is_news or why in ("first scan", "import"):
            return False
        entry.changed_at = self._clock()
        return not is_hot

    def _compare(
        self,
        folder: str,
        entry: Folder,
        files: list[tuple[str, FileStamp]],
        live: bool,
        is_followed: bool,
    ) -> bool:
        """Tells what differs from the memory; whether any of it is news."""
        now = self._clock()
        known: dict[str, FileStamp] = {}
        try:
            if entry.digest:
                known = self._memory.stamps(folder)
                entry.digest = digest_of_many(known.items())
        except MemoryFullError:
            self.has_doubts, is_followed = True, False
        any_news = False
        for name, stamp in files:
            before = known.pop(name, None)
            if before != stamp:
                path = join(folder, name)
                is_news = self._news.changed(path, now, live=live)
                any_news |= is_news
                # A file's times may be set without an event that we ask for.
                is_change = before is None or before[:2] != stamp[:2]
                if is_news and is_change and is_followed and not self.recovery:
                    self.suspects.add(path, now)
        if known:
            self._news.gone([join(folder, name) for name in known])
        return any_news

    def _plan(self, folder: str, entry: Folder) -> None:
        is_polled = entry.children is not None or self.listening.is_hot(folder, entry)
        if is_polled and not self.listening.has(folder):
            self.polling.set(folder, self._clock())
        else:
            self.polling.drop(folder)


def _identity(top: str) -> tuple[int, int] | None:
    """Device and inode; None when they cannot be told now."""
    try:
        status = status_of(top)
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status else None


def _age_s(listing: Listing) -> float:
    newest = max([listing.mtime_ns, *[stamp[2] for _, stamp in listing.files]])
    return max(0.0, (time.time_ns() - newest) / 1e9)
