"""A share may tell an old size: it is believed when the head has changed, or after a minute; a disk at once."""

import os
from pathlib import Path

import pytest

from workers import logfile
from workers.filesystem import CACHE_S, FORGOTTEN_S, LOCAL, Doubts, tells_sizes_at_once, type_of
from workers.logfile import ChangingLogError, OpenLog, Trail, UnsureLogError

TEXT = b"".join(b"row %d\n" % number for number in range(1000))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(logfile, "SHRUNK", Doubts(clock))
    monkeypatch.setattr(logfile, "SHORT", Doubts(clock))
    return clock


@pytest.fixture
def share(monkeypatch) -> None:
    """The tests' disk counts as a share; what an old cache says of a file is made by cutting it."""
    monkeypatch.setattr(logfile, "tells_sizes_at_once", lambda fd: False)


@pytest.fixture
def log(tmp_path) -> Path:
    path = tmp_path / "a.log"
    path.write_bytes(TEXT)
    return path


def mark_of(path):
    with OpenLog(path.parent, path) as opened:
        trail = Trail(opened, 0)
        while trail.read(1 << 20):
            pass
        return trail.mark()


def goes_on(path, mark) -> bool:
    with OpenLog(path.parent, path) as opened:
        return opened.goes_on(mark)


@pytest.mark.parametrize("size", [0, 100, 1024, 5000])
def test_an_old_size_is_waited_out_and_nothing_is_read_again(log, share, clock, size):
    mark = mark_of(log)
    os.truncate(log, size)
    with pytest.raises(UnsureLogError):
        goes_on(log, mark)

    log.write_bytes(TEXT + b"more\n")

    assert goes_on(log, mark)


def test_a_size_that_stays_smaller_for_a_minute_is_a_cut(log, share, clock):
    mark = mark_of(log)
    os.truncate(log, 5000)
    for second in (0, 1, CACHE_S / 2, CACHE_S - 1):
        clock.now = 1000 + second
        with pytest.raises(UnsureLogError):
            goes_on(log, mark)

    clock.now = 1000 + CACHE_S

    assert not goes_on(log, mark)
    assert not goes_on(log, mark)  # also when the reading after the first answer came to nothing


def test_a_good_look_between_two_bad_ones_begins_the_minute_anew(log, share, clock):
    mark = mark_of(log)
    for second in (0, CACHE_S):
        clock.now = 1000 + second
        os.truncate(log, 5000)
        with pytest.raises(UnsureLogError):
            goes_on(log, mark)
        log.write_bytes(TEXT)
        assert goes_on(log, mark)


def test_looks_far_apart_are_of_two_doubts(log, share, clock):
    mark = mark_of(log)
    os.truncate(log, 5000)
    for second in (0, FORGOTTEN_S + 1):
        clock.now = 1000 + second
        with pytest.raises(UnsureLogError):
            goes_on(log, mark)


@pytest.mark.parametrize("data", [b"other" * 300, b"other" * 300 + TEXT], ids=["shorter", "longer"])
def test_another_head_on_a_share_is_another_log_at_once(log, share, clock, data):
    mark = mark_of(log)

    log.write_bytes(data)

    assert not goes_on(log, mark)


def test_another_file_on_a_share_is_another_log_at_once(log, share, clock):
    mark = mark_of(log)
    other = log.with_name("other")
    other.write_bytes(TEXT[:5000])

    other.rename(log)

    assert not goes_on(log, mark)


@pytest.mark.parametrize("size", [0, 100, 5000])
def test_a_disk_is_believed_at_once(log, clock, size):
    mark = mark_of(log)

    os.truncate(log, size)

    assert not goes_on(log, mark)


def test_the_disks_of_this_machine_are_known_by_their_mount(tmp_path):
    with Path("/proc/self/mountinfo").open() as table:
        types = {line.split(" - ")[1].split()[0] for line in table}
    for place in (tmp_path, Path("/dev/shm")):
        fd = os.open(place, os.O_RDONLY)
        try:
            assert type_of(fd) in types & LOCAL
            assert tells_sizes_at_once(fd)
        finally:
            os.close(fd)


@pytest.mark.parametrize("place", ["/proc", "/sys"])
def test_any_other_file_system_is_doubted(place):
    fd = os.open(place, os.O_RDONLY)
    try:
        assert not tells_sizes_at_once(fd)
    finally:
        os.close(fd)
    assert not tells_sizes_at_once(fd)  # closed: nothing can be told of it


# A file of the kernel: its size is said to be 4096 bytes, and there are but a few.
SHORT_LOG = "uevent_seqnum"
KERNEL = Path("/sys/kernel")


def test_fewer_bytes_than_the_size_says_end_the_turn_and_the_rest_is_waited_for(clock):
    there = len((KERNEL / SHORT_LOG).read_bytes())
    with OpenLog(KERNEL, SHORT_LOG) as opened:
        assert opened.size > there
        trail = Trail(opened, 0)

        assert trail.read(1 << 20) and not trail.read(1 << 20)
        assert (trail.offset, trail.offset < opened.size) == (there, True)
        with pytest.raises(UnsureLogError):
            Trail(opened, there).read(1 << 20)


def test_bytes_that_do_not_come_in_a_minute_do_not_exist(clock):
    there = len((KERNEL / SHORT_LOG).read_bytes())
    with OpenLog(KERNEL, SHORT_LOG) as opened, pytest.raises(UnsureLogError):
        Trail(opened, there).read(1 << 20)
    clock.now += CACHE_S

    with OpenLog(KERNEL, SHORT_LOG) as opened:
        trail = Trail(opened, there)

        assert trail.read(1 << 20) == b""
        assert opened.size == trail.offset == there


def test_a_log_cut_while_it_is_read_is_said_to_change(log, clock):
    with OpenLog(log.parent, log) as opened:
        trail = Trail(opened, 0)
        trail.read(2000)
        os.truncate(log, 1000)

        with pytest.raises(ChangingLogError):
            trail.read(2000)


def test_doubts_do_not_pile_up(monkeypatch, clock):
    monkeypatch.setattr("workers.filesystem.MOST_DOUBTS", 3)
    doubts = Doubts(clock)
    for inode in range(5):
        doubts.are_over((1, inode))
    clock.now += CACHE_S

    assert [doubts.are_over((1, inode)) for inode in (4, 3, 2, 1)] == [True, True, True, False]
