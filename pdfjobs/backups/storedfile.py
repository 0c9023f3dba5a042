"""One file of a backup on its way: encrypted and measured into the store; measured again and decrypted out of it."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from pdfjobs.backups.diary import Shelf
from pdfjobs.backups.errors import BackupError, DamagedError
from pdfjobs.backups.manifest import StoredFile
from pdfjobs.backups.store import BLOCK


class Measure:
    """A file that only counts and hashes what is written to it, and hands it on where there is a `to`."""

    def __init__(self, to: BinaryIO | None = None) -> None:
        self._sha, self.size, self._to = hashlib.sha256(), 0, to

    def write(self, block: bytes) -> int:
        self._sha.update(block)
        self.size += len(block)
        if self._to is not None:
            self._to.write(block)
        return len(block)

    def flush(self) -> None:
        if self._to is not None:
            self._to.flush()

    @property
    def sha256(self) -> str:
        return self._sha.hexdigest()


def put(shelf: Shelf, path: str, source: BinaryIO, spool: Path) -> StoredFile:
    try:
        with tempfile.TemporaryFile(dir=spool) as sealed:
            measure = Measure(cast(BinaryIO, sealed))
            shelf.key.encrypt(source, cast(BinaryIO, measure))
            sealed.seek(0)
            shelf.store.write(path, cast(BinaryIO, sealed))
    except OSError as error:
        raise BackupError(f"{spool}: cannot be written: {error.strerror}") from error
    return StoredFile(size=measure.size, sha256=measure.sha256)


@contextmanager
def fetched(shelf: Shelf, path: str, wanted: StoredFile, spool: Path) -> Iterator[BinaryIO]:
    """What was put, once all of it is here and unchanged: DamagedError with the file's place."""
    place = shelf.store.place(path)
    with tempfile.TemporaryFile(dir=spool) as sealed, tempfile.TemporaryFile(dir=spool) as plain:
        measure = Measure(cast(BinaryIO, sealed))
        with shelf.store.opened(path) as source:
            while block := source.read(BLOCK):
                measure.write(block)
        if (measure.size, measure.sha256) != (wanted.size, wanted.sha256):
            raise DamagedError(
                f"{place}: damaged: {measure.size} bytes with SHA-256 {measure.sha256[:12]}…, not the"
                f" {wanted.size} with {wanted.sha256[:12]}… that were written;"
                " take another backup: manage.py backup --list"
            )
        sealed.seek(0)
        shelf.key.decrypt(cast(BinaryIO, sealed), cast(BinaryIO, plain), place)
        plain.seek(0)
        yield cast(BinaryIO, plain)
