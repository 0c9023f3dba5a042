"""One package, one sample folder, one line: what a solver needs, and nothing else names it."""

import re
from pathlib import Path

import pytest

from workers.parsers import PARSERS, SOLVERS
from workers.tests.logcorpus import head_of, name_of, own_files, shared_files

CHECKOUT = Path(__file__).parents[2]
ROOM = CHECKOUT / "workers" / "parsers"
TABLE = ROOM / "__init__.py"
PACKAGES = sorted(path.parent for path in ROOM.glob("*/__init__.py"))
NAMES = "|".join(package.name for package in PACKAGES)
NAMING = re.compile(rf"\bworkers\.parsers(?:\.| import (?:\(\s*)?(?:\w+,\s*)*)({NAMES})\b")
"""`from workers.parsers.nastran.f06 import …`, `from workers.parsers import calculix, nastran`."""
SHARED_BY_ALL = [path for path in ROOM.glob("*.py") if path != TABLE]


def package_of(parser):
    return parser.__module__.split(".")[2]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_solver_is_one_package_and_one_line_in_the_table(package):
    lines = TABLE.read_text().splitlines()

    assert sum(line.strip() == f"{package.name}.SOLVER," for line in lines) == 1
    assert [one for one in SOLVERS if {package_of(p) for p in one.parsers} == {package.name}]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_solver_package_takes_nothing_from_another(package):
    taken = {name for path in package.rglob("*.py") for name in NAMING.findall(path.read_text())}

    assert taken - {package.name} == set()


@pytest.mark.parametrize("path", SHARED_BY_ALL, ids=lambda path: path.name)
def test_what_all_solvers_share_imports_none_of_them(path):
    assert NAMING.findall(path.read_text()) == []


def test_no_code_outside_asks_which_solver_it_is():
    """Parsers are named in their packages alone; launchers and decks have tables of their own."""
    rooms = [CHECKOUT / "watcher", CHECKOUT / "pdfjobs", CHECKOUT / "workers"]
    apart = {"tests", "parsers", "decks", "launchers", "node_modules", "migrations"}
    code = [
        path
        for room in rooms
        for path in room.rglob("*.py")
        if not apart & set(path.relative_to(CHECKOUT).parts)
    ]

    assert CHECKOUT / "workers" / "worker.py" in code
    assert [str(path) for path in code if NAMING.search(path.read_text())] == []


def test_names_differ():
    names = [one.name for one in SOLVERS] + [parser.name for parser in PARSERS]

    assert len(names) == len(set(names))
    assert all(p.name.partition(".")[2] for p in PARSERS)


def test_no_file_is_claimed_by_two_parsers_or_by_another_solvers():
    """Decks, results and notes too; the shared samples are looked at where they are there."""
    wrong = []
    for path in [*own_files(), *shared_files()]:
        solver, head = name_of(path).partition("/")[0], head_of(path)
        claiming = [parser for parser in PARSERS if parser.claims(head)]
        if len(claiming) > 1 or any(parser.solver != solver for parser in claiming):
            wrong.append((name_of(path), [parser.name for parser in claiming]))

    assert wrong == []
