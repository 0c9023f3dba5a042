"""NUL bytes say nothing: holes are passed over, and those at the end wait for what comes in their place."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers import holes
from workers.holes import data_end, next_data
from workers.tests.follower import Follower, lines_of

GIGABYTE = 1 << 30
ROWS = b"".join(b"row %d\n" % number for number in range(400))


@pytest.fixture
def log(tmp_path) -> Path:
    path = tmp_path / "a.log"
    path.write_bytes(ROWS)
    return path


def write_at(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def test_a_hole_of_ten_gigabytes_is_not_read(log):
    write_at(log, 10 * GIGABYTE, b"behind\nhal")
    reader = Follower(log)

    reader.catch_up()

    behind = [(401, "behind")]
    assert reader.taken == lines_of(ROWS) + behind
    assert reader.mark.offset == 10 * GIGABYTE + 10
    assert reader.fed < 4 << 20

    write_at(log, 10 * GIGABYTE + 10, b"f\n")
    reader.catch_up()

    assert reader.taken == [*lines_of(ROWS), *behind, (402, "half")]
    assert reader.begun == 1


@pytest.mark.parametrize("most", [1000, 1 << 30])
def test_many_holes_are_passed_over_in_turns(log, most):
    for number in range(1, 20):
        write_at(log, number * GIGABYTE, b"text %d\n" % number)
    reader = Follower(log)

    while reader.turn(most):
        pass

    texts = [(400 + number, f"text {number}") for number in range(1, 20)]
    assert reader.taken == lines_of(ROWS) + texts


def test_room_made_in_advance_is_read_as_it_fills(log):
    """Some programs ask for a file's whole room first; copies from Windows do so too."""
    os.truncate(log, 10 * GIGABYTE)
    with log.open("r+b") as file:
        os.posix_fallocate(file.fileno(), len(ROWS), 1 << 20)
    reader = Follower(log)
    reader.catch_up()
    assert (reader.taken, reader.mark.offset) == (lines_of(ROWS), len(ROWS))

    write_at(log, len(ROWS), b"next\nhal")
    reader.catch_up()
    assert reader.taken == [*lines_of(ROWS), (401, "next")]

    write_at(log, len(ROWS) + 8, b"f\n")
    reader.catch_up()
    assert reader.taken == [*lines_of(ROWS), (401, "next"), (402, "half")]
    assert reader.begun == 1


def test_a_hole_from_the_first_byte_is_an_empty_log(tmp_path):
    path = tmp_path / "a.log"
    path.touch()
    os.truncate(path, GIGABYTE)
    reader = Follower(path)

    reader.catch_up()

    assert (reader.taken, reader.mark.offset, reader.fed) == ([], 0, 0)


def test_a_hole_in_the_first_kilobyte_belongs_to_the_fingerprint(log):
    reader = Follower(log)
    os.truncate(log, 100)
    write_at(log, 5000, ROWS)
    reader.catch_up()

    write_at(log, 500, b"late\n")
    reader.catch_up()

    assert reader.begun == 2
    assert reader.taken == lines_of(log.read_bytes())


def test_a_hole_before_the_first_line_is_fingerprinted_as_if_it_had_been_read(tmp_path):
    path = tmp_path / "a.log"
    path.touch()
    write_at(path, 20_000, b"row\n")
    reader = Follower(path)

    assert not reader.turn(block=64)

    assert reader.taken == [(1, "row")]
    assert reader.mark.head_len == 1024
    assert reader.fed < 5000


EXTENTS = st.lists(
    st.tuples(st.integers(0, 60_000), st.sampled_from([b"x", b"\0" * 9000, b"\0y\0", b"z" * 5000])),
    max_size=6,
)


@given(EXTENTS, st.integers(0, 100_000))
def test_the_end_of_the_data_is_behind_the_last_byte_that_is_not_nul(extents, size):
    with tempfile.NamedTemporaryFile() as file:
        os.truncate(file.fileno(), size)
        for offset, data in extents:
            os.pwrite(file.fileno(), data, offset)
        content = Path(file.name).read_bytes()

        assert data_end(file.fileno(), len(content)) == len(content.rstrip(b"\0"))
        for offset in (0, 4096, 50_000):
            assert not content[offset : next_data(file.fileno(), offset, len(content))].strip(b"\0")


@pytest.mark.parametrize(("nuls", "end"), [(1 << 20, 3), (3 << 20, 3), (5 << 20, (5 << 20) + 3)])
def test_only_so_many_nul_bytes_on_the_disk_are_looked_through(tmp_path, monkeypatch, nuls, end):
    monkeypatch.setattr(holes, "NUL_BYTES", 4 << 20)
    path = tmp_path / "a.log"
    path.write_bytes(b"end" + bytes(nuls))

    with path.open("rb") as file:
        assert data_end(file.fileno(), nuls + 3) == end


def test_a_file_system_that_knows_no_holes_is_read_byte_by_byte(log, monkeypatch):
    os.truncate(log, len(ROWS) + 100_000)

    def refuse(fd, offset, whence):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "lseek", refuse)
    reader = Follower(log)
    reader.catch_up()

    assert (reader.taken, reader.mark.offset) == (lines_of(ROWS), len(ROWS))
