"""Archives made to break out, to fill the disk or the memory, or merely broken on the way."""

import gzip
import io
import itertools
import os
import struct
import tarfile
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workers.errors import RefusedDropError
from workers.intake import archives
from workers.tests.intake_scene import LIMITS, info, tarred, unpacked, zipped

__all__ = ["unpacked"]


def zip_with_mode(name: str, mode: int, content: bytes = b"/etc/passwd") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        archive.writestr(entry, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a.inp": b"x", "in/b": b""}, {"a.inp": b"x", "in": {"b": b""}}),
        ({"./a": b"x", "in/": b"", "in/./b": b"y"}, {"a": b"x", "in": {"b": b"y"}}),
        ({"A": b"1", "a": b"2"}, {"A": b"1", "a": b"2"}),
        ({"größe\n'.inp": b"x", "...": b"", "-i": b""}, {"größe\n'.inp": b"x", "...": b"", "-i": b""}),
        ({}, {}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_what_was_packed_is_unpacked(unpacked, files, expected, kind):
    if kind == "zip":
        packed = zipped(files)
    else:
        folders = {"type": tarfile.DIRTYPE}
        members = [(info(n, **folders if n.endswith("/") else {}), c) for n, c in files.items()]
        packed = tarred(*members, mode="w:gz" if kind == "tar.gz" else "w")

    assert unpacked(packed, f"a.{kind}") == expected


def test_a_tar_of_the_folder_itself_is_unpacked(unpacked):
    """As `tar czf case.tgz .` makes it: its first entry is "./"."""
    packed = tarred((info(".", type=tarfile.DIRTYPE), b""), (info("./a.inp"), b"x"))

    assert unpacked(packed, "a.tgz") == {"a.inp": b"x"}


def test_names_that_are_not_utf8_come_out_of_a_tar_as_they_are(unpacked):
    name = os.fsdecode(b"gr\xf6\xdfe.inp")

    assert unpacked(tarred((info(name), b"x")), "a.tgz") == {name: b"x"}


def test_modes_and_owners_of_an_archive_are_not_taken_over(unpacked, tmp_path):
    unpacked(tarred((info("a", mode=0o6777, uid=12345), b"x")), "a.tgz")

    status = (tmp_path / "in" / "target" / "a").stat()
    assert (status.st_mode & 0o7133, status.st_uid) == (0, os.geteuid())


BAD_NAMES = [
    ("../a", "would leave its folder"),
    ("in/../../a", "would leave its folder"),
    ("in/..", "would leave its folder"),
    ("/etc/a", "has an absolute or unusable name"),
    ("C:/a", "would leave its folder"),
    ("in\\a", "has an absolute or unusable name"),
    ("x" * 256, "has a name longer than 255 bytes"),
    ("ü" * 128, "has a name longer than 255 bytes"),
    ("a/" * 101 + "b", "lies more than 100 folders deep"),
    ("/".join(["x" * 250] * 20), "has a path that is too long"),
]


@pytest.mark.parametrize(("name", "words"), BAD_NAMES)
@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_a_name_that_leads_elsewhere_is_refused(unpacked, name, words, kind):
    packed = zipped({name: b"x"}) if kind == "zip" else tarred((info(name), b"x"))

    with pytest.raises(RefusedDropError, match=words):
        unpacked(packed, f"a.{kind}")


@pytest.mark.parametrize(
    "packed",
    [
        zip_with_mode("a", 0o120777),
        zip_with_mode("a", 0o010644),
        zip_with_mode("a", 0o020644),
        tarred((info("a", type=tarfile.SYMTYPE, linkname="/etc/passwd"), b"")),
        tarred((info("a", type=tarfile.LNKTYPE, linkname="/etc/passwd"), b"")),
        tarred((info("a", type=tarfile.SYMTYPE, linkname="b"), b""), (info("b"), b"x")),
        tarred((info("a", type=tarfile.CHRTYPE, devmajor=1, devminor=5), b"")),
        tarred((info("a", type=tarfile.BLKTYPE), b"")),
        tarred((info("a", type=tarfile.FIFOTYPE), b"")),
    ],
    ids=itertools.count(),
)
def test_links_and_special_files_are_refused(unpacked, packed):
    with pytest.raises(RefusedDropError, match=r"entry a is a link or a special file"):
        unpacked(packed, "a.zip")


@pytest.mark.parametrize(
    "names", [("a", "a"), ("a", "a/b"), ("a/b", "a"), ("a", "a/"), ("a/b/c", "a/b")]
)
def test_one_name_for_two_things_is_refused(unpacked, names):
    members = [(info(n, **({"type": tarfile.DIRTYPE} if n[-1] == "/" else {})), b"") for n in names]

    with pytest.raises(RefusedDropError, match="twice, or as file and as folder"):
        unpacked(tarred(*members), "a.tgz")


def encrypted() -> bytes:
    packed = bytearray(zipped({"a": b"x"}))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def lying_about_size() -> bytes:
    """1,000 bytes that call themselves 10, in both places that say so."""
    packed = bytearray(zipped({"a": bytes(1000)}))
    for at in (22, packed.index(b"PK\x01\x02") + 24):
        packed[at : at + 4] = struct.pack("<I", 10)
    return bytes(packed)


def bad_utf8_name() -> bytes:
    packed = bytearray(zipped({"\u00fc": b"x"}))
    return bytes(packed).replace("\u00fc".encode(), b"\xff\xff")


def unknown_compression() -> bytes:
    packed = bytearray(zipped({"a": b"x"}))
    for at in (8, packed.index(b"PK\x01\x02") + 10):
        packed[at : at + 2] = struct.pack("<H", 99)
    return bytes(packed)


TAR = tarred((info("a"), b"x" * 5000), (info("b"), b"y" * 5000), mode="w")


@pytest.mark.parametrize(
    ("packed", "words"),
    [
        (b"", "damaged or was cut off"),
        (b"hello", "damaged or was cut off"),
        (b"PK\x05\x06", "damaged or was cut off"),
        (zipped({"a": b"x" * 100})[:-30], "damaged or was cut off"),
        (encrypted(), "is encrypted; pack it without a password"),
        (lying_about_size(), "damaged or was cut off"),
        (bad_utf8_name(), "damaged or was cut off"),
        (unknown_compression(), "uses a compression that is not supported"),
        (TAR[:3000], "damaged or was cut off"),
        (TAR[:5632], "damaged or was cut off"),
        (TAR[:11264], "damaged or was cut off .it has no end mark"),
        (TAR[:5632] + b"\xff" * 6000, "damaged or was cut off"),
        (gzip.compress(TAR)[:-20], "damaged or was cut off"),
        (b"\x1f\x8b" + bytes(100), "damaged or was cut off"),
    ],
    ids=itertools.count(),
)
def test_a_broken_archive_is_refused(unpacked, packed, words):
    with pytest.raises(RefusedDropError, match=words):
        unpacked(packed)


@given(st.data())
@settings(max_examples=300, suppress_health_check=list(HealthCheck))
def test_a_damaged_archive_is_refused_or_unpacked_inside(tmp_path_factory, data):
    packed = bytearray(
        data.draw(
            st.sampled_from(
                [zipped({"a": b"x" * 99, "in/b": b""}), TAR, gzip.compress(TAR), encrypted()]
            )
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    top = tmp_path_factory.mktemp("fuzz")
    (top / "a.zip").write_bytes(packed[: data.draw(st.integers(0, len(packed)))])
    (top / "in").mkdir()

    try:
        archives.unpack(top / "a.zip", top / "in", LIMITS)
    except RefusedDropError as refusal:
        assert str(refusal).isprintable()
    assert sorted(os.listdir(top)) == ["a.zip", "in"]


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.zip", b"", True),
        ("A.ZIP", b"hello", True),
        ("a.tar.gz", b"\x1f\x8b", True),
        ("a.tgz", b"", True),
        ("a.inp", b"PK\x03\x04", True),
        ("a.inp", b"\x1f\x8b", False),
        ("zip", b"*HEADING", False),
        ("a.gz", b"\x1f\x8b", False),
    ],
)
def test_archives_are_known_by_ending_or_head(name, head, expected):
    assert archives.is_archive(name, head) is expected


def test_the_disks_own_errors_are_not_the_archives(tmp_path, monkeypatch):
    (tmp_path / "a.zip").write_bytes(zipped({"a": b"x"}))
    full = OSError(28, "No space left on device")
    monkeypatch.setattr(os, "open", lambda *_: (_ for _ in ()).throw(full))

    with pytest.raises(OSError, match="No space left"):
        archives.unpack(tmp_path / "a.zip", tmp_path / "in", LIMITS)
