"""However a log grows and however long its lines are, a turn ends, stays small, and nothing is skipped."""

import subprocess
import sys
import tracemalloc

import pytest

from workers.parsers.text import LINE_BYTES
from workers.tests.follower import Follower, lines_of

WRITER = """
import sys
row = 0
with open(sys.argv[1], "ab", buffering=0) as log:
    while row < 40_000_000:
        log.write(b"".join(b"row %d\\n" % number for number in range(row, row + 20_000)))
        row += 20_000
"""


@pytest.fixture
def writer(tmp_path):
    """A process that writes rows to a.log as fast as it can."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "a.log")])
    yield process
    process.kill()
    process.wait()


def test_a_file_that_grows_faster_than_it_is_read_gets_turns_like_any_other(tmp_path, writer):
    path = tmp_path / "a.log"
    while not path.exists() or path.stat().st_size < 1 << 20:
        assert writer.poll() is None
    other = tmp_path / "b.log"
    fast, slow = Follower(path), Follower(other)

    for number in range(1, 21):
        before = fast.fed
        assert fast.turn(1 << 15)
        assert fast.fed == before + (1 << 15)
        with other.open("ab") as file:
            file.write(b"row\n")
        assert not slow.turn(1 << 15)
        assert len(slow.taken) == number
    assert writer.poll() is None
    writer.kill()
    writer.wait()

    with path.open("rb") as file:
        assert fast.taken == lines_of(file.read(fast.mark.offset))
    assert fast.begun == 1


MEGABYTES = 100


@pytest.fixture(
    scope="module",
    params=[b"x" * 1000, b"\xff\xfe" * 500, b"\xc3\xa4" * 500, b"\0x" * 500],
    ids=["text", "not UTF-8", "umlauts", "half NUL"],
)
def long_line(tmp_path_factory, request):
    """A log whose second line is of 100 MB."""
    path = tmp_path_factory.mktemp("long") / "a.log"
    megabyte = request.param * 1049
    with path.open("wb") as file:
        file.write(b"first\n")
        for _ in range(MEGABYTES):
            file.write(megabyte)
        file.write(b"\nthird\nfourth")
    yield path
    path.unlink()


def test_a_line_of_a_hundred_megabytes_costs_no_memory_and_no_line_after_it(long_line):
    reader = Follower(long_line)
    tracemalloc.start()
    try:
        reader.catch_up()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    (first, (number, text), third) = reader.taken
    assert (first, number, third) == ((1, "first"), 2, (3, "third"))
    assert len(text.encode("latin-1")) <= LINE_BYTES
    assert reader.fed == long_line.stat().st_size
    assert peak < 1 << 20


def test_turns_within_a_long_line_keep_what_they_must(long_line):
    reader = Follower(long_line)
    turns = 0

    while reader.turn(8 << 20):
        turns += 1

    assert turns == MEGABYTES * 1049000 // (8 << 20)
    assert [number for number, _ in reader.taken] == [1, 2, 3]


def test_a_last_line_without_newline_waits_until_it_is_whole(tmp_path):
    path = tmp_path / "a.log"
    reader = Follower(path)
    for piece in (b"one\ntw", b"o", b"\r", b"\nthree"):
        with path.open("ab") as file:
            file.write(piece)
        reader.catch_up()

    assert reader.taken == [(1, "one"), (2, "two")]
    assert reader.mark.offset == path.stat().st_size
