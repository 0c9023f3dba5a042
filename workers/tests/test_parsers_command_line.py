import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent / "samples" / "calculix"
CHECKOUT = Path(__file__).parents[2]


def parsers(*arguments):
    command = [sys.executable, "-m", "workers.parsers", *map(os.fspath, arguments)]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, timeout=30, check=False)


def test_json_is_an_array_of_reports_with_their_paths():
    case = SAMPLES / "2.20-normal"
    files = [case / "bar.log", case / "bar.sta"]
    expected = json.loads((case / "expected.json").read_text())

    done = parsers("--json", *files)

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == [{"path": str(f)} | expected[f.name] for f in files]


def test_what_no_parser_claims_is_said_in_json(tmp_path):
    empty, missing, folder = tmp_path / "empty", tmp_path / "no", tmp_path
    empty.touch()
    good = SAMPLES / "2.20-normal" / "bar.sta"

    done = parsers("--json", empty, missing, folder, good)

    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (2, b"")
    assert [(each["path"], each["solver"]) for each in found] == [
        (str(empty), None),
        (str(missing), None),
        (str(folder), None),
        (str(good), "calculix"),
    ]
    assert [each.get("error") for each in found] == [
        "no parser claims this file",
        f"[Errno 2] No such file or directory: '{missing}'",
        "not a file",
        None,
    ]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_name_that_is_not_utf_8_is_no_traceback(tmp_path, options):
    odd = os.path.join(os.fsencode(tmp_path), b"b\xe4r.sta")
    with open(odd, "wb") as file:  # noqa: PTH123 - a name in bytes, which Path does not take
        file.write(b"SUMMARY OF JOB INFORMATION\n")

    done = parsers(*options, os.fsdecode(odd))

    assert (done.returncode, done.stderr) == (0, b"")


def test_the_summary_shows_how_the_run_ended():
    done = parsers(SAMPLES / "2.20-error-diverging" / "bar.log")

    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert lines[1] == "  calculix screen: error"
    assert any("increment size smaller than minimum" in line for line in lines)


def test_no_file_is_a_usage_error():
    assert parsers("--json").returncode == 2
