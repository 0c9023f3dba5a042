"""What lies under a name is read only where it is a plain file, also when it is swapped at that moment."""

import os
import stat

import pytest

from pdfjobs.plainfile import NotPlainError, open_plain


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "plain").write_text("words")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("plain")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


@pytest.fixture
def swapped(monkeypatch):
    """What is opened was a plain file when it was looked at."""
    look = os.stat
    monkeypatch.setattr(
        os, "stat", lambda *_, **__: os.stat_result((stat.S_IFREG, *look("/dev/null")[1:]))
    )


def open_files():
    return len(os.listdir("/proc/self/fd"))


def test_a_plain_file_is_opened_by_path_and_by_its_folder(folder):
    above = os.open(folder, os.O_RDONLY)
    for fd in (open_plain(folder / "plain"), open_plain("plain", dir_fd=above)):
        with os.fdopen(fd) as file:
            assert file.read() == "words"
    os.close(above)


@pytest.mark.parametrize("name", ["folder", "link", "pipe"])
def test_nothing_else_is(folder, name):
    with pytest.raises(NotPlainError, match="no plain file"):
        open_plain(folder / name)


def test_a_device_is_not_even_for_a_moment():
    with pytest.raises(NotPlainError):
        open_plain("/dev/null")


@pytest.mark.parametrize("name", ["folder", "link", "pipe"])
def test_what_was_put_in_its_place_meanwhile_is_not_read_and_not_kept_open(folder, swapped, name):
    before = open_files()

    with pytest.raises(OSError):
        open_plain(folder / name)

    assert open_files() == before
