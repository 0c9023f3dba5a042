import json
import os
import signal
import subprocess
import sys
import threading
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


SITE = """
name = "crashsim.log"
claims = '^ CRASHSIM'
[[line]]
find = '^ STEP +(?P<cycle>[0-9]+)'
"""


def test_a_site_log_is_known_and_shown_by_its_file(tmp_path):
    (tmp_path / "a.toml").write_text(SITE)
    (tmp_path / "log").write_text(" CRASHSIM 3\n STEP 7\n")

    known = parsers("--json", "--site", tmp_path / "a.toml", tmp_path / "log")
    shown = parsers("--preview", tmp_path / "a.toml", tmp_path / "log")

    assert json.loads(known.stdout)[0]["cycle"] == 7
    assert (known.returncode, shown.returncode) == (0, 0)
    assert shown.stdout.decode().splitlines()[:4] == [
        "claims this log; 2 lines",
        "line 1: 1 lines fit ^ STEP +(?P<cycle>[0-9]+)",
        "  2: STEP 7",
        "      cycle='7'",
    ]


def test_a_bad_site_file_is_named_with_its_key(tmp_path):
    (tmp_path / "a.toml").write_text(SITE.replace("find", "fond"))

    done = parsers("--preview", tmp_path / "a.toml", tmp_path / "log")

    assert (done.returncode, done.stderr) == (2, b"")
    assert done.stdout.decode().startswith(f"{tmp_path / 'a.toml'}: line 1, fond: not known; known")


class Following:
    """`--follow` of a file, with a thread that keeps what it writes."""

    def __init__(self, path):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workers.parsers", "--follow", str(path)],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._more = threading.Condition()
        self.text = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._more:
                self.text += line.decode()
                self._more.notify_all()

    def shows(self, words):
        """Waits for the words, and forgets what came before them."""
        with self._more:
            assert self._more.wait_for(lambda: words in self.text, timeout=8), self.text
            self.text = self.text.partition(words)[2]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(8)
        self._reader.join()
        self.process.stdout.close()
        return code


@pytest.fixture
def growing(tmp_path):
    path = tmp_path / "log"
    following = Following(path)
    yield path, following
    if following.process.poll() is None:
        following.process.kill()
        following.end()


BANNER = "CalculiX Version 2.20, Copyright(C) 1998-2022 Guido Dhondt\n"


@pytest.mark.timeout(60)
def test_a_file_is_followed_from_before_it_is_there_over_cuts_and_a_new_one_of_its_name(growing):
    path, following = growing
    following.shows("No such file")
    path.write_text("")
    following.shows("no parser claims this file yet")
    with path.open("a") as file:
        file.write(BANNER)
        file.flush()
        following.shows("calculix screen: running")
        file.write(" Using up to 4 cpu(s) for the stress calculation.\n")
        file.flush()
        following.shows("cores          4")
        file.write(" Job finished\n")
    following.shows("calculix screen: normal")
    path.write_text(BANNER.replace("2.20", "2.21"))
    following.shows("calculix screen: running\n  version        2.21")
    path.with_suffix(".new").write_text(BANNER.replace("2.20", "2.22") + " Job finished\n")
    path.with_suffix(".new").replace(path)
    following.shows("calculix screen: normal\n  version        2.22")
    path.unlink()
    following.shows("No such file")

    assert following.end() == 0
