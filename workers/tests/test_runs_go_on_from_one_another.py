"""Runs in different folders of which one goes on from the other: found from their logs, in whatever order they are
seen, and `verify` finds the same."""

import os
import time
from itertools import permutations
from pathlib import Path

import pytest

from pdfjobs.models import Job, Run
from pdfjobs.points.chains import chain
from workers import checking
from workers.origins import origin
from workers.tasks import reading

SAMPLES = Path(__file__).parent / "samples"
RESTART = (SAMPLES / "ls-dyna/r12-smp-restart-wall-limit/lsrun.out").read_bytes()
FIRST = (SAMPLES / "ls-dyna/r13-smp-normal/lsrun.out.txt").read_bytes()


@pytest.mark.parametrize(
    ("solver", "folder", "stem", "continues", "found"),
    [
        ("ls-dyna", "job/r2", "", "../r1/d3dump01", ("job/r1", "")),
        ("ls-dyna", "job/r2", "", "/trees/a/job/r1/d3dump01", ("job/r1", "")),
        ("ls-dyna", "job/r2", "", "..\\r1\\d3dump01", ("job/r1", "")),
        ("ls-dyna", "50%25", "", "../50%/d3dump01", None),
        ("ls-dyna", "r2", "", "../50%/d3dump01", ("50%25", "")),
        ("abaqus", "f", "beam_r", "beam", ("f", "beam")),
        ("abaqus", "f", "beam_r", "../old/beam.res", ("old", "beam")),
        ("nastran", "f", "cold_restart", "cold.MASTER", ("f", "cold")),
        # A file of its own.
        ("ls-dyna", "r2", "", "d3dump01", None),
        ("calculix", "f", "bar", "bar.rin", None),
        ("radioss", "f", "bracket", "bracket_0001", None),
        # Outside the root, or in no folder of it.
        ("ls-dyna", "r2", "", "../../r1/d3dump01", None),
        ("ls-dyna", "r2", "", "/trees/ab/r1/d3dump01", None),
        ("ls-dyna", "r2", "", "../d3dump01", None),
        # No name of a file.
        ("openfoam", "f", "", "time 0.05", None),
        ("abaqus", "f", "beam", "*restart, read, step=1", None),
        ("abaqus", "f", "beam", "\ud800", None),
        ("abaqus", "f", "beam", "a\0b", None),
        ("ls-dyna", "f", "", "", None),
        ("ls-dyna", "f", "", None, None),
    ],
)
def test_the_place_of_the_earlier_run_is_read_from_words(solver, folder, stem, continues, found):
    expected = None if found is None else {"folder": found[0], "stem": found[1]}

    assert origin(solver, "/trees/a", folder, stem, continues) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("order", list(permutations(["r1", "r2", "r3"])), ids="-".join)
def test_a_chain_over_folders_is_one_in_whatever_order_it_is_seen(instance, tmp_path, order):
    texts = {
        "r1": FIRST,
        "r2": RESTART.replace(b"r=d3dump01", b"r=../r1/d3dump01"),
        "r3": RESTART.replace(b"r=d3dump01", b"r=%s/tree/r2/d3dump02" % os.fsencode(tmp_path)),
    }
    for folder in order:
        log = tmp_path / "tree" / folder / "lsrun.out"
        log.parent.mkdir()
        log.write_bytes(texts[folder])
        at = int(time.time()) - 1000
        os.utime(log, (at, at))
        left = [f"{folder}/lsrun.out"]
        while left:
            left = reading.read_turns("tree", left)

    assert [link.run.folder for link in chain(Run.objects.get(folder="r3"))] == ["r1", "r2", "r3"]
    assert Job.objects.count() == 3, "each has a deck and a number of its own"
    assert checking.check_all().differences == []

    # A diary that knows another place says so, and is mended.
    run = Run.objects.get(folder="r2")
    run.facts["origin"] = {"folder": "elsewhere", "stem": ""}
    run.save()
    found = [(each.field, each.diary["folder"]) for each in checking.check_all().differences]
    assert found == [("origin", "elsewhere")]
    assert checking.repair_all() == ["tree/r2"]
    assert checking.check_all().differences == []


@pytest.mark.django_db
def test_a_run_whose_earlier_one_is_not_there_says_what_its_log_says(instance, tmp_path):
    log = tmp_path / "tree" / "r2" / "lsrun.out"
    log.parent.mkdir()
    log.write_bytes(RESTART.replace(b"r=d3dump01", b"r=../gone/d3dump01"))
    reading.read_turns("tree", ["r2/lsrun.out"])

    run = Run.objects.get()

    assert [link.run for link in chain(run)] == [run]
    assert run.facts["continues"] == "../gone/d3dump01"
