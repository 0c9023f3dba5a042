"""Unpacks a dropped archive into an empty folder, and nothing outside it.

Names are checked before anything is written, sizes are counted while writing: what an archive says of itself
is not trusted. Links and special files are refused, since a deck needs none.
"""

import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from workers.errors import RefusedDropError

RATIO_MATTERS_FROM = 100 * 2**20
"""Bytes; small archives may be dense."""
BLOCK = 1 << 20
ENDINGS = (".zip", ".tar.gz", ".tgz", ".tar")


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
    size: int
    content: IO[bytes] | None
    fault: str = ""


def is_archive(name: str, head: bytes) -> bool:
    """Whether a file is one of the archives that intake unpacks."""
    lower = name.lower()
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return True
    return lower.endswith(ENDINGS) and (
        head.startswith(b"\x1f\x8b") or head[257:262] == b"ustar" or lower.endswith(".zip")
    )


def unpack(archive: Path, target: Path, limits: Limits) -> None:
    """Unpacks zip, tar and tar.gz into `target`, an empty folder.

    Raises RefusedDropError naming the member and the fault; the caller clears `target`.
    """
    packed = archive.stat().st_size
    written = 0
    try:
        for count, member in enumerate(_members(archive), 1):
            if count > limits.members:
                raise RefusedDropError(
                    f"The archive has more than {limits.members} entries; drop a smaller one."
                )
            path = _safe_path(target, member)
            if member.is_folder:
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            assert member.content is not None
            for block in iter(lambda content=member.content: content.read(BLOCK), b""):
                written += len(block)
                _check_size(written, packed, limits)
                _append(path, block)
            if not path.exists():
                _append(path, b"")
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise RefusedDropError(
            f"The archive is damaged or was cut off ({error}); pack it again and drop it again."
        ) from error
    except NotImplementedError as error:
        raise RefusedDropError(
            f"The archive uses a compression that is not supported ({error}); pack it as plain zip or tar.gz."
        ) from error


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


def _append(path: Path, block: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    with open(os.open(path, flags, 0o644), "ab") as file:
        file.write(block)


def _safe_path(target: Path, member: _Member) -> Path:
    parts = PurePosixPath(member.name).parts
    shown = ascii(member.name)[1:-1][:200]
    if member.fault:
        raise RefusedDropError(f"The archive's entry {shown} {member.fault}.")
    if not parts or member.name.startswith("/") or "\\" in member.name or "\0" in member.name:
        raise RefusedDropError(
            f"The archive's entry {shown} has an absolute or unusable name; pack it with relative names."
        )
    if ".." in parts or parts[0].endswith(":"):
        raise RefusedDropError(
            f"The archive's entry {shown} would leave its folder; pack it without '..'."
        )
    if any(len(os.fsencode(part)) > 255 for part in parts):
        raise RefusedDropError(f"The archive's entry {shown} has a name longer than 255 bytes.")
    path = target.joinpath(*parts)
    if path.exists() and not (member.is_folder and path.is_dir()):
        raise RefusedDropError(f"The archive holds {shown} twice; pack it again.")
    return path


def _members(archive: Path) -> Iterator[_Member]:
    with archive.open("rb") as file:
        head = file.read(4)
    return _zip_members(archive) if head[:2] == b"PK" else _tar_members(archive)


def _zip_members(archive: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():
            mode = info.external_attr >> 16
            fault = ""
            if info.flag_bits & 0x1:
                fault = "is encrypted; pack it without a password"
            elif mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                fault = "is a link or a special file; put the file itself into the archive"
            if fault or info.is_dir():
                yield _Member(info.filename, info.is_dir(), 0, None, fault)
                continue
            with packed.open(info) as content:
                yield _Member(info.filename, False, info.file_size, content)


def _tar_members(archive: Path) -> Iterator[_Member]:
    with closing(tarfile.open(archive, mode="r:*")) as packed:  # noqa: SIM115
        for info in packed:
            if info.isdir():
                yield _Member(info.name, True, 0, None)
            elif info.isreg():
                yield _Member(info.name, False, info.size, packed.extractfile(info))
            else:
                fault = "is a link or a special file; put the file itself into the archive"
                yield _Member(info.name, False, 0, None, fault)
