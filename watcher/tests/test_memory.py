"""What was handed over is known again, whoever opens the file next."""

import os
import sqlite3
import subprocess
import sys

import pytest

from watcher.memory import Memory, TreeMemory

from .conftest import ROOM

DAY_NS = 86_400 * 10**9
BEAM = {
    "beam/run-1/beam.sta": (11, 1898, 1_700_000_000_000_000_001),
    "beam/run-1/beam.cvg": (12, 5030, 1_700_000_000_000_000_002),
    "beam/run-10/beam.sta": (13, 0, 0),
    "beam/deck.inp": (14, 2775, -DAY_NS),
    "readme": (15, 3, 1),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "watcher.sqlite3"


def reopened(memory, path):
    memory.close()
    return Memory(path)


def test_what_was_committed_is_there_after_a_restart(path):
    memory = Memory(path)
    memory.tree("archive").keep(BEAM, "pdfjobs:ticket:1", at=100)
    memory.diary = "c0ffee"
    memory.tree("archive").mounts = ["scratch", os.fsdecode(b"caf\xe9")]
    memory.commit()

    memory = reopened(memory, path)

    archive = memory.tree("archive")
    assert {path: archive.stamp(path) for path in BEAM} == BEAM
    assert archive.stamps("beam/run-1") == {
        "beam.sta": BEAM["beam/run-1/beam.sta"],
        "beam.cvg": BEAM["beam/run-1/beam.cvg"],
    }
    assert archive.digests() == {
        folder: TreeMemory.digest_of_many(archive.stamps(folder).items())
        for folder in ("", "beam", "beam/run-1", "beam/run-10")
    }
    assert archive.tickets() == {"pdfjobs:ticket:1": list(BEAM)}
    assert memory.diary == "c0ffee"
    assert archive.mounts == ["scratch", os.fsdecode(b"caf\xe9")]
    memory.close()


def test_what_was_not_committed_is_forgotten(path):
    memory = Memory(path)
    archive = memory.tree("archive")
    archive.keep(BEAM, "1", at=100)
    memory.commit()
    archive.keep({"readme": None, "beam/new.inp": (16, 1, 1)}, "2", at=200)
    archive.drop_folder("beam/run-1")
    archive.confirm("1")
    memory.diary = "c0ffee"

    memory = reopened(memory, path)

    archive = memory.tree("archive")
    assert {path: archive.stamp(path) for path in BEAM} == BEAM
    assert archive.folders_below("") == ["", "beam", "beam/run-1", "beam/run-10"]
    assert {ticket: sorted(paths) for ticket, paths in archive.tickets().items()} == {
        "1": sorted(BEAM)
    }
    assert memory.diary is None
    memory.close()


def test_a_file_that_is_gone_leaves_nothing_but_its_ticket(path):
    archive = Memory(path).tree("archive")
    archive.keep(BEAM, "1", at=100)

    archive.keep({"readme": None, "beam/run-1/beam.sta": None, "never/seen": None}, "2", at=200)

    assert archive.stamp("readme") is None
    assert sorted(archive.digests()) == ["beam", "beam/run-1", "beam/run-10"]
    assert archive.stamps("beam/run-1") == {"beam.cvg": BEAM["beam/run-1/beam.cvg"]}
    assert archive.tickets()["2"] == ["readme", "beam/run-1/beam.sta", "never/seen"]


def test_a_folder_that_is_gone_stands_with_its_ticket(path):
    archive = Memory(path).tree("archive")
    archive.keep(BEAM, "1", at=100)

    archive.keep({"beam/": None}, "2", at=200)
    archive.drop_folder("beam")

    assert archive.digests() == {"": TreeMemory.digest_of("readme", BEAM["readme"])}
    assert archive.tickets() == {"1": list(BEAM), "2": ["beam/"]}


@pytest.mark.parametrize(
    ("folder", "below"),
    [
        ("", ["", "a", "a b", "a-b", "a/b", "a/b/c", "a0", "b"]),
        ("a", ["a", "a/b", "a/b/c"]),
        ("a/b", ["a/b", "a/b/c"]),
        ("a/b/c", ["a/b/c"]),
        ("a/b/c/d", []),
        ("A", []),
    ],
)
def test_below_a_folder_is_what_its_name_and_a_slash_begin(path, folder, below):
    archive = Memory(path).tree("archive")
    folders = ["", "a", "a b", "a-b", "a/b", "a/b/c", "a0", "b"]
    archive.keep({f"{one}/f".lstrip("/"): (1, 2, 3) for one in folders}, "", at=1)

    assert archive.folders_below(folder) == below
    archive.drop_folder(folder)
    assert archive.folders_below("") == [one for one in folders if one not in below]
    assert sorted(archive.since(0)) == sorted(
        f"{one}/f".lstrip("/") for one in folders if one not in below
    )


def test_a_ticket_grows_and_a_confirmed_one_is_gone(path):
    archive = Memory(path).tree("archive")
    archive.keep({"b": (1, 2, 3), "a": (1, 2, 3)}, "1", at=1)
    archive.keep({"c": (1, 2, 3)}, "2", at=1)
    archive.keep({"a": None, os.fsdecode(b"caf\xe9"): (2, 2, 3)}, "1", at=1)
    archive.keep({"d": (1, 2, 3)}, "", at=1)
    archive.keep({}, "3", at=1)

    assert archive.tickets() == {"1": ["b", "a", "a", os.fsdecode(b"caf\xe9")], "2": ["c"]}
    archive.confirm("1")
    archive.confirm("never given out")
    assert archive.tickets() == {"2": ["c"]}


def test_since_tells_the_files_last_handed_over_then_or_later(path):
    archive = Memory(path).tree("archive")
    archive.keep({"run/old": (1, 1, 1), "run/again": (2, 1, 1), "other/old": (3, 1, 1)}, "", at=10)
    archive.keep({"run/again": (2, 2, 2), "run/new": (4, 1, 1)}, "", at=20)

    assert sorted(archive.since(10)) == ["other/old", "run/again", "run/new", "run/old"]
    assert sorted(archive.since(11)) == ["run/again", "run/new"]
    assert archive.since(21) == []


def test_roots_do_not_know_each_other(path):
    memory = Memory(path)
    runs, archive = memory.tree("runs"), memory.tree("archive")
    runs.keep({"1/beam.sta": (1, 1, 1)}, "1", at=1)
    archive.keep({"1/beam.sta": (2, 2, 2)}, "1", at=1)
    runs.mounts = ["x"]

    archive.confirm("1")
    archive.drop_folder("")

    assert archive.digests() == archive.tickets() == {}
    assert archive.mounts == []
    assert runs.stamps("1") == {"beam.sta": (1, 1, 1)}
    assert runs.tickets() == {"1": ["1/beam.sta"]}


def test_forgetting_leaves_nothing_and_can_be_undone_until_the_commit(path):
    memory = Memory(path)
    memory.tree("archive").keep(BEAM, "1", at=1)
    memory.diary = "c0ffee"
    memory.commit()

    memory.forget()
    assert (memory.diary, memory.tree("archive").digests()) == (None, {})
    memory = reopened(memory, path)
    assert (memory.diary, len(memory.tree("archive").digests())) == ("c0ffee", 4)

    memory.forget()
    memory.commit()
    memory = reopened(memory, path)
    assert (memory.diary, memory.tree("archive").digests()) == (None, {})
    assert memory.tree("archive").tickets() == {}
    memory.close()


def test_a_million_files_would_stay_below_100_mb(path):
    """One in fifty of them, as ten files in each run folder."""
    memory = Memory(path)
    archive = memory.tree("archive")
    names = ["beam.inp", "beam.sta", "beam.cvg", "beam.dat", "beam.frd", "stdout.log"]
    names += ["spooles.out", "run.toml", "beam.12d", "beam_result.vtk"]
    for run in range(2000):
        folder = f"project_{run // 100:03d}/job_{run // 10:05d}/run_{run % 10}"
        stamp = (10_000_000 + run, run * 7919, 1_700_000_000_000_000_000 + run * 1_000_003)
        archive.keep({f"{folder}/{name}": stamp for name in names}, f"ticket:{run}", at=run)
        archive.confirm(f"ticket:{run}")
        memory.commit()
    memory.close()

    assert path.stat().st_size < 2_000_000


def test_another_process_knows_the_same_digests(path):
    memory = Memory(path)
    memory.tree("archive").keep(BEAM, "", at=1)
    ours = memory.tree("archive").digests()
    memory.commit()
    memory.close()

    program = (
        "import sys, pathlib; from watcher.memory import Memory, TreeMemory;"
        "archive = Memory(pathlib.Path(sys.argv[1])).tree('archive');"
        "assert archive.digests() == {folder: TreeMemory.digest_of_many(archive.stamps(folder).items())"
        " for folder in archive.folders_below('')}; print(archive.digests())"
    )
    for seed in ("1", "2"):
        theirs = subprocess.run(
            [sys.executable, "-c", program, path],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOM,
            capture_output=True,
            text=True,
            check=True,
        )
        assert theirs.stdout == f"{ours}\n"


def test_digests_that_another_python_wrote_are_counted_anew(path):
    memory = Memory(path)
    memory.tree("archive").keep(BEAM, "", at=1)
    memory.tree("runs").keep(BEAM, "", at=1)
    memory.commit()
    digests = memory.tree("archive").digests()
    memory.close()
    with sqlite3.connect(path) as other:
        other.execute("UPDATE folders SET digest = 1")
        other.execute("UPDATE settings SET value = '1' WHERE name = 'hashing'")
    other.close()

    memory = Memory(path)

    assert memory.tree("runs").digests() == digests
    assert memory.tree("archive").digests() == digests
    memory.close()
