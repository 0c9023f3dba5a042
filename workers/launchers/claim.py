"""The right to start a run: a lock that lives exactly as long as its claimer or the run's recorder."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from workers.launchers.errors import LaunchError
from workers.launchers.run_folder import opened


def lock_name(ordinal: int) -> str:
    return f"run-{ordinal}.lock"


class Claim:
    """The lock of one run, held; handed on to the recorder by inheritance."""

    def __init__(self, folder: Path, ordinal: int, fd: int) -> None:
        self.folder = folder
        self.ordinal = ordinal
        self.fd = fd

    @classmethod
    def take(cls, folder: Path, ordinal: int) -> "Claim | None":
        """Takes the lock; None when another claimer or the run's recorder holds it.

        Raises LaunchError when there is no folder to hold it or it cannot be opened.
        """
        place = folder / ".pdfjobs" / lock_name(ordinal)
        # The file stays for ever: a lock file that is removed can be locked twice.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        try:
            with opened(folder, make=True) as run:
                fd = os.open(lock_name(ordinal), flags, 0o600, dir_fd=run.state)
        except OSError as error:
            raise LaunchError(
                place, f"cannot be opened ({error.strerror})", "make its folder writable"
            ) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return None
        except OSError as error:
            os.close(fd)
            raise LaunchError(
                place, f"cannot be locked ({error.strerror})", "use a file system with locks"
            ) from error
        return cls(folder, ordinal, fd)

    def release(self) -> None:
        """Lets go of our share; may be called again."""
        if self.fd >= 0:
            # Closed, never unlocked: unlocking would take the lock from the recorder too.
            os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def is_held(state_fd: int, ordinal: int) -> bool:
    """Whether anybody holds a run's lock; a claimer at this very moment may be told so of us."""
    try:
        fd = os.open(lock_name(ordinal), os.O_RDONLY | os.O_NOFOLLOW, dir_fd=state_fd)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False
