"""Opens a plain file to be read, and nothing else that lies under its name."""

import errno
import os
import stat
from pathlib import Path

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class NotPlainError(OSError):
    """A folder, a link, a pipe or a device lies there."""

    def __init__(self, name: str | Path) -> None:
        super().__init__(errno.EINVAL, "no plain file", str(name))


def open_plain(name: str | Path, *, dir_fd: int | None = None) -> int:
    """A descriptor of it; a link, also one that is put there at this moment, is not followed. Raises OSError."""
    # Before it is opened: a pipe's writer would take us for its reader, and a drive would wind.
    if not stat.S_ISREG(os.stat(name, dir_fd=dir_fd, follow_symlinks=False).st_mode):
        raise NotPlainError(name)
    fd = os.open(name, _READ, dir_fd=dir_fd)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise NotPlainError(name)
    return fd
