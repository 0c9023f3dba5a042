"""Unpacks a dropped archive into an empty folder, and nothing outside it.

Names are checked before anything is written, sizes are counted while writing: what an archive says of itself
is not trusted. Links and special files are refused, since a deck needs none.
"""

import errno
import gzip
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from workers.errors import RefusedDropError

RATIO_MATTERS_FROM = 100 * 2**20
"""Bytes; small archives may be dense."""
BLOCK = 1 << 20
DEEPEST = 100
"""Folders inside folders; beyond it paths get too long for the solvers, and then for the system."""
ENTRY_BYTES = 1024
"""What the name and the other words about one entry take at most, on average."""
ENDINGS = (".zip", ".tar.gz", ".tgz", ".tar")
SPECIAL = "is a link or a special file; put the file itself into the archive"


@dataclass(frozen=True)
class Limits:
    """What an archive may become when unpacked."""

    total_bytes: int
    members: int
    ratio: float


@dataclass
class _Member:
    name: str
    is_folder: bool
    content: IO[bytes] | None
    fault: str = ""


def is_archive(name: str, head: bytes) -> bool:
    """Whether a file is one of the archives that intake unpacks, by its ending or as a zip by its first bytes."""
    return name.lower().endswith(ENDINGS) or head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def unpack(archive: Path, target: Path, limits: Limits) -> None:
    """Unpacks zip, tar and tar.gz into `target`, an empty folder.

    Raises RefusedDropError naming the member and the fault, OSError when `target` cannot be written; the caller
    clears `target`.
    """
    packed = archive.stat().st_size
    written = 0
    with closing(_members(archive, limits)) as members:
        for count, member in enumerate(_each(members), 1):
            if count > limits.members:
                raise _too_many(limits)
            path = _safe_path(target, member)
            with _words_for_the_place(member):
                if member.content is None:
                    path.mkdir(parents=True, exist_ok=True)
                    continue
                path.parent.mkdir(parents=True, exist_ok=True)
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                with os.fdopen(os.open(path, flags, 0o644), "wb") as file:
                    for block in _blocks(member.content):
                        written += len(block)
                        _check_size(written, packed, limits)
                        file.write(block)


def _each(members: Iterator[_Member]) -> Iterator[_Member]:
    while True:
        with _reading():
            member = next(members, None)
        if member is None:
            return
        yield member


def _blocks(content: IO[bytes]) -> Iterator[bytes]:
    while True:
        with _reading():
            block = content.read(BLOCK)
        if not block:
            return
        yield block


@contextmanager
def _reading() -> Iterator[None]:
    """Turns what the libraries raise for bytes that make no sense into words; the disk's own errors stay."""
    try:
        yield
    except NotImplementedError as error:
        raise RefusedDropError(
            f"The archive uses a compression that is not supported ({error}); pack it as plain zip or tar.gz."
        ) from error
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        lzma.LZMAError,
        struct.error,
        EOFError,
        ValueError,
        LookupError,
        OverflowError,
        RuntimeError,
    ) as error:
        raise _damaged(str(error)) from error
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # bad blocks and bad offsets come as these
            raise
        raise _damaged(str(error)) from error


@contextmanager
def _words_for_the_place(member: _Member) -> Iterator[None]:
    """Turns what the file system refuses because of a member's name into words."""
    try:
        yield
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise RefusedDropError(
            f"The archive holds {_shown(member)} twice, or as file and as folder; pack it again."
        ) from error
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise RefusedDropError(
            f"The archive's entry {_shown(member)} has a path that is too long; pack it with shorter names."
        ) from error


def _damaged(why: str) -> RefusedDropError:
    return RefusedDropError(
        f"The archive is damaged or was cut off ({why}); pack it again and drop it again."
    )


def _too_many(limits: Limits) -> RefusedDropError:
    return RefusedDropError(
        f"The archive has more than {limits.members} entries (intake.max_members); drop a smaller one."
    )


