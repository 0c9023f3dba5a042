"""Mutes the folders of one root that are written to all the time, and looks at them in the pace of their logs."""

from watcher.muting import MOST_FILES, Muting
from watcher.pace import CROWDED_S, Pacer, together
from watcher.survey import Survey


class BusyFolders:
    """All times are the monotonic clock's."""

    def __init__(self, survey: Survey, pacer: Pacer) -> None:
        self._survey, self._pacer = survey, pacer
        self._muting = Muting()
        self._written: dict[str, int] = {}
        self._found = False
        self.is_looking = False
        """Whether what is found now is a muted folder's."""

    def next_due(self) -> float:
        return self._muting.next_due()

    def found(self) -> None:
        """A file has changed; while a folder is looked at, one of its."""
        self._found = True

    def count(self, path: str, folder: str) -> None:
        """An event told of a file; of one that is read all the time it says little."""
        if self._pacer.is_steady(path):
            self._written[folder] = self._written.get(folder, 0) + 1

    def mute(self, now: float) -> None:
        """Those that were written to too often, by what was counted since the last call."""
        written, self._written = self._written, {}
        if not written:
            return
        watches = self._survey.looking.listening.watches
        interval = self._pacer.interval(now)
        for folder, writes in written.items():
            entry = self._survey.looking.folders.get(folder)
            if watches is None or entry is None or not watches.is_heard(folder):
                continue
            if entry.files + len(entry.children or ()) > MOST_FILES:
                continue
            if not self._muting.is_too_much(folder, writes, now, is_crowded=interval >= CROWDED_S):
                continue
            try:
                watches.add(folder, muted=True)
            except OSError:
                continue  # it has just gone
            self._muting.mute(folder, self._look_at(now))

    def step(self, now: float) -> None:
        for folder in self._muting.due(now):
            self._look(folder, now)

    def _look(self, folder: str, now: float) -> None:
        watches = self._survey.looking.listening.watches
        if watches is None or not watches.is_muted(folder):
            self._muting.drop(folder)
            return
        self._found, self.is_looking = False, True
        self._survey.look(folder)
        self.is_looking = False
        if self._muting.looked(folder, self._found, self._look_at(now)):
            try:
                watches.add(folder)
            except OSError:
                return
            self._survey.look(folder)  # what was written between look and listening

    def _look_at(self, now: float) -> float:
        interval = max(self._pacer.pace.ceiling_s, self._pacer.interval(now))
        return together(now + interval, interval)
