"""Every sample in `samples/` against its `expected.json`, whole, and cut at every place.

`python -m workers.tests.test_corpus` writes the `expected.json` files anew, for review.
"""

import json
import sys
from pathlib import Path

import pytest

from workers.decks import reader_for
from workers.parsers import PARSERS, by_name, claimant
from workers.parsers.combine import combine
from workers.parsers.report import HEAD_BYTES

SAMPLES = Path(__file__).parent / "samples"
CASES = sorted(path.parent for path in SAMPLES.glob("*/*/ORIGIN"))
NOT_LOGS = {"ORIGIN", "expected.json"}
STATE_BYTES = 64_000


def name_of(path: Path) -> str:
    return path.relative_to(SAMPLES).as_posix()


def files_of(case: Path) -> list[Path]:
    return sorted(path for path in case.iterdir() if path.name not in NOT_LOGS)


LOGS = [path for case in CASES for path in files_of(case) if path.suffix != ".inp"]


def report_of(data: bytes) -> dict:
    parser = claimant(data[:HEAD_BYTES])()
    parser.feed(data)
    parser.finish()
    return parser.report().to_json()


def found_in(case: Path) -> dict:
    """Reports by file name, the deck's facts by its name, and the report of the whole run."""
    found, reports, deck = {}, [], None
    for path in files_of(case):
        data = path.read_bytes()
        if reader := reader_for(path.name, data[:HEAD_BYTES]):
            deck = found[path.name] = reader.read(data, lambda name: None).to_json()
        else:
            found[path.name] = report_of(data)
            reports.append(found[path.name])
    return found | {"run": combine(reports, deck)}


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_sample_gives_what_is_expected(case):
    expected = json.loads((case / "expected.json").read_text())

    assert json.loads(json.dumps(found_in(case))) == expected


@pytest.mark.parametrize("path", LOGS, ids=name_of)
def test_a_log_is_claimed_by_exactly_one_parser_of_its_solver(path):
    head = path.read_bytes()[:HEAD_BYTES]

    claiming = [parser.solver for parser in PARSERS if parser.claims(head)]

    assert claiming == [path.parent.parent.name]


@pytest.mark.parametrize("path", LOGS, ids=name_of)
def test_any_prefix_parses_and_is_not_normal_before_the_words_it_rests_on(path):
    data = path.read_bytes()
    parser_type = claimant(data[:HEAD_BYTES])
    step = 1 if len(data) < 1000 else len(data) // 250
    cuts = sorted({*range(0, len(data), step), *range(max(len(data) - 200, 0), len(data) + 1)})
    growing, fed = parser_type(), 0
    for cut in cuts:
        growing.feed(data[fed:cut])
        fed = cut
        kept = json.dumps(growing.state)
        assert len(kept) <= STATE_BYTES
        ended = parser_type(json.loads(kept))
        ended.finish()

        for report in (growing.report(), ended.report()):
            if report.status == "normal":
                assert report.status_reason.encode() in data[:cut]
                assert len(data) - data.index(report.status_reason.encode()) < 300


@pytest.mark.parametrize("solver", sorted({parser.solver for parser in PARSERS}))
def test_a_solver_has_a_normal_an_error_and_a_running_sample(solver):
    runs = [found_in(case)["run"]["status"] for case in CASES if case.parent.name == solver]

    assert {"normal", "error", "running"} <= set(runs)


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_a_parser_has_a_sample(parser):
    claimed = [path for path in LOGS if parser.claims(path.read_bytes()[:HEAD_BYTES])]

    assert claimed != []
    assert by_name(parser.name) is parser


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/*/*")), ids=name_of)
def test_a_sample_is_small(path):
    assert path.stat().st_size < 60_000


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


def rewrite() -> None:
    for case in CASES:
        text = json.dumps(found_in(case), indent=1, ensure_ascii=False)
        (case / "expected.json").write_text(text + "\n")
        sys.stdout.write(f"{name_of(case)}\n")


if __name__ == "__main__":
    rewrite()
