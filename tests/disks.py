"""File systems of the tests' own, which they fill up and take away."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _mount(*words: str) -> None:
    done = subprocess.run(["mount", *words], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"needs root and the right to mount: {done.stderr.strip()}")


def unmount(place: Path) -> None:
    """Also while a file below it is open; whoever has it open keeps it."""
    subprocess.run(["umount", "--lazy", str(place)], check=True, capture_output=True)


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """A file system in memory at this place."""
    place.mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place))
    try:
        yield place
    finally:
        unmount(place)


class Image:
    """A file with a file system in it: what was written stays, wherever it is mounted."""

    def __init__(self, file: Path, megabytes: int = 32) -> None:
        self._file = file
        with file.open("wb") as empty:
            empty.truncate(megabytes * 2**20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(file)], check=True, capture_output=True)

    def mount(self, place: Path) -> None:
        place.mkdir(parents=True, exist_ok=True)
        _mount("-o", "loop", str(self._file), str(place))

    @contextmanager
    def mounted(self, place: Path) -> Iterator[Path]:
        self.mount(place)
        try:
            yield place
        finally:
            if os.path.ismount(place):
                unmount(place)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Not a byte is left on the file system of this folder."""
    filler = folder / ".filler"
    with filler.open("wb", buffering=0) as file:
        for size in (2**20, 2**12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
        try:
            yield
        finally:
            filler.unlink()


@contextmanager
def hanging(place: Path) -> Iterator[None]:
    """Whoever touches this place waits, as on a share whose server is gone: nobody answers for its file system."""
    kernel = _unserved(place)
    try:
        yield
    finally:
        unmount(place)
        os.close(kernel)  # who waits there is refused now


@contextmanager
def refusing(place: Path) -> Iterator[None]:
    """Whoever looks into this folder is refused, root too: what served its file system has ended."""
    place.mkdir(parents=True)
    os.close(_unserved(place))
    try:
        yield
    finally:
        unmount(place)


def _unserved(place: Path) -> int:
    """Mounts a file system of FUSE there; the descriptor that one would answer by."""
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        kernel = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        pytest.skip(f"needs FUSE: {error}")
    options = f"fd={kernel},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    if libc.mount(b"unserved", os.fsencode(place), b"fuse", 0, options):
        os.close(kernel)
        pytest.skip(f"needs the right to mount: {os.strerror(ctypes.get_errno())}")
    return kernel
