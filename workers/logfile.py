"""A log on the disk: opened without following links, identified, read from where the last reading stopped."""

import errno
import hashlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from pdfjobs.plainfile import NotPlainError, open_plain
from pdfjobs.services.intake import signed
from workers.filesystem import Doubts, tells_sizes_at_once
from workers.holes import data_end, next_data
from workers.parsers.report import HEAD_BYTES

PRINT_BYTES = 1024
"""How much of head and tail is fingerprinted."""

SHRUNK = Doubts()
"""Files on shared file systems that are said to be shorter than what was read of them."""
SHORT = Doubts()
"""Files that give fewer bytes than their size says."""

_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
_NEVER_A_LOG = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.ENAMETOOLONG}
)

log = logging.getLogger(__name__)


class NoLogError(Exception):
    """The path is not, or no longer, a regular file inside its root, or is closed to us."""


class ChangingLogError(OSError):
    """The log was written anew while it was read; what was read is of no use, so read it again."""


class UnsureLogError(OSError):
    """The file system contradicts what was read before, maybe out of an old cache; look again later."""


@dataclass(frozen=True)
class Mark:
    """What a former reading knew of the file."""

    device: int
    """Of that time; a share or image that is mounted again gets another, so nothing rests on it."""
    inode: int
    head_len: int
    head_sha: str
    tail_sha: str
    offset: int


class OpenLog:
    """An open log; a context manager.

    Every part of its path is opened relative to the one before it and never through a symbolic link, so no
    link, and no rename at the same moment, leads out of the root. The root itself may be a link.
    """

    def __init__(self, root: Path, path: Path | str) -> None:
        """Takes a Path below the root, or a text relative to it.

        Raises NoLogError when there is no such log, OSError when it cannot be told now: also when the root
        itself is not there.
        """
        self._fd = _open_beneath(root, _parts(root, path))
        try:
            info = os.fstat(self._fd)
            self.device, self.inode = signed(info.st_dev), signed(info.st_ino)
            self.mtime_ns = info.st_mtime_ns
            self.size = data_end(self._fd, info.st_size)
            """Without NUL bytes at the end of the file; what is written later does not count."""
        except BaseException:
            os.close(self._fd)
            raise

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
        """Whether this is still the file that was read up to the mark, grown or as it was.

        Raises UnsureLogError when it is shorter and that may be the word of an old cache.
        """
        if self.inode != mark.inode:
            return False
        head, tail = self.read(0, mark.head_len), self.tail(mark.offset)
        whole = len(head) == mark.head_len and len(tail) == min(mark.offset, PRINT_BYTES)
        if self.size >= mark.offset and whole:
            SHRUNK.clear((self.device, self.inode))
            return fingerprint(head) == mark.head_sha and fingerprint(tail) == mark.tail_sha
        rewritten = len(head) == mark.head_len and fingerprint(head) != mark.head_sha
        if not rewritten:
            self._make_sure_of_the_cut(mark)
        return False

    def holds(self, mark: Mark) -> bool:
        """Whether the bytes that the mark knows stand where it knows them."""
        return (
            fingerprint(self.read(0, mark.head_len)) == mark.head_sha
            and fingerprint(self.tail(mark.offset)) == mark.tail_sha
        )

    def data_after(self, offset: int) -> int:
        """Where the next bytes are, behind the hole if `offset` lies in one."""
        return next_data(self._fd, offset, self.size)

    def end_early(self, offset: int, *, may_wait: bool) -> None:
        """Answers that there was nothing to read at `offset`, before the size that it had when it was opened.

        Raises ChangingLogError when it was cut meanwhile. Else the bytes are not there yet, as NFS and Lustre may
        have it: UnsureLogError unless that `may_wait`; after a minute of that, this is the end.
        """
        if os.fstat(self._fd).st_size <= offset:
            raise ChangingLogError(f"cut to less than {offset} bytes while it was read")
        if may_wait:
            return
        if not SHORT.are_over((self.device, self.inode)):
            raise UnsureLogError(
                f"size {self.size}, but no more than {offset} bytes to be read yet"
            )
        self.size = offset

    def _make_sure_of_the_cut(self, mark: Mark) -> None:
        if tells_sizes_at_once(self._fd) or SHRUNK.are_over((self.device, self.inode)):
            return
        raise UnsureLogError(
            f"{self.size} bytes after {mark.offset} were read; cut, or an old size"
        )


class Trail:
    """The bytes of a log that its next mark is made of, as they were read and not as they are now."""

    def __init__(self, opened: OpenLog, offset: int) -> None:
        self._opened = opened
        self._begin = offset
        self.offset = offset
        self._head = opened.read(0, min(offset, PRINT_BYTES))
        self._tail = opened.tail(offset)

    def read(self, most: int) -> bytes:
        """The next bytes, up to the size that the log had when it was opened; none at that end.

        Of a hole a part is read and the rest is passed over. Raises ChangingLogError when the log was cut meanwhile,
        UnsureLogError when not even the first of its new bytes can be had.
        """
        opened = self._opened
        most = min(most, opened.size - self.offset)
        if most <= 0:
            return b""
        chunk = opened.read(self.offset, most)
        if not chunk:
            opened.end_early(self.offset, may_wait=self.offset > self._begin)
            return b""
        SHORT.clear((opened.device, opened.inode))
        self._pass(len(chunk), chunk)
        if not chunk.strip(b"\0"):
            hole = opened.data_after(self.offset) - self.offset
            self._pass(hole, bytes(min(hole, PRINT_BYTES)))
        return chunk

    def _pass(self, count: int, data: bytes) -> None:
        """Goes on by `count` bytes; `data` are these, or of a hole as many as are fingerprinted."""
        self.offset += count
        self._head += data[: PRINT_BYTES - len(self._head)]
        self._tail = (self._tail + data[-PRINT_BYTES:])[-PRINT_BYTES:]

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


def _parts(root: Path, path: Path | str) -> list[str]:
    """The names on the way from the root; raises NoLogError when the way leaves it."""
    if not isinstance(path, str):
        base = f"{root}/" if root.name else str(root)
        if not str(path).startswith(base):
            raise NoLogError(f"not below {root}: {path}")
        path = str(path)[len(base) :]
    parts = path.split("/")
    if "\0" in path or not {"", ".", ".."}.isdisjoint(parts):
        raise NoLogError(f"no way from a root to a file: {path}")
    return parts


def _open_beneath(root: Path, parts: list[str]) -> int:
    folder = os.open(root, _FOLDER)
    try:
        for part in parts[:-1]:
            inner = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        return open_plain(parts[-1], dir_fd=folder)
    except NotPlainError as error:
        raise NoLogError(f"{error.strerror}: {root}/{'/'.join(parts)}") from error
    except PermissionError as error:
        path = f"{root}/{'/'.join(parts)}"
        log.warning("%s cannot be read; give the service's user read permission", path)
        raise NoLogError(str(error)) from error
    except OSError as error:
        if error.errno in _NEVER_A_LOG:
            raise NoLogError(f"{error.strerror}: {root}/{'/'.join(parts)}") from error
        raise
    finally:
        os.close(folder)
