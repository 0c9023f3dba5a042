"""Archives made to fill the disk or the memory."""

import gzip
import io
import struct
import tarfile
import zipfile

import pytest

from workers.errors import RefusedDropError
from workers.intake.archives import Limits
from workers.tests.intake_scene import info, tarred, unpacked, zipped

__all__ = ["unpacked"]


def test_zeros_without_end_are_refused_after_100_megabytes(unpacked, tmp_path):
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros.inp", "w") as member,
    ):
        for _ in range(120):
            member.write(bytes(2**20))

    with pytest.raises(RefusedDropError, match="grows more than 200-fold"):
        unpacked(packed.getvalue())

    assert (tmp_path / "in" / "target" / "zeros.inp").stat().st_size <= 100 * 2**20


def overlapping(copies: int) -> bytes:
    """Many entries in the table of contents that share one member's bytes."""
    packed = zipped({"aaaa": bytes(1000)})
    start, end = packed.index(b"PK\x01\x02"), packed.index(b"PK\x05\x06")
    entry = packed[start:end]
    table = b"".join(entry.replace(b"aaaa", b"%04d" % n) for n in range(copies))
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, copies, copies, len(table), start, 0)
    return packed[:start] + table + tail


@pytest.mark.parametrize(
    ("packed", "limits", "words"),
    [
        (zipped({"a": b"x" * 60, "b": b"y" * 60}), Limits(100, 9, 200.0), "more than 100 bytes"),
        (tarred((info("a"), b"x" * 101)), Limits(100, 9, 200.0), "more than 100 bytes"),
        (zipped({str(n): b"" for n in range(11)}), Limits(10**6, 10, 200.0), "more than 10 entries"),
        (tarred(*((info(str(n)), b"") for n in range(11))), Limits(10**6, 10, 200.0), "more than 10 entries"),
        (overlapping(50), Limits(10**6, 1000, 200.0), "damaged"),
        (zipped({str(n): b"" for n in range(900)}), Limits(10**6, 10, 200.0), "more than 10 entries"),
    ],
    ids=["zip", "tar", "entries of a zip", "entries of a tar", "overlapping", "very many entries"],
)  # fmt: skip
def test_more_than_the_limits_is_refused(unpacked, packed, limits, words):
    with pytest.raises(RefusedDropError, match=words):
        unpacked(packed, "a.zip", limits)


def test_a_table_of_contents_that_would_fill_the_memory_is_not_read(unpacked, monkeypatch):
    packed = overlapping(900)
    monkeypatch.setattr(zipfile, "ZipFile", None)

    with pytest.raises(RefusedDropError, match="more than 10 entries"):
        unpacked(packed, "a.zip", Limits(10**6, 10, 200.0))


def test_a_tar_header_that_would_fill_the_memory_is_not_read(unpacked):
    """A long name is as long as its header says; gzip makes a gigabyte of it a megabyte of archive."""
    header = info("././@LongLink", type=tarfile.GNUTYPE_LONGNAME, size=40 * 2**20)
    packed = gzip.compress(header.tobuf() + b"x" * 40 * 2**20, 1)

    with pytest.raises(RefusedDropError, match="a header of more than a megabyte"):
        unpacked(packed, "a.tgz")


def sparse(size: int) -> bytes:
    """A GNU sparse file of one hole, as `tar --sparse` writes it."""
    header = bytearray(info("hole", type=tarfile.GNUTYPE_SPARSE).tobuf(tarfile.GNU_FORMAT))
    header[386:483] = bytes(97)
    header[483:495] = b"%011o\0" % size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(1024)


def test_holes_in_a_tar_count_as_what_they_become(unpacked):
    assert unpacked(sparse(1000), "a.tar") == {"hole": bytes(1000)}


def test_a_hole_of_gigabytes_is_refused(unpacked):
    with pytest.raises(RefusedDropError, match=r"unpacks to more than|grows more than"):
        unpacked(sparse(8 * 2**30 - 1), "a.tar", Limits(10**8, 10, 200.0))
