import json
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def decks(*arguments):
    command = [sys.executable, "-m", "workers.decks", *map(os.fspath, arguments)]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, timeout=30, check=False)


def test_json_is_an_array_of_facts_with_their_paths(tmp_path):
    deck, case = tmp_path / "a.k", tmp_path / "case"
    deck.write_text("*KEYWORD\n*INCLUDE\nmesh.k\n*CONTROL_TERMINATION\n3.0\n*END\n")
    (tmp_path / "mesh.k").write_text("*NODE\n1,0.,0.,0.\n*END\n")
    (case / "system").mkdir(parents=True)
    (case / "system" / "controlDict").write_text("application icoFoam;\nendTime 0.5;\n")
    (case / "system" / "fvSchemes").write_text("ddtSchemes { default Euler; }\n")

    done = decks("--json", deck, case)

    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, b"")
    assert [(f["path"], f["solver"], f["nodes"], f["end_time"]) for f in found] == [
        (str(deck), "ls-dyna", 1, 3.0),
        (str(case), "openfoam", 0, 0.5),
    ]
    assert found[1]["controls"]["ddtSchemes.default"] == "Euler"


def test_what_no_reader_claims_is_said_in_json(tmp_path):
    (tmp_path / "a.k").write_text("no deck\n")

    done = decks("--json", tmp_path / "a.k", tmp_path / "none.k", tmp_path)

    assert (done.returncode, done.stderr) == (2, b"")
    assert [each["error"][:10] for each in json.loads(done.stdout)] == ["no reader ", "[Errno 2] ", "[Errno 2] "]  # fmt: skip


def test_the_summary_shows_the_include_tree(tmp_path):
    (tmp_path / "a.bdf").write_text("SOL 101\nCEND\nBEGIN BULK\nINCLUDE 'gone.bdf'\n")

    lines = decks(tmp_path / "a.bdf").stdout.decode().splitlines()

    assert lines[1:] == [
        "  nastran: without a title",
        "  nodes 0, elements 0, end time None",
        "  step 1: SOL 101, period None",
        "  SOL                          101",
        "  include gone.bdf (line 4 of the deck): missing",
    ]
