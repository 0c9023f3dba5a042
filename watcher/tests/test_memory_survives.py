"""Kills, damage and full disks: the memory may forget, and what it remembers is true."""

import contextlib
import logging
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from watcher.memory import Memory, MemoryFullError, TreeMemory

from .conftest import ROOM

FILES = {f"run_{n % 40}/beam_{n}.sta": (n, n * 7919, 10**18 + n) for n in range(2000)}
FEW = dict(list(FILES.items())[:200])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "watcher.sqlite3"


@pytest.fixture
def filled(path):
    """A file with FILES in it, closed."""
    memory = Memory(path)
    memory.tree("archive").keep(FILES, "ticket", at=1)
    memory.commit()
    memory.close()
    return path


def everything(memory):
    archive = memory.tree("archive")
    folders = {folder: archive.stamps(folder) for folder in archive.folders_below("")}
    archive.tickets(), archive.since(0), archive.mounts, memory.diary
    return {f"{folder}/{name}": s for folder, files in folders.items() for name, s in files.items()}


def lengths(archive):
    return {ticket: len(paths) for ticket, paths in archive.tickets().items()}


def assert_sound(memory):
    """Every folder's digest is that of its files."""
    archive = memory.tree("archive")
    assert archive.digests() == {
        folder: TreeMemory.digest_of_many(archive.stamps(folder).items())
        for folder in archive.folders_below("")
    }


@contextlib.contextmanager
def full_disk(size):
    """No file of this process grows beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


KEEPS = """
import pathlib, sys
from watcher.memory import Memory
memory = Memory(pathlib.Path(sys.argv[1]))
archive = memory.tree("archive")
first = 1 + max((stamp[0] for stamp in archive.stamps("run").values()), default=0)
for n in range(first, first + 1_000_000):
    archive.keep({f"run/{n - n % 2}.{i}": (n, i, n) for i in range(5)}, f"ticket {n}", at=n)
    memory.commit()
    sys.stdout.write(f"{n}\\n")
    sys.stdout.flush()
