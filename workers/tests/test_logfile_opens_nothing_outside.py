"""Nothing is read but a regular file inside its root, whatever stands on the way there."""

import os
import socket
from pathlib import Path

import pytest

from workers.logfile import NoLogError, OpenLog


@pytest.fixture
def root(tmp_path) -> Path:
    made = tmp_path / "root"
    (made / "case" / "inner").mkdir(parents=True)
    (made / "case" / "inner" / "a.log").write_text("ours")
    (made / "case" / "a.log").write_text("ours")
    outside = tmp_path / "outside" / "inner"
    outside.mkdir(parents=True)
    (outside / "a.log").write_text("secret")
    (outside.parent / "a.log").write_text("secret")
    return made


def content(root, path) -> bytes:
    with OpenLog(root, path) as opened:
        return opened.head()


@pytest.mark.parametrize("path", ["case/a.log", "case/inner/a.log"])
def test_a_path_is_relative_text_or_a_path_below_the_root(root, path):
    assert content(root, path) == content(root, root / path) == b"ours"


def test_a_root_may_be_a_link(root, tmp_path):
    (tmp_path / "link").symlink_to("root")

    assert content(tmp_path / "link", "case/a.log") == b"ours"


def test_a_name_that_is_not_utf_8_is_opened(root):
    name = os.fsdecode(b"B\xfcgel.log")
    (root / name).write_text("ours")

    assert content(root, name) == b"ours"


def bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))


@pytest.mark.parametrize(
    "make",
    [
        lambda path: None,
        lambda path: path.mkdir(),
        lambda path: os.mkfifo(path),
        bind,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to("../../outside/a.log"),
        lambda path: path.symlink_to("a.log"),
        lambda path: path.symlink_to(path),
    ],
    ids=[
        "nothing",
        "a folder",
        "a pipe",
        "a socket",
        "a device",
        "a link out",
        "a link inside",
        "a ring",
    ],
)
def test_what_is_no_file_is_no_log_and_is_not_opened(root, make, monkeypatch):
    """A pipe's writer would take us for its reader, and be killed when we close it."""
    path = root / "case" / "b.log"
    monkeypatch.chdir(root)
    make(path)
    opened = []
    monkeypatch.setattr(os, "open", noting(os.open, opened))

    with pytest.raises(NoLogError):
        OpenLog(root, path)

    assert "b.log" not in opened


def noting(real, names):
    def opening(path, *args, **kwargs):
        names.append(str(path))
        return real(path, *args, **kwargs)

    return opening


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "case",
        "case/",
        "../outside/a.log",
        "case/../../outside/a.log",
        "case/../case/a.log",
        "case//a.log",
        "/case/a.log",
        "case/a.log/",
        "case/a.log/b",
        "case/" + "x" * 300,
        "case/a\0.log",
        "nowhere/a.log",
    ],
)
def test_a_way_that_leaves_the_root_or_leads_to_no_file_is_refused(root, path):
    with pytest.raises(NoLogError):
        OpenLog(root, path)


@pytest.mark.parametrize("path", ["../outside/a.log", "../rootless/a.log", "../outside"])
def test_a_path_that_is_not_below_the_root_is_refused(root, path):
    with pytest.raises(NoLogError):
        OpenLog(root, Path(os.path.normpath(root / path)))


@pytest.mark.parametrize("target", ["../outside", "/", "inner", "."])
def test_a_folder_that_is_a_link_is_not_followed(root, target):
    (root / "case" / "link").symlink_to(target)

    with pytest.raises(NoLogError):
        OpenLog(root, "case/link/a.log")


@pytest.mark.parametrize("step", range(6))
@pytest.mark.parametrize("swapped", ["case", "case/inner", "case/inner/a.log"])
def test_a_folder_or_file_swapped_for_a_link_at_any_moment_leads_nowhere_else(
    root, tmp_path, monkeypatch, step, swapped
):
    """What is read is what stood inside, or nothing."""
    steps = []
    outside = Path(str(root / swapped).replace("root/case", "outside"))
    assert outside.exists()

    def swap():
        steps.append(1)
        if len(steps) == step + 1:
            (root / swapped).rename(tmp_path / "away")
            (root / swapped).symlink_to(outside)

    for name in ("open", "stat"):
        monkeypatch.setattr(os, name, before_each(getattr(os, name), swap))
    try:
        read = content(root, "case/inner/a.log")
    except NoLogError:
        read = b"nothing"
    monkeypatch.undo()

    assert read in (b"ours", b"nothing")
    if len(steps) <= step:
        assert read == b"ours"


def before_each(real, do):
    def called(*args, **kwargs):
        do()
        return real(*args, **kwargs)

    return called


def test_a_root_that_is_not_there_says_nothing_of_its_logs(root, tmp_path):
    """An unmounted share: its logs are out of reach, not gone."""
    root.rename(tmp_path / "away")

    with pytest.raises(FileNotFoundError):
        OpenLog(root, "case/a.log")


def test_no_descriptor_stays_open(root):
    before = len(os.listdir("/proc/self/fd"))
    for path in ("case/a.log", "case/inner/a.log", "case", "nowhere/a.log", "case/inner/none"):
        try:
            content(root, path)
        except NoLogError:
            pass

    assert len(os.listdir("/proc/self/fd")) == before
