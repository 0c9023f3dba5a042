"""The disk that a solver has filled takes its end record all the same."""

import ctypes
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from workers.launchers import local, processes
from workers.tests.launcher_runs import LiveRun, until

MNT_DETACH = 2
FILL = (
    "import os, time\n"
    "fd = os.open('fill', os.O_WRONLY | os.O_CREAT)\n"
    "try:\n"
    "    while True: os.write(fd, bytes(512))\n"
    "except OSError: pass\n"
    "open('full', 'w').close()\n"
    "while not os.path.exists('go'): time.sleep(0.02)\n"
    "os._exit(73)\n"
)
_libc = ctypes.CDLL(None, use_errno=True)


@pytest.fixture
def small() -> Iterator[LiveRun]:
    """A run on a file system of 256 kB."""
    place = Path(tempfile.mkdtemp())
    if _libc.mount(b"tmpfs", bytes(place), b"tmpfs", 0, b"size=256k") != 0:
        place.rmdir()
        pytest.skip(f"needs the right to mount a small tmpfs: {os.strerror(ctypes.get_errno())}")
    (place / "run").mkdir()
    run = LiveRun(place / "run")
    yield run
    run.clear_away()
    _libc.umount2(bytes(place), MNT_DETACH)
    place.rmdir()


def fill(small: LiveRun) -> None:
    small.start_python(FILL)
    until(lambda: (small.folder / "full").exists())
    with pytest.raises(OSError, match="No space left"):
        (small.folder / "more").write_bytes(b"x")
    (small.folder / "more").unlink()


def fill_up(path: Path) -> None:
    with path.open("ab", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(b"x" * 512)


def test_the_end_is_written_into_space_kept_for_it(small: LiveRun) -> None:
    fill(small)
    (small.folder / "go").touch()

    assert small.ending() == ("exited", 73, None, None)
    assert not small.file("reserve").exists()


def test_an_end_that_cannot_be_written_waits_for_space(small: LiveRun) -> None:
    fill(small)
    small.file("reserve").unlink()
    fill_up(small.folder / "fill")
    (small.folder / "go").touch()
    until(lambda: small.file("json.new").exists())  # it has tried
    assert not small.solver_is_alive()
    assert small.state() == "running"
    assert small.record["ended_at"] is None

    (small.folder / "fill").unlink()

    assert small.ending() == ("exited", 73, None, None)


def test_a_stop_needs_no_space(small: LiveRun) -> None:
    fill(small)

    assert local.request_stop(small.folder, 1, "anna") is True
    assert small.end()["end_cause"] == "stopped"


def test_nothing_is_started_on_a_full_disk(small: LiveRun) -> None:
    fill_up(small.folder / "fill")

    with pytest.raises(local.LaunchError, match=r"No space left|has room"):
        small.start("touch", "ran")

    assert small.state() == "never started"
    assert not (small.folder / "ran").exists()

    (small.folder / "fill").unlink()
    small.start("touch", "ran")
    assert small.ending() == ("exited", 0, None, None)


def test_a_recorder_whose_folder_is_deleted_leaves(small: LiveRun) -> None:
    small.start("sh", "-c", "while [ ! -e go ]; do sleep 0.02; done; rm -r .pdfjobs")
    record = small.record
    (small.folder / "go").touch()

    until(lambda: not processes.is_alive(record["recorder_pid"], record["recorder_start"]))
    assert small.state() == "never started"
