"""Every sample in `samples/` against its `expected.json`, whole, and cut at every place.

`python -m workers.tests.test_corpus [SOLVER...]` writes the `expected.json` files anew, for review.
"""

import io
import json
import os
import sys
from pathlib import Path

import pytest

from workers.decks import reader_for
from workers.parsers import PARSERS, SOLVERS, by_name
from workers.parsers.combine import combine
from workers.tests.logcorpus import CASES, NOT_LOGS, SAMPLES, head_of, name_of, parser_of
from workers.tests.parsing import claimed_report, small_state

LONG = bool(os.environ.get("PDFJOBS_LONG"))
CUTS = 450 if LONG else 90
"""Places at which a log is cut short, a third of them in its last bytes."""


def files_of(case: Path) -> list[Path]:
    """Logs and decks; what lies in a folder and is no log is of the deck."""
    files = [path for path in sorted(case.rglob("*")) if path.is_file()]
    files = [path for path in files if path.name not in NOT_LOGS]
    return [one for one in files if one.parent == case or deck_reader(one) or parser_of(one)]


def deck_reader(path: Path):
    return reader_for(path.name, head_of(path))


def included(case: Path) -> set[Path]:
    """Files that the case's decks name."""
    decks = [path for path in files_of(case) if deck_reader(path)]
    return {case / one.name for deck in decks for one in read_deck(deck, case).includes}


def logs_of(case: Path) -> list[Path]:
    files = [path for path in files_of(case) if not deck_reader(path)]
    unclaimed = {path for path in files if not parser_of(path)}
    parts = included(case) if unclaimed else set()
    return [path for path in files if path not in unclaimed & parts]


def read_deck(path: Path, case: Path):
    def open_include(name, source):
        inner = case / name
        return io.BytesIO(inner.read_bytes()) if inner.is_file() else None

    return deck_reader(path).read(io.BytesIO(path.read_bytes()), open_include)


LOGS = [path for case in CASES for path in logs_of(case)]


def found_in(case: Path) -> dict:
    """Reports by file name, the deck's facts by its name, and the report of the whole run."""
    found, reports, deck, logs = {}, [], None, logs_of(case)
    for path in files_of(case):
        name = path.relative_to(case).as_posix()
        if deck_reader(path):
            deck = found[name] = read_deck(path, case).to_json()
        elif path in logs:
            found[name] = claimed_report(path.read_bytes()).to_json()
            reports.append(found[name])
    return found | {"run": combine(reports, deck)}


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_sample_gives_what_is_expected(case):
    expected = json.loads((case / "expected.json").read_text())

    assert json.loads(json.dumps(found_in(case))) == expected


@pytest.mark.parametrize("path", LOGS, ids=name_of)
def test_a_log_is_claimed_by_exactly_one_parser_of_its_solver(path):
    head = head_of(path)

    claiming = [parser.solver for parser in PARSERS if parser.claims(head)]

    assert claiming == [path.relative_to(SAMPLES).parts[0]]


@pytest.mark.parametrize("path", LOGS, ids=name_of)
def test_any_prefix_parses_and_is_not_normal_before_the_words_it_rests_on(path):
    """Nor while the run goes on: from a normal end up to a further run's banner nothing moves, no curve either.

    So the words may be the solver's own end mark, however much it sums up below.
    """
    data = path.read_bytes()
    parser_type = parser_of(path)
    few, many = CUTS // 3, CUTS - CUTS // 3
    cuts = {*range(0, len(data), max(len(data) // many, 1)), len(data)}
    cuts |= {*range(max(len(data) - 200, 0), len(data), max(200 // few, 1))}
    growing, fed, at_end = parser_type(), 0, None
    for cut in sorted(cuts):
        growing.feed(data[fed:cut])
        fed = cut
        ended = parser_type(json.loads(small_state(growing)))
        ended.finish()

        reports = [growing.report(), ended.report()]
        for report in reports:
            if report.status == "normal":
                assert words_of(report.status_reason.encode())[:60] in words_of(data[:cut])
        where = where_of(reports[0])
        if at_end and where[0] == "normal":
            assert where == at_end
        at_end = where if where[0] == "normal" else None


def where_of(report):
    """How far the run is, as its facts and its curves say."""
    points = {name: series.n for name, series in report.series.items()}
    return report.status, report.time, report.cycle, points


def words_of(text: bytes) -> bytes:
    return b" ".join(text.replace(b"\0", b"").split())


@pytest.mark.parametrize("solver", sorted({parser.solver for parser in PARSERS}))
def test_a_solver_has_a_normal_an_error_and_a_running_sample(solver):
    runs = [found_in(case)["run"]["status"] for case in CASES if case.parent.name == solver]

    assert {"normal", "error", "running"} <= set(runs)


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_a_parser_has_a_sample(parser):
    claimed = [path for path in LOGS if parser.claims(head_of(path))]

    assert claimed != []
    assert by_name(parser.name) is parser


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_samples_are_small(case):
    large = {path.name: path.stat().st_size for path in case.rglob("*") if path.is_file()}

    assert {name: size for name, size in large.items() if size >= 60_000} == {}


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_sample_says_where_it_is_from(case):
    keys = [line.partition(":")[0] for line in (case / "ORIGIN").read_text().splitlines()]

    assert keys[:4] == ["solver", "recorded", "deck", "licence"]


def test_every_parser_module_is_in_the_table():
    room = SAMPLES.parent.parent / "parsers"
    defined = {
        line.split('"')[1]
        for path in room.rglob("*.py")
        for line in path.read_text().splitlines()
        if line.strip().startswith("name: ClassVar[str] = ")
    }

    assert defined == {parser.name for parser in PARSERS}


@pytest.mark.parametrize("one", SOLVERS, ids=lambda one: one.name)
def test_a_solver_asks_only_for_roles_that_its_parsers_have(one):
    roles = {parser.role for parser in one.parsers}
    asked = {role for each in (one.roles, *one.by_field.values()) for role in each}

    assert asked <= roles
    assert {parser.solver for parser in one.parsers} == {one.name}


def rewrite(solvers: list[str]) -> None:
    for case in CASES:
        if not solvers or case.parent.name in solvers:
            text = json.dumps(found_in(case), indent=1, ensure_ascii=False)
            (case / "expected.json").write_text(text + "\n")
            sys.stdout.write(f"{name_of(case)}\n")


if __name__ == "__main__":
    from workers.tests import test_solvers_are_documented

    rewrite(sys.argv[1:])
    test_solvers_are_documented.rewrite()
