"""A log is known again by its inode, its head as far as it was read, and what stands before the last byte read."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workers.logfile import PRINT_BYTES, OpenLog, Trail


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(bytes(range(256)) * 20)
    return path


def mark_of(path, offset):
    with OpenLog(path.parent, path) as opened:
        trail = Trail(opened, 0)
        while trail.offset < offset:
            trail.read(min(700, offset - trail.offset))
        return trail.mark()


def goes_on(path, mark) -> bool:
    with OpenLog(path.parent, path) as opened:
        return opened.goes_on(mark)


def change(path, at, byte=b"x"):
    with path.open("r+b") as file:
        file.seek(at)
        file.write(byte)


@pytest.mark.parametrize("offset", [1, PRINT_BYTES - 1, PRINT_BYTES, PRINT_BYTES + 1, 5120])
def test_a_file_as_it_was_and_a_grown_one_go_on(log, offset):
    mark = mark_of(log, offset)
    assert goes_on(log, mark)

    with log.open("ab") as file:
        file.write(b"more")

    assert goes_on(log, mark)


@pytest.mark.parametrize(
    ("at", "known"),
    [(0, True), (PRINT_BYTES - 1, True), (3000 - PRINT_BYTES, True), (2999, True), (3000, False)],
)
def test_a_byte_changed_in_head_or_tail_is_seen_and_one_not_read_is_not(log, at, known):
    mark = mark_of(log, 3000)

    change(log, at)

    assert goes_on(log, mark) is not known


def test_the_same_head_and_a_greater_size_do_not_make_it_the_same(log):
    """Banners of a solver are alike; what was read last is not."""
    mark = mark_of(log, 4000)
    banner = log.read_bytes()[:PRINT_BYTES]

    log.write_bytes(banner + b"of another run " * 500)

    assert not goes_on(log, mark)


def test_a_shorter_file_is_another(log):
    mark = mark_of(log, 3000)

    os.truncate(log, 2999)

    assert not goes_on(log, mark)


def test_a_copy_in_its_place_is_another(log):
    mark = mark_of(log, 3000)
    copy = log.with_name("copy")
    copy.write_bytes(log.read_bytes())

    copy.rename(log)

    assert not goes_on(log, mark)


def test_an_inode_that_is_given_again_is_told_by_its_bytes(log):
    mark = mark_of(log, 3000)
    change(log, 10)  # as if deleted and made anew, with the inode that had become free
    os.truncate(log, 4000)

    assert not goes_on(log, mark)


def test_the_mark_is_of_what_was_read_and_not_of_what_stands_there_later(log):
    with OpenLog(log.parent, log) as opened:
        trail = Trail(opened, 0)
        trail.read(3000)
        change(log, 2990)

        mark = trail.mark()

        assert not opened.holds(mark)


def test_a_log_on_a_share_that_was_mounted_again_is_the_same(log):
    """It has another device number then: every log used to be read from its first byte after a mount."""
    mark = replace(mark_of(log, 3000), device=99)

    assert goes_on(log, mark)


def test_the_fingerprint_of_the_head_grows_with_the_file(tmp_path):
    log = tmp_path / "a.log"
    lengths = []
    for size in (0, 10, PRINT_BYTES - 1, PRINT_BYTES + 1, 5000):
        log.write_bytes(bytes(range(250)) * 20)
        os.truncate(log, size)
        mark = mark_of(log, size)
        lengths.append(mark.head_len)
        assert goes_on(log, mark)

    assert lengths == [0, 10, PRINT_BYTES - 1, PRINT_BYTES, PRINT_BYTES]


SHARED_MEMORY = Path("/dev/shm")
BANNER = b"CalculiX Version 2.20\n" * 60


@pytest.mark.parametrize("place", ["disk", "memory"])
@pytest.mark.parametrize(
    "after",
    [BANNER + b"b" * 3000, BANNER + b"b" * 9000, BANNER + b"b" * 100, BANNER[:500], b""],
    ids=["same size", "longer", "shorter", "part of the banner", "empty"],
)
def test_a_file_deleted_and_made_anew_is_another_also_with_the_same_inode(tmp_path, place, after):
    """ext4 gives an inode that has become free to the next file."""
    with tempfile.TemporaryDirectory(
        dir=SHARED_MEMORY if place == "memory" else tmp_path
    ) as folder:
        log = Path(folder) / "a.log"
        inodes = []
        for _ in range(20):
            log.write_bytes(BANNER + b"a" * 3000)
            mark = mark_of(log, log.stat().st_size)
            log.unlink()
            log.write_bytes(after)
            inodes.append(log.stat().st_ino == mark.inode)
            assert not goes_on(log, mark)
            log.unlink()

        log.write_bytes(BANNER + b"a" * 3000)
        mark = mark_of(log, log.stat().st_size)
        log.write_bytes(after)  # where no inode came again, this one has
        assert not goes_on(log, mark)


CONTENTS = st.lists(st.sampled_from([b"a", b"b\n", b"ab" * 500, BANNER[:800]]), max_size=8).map(
    lambda parts: b"".join(parts)[: 2 * PRINT_BYTES]
)


@given(before=CONTENTS, after=CONTENTS, share=st.floats(0, 1))
@example(BANNER, BANNER + b"\n", 1)
@example(b"a" * 2048, b"a" * 1024 + b"b" + b"a" * 1023, 1)
def test_of_two_kilobytes_every_byte_is_known(before, after, share):
    """Of longer logs the first and the last kilobyte; a change between them alone is not noticed."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "a.log"
        log.write_bytes(before)
        offset = int(len(before) * share)
        mark = mark_of(log, offset)

        log.write_bytes(after)

        assert goes_on(log, mark) is after.startswith(before[:offset])
