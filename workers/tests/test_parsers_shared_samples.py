"""The CalculiX parsers on real logs of others, which stay outside this checkout."""

import csv
import io
import re
from pathlib import Path

import pytest

from workers.decks.calculix import CalculixDeck
from workers.parsers import PARSERS, claimant
from workers.parsers.report import HEAD_BYTES

SHARED = Path(__file__).parents[3] / "shared" / "samples"
CALCULIX = [parser for parser in PARSERS if parser.solver == "calculix"]

pytestmark = pytest.mark.skipif(
    not (SHARED / "SOURCES.tsv").exists(),
    reason="../shared/samples is absent: put the shared samples beside the checkout",
)


def rows():
    if not (SHARED / "SOURCES.tsv").exists():
        return []
    with (SHARED / "SOURCES.tsv").open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def facts_of(ending):
    return [
        pytest.param(row["path"], row["facts"], id=row["path"])
        for row in rows()
        if row["path"].startswith("samples/calculix/") and row["path"].endswith(ending)
    ]


def read(path):
    data = (SHARED.parent / path).read_bytes()
    parser = claimant(data[:HEAD_BYTES])()
    parser.feed(data)
    parser.finish()
    return parser.name, parser.report()


def number(pattern, facts, otherwise=None):
    found = re.search(pattern, facts)
    return float(found[1]) if found else otherwise


@pytest.mark.parametrize(("path", "facts"), facts_of(".sta"))
def test_a_sta_has_the_rows_that_a_reader_counts(path, facts):
    name, report = read(path)

    n = {series: kept.n for series, kept in report.series.items()}
    cutbacks = report.series["cutbacks"].last if report.series else 0
    assert (name, report.status) == ("calculix.sta", None)
    assert n.get("iterations", 0) == number(r"(\d+) (?:attempt|increment) rows", facts)
    assert cutbacks == number(r"(\d+) cutbacks", facts, 0)
    assert report.time == number(r"total time (\S+)", facts)
    assert report.cycle == number(r"last step \d+ inc (\d+)", facts)
    assert report.time_step == number(r" inc time (\S+)", facts)


@pytest.mark.parametrize(("path", "facts"), facts_of(".cvg"))
def test_a_cvg_has_the_rows_that_a_reader_counts(path, facts):
    name, report = read(path)

    series = report.series
    force, displacement = series.get("residual.force"), series.get("residual.displacement")
    assert (name, report.status) == ("calculix.cvg", None)
    assert (force.n if force else 0) == number(r"(\d+) iteration rows", facts)
    assert (force and force.last) == number(r"force residual (\S+)", facts)
    assert (displacement and displacement.last) == number(r"disp correction (\S+)", facts)


@pytest.mark.parametrize(("path", "facts"), facts_of(".log"))
def test_a_screen_log_ends_as_a_reader_says(path, facts):
    name, report = read(path)

    assert (name, report.status, report.solver_version) == ("calculix.screen", "normal", "2.11")
    assert report.errors == number(r"(\d+) \*ERROR", facts)
    assert report.warnings == number(r"(\d+) \*WARNING", facts)
    assert (report.nodes, report.elements) == (
        number(r"nodes (\d+)", facts),
        number(r"elements (\d+)", facts),
    )


@pytest.mark.parametrize(("path", "facts"), facts_of(".inp"))
def test_a_deck_is_claimed_and_names_its_includes(path, facts):
    deck = (SHARED.parent / path).read_bytes()
    include = re.search(rb"(?i)^\*include\s*,\s*input\s*=\s*(\S+)", deck, re.MULTILINE)

    assert CalculixDeck.claims(deck[:HEAD_BYTES])
    facts = CalculixDeck.read(io.BytesIO(deck), lambda name, source: None)
    assert [i.name for i in facts.includes][:1] == ([include[1].decode()] if include else [])
    assert facts.end_time is not None


def test_no_other_log_or_deck_is_taken_for_calculix():
    # spooles.out is CalculiX's, but only says what its equation solver met, never how it ended.
    others = [row["path"] for row in rows() if not row["path"].startswith("samples/calculix/")]
    others += [row["path"] for row in rows() if row["path"].endswith("spooles.out")]
    heads = {path: (SHARED.parent / path).read_bytes()[:HEAD_BYTES] for path in others}

    claimed = [
        path
        for path, head in heads.items()
        if CalculixDeck.claims(head) or any(parser.claims(head) for parser in CALCULIX)
    ]

    assert len(others) > 150
    assert claimed == []
