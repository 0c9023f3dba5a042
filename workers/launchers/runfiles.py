"""The files that the recorder of one run keeps in `.pdfjobs`, written so that a kill leaves whole ones."""

import json
import os
import time
from contextlib import suppress
from typing import Any

RESERVE_BYTES = 16 * 1024
RETRY_S = 1.0
READ_BYTES = 1024 * 1024
"""A record or stop file is far smaller; more is not ours."""

Record = dict[str, Any]


class RunFiles:
    """Record, reserve and stop file of a run; only the holder of the run's lock writes the first two."""

    def __init__(self, state_fd: int, ordinal: int) -> None:
        self._state = state_fd
        self.record_name = f"run-{ordinal}.json"
        self.stop_name = f"run-{ordinal}.stop"
        self._new = f"run-{ordinal}.json.new"
        self._reserve = f"run-{ordinal}.reserve"

    def prepare(self) -> None:
        """Forgets an old stop wish and keeps disk space for the end."""
        self._remove(self.stop_name)
        # Noise, not zeros: some file systems keep no room for zeros.
        self._write(self._reserve, os.urandom(RESERVE_BYTES))

    def save(self, record: Record) -> None:
        """Puts the record in place as a whole; when this returns it is on disk."""
        self._write(self._new, as_json(record))
        self._put_in_place(self._new)

    def save_end(self, record: Record) -> None:
        """Saves for as long as it takes: nobody else knows how the solver ended."""
        # Written over blocks that are ours already the end needs no free space at all, and nobody can take the
        # space between giving it up and using it.
        with suppress(OSError):
            self._write(self._reserve, as_json(record))
            self._put_in_place(self._reserve)
            return
        while os.fstat(self._state).st_nlink > 0:  # else the folder was deleted: no place is left
            with suppress(OSError):
                self._remove(self._reserve)
                self.save(record)
                return
            time.sleep(RETRY_S)

    def withdraw(self) -> None:
        """Takes back a record whose solver was never let go."""
        for name in (self.record_name, self._new, self._reserve):
            with suppress(OSError):
                self._remove(name)

    def stop_wish(self) -> Record | None:
        """What the stop file says, {} when it cannot be read; None without one."""
        try:
            return read_object(self._state, self.stop_name)
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            return {}

    def wish_stop(self, wish: Record) -> None:
        new = f"{self.stop_name}.{os.getpid()}"
        self._write(new, as_json(wish))
        os.rename(new, self.stop_name, src_dir_fd=self._state, dst_dir_fd=self._state)

    def _write(self, name: str, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW
        fd = os.open(name, flags, 0o644, dir_fd=self._state)
        try:
            done = 0
            while done < len(data):
                done += os.write(fd, data[done:])
            os.ftruncate(fd, len(data))
            os.fsync(fd)
        finally:
            os.close(fd)

    def _put_in_place(self, name: str) -> None:
        os.rename(name, self.record_name, src_dir_fd=self._state, dst_dir_fd=self._state)
        os.fsync(self._state)

    def _remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._state)


def read_object(state_fd: int, name: str) -> Record:
    """A JSON object from `.pdfjobs`, never through a link.

    Raises OSError, or ValueError when the file holds something else.
    """
    # Without O_NONBLOCK a pipe of that name would hold us for ever.
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=state_fd)
    with os.fdopen(fd, "rb") as file:
        value = json.loads(file.read(READ_BYTES))
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def as_json(record: Record) -> bytes:
    return json.dumps(record, indent=1).encode("ascii") + b"\n"
