"""A sign of life that costs nothing: a number in memory that a process shares with the one that forked it."""

import mmap
import struct
import threading
import time

BEAT_S = 1.0
_NUMBER = struct.Struct("Q")


class Pulse:
    """Beats by a thread of its own, so that any task lets it beat but one that holds up the whole process."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, _NUMBER.size)
        self._seen, self._same = 0, 0

    def begin(self) -> None:
        """In the process that is to be felt."""
        threading.Thread(target=self._beat_on, daemon=True).start()

    def is_missing(self, looks: int) -> bool:
        """Whether so many looks in a row have found no beat. Looks and no time: who looks may have been stopped as well."""
        (count,) = _NUMBER.unpack(self._shared[:])
        self._same = self._same + 1 if count == self._seen else 0
        self._seen = count
        return self._same >= looks

    def forget(self) -> None:
        """Another process takes the place."""
        self._same = 0

    def _beat_on(self) -> None:
        while True:
            (count,) = _NUMBER.unpack(self._shared[:])
            self._shared[:] = _NUMBER.pack(count + 1)
            time.sleep(BEAT_S)
