"""One number for all files of a folder, so that a walk sees at once where nothing changed."""

import zlib
from collections.abc import Iterable

from watcher.scan import FileStamp

MODULUS = 1 << 64
"""A folder's digest is the sum of its files' modulo this: 0 when there are none, and it changes file by file."""


def digest_of(name: str, stamp: FileStamp) -> int:
    """The same in every process of one Python version; 61 bits. Times of -1 and of -2 ns are one to it."""
    # The square keeps sums apart: of tuple hashes alone, one pair of files in ten adds up to the same with their
    # stamps swapped.
    mixed = hash((zlib.crc32(name.encode("utf-8", "surrogateescape")), stamp))
    return hash(mixed * mixed)


def digest_of_many(files: Iterable[tuple[str, FileStamp]]) -> int:
    """A folder's digest from the name and stamp of each of its files."""
    mixed = [
        hash((zlib.crc32(name.encode("utf-8", "surrogateescape")), stamp)) for name, stamp in files
    ]
    return sum([hash(one * one) for one in mixed]) % MODULUS


HASHING = str(digest_of("beam.sta", (1_234_567, 89, 1_700_000_000_123_456_789)))
"""Tells whether this Python hashes as the one that wrote digests down."""
