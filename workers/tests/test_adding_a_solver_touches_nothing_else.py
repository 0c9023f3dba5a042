"""One package, one sample folder, one line: what a solver needs, and nothing else names it."""

import re
from pathlib import Path

import pytest

from workers.parsers import PARSERS, SOLVERS
from workers.parsers.report import HEAD_BYTES
from workers.tests.logcorpus import own_files, shared_files

CHECKOUT = Path(__file__).parents[2]
ROOM = CHECKOUT / "workers" / "parsers"
SAMPLES = CHECKOUT / "workers" / "tests" / "samples"
TABLE = ROOM / "__init__.py"
PACKAGES = sorted(path.parent for path in ROOM.glob("*/__init__.py"))
SHARED_BY_ALL = [path for path in ROOM.glob("*.py") if path != TABLE]


def package_of(parser):
    return parser.__module__.split(".")[2]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_solver_is_one_package_and_one_line_in_the_table(package):
    lines = TABLE.read_text().splitlines()

    assert sum(line.strip() == f"{package.name}.SOLVER," for line in lines) == 1
    assert [one for one in SOLVERS if {package_of(p) for p in one.parsers} == {package.name}]


@pytest.mark.parametrize("one", SOLVERS, ids=lambda one: one.name)
def test_a_solver_has_a_folder_of_samples(one):
    assert list((SAMPLES / one.name).glob("*/ORIGIN"))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_solver_package_takes_nothing_from_another(package):
    others = {other.name for other in PACKAGES} - {package.name}
    taken = {
        name
        for path in package.rglob("*.py")
        for name in re.findall(r"^(?:from|import) workers\.parsers\.(\w+)", path.read_text(), re.M)
    }

    assert taken & others == set()


@pytest.mark.parametrize("path", SHARED_BY_ALL, ids=lambda path: path.name)
def test_what_all_solvers_share_imports_none_of_them(path):
    names = "|".join(package.name for package in PACKAGES)
    found = re.findall(rf"^(?:from|import) workers\.parsers\.(?:{names})\b", path.read_text(), re.M)

    assert found == []


def test_no_code_outside_asks_which_solver_it_is():
    """Parsers are named in their packages alone; launchers and decks have tables of their own."""
    rooms = [CHECKOUT / "watcher", CHECKOUT / "pdfjobs", CHECKOUT / "workers"]
    apart = ("/tests/", "/parsers/", "/decks/", "/launchers/", "/node_modules/", "/migrations/")
    code = [p for room in rooms for p in room.rglob("*.py") if not any(a in str(p) for a in apart)]
    asking = re.compile(rf"workers\.parsers\.(?:{'|'.join(p.name for p in PACKAGES)})\b")

    assert [str(path) for path in code if asking.search(path.read_text())] == []


def test_names_differ():
    names = [one.name for one in SOLVERS] + [parser.name for parser in PARSERS]

    assert len(names) == len(set(names))
    assert all(p.name.partition(".")[2] for p in PARSERS)


def test_no_file_is_claimed_by_two_parsers_or_by_another_solvers():
    """Decks, results and notes too; the shared samples are looked at where they are there."""
    wrong = []
    for path in [*own_files(), *shared_files()]:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        claiming = [parser for parser in PARSERS if parser.claims(head)]
        if len(claiming) > 1 or any(parser.solver not in path.parts for parser in claiming):
            wrong.append((path.name, [parser.name for parser in claiming]))

    assert wrong == []
