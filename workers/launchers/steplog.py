"""The files that take what a run's programs say."""

import os
import stat


def open_log(folder_fd: int, name: str, owner: tuple[int, int] | None = None) -> int:
    """The log of that name, emptied, and given to its owner (user, group).

    Raises OSError when it is a link or no plain file.
    """
    flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        # Without O_CREAT at first: the kernel may forbid it for another user's file in a sticky folder.
        fd = os.open(name, flags, dir_fd=folder_fd)
    except FileNotFoundError:
        fd = os.open(name, flags | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=folder_fd)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        raise OSError(f"{name} is not a plain file")
    os.set_blocking(fd, True)
    os.ftruncate(fd, 0)
    if owner is not None:
        os.fchown(fd, *owner)
    return fd
