"""A log on the disk: opened without following links, identified, read from where the last reading stopped."""

import errno
import hashlib
import logging
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from pdfjobs.services.intake import signed
from workers.parsers.report import HEAD_BYTES

PRINT_BYTES = 1024
"""How much of head and tail is fingerprinted."""


log = logging.getLogger(__name__)


class NoLogError(Exception):
    """The path is not, or no longer, a regular file inside its root, or is closed to us."""


class ChangingLogError(OSError):
    """The log was written anew while it was read; what was read is of no use, so read it again."""


@dataclass(frozen=True)
class Mark:
    """What a former reading knew of the file."""

    device: int
    inode: int
    head_len: int
    head_sha: str
    tail_sha: str
    offset: int


class OpenLog:
    """An open log; a context manager."""

    def __init__(self, root: Path, path: Path) -> None:
        """Raises NoLogError when there is no such log, OSError when it cannot be told now."""
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NoLogError(str(error)) from error
        except PermissionError as error:
            log.warning("%s cannot be read; give the service's user read permission", path)
            raise NoLogError(str(error)) from error
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise NoLogError(f"a link: {path}") from error
            raise
        info = os.fstat(self._fd)
        inside = Path(f"/proc/self/fd/{self._fd}").readlink().is_relative_to(root.resolve())
        if not stat.S_ISREG(info.st_mode) or not inside:
            os.close(self._fd)
            raise NoLogError(f"no regular file inside its root: {path}")
        self.device, self.inode = signed(info.st_dev), signed(info.st_ino)
        self.size, self.mtime_ns = info.st_size, info.st_mtime_ns

    def __enter__(self) -> "OpenLog":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def head(self) -> bytes:
        return self.read(0, HEAD_BYTES)

    def read(self, offset: int, most: int) -> bytes:
        return os.pread(self._fd, most, offset)

    def tail(self, offset: int) -> bytes:
        """The bytes just before `offset` that are fingerprinted."""
        start = max(0, offset - PRINT_BYTES)
        return self.read(start, offset - start)

    def goes_on(self, mark: Mark) -> bool:
        """Whether this is still the file that was read up to the mark, grown or as it was."""
        return (
            (self.device, self.inode) == (mark.device, mark.inode)
            and self.size >= mark.offset
            and self.holds(mark)
        )

    def holds(self, mark: Mark) -> bool:
        """Whether the bytes that the mark knows stand where it knows them."""
        return (
            fingerprint(self.read(0, mark.head_len)) == mark.head_sha
            and fingerprint(self.tail(mark.offset)) == mark.tail_sha
        )


class Trail:
    """The bytes of a log that its next mark is made of, as they were read and not as they are now."""

    def __init__(self, opened: OpenLog, offset: int) -> None:
        self._opened = opened
        self.offset = offset
        self._head = opened.read(0, min(offset, PRINT_BYTES))
        self._tail = opened.tail(offset)

    def read(self, most: int) -> bytes:
        """The next bytes; none where the file was cut meanwhile."""
        chunk = self._opened.read(self.offset, most)
        self.offset += len(chunk)
        self._head += chunk[: PRINT_BYTES - len(self._head)]
        self._tail = (self._tail + chunk)[-PRINT_BYTES:]
        return chunk

    def mark(self) -> Mark:
        return Mark(
            self._opened.device,
            self._opened.inode,
            len(self._head),
            fingerprint(self._head),
            fingerprint(self._tail),
            self.offset,
        )


def fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
