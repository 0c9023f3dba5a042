"""A log is known again by place, head and tail, and nothing but a file inside its root is read."""

import os

import pytest

from workers.logfile import PRINT_BYTES, NoLogError, OpenLog, Trail


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


def link_outside(path):
    (path.parent.parent / "elsewhere.log").write_text("secret")
    path.symlink_to("../elsewhere.log")


@pytest.mark.parametrize(
    "make",
    [
        lambda path: None,
        lambda path: path.mkdir(),
        lambda path: os.mkfifo(path),
        link_outside,
        lambda path: path.symlink_to(path.parent / "a.log"),
    ],
    ids=["nothing", "a folder", "a pipe", "a link out", "a link inside"],
)
def test_what_is_no_file_is_no_log(tmp_path, log, make):
    root = tmp_path / "root"
    root.mkdir()
    path = root / "b.log"
    make(path)

    with pytest.raises(NoLogError):
        OpenLog(root, path)


def test_a_folder_that_is_a_link_out_of_the_root_is_not_followed(tmp_path, log):
    root = tmp_path / "root"
    root.mkdir()
    (root / "case").symlink_to(tmp_path)

    with pytest.raises(NoLogError):
        OpenLog(root, root / "case" / "a.log")
