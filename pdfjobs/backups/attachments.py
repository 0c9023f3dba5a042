"""Attachments in a store: each content once for all backups, under its fingerprint; a backup lists those it needs."""

import hashlib
import os
import re
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

from pdfjobs.backups.diary import Shelf
from pdfjobs.backups.errors import BackupError, DamagedError, MissingError
from pdfjobs.backups.storedfile import Measure, put

FOLDER = "attachments/"
Sizes = dict[str, int]
"""Bytes of each content, by its SHA-256."""


class LostError(BackupError):
    """The diary itself does not have it any more."""


def on_disk(folder: Path) -> Sizes:
    """Also of what was taken off its job: an undo may bring it back."""
    found = {}
    for file in folder.glob("??/*"):
        if re.fullmatch(r"[0-9a-f]{64}", file.name) and file.parent.name == file.name[:2]:
            found[file.name] = file.stat().st_size
    return found


def path_of(shelf: Shelf, sha256: str) -> str:
    """In the store."""
    name = shelf.key.name_of(sha256)
    return f"{FOLDER}{name[:2]}/{name}{shelf.key.ending}"


def known(shelf: Shelf) -> set[str]:
    """Paths of what the store has."""
    return {path for path, _size in shelf.store.sizes(FOLDER)}


def put_or_check(shelf: Shelf, sha256: str, folder: Path, known: set[str], spool: Path) -> None:
    """Afterwards the store has it, and has given it back whole. LostError where neither has it."""
    path = path_of(shelf, sha256)
    broken: BackupError | None = None
    if path in known:
        try:
            check(shelf, sha256)
        except BackupError as error:
            broken = error  # also where each reading breaks off: the disk still has it
        else:
            return
    try:
        opened = _opened(folder, sha256)
    except LostError:
        if broken is None or isinstance(broken, DamagedError | MissingError):
            raise
        raise broken from None  # which does not say that the store has lost it
    with opened as source:
        if path in known:
            # OpenStack Swift keeps the parts of a file that is written over.
            shelf.store.remove(path)
        put(shelf, path, source, spool)
    check(shelf, sha256)


def check(shelf: Shelf, sha256: str, to: BinaryIO | None = None) -> int:
    """Reads one, hands its bytes on, and returns how many; DamagedError when they are others."""
    path = path_of(shelf, sha256)
    place = shelf.store.place(path)
    measure = Measure(to)
    with shelf.store.opened(path) as source:
        shelf.key.decrypt(source, cast(BinaryIO, measure), place)
    if measure.sha256 != sha256:
        raise DamagedError(f"{place}: damaged: its bytes are not those that were put there")
    return measure.size


def bring(shelf: Shelf, wanted: Sizes, folder: Path) -> None:
    """Lays them down in a new folder as the diary does."""
    folder.mkdir(mode=0o700)
    for sha256 in wanted:
        file = folder / sha256[:2] / sha256
        file.parent.mkdir(mode=0o700, exist_ok=True)
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as target:
            check(shelf, sha256, target)
            target.flush()
            os.fsync(target.fileno())


def to_text(sizes: Sizes) -> bytes:
    return "".join(f"{sha256} {size}\n" for sha256, size in sorted(sizes.items())).encode()


def from_text(text: bytes) -> Sizes:
    pairs = (line.split(" ") for line in text.decode().splitlines())
    return {sha256: int(size) for sha256, size in pairs}


def _opened(folder: Path, sha256: str) -> BinaryIO:
    """Read through once; what fails later is the spool's or the store's fault."""
    file = folder / sha256[:2] / sha256
    with ExitStack() as opened:
        try:
            source = opened.enter_context(file.open("rb"))
            found = hashlib.file_digest(source, "sha256").hexdigest()
            source.seek(0)
        except OSError as error:
            raise LostError(f"{file}: cannot be read: {error.strerror}") from error
        if found != sha256:
            raise LostError(f"{file}: its bytes are not those that were attached any more")
        opened.pop_all()
        return source
