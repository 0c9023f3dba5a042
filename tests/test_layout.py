"""The tree is as the style says, and its import rules bite."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parent.parent
TOP = {
    *("pdfjobs", "watcher", "workers", "provision"),
    *("uwsgi.ini", "manage.py", "requirements.txt", "README.md"),
    *("Makefile", "pyproject.toml", "requirements-dev.txt", "CHANGELOG.md", "LICENSE"),
    *("tests", "bench", "docs"),
}
MADE = {"var", "build", "node_modules"}
"""Made by `make` and by running; never part of the tree."""
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py", "util.py"}
LONGEST = 300


def sources() -> list[Path]:
    rooms = ("pdfjobs", "watcher", "workers", "bench", "tests", "provision")
    found = [path for room in rooms for path in (APP / room).rglob("*.py")]
    return sorted(
        path for path in found if "node_modules" not in path.parts and "samples" not in path.parts
    )


def test_the_top_level_holds_what_is_fixed_and_nothing_else():
    there = {path.name for path in APP.iterdir() if not path.name.startswith(".")}

    assert there - MADE - TOP == set()


def test_no_module_is_longer_than_a_reader_keeps_in_mind():
    long = {
        str(path.relative_to(APP)): count
        for path in sources()
        if "tests" not in path.parts
        and "migrations" not in path.parts
        and (count := len(path.read_text().splitlines())) > LONGEST
    }

    assert long == {}


def test_a_file_is_called_by_its_noun():
    assert [path for path in sources() if path.name in FORBIDDEN_NAMES] == []


def test_each_room_says_what_it_does_and_refuses_to_know():
    for room in ("pdfjobs", "watcher", "workers"):
        assert (APP / room / "__init__.py").read_text().startswith('"""'), room


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(program), "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def copy(tmp_path) -> Path:
    """The rooms without tests, to plant imports in."""
    leave_out = shutil.ignore_patterns("tests", "node_modules", "__pycache__", "static")
    for room in ("pdfjobs", "watcher", "workers"):
        shutil.copytree(APP / room, tmp_path / room, ignore=leave_out)
    shutil.copy(APP / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_import_contracts_hold():
    done = lint_imports(APP)

    assert done.returncode == 0, done.stdout


PLANTED = {
    "workers/parsers/text.py": ("django", "pathlib"),
    "workers/decks/facts.py": ("os",),
    "workers/launchers/records.py": ("pdfjobs.models",),
    "workers/rundisk.py": ("pdfjobs.views", "watcher.filters"),
    "watcher/settle.py": ("django", "workers.tasks"),
    "pdfjobs/queries.py": ("workers.parsers", "watcher"),
}


def test_each_forbidden_import_is_named(copy):
    wanted = set()
    for file, names in PLANTED.items():
        with (copy / file).open("a") as source:
            source.writelines(f"\nimport {name}\n" for name in names)
        module = file.removesuffix(".py").replace("/", ".")
        wanted |= {f"{module} -> {name}" for name in names}

    done = lint_imports(copy)

    assert done.returncode == 1, done.stdout
    assert {words for words in wanted if words not in done.stdout} == set()