def _check_size(written: int, packed: int, limits: Limits) -> None:
    if written > limits.total_bytes:
        raise RefusedDropError(
            f"The archive unpacks to more than {limits.total_bytes:,} bytes, the limit of"
            " intake.max_unpacked_bytes; drop a smaller one."
        )
    if written > RATIO_MATTERS_FROM and written > packed * limits.ratio:
        raise RefusedDropError(
            f"The archive grows more than {limits.ratio:g}-fold when unpacked, which no deck does;"
            " it was not unpacked (intake.max_ratio)."
        )


def _shown(member: _Member) -> str:
    return ascii(member.name)[1:-1][:200]


def _safe_path(target: Path, member: _Member) -> Path:
    parts = PurePosixPath(member.name).parts
    entry = f"The archive's entry {_shown(member)}"
    if member.fault:
        raise RefusedDropError(f"{entry} {member.fault}.")
    if member.name.startswith("/") or "\\" in member.name or "\0" in member.name:
        raise RefusedDropError(
            f"{entry} has an absolute or unusable name; pack it with relative names and '/' between folders."
        )
    if ".." in parts or (parts and parts[0].endswith(":")):
        raise RefusedDropError(f"{entry} would leave its folder; pack it without '..'.")
    if not parts and not member.is_folder:
        raise RefusedDropError(f"{entry} is a file without a name; pack it again.")
    if any(len(os.fsencode(part)) > 255 for part in parts):
        raise RefusedDropError(f"{entry} has a name longer than 255 bytes.")
    if len(parts) > DEEPEST:
        raise RefusedDropError(f"{entry} lies more than {DEEPEST} folders deep; pack it flatter.")
    return target.joinpath(*parts)


def _members(archive: Path, limits: Limits) -> Generator[_Member, None, None]:
    with archive.open("rb") as file:
        head = file.read(2)
    if head == b"PK":
        _check_contents_table(archive, limits)
        return _zip_members(archive)
    return _tar_members(archive, head == b"\x1f\x8b")


def _check_contents_table(archive: Path, limits: Limits) -> None:
    """Refuses a zip whose table of contents, which is read as a whole, is far too long for its entries."""
    with archive.open("rb") as file:
        file.seek(max(0, archive.stat().st_size - 0x10000 - 98))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    # The end record gives the table's size 12 bytes in; a record of large archives before it, 40 bytes in.
    sizes = [int.from_bytes(tail[end + 12 : end + 16], "little")] if end >= 0 else [0]
    if end >= 76 and tail[end - 20 : end - 16] == b"PK\x06\x07":
        sizes = [int.from_bytes(tail[end - 36 : end - 28], "little")]
    if sizes[0] > limits.members * ENTRY_BYTES:
        raise _too_many(limits)


def _zip_members(archive: Path) -> Generator[_Member, None, None]:
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():
            mode = info.external_attr >> 16
            fault = ""
            if info.flag_bits & 0x1:
                fault = "is encrypted; pack it without a password"
            elif mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                fault = SPECIAL
            if fault or info.is_dir():
                yield _Member(info.filename, info.is_dir(), None, fault)
                continue
            with packed.open(info) as content:
                yield _Member(info.filename, False, content)


class _TarBytes:
    """A tar's bytes; refuses to give so many at once as only the words about an entry made to fill the memory take."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= BLOCK:
            raise _damaged("an entry with a header of more than a megabyte")
        return self._file.read(size)


def _tar_members(archive: Path, is_gzip: bool) -> Generator[_Member, None, None]:
    with gzip.open(archive) if is_gzip else archive.open("rb") as file:
        content = _TarBytes(cast(IO[bytes], file))
        with tarfile.open(fileobj=cast(IO[bytes], content), mode="r:") as tar:
            for info in tar:
                if info.isdir():
                    yield _Member(info.name, True, None)
                elif info.isreg():
                    yield _Member(info.name, False, tar.extractfile(info))
                else:
                    yield _Member(info.name, False, None, SPECIAL)
            # Without its end mark the rest may be missing; tarfile takes that for an end.
            content.seek(tar.offset)
            if content.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
                raise _damaged("it has no end mark")
