"""Every log there is to test with: our own samples, and the shared ones where they lie beside the checkout."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from workers.decks import reader_for
from workers.parsers import claimant
from workers.parsers.report import HEAD_BYTES
from workers.tests.parsing import report_of

SAMPLES = Path(__file__).parent / "samples"
CASES = sorted(path.parent for path in SAMPLES.glob("*/*/ORIGIN"))
SHARED = Path(__file__).parents[3] / "shared" / "samples"
SOURCES = SHARED / "SOURCES.tsv"
NOT_LOGS = {"ORIGIN", "expected.json", "SOURCES.tsv"}

needs_shared = pytest.mark.skipif(
    not SOURCES.exists(),
    reason="../shared/samples is absent: put the shared samples beside the checkout",
)


def name_of(path):
    root = SAMPLES if path.is_relative_to(SAMPLES) else SHARED
    return path.relative_to(root).as_posix()


def head_of(path, size=HEAD_BYTES):
    with path.open("rb") as file:
        return file.read(size)


@cache
def is_deck(path):
    return reader_for(path.name, head_of(path)) is not None


@cache
def own_files():
    """Files of our own cases that are not decks; a deck may lie in folders below its case."""
    files = [path for case in CASES for path in sorted(case.rglob("*")) if path.is_file()]
    return [path for path in files if path.name not in NOT_LOGS and not is_deck(path)]


@cache
def own_logs():
    return [path for path in own_files() if parser_of(path)]


@cache
def shared_files():
    return sorted(p for p in SHARED.rglob("*") if p.is_file() and p.name not in NOT_LOGS)


@cache
def shared_logs():
    return [path for path in shared_files() if parser_of(path)]


@cache
def parser_of(path):
    """The one parser that claims the file, or None."""
    return claimant(head_of(path))


@dataclass(frozen=True)
class Source:
    """A row of SOURCES.tsv: a shared file, and what a reader finds in it."""

    name: str
    """Below the shared samples: `abaqus/explicit_normal/Job-1.sta`."""
    version: str
    outcome: str
    facts: str

    @property
    def path(self):
        return SHARED / self.name

    def read(self):
        """Name of the parser that claims the file, and its report."""
        parser_type = parser_of(self.path)
        return parser_type.name, report_of(parser_type, self.path.read_bytes())

    def number(self, pattern, otherwise=None):
        """The number that the pattern finds among the facts."""
        found = re.search(pattern, self.facts)
        return float(found[1]) if found else otherwise


@cache
def sources(pattern=""):
    """Rows whose name fits the pattern; none where the shared samples are absent."""
    if not SOURCES.exists():
        return []
    with SOURCES.open(newline="") as file:
        rows = [
            Source(
                row["path"].removeprefix("samples/"),
                row["solver + version as printed"],
                row["outcome"],
                row["facts"],
            )
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]
    return [row for row in rows if re.search(pattern, row.name)]


def each_source(pattern):
    """A test over the rows whose name fits; it is skipped where the shared samples are absent."""
    found = sources(pattern)
    if SOURCES.exists() and not found:
        raise LookupError(f"no row of SOURCES.tsv fits {pattern}")
    found = found or [pytest.param(None, marks=needs_shared, id="absent")]
    return pytest.mark.parametrize("source", found, ids=lambda source: source.name)
