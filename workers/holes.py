"""Where a sparse file has data; holes and rows of NUL bytes are passed over, not read."""

import errno
import os

BLOCK = 1 << 20
NUL_BYTES = 64 << 20
"""NUL bytes really on the disk that are looked through for the end of the data."""


def next_data(fd: int, offset: int, size: int) -> int:
    """Where the next stored byte is: `offset`, or behind the hole that it lies in; `size` when there is none."""
    try:
        return min(os.lseek(fd, offset, os.SEEK_DATA), size)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return size
        return offset  # this file system knows no holes


def data_end(fd: int, size: int) -> int:
    """Where the data of a file of this size ends, without the NUL bytes behind it.

    Those are room made in advance, what a crash left, or bytes still on their way from another host: they say
    nothing, and bytes may yet come in their place. More than `NUL_BYTES` of them on the disk count as data.
    """
    if not size or os.pread(fd, 1, size - 1) != b"\0":
        return size
    end, looked = size, 0
    while looked < NUL_BYTES:
        end = _stored_end(fd, end)
        begin = max(0, end - BLOCK)
        kept = os.pread(fd, end - begin, begin).rstrip(b"\0")
        if kept or not begin:
            return begin + len(kept)
        looked += end - begin
        end = begin
    return size


def _stored_end(fd: int, end: int) -> int:
    """Behind the last stored byte before `end`, in some thirty questions however many holes there are."""
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        if next_data(fd, middle, end) < end:
            low = middle + 1
        else:
            high = middle
    return low
