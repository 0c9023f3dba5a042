"""Where backups lie: a folder, or a bucket of an S3-compatible server; `path` is a name with slashes below it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from pdfjobs.backups.errors import BackupError, MissingError
from pdfjobs.backups.setting import Backup

LOST = "lost+found"
"""Of a disk that backups have for themselves; nobody but root may look into it."""
BLOCK = 1024 * 1024
HALF = ".half-"
"""How a file is called while it is written; it never counts as one."""


class HalfMade(NamedTuple):
    """A file whose writing broke off, or goes on."""

    path: str
    begun: datetime
    mark: str
    """Which of those of this path."""


class Store(Protocol):
    """Raises BackupError with the file's place when it cannot."""

    def place(self, path: str) -> str:
        """How a person finds it."""

    def write(self, path: str, source: BinaryIO) -> None:
        """From where `source` stands to its end: whole, or not at all. It may be closed afterwards."""

    def opened(self, path: str) -> AbstractContextManager[BinaryIO]:
        """To read; MissingError when there is none."""

    def sizes(self, below: str = "") -> Iterator[tuple[str, int]]:
        """Path and bytes of each file whose path begins so."""

    def remove(self, path: str) -> None:
        """One file; none is as good."""

    def half_made(self, below: str = "") -> Iterator[HalfMade]:
        """Those that take room and that `sizes` does not show."""

    def drop(self, half: HalfMade) -> None:
        """Gives back its room."""


def open_store(setting: Backup, to: str) -> Store:
    if to.startswith("s3://"):
        from pdfjobs.backups.s3 import Bucket  # its library takes half a second to load

        return Bucket(setting, to)
    return Folder(Path(to))


class Folder:
    """Files of mode 0600 in folders of mode 0700."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def place(self, path: str) -> str:
        return str(self.root / path)

    def write(self, path: str, source: BinaryIO) -> None:
        target = self.root / path
        half = target.with_name(f"{HALF}{os.getpid()}-{target.name}")
        try:
            self._make(target.parent)
            fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "wb") as file:
                shutil.copyfileobj(source, file, BLOCK)
                file.flush()
                os.fsync(file.fileno())
            half.replace(target)
            _sync(target.parent)
        except OSError as error:
            half.unlink(missing_ok=True)
            raise BackupError(f"{target}: cannot be written: {error.strerror}") from error

    def _make(self, folder: Path) -> None:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir(mode=0o700, exist_ok=True)
            _sync(each.parent)

    @contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        try:
            file = (self.root / path).open("rb")
        except (FileNotFoundError, NotADirectoryError):
            raise MissingError(f"{self.place(path)}: not there") from None
        except OSError as error:
            raise BackupError(f"{self.place(path)}: cannot be read: {error.strerror}") from error
        with file:
            yield file

    def sizes(self, below: str = "") -> Iterator[tuple[str, int]]:
        start = self.root / below if below.endswith("/") else self.root
        try:
            for folder, folders, files in os.walk(start, onerror=_unless_missing):
                folders[:] = [name for name in folders if name != LOST]
                for name in files:
                    file = Path(folder, name)
                    path = file.relative_to(self.root).as_posix()
                    if path.startswith(below):
                        yield path, file.stat().st_size
        except OSError as error:
            where = error.filename or start
            raise BackupError(f"{where}: cannot be looked at: {error.strerror}") from error

    def remove(self, path: str) -> None:
        file = self.root / path
        try:
            file.unlink(missing_ok=True)
            for folder in file.parents:
                if folder == self.root or any(folder.iterdir()):
                    break
                folder.rmdir()
        except OSError as error:
            raise BackupError(f"{file}: cannot be removed: {error.strerror}") from error

    def half_made(self, below: str = "") -> Iterator[HalfMade]:
        return iter(())  # half a file is a file here

    def drop(self, half: HalfMade) -> None:
        raise AssertionError(half)


def _unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
