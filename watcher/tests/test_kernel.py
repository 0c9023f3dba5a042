"""The thread that reads the kernel's queue: it loses nothing, holds little, and ends at once."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from watcher.kernel import HELD_BYTES, TAKEN_BYTES, Blocks, KernelQueue

from .conftest import ROOM
from .waiting import wait_until


class Rings:
    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1


def taken(blocks):
    held, lost = blocks.take()
    return [block for _, block in held], lost


@pytest.fixture
def rings():
    return Rings()


@pytest.fixture
def queue(tmp_path, rings):
    queue = KernelQueue(str(tmp_path), rings)
    yield queue
    queue.close()


def test_blocks_are_taken_in_order_and_rung_for_once(rings):
    blocks = Blocks(rings)
    for block in (b"a", b"b", b"c"):
        blocks.put(block)

    assert (taken(blocks), rings.count) == (([b"a", b"b", b"c"], False), 1)
    assert taken(blocks) == ([], False)
    blocks.put(b"d")
    assert (taken(blocks), rings.count) == (([b"d"], False), 2)


def test_a_flood_is_taken_bit_by_bit_and_the_bell_goes_on_ringing(rings):
    blocks = Blocks(rings)
    block = bytes(TAKEN_BYTES // 2)
    for _ in range(5):
        blocks.put(block)

    counts = []
    while found := taken(blocks)[0]:
        counts.append((len(found), rings.count))

    assert counts == [(2, 2), (2, 3), (1, 3)]


def test_what_cannot_be_held_is_lost_and_said_so_after_what_was_held(rings):
    """Said earlier, the look that makes up for it would be undone by older events that are taken later."""
    blocks = Blocks(rings)
    block = bytes(TAKEN_BYTES)
    for _ in range(HELD_BYTES // TAKEN_BYTES + 3):
        blocks.put(block)

    said = [taken(blocks) for _ in range(HELD_BYTES // TAKEN_BYTES + 1)]

    assert [lost for _, lost in said] == [False] * (len(said) - 2) + [True, False]
    assert sum(len(block) for held, _ in said for block in held) == HELD_BYTES
    blocks.put(b"a")
    assert taken(blocks) == ([b"a"], False)


def test_a_block_carries_the_time_at_which_it_was_read(rings):
    blocks = Blocks(rings)
    before = time.monotonic()
    blocks.put(b"a")
    blocks.put(b"b")

    times = [read_at for read_at, _ in blocks.take()[0]]

    in_order = [before, *times, time.monotonic()]
    assert in_order == sorted(in_order)


def test_events_arrive_and_reading_makes_none(tmp_path, queue, rings):
    (tmp_path / "log").write_text("x")
    queue.watch(str(tmp_path))

    (tmp_path / "log").read_text()
    os.listdir(tmp_path)
    (tmp_path / "end").write_text("x")

    wait_until(lambda: rings.count)
    blocks, lost = taken(queue.blocks)
    told = b"".join(blocks)
    assert (b"end\0" in told, b"log\0" in told, lost) == (True, False, False)


def test_a_folder_has_one_number_whatever_it_is_called(tmp_path, queue):
    folder = tmp_path / "a"
    folder.mkdir()
    number = queue.watch(str(folder))

    assert queue.watch(str(folder), writes=False) == number
    folder.rename(tmp_path / "b")
    assert queue.watch(str(tmp_path / "b")) == number
    folder.mkdir()
    assert queue.watch(str(folder)) > number


@pytest.mark.parametrize("kind", ["missing", "file", "link to a folder", "too long"])
def test_only_folders_are_watched(tmp_path, queue, kind):
    place = tmp_path / "x"
    if kind == "file":
        place.touch()
    elif kind == "link to a folder":
        (tmp_path / "folder").mkdir()
        place.symlink_to("folder")
    elif kind == "too long":
        place = place / "/".join(["a" * 200] * 30)

    with pytest.raises(OSError, match="inotify_add_watch"):
        queue.watch(str(place))


def test_letting_go_of_what_has_gone_is_no_error(tmp_path, queue):
    folder = tmp_path / "a"
    folder.mkdir()
    number = queue.watch(str(folder))
    folder.rmdir()

    queue.unwatch(number)
    queue.unwatch(number)


def inotify_instances():
    folder = Path("/proc/self/fd")
    names = [(folder / name) for name in os.listdir(folder)]
    return [name for name in names if name.is_symlink() and "inotify" in str(name.readlink())]


def test_it_ends_at_once_while_events_pour_in(tmp_path, rings):
    queue = KernelQueue(str(tmp_path), rings)
    queue.watch(str(tmp_path))
    stopped = threading.Event()

    def pour():
        while not stopped.is_set():
            (tmp_path / "x").touch()
            (tmp_path / "x").unlink()

    writer = threading.Thread(target=pour)
    writer.start()
    try:
        wait_until(lambda: rings.count)
        queue.close()
        assert (queue.is_alive(), inotify_instances()) == (False, [])
    finally:
        stopped.set()
        writer.join()


def test_an_idle_queue_ends_without_waiting_for_an_event(tmp_path, rings, monkeypatch):
    """The thread used to be waited for as long as it waits for events: a watcher of three roots took over a second."""
    queue = KernelQueue(str(tmp_path), rings)
    monkeypatch.setattr(queue._emitter, "_timeout", 600.0)
    queue.watch(str(tmp_path))
    (tmp_path / "x").touch()
    wait_until(lambda: rings.count)  # now it waits anew, for ten minutes

    queue.close()

    assert not queue.is_alive()


OTHER_LIMITS = """
import json, os
from pathlib import Path
from watcher.kernel import KernelQueue
queue = KernelQueue("/", lambda: None)
said = []
for name in ("max_inotify_instances", "max_inotify_watches"):
    Path(f"/proc/sys/user/{name}").write_text("1")
queue.watch("/")
for ask in (lambda: queue.watch("/proc"), lambda: KernelQueue("/", lambda: None)):
    try:
        ask()
    except OSError as error:
        said.append([error.errno, error.strerror])
queue.unwatch(queue.watch("/"))
queue.watch("/proc")
queue.close()
print(json.dumps(said))
"""


def test_the_kernels_own_refusals_name_the_limit_to_raise():
    """In a user's name space of its own, whose limits are the test's."""
    command = ["unshare", "--user", "--map-root-user", sys.executable, "-c", OTHER_LIMITS]
    done = subprocess.run(command, cwd=ROOM, capture_output=True, text=True)
    if done.returncode and "unshare" in done.stderr:
        pytest.skip(f"needs user name spaces (kernel.unprivileged_userns_clone): {done.stderr}")
    if "Read-only file system: '/proc/sys/" in done.stderr:
        pytest.skip("needs a /proc/sys that can be written, which some containers do not have")

    assert (done.stderr, done.stdout) == (
        "",
        '[[28, "the kernel\'s limit of watches is reached (fs.inotify.max_user_watches)"],'
        ' [24, "the kernel\'s limit of event queues is reached (fs.inotify.max_user_instances)"]]\n',
    )
