"""Every log there is to test with: our own samples, and the shared ones where they lie beside the checkout."""

from functools import cache
from pathlib import Path

from workers.decks import reader_for
from workers.parsers import claimant
from workers.parsers.report import HEAD_BYTES

SAMPLES = Path(__file__).parent / "samples"
SHARED = Path(__file__).parents[3] / "shared" / "samples"
NOT_LOGS = {"ORIGIN", "expected.json", "SOURCES.tsv"}


def name_of(path):
    root = SAMPLES if path.is_relative_to(SAMPLES) else SHARED
    return path.relative_to(root).as_posix()


@cache
def is_deck(path):
    with path.open("rb") as file:
        return reader_for(path.name, file.read(HEAD_BYTES)) is not None


@cache
def own_files():
    """Files of our own cases that are not decks; a deck may lie in folders below its case."""
    cases = sorted(path.parent for path in SAMPLES.glob("*/*/ORIGIN"))
    files = [path for case in cases for path in sorted(case.rglob("*")) if path.is_file()]
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
    with path.open("rb") as file:
        return claimant(file.read(HEAD_BYTES))