"""


def test_a_kill_at_any_moment_leaves_whole_commits(path):
    chance = random.Random(1)
    for _ in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", KEEPS, path], cwd=ROOM, stdout=subprocess.PIPE, text=True
        )
        told = 0
        for _ in range(chance.randrange(1, 60)):
            told = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        told = int(([str(told), *child.stdout.read().rpartition("\n")[0].split()])[-1])
        child.wait()
        child.stdout.close()

        memory = Memory(path)
        archive = memory.tree("archive")
        stamps = archive.stamps("run")
        last = max(stamp[0] for stamp in stamps.values())
        assert last in (told, told + 1)
        assert len(stamps) == 5 * (last // 2 + 1) - (0 if last else 5)
        assert {int(ticket.split()[1]) for ticket in archive.tickets()} == set(range(1, last + 1))
        assert_sound(memory)
        memory.close()


def overwritten(path):
    path.write_bytes(b"beam.inp: not a database" * 1000)


def cut_in_half(path):
    os.truncate(path, path.stat().st_size // 2)


def full_of_holes(path):
    size = path.stat().st_size
    with path.open("r+b") as file:
        for at in range(4096, size, 8192):
            file.seek(at)
            file.write(bytes(4096))


def a_folder(path):
    path.unlink()
    path.mkdir()
    (path / "beam.inp").touch()


def of_another_version(path):
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 99")


def of_another_program(path):
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE files (id)")


@pytest.mark.parametrize(
    "damage",
    [
        overwritten,
        cut_in_half,
        full_of_holes,
        a_folder,
        of_another_version,
        of_another_program,
    ],
)
def test_a_damaged_file_is_set_aside_and_begun_anew(filled, damage, caplog):
    damage(filled)
    memory = Memory(filled)

    with caplog.at_level(logging.WARNING, logger="watcher.memoryfile"):
        assert everything(memory) == {}

    memory.tree("archive").keep({"run_1/beam.sta": (1, 2, 3)}, "", at=2)
    memory.commit()
    memory.close()
    again = Memory(filled)
    assert everything(again) == {"run_1/beam.sta": (1, 2, 3)}
    again.close()
    (aside,) = filled.parent.glob("watcher.sqlite3.damaged-*")
    assert [str(aside) in record.getMessage() for record in caplog.records] == [True]


def test_damage_under_an_open_memory_is_noticed_when_it_is_read(filled):
    memory = Memory(filled)
    assert memory.tree("archive").folders_below("run_1") == ["run_1"]
    full_of_holes(filled)

    everything(memory)

    assert everything(memory) == {}
    memory.tree("archive").keep(FILES, "", at=2)
    assert everything(memory) == FILES
    memory.close()


def test_a_fault_of_the_caller_forgets_nothing(filled):
    memory = Memory(filled)

    with pytest.raises(sqlite3.ProgrammingError):
        memory.tree("archive").confirm(object())

    assert everything(memory) == FILES
    memory.close()


def test_only_the_last_damaged_file_is_kept(filled):
    (filled.parent / "watcher.sqlite3.damaged-20250101T000000Z").write_bytes(b"last year's")
    overwritten(filled)

    memory = Memory(filled)
    assert memory.diary is None

    (aside,) = filled.parent.glob("watcher.sqlite3.damaged-*")
    assert aside.read_bytes().startswith(b"beam.inp")
    memory.close()


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 255)), min_size=1, max_size=30))
@example([(18, 3)])  # the format's version for writing: SQLite reads it and writes nothing
def test_whatever_bytes_are_damaged_it_can_be_used(tmp_path_factory, flips):
    """What it says may be wrong then, for SQLite has no checksums; but nothing crashes, and what is kept is kept."""
    path = tmp_path_factory.mktemp("memory") / "watcher.sqlite3"
    memory = Memory(path)
    memory.tree("archive").keep(FEW, "ticket", at=1)
    memory.tree("archive").mounts = ["scratch"]
    memory.commit()
    memory.close()
    content = bytearray(path.read_bytes())
    for at, value in flips:
        content[at % len(content)] = value
    path.write_bytes(content)

    memory = Memory(path)
    everything(memory)
    memory.tree("archive").digests()
    memory.tree("archive").stamp("run_3/beam_3.sta")
    memory.tree("archive").tickets()
    memory.tree("archive").keep(FEW, "again", at=2)
    memory.tree("archive").confirm("ticket")
    memory.commit()
    memory.tree("archive").drop_folder("run_3")
    memory.commit()
    memory.forget()
    memory.tree("archive").keep(FEW, "again", at=3)

    assert everything(memory) == FEW
    assert_sound(memory)
    memory.close()


def test_a_disk_that_fills_up_loses_what_was_not_committed_and_nothing_else(filled):
    memory = Memory(filled)
    archive = memory.tree("archive")
    more = {f"new/beam_{n}.sta": (n, 1, 1) for n in range(50_000)}

    with full_disk(filled.stat().st_size + 200_000), pytest.raises(MemoryFullError) as caught:
        archive.keep(more, "more", at=2)
        memory.commit()

    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    assert everything(memory) == FILES
    assert lengths(archive) == {"ticket": len(FILES)}
    archive.keep(more, "more", at=3)
    memory.commit()
    assert everything(memory) == FILES | more
    assert_sound(memory)
    memory.close()


def test_what_was_committed_can_be_read_on_a_full_disk(filled):
    with full_disk(0):
        memory = Memory(filled)
        assert everything(memory) == FILES
        with pytest.raises(MemoryFullError):
            memory.tree("archive").confirm("ticket")
            memory.commit()
        assert lengths(memory.tree("archive")) == {"ticket": len(FILES)}
        memory.close()


def test_a_memory_that_cannot_be_made_is_made_when_it_can(path):
    memory = Memory(path)

    with full_disk(0):
        for _ in range(2):
            with pytest.raises(MemoryFullError):
                memory.diary = "c0ffee"
        with pytest.raises(MemoryFullError):
            memory.tree("archive").digests()

    memory.diary = "c0ffee"
    memory.commit()
    assert memory.tree("archive").digests() == {}
    memory.close()


def test_a_folder_that_is_not_there_is_no_damage(tmp_path):
    with pytest.raises(MemoryFullError):
        Memory(tmp_path / "unmounted" / "watcher.sqlite3").tree("archive").digests()


def test_a_second_watcher_is_refused_while_the_first_lives(filled):
    first, second = Memory(filled), Memory(filled)
    assert everything(first) == FILES

    with pytest.raises(MemoryFullError, match="locked"):
        second.tree("archive").digests()

    first.close()
    assert everything(second) == FILES
    second.close()
