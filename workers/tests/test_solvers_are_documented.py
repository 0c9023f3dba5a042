"""The table in docs/solvers.md is what the parsers find in the samples.

`python -m workers.tests.test_solvers_are_documented` writes it anew (as `make expected` does).
"""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from workers.parsers import SOLVERS
from workers.tests.logcorpus import SAMPLES, SOURCES, name_of, own_logs, parser_of, shared_logs
from workers.tests.parsing import claimed_report

PAGE = Path(__file__).parents[2] / "docs" / "solvers.md"
BEGIN, END = "<!-- table begins -->\n", "<!-- table ends -->\n"
HEADER = [
    "| solver | file | read from it | curves | our samples | public samples |",
    "|---|---|---|---|---|---|",
]
UNTOLD = {
    *("solver", "role", "messages", "series", "status_reason", "cause_text", "cause_line"),
    *("progress", "ended_at", "pace"),
}
SHORTER = {"solver_version": "version", "started_at": "dates", "wall_time_s": "wall time"}


def facts_in(reports):
    """Facts that the file told in one of the samples, as words; counts that were never more than 0 are left out."""
    told = {
        key: None
        for report in reports
        for key, value in report.items()
        if key not in UNTOLD and value not in (None, 0, [])
    }
    words = [SHORTER.get(key, key.removesuffix("_s").replace("_", " ")) for key in told]
    return ", ".join(words) or "nothing but its messages"


def curves_in(reports):
    families = {name.partition(".")[0] for report in reports for name in report["series"]}
    return ", ".join(sorted(family.replace("_", " ") for family in families)) or "none"


def origin_of(path):
    case = SAMPLES / Path(*path.relative_to(SAMPLES).parts[:2])
    recorded = re.search(r"^recorded: *(yes|no)", (case / "ORIGIN").read_text(), re.M)
    return "recorded" if recorded and recorded[1] == "yes" else "from the manual"


def versions_in(reports):
    found = sorted(
        {str(each["solver_version"]).split()[0] for each in reports if each["solver_version"]}
    )
    return f" ({', '.join(found[:6])}{' …' if len(found) > 6 else ''})" if found else ""


def reports_of(paths):
    return [claimed_report(path.read_bytes()).to_json() for path in paths]


def public_in_page():
    """What the page says of public samples, by solver and file: it stays as it is where they are not there."""
    lines = [] if SOURCES.exists() else in_page().splitlines()[len(HEADER) :]
    cells = [line.strip("| ").split(" | ") for line in lines]
    return {(row[0], row[1]): row[-1] for row in cells}


def rows():
    kept = public_in_page()
    own, shared = defaultdict(list), defaultdict(list)
    for path in own_logs():
        own[parser_of(path)].append(path)
    for path in shared_logs():
        shared[parser_of(path)].append(path)
    for one in sorted(SOLVERS, key=lambda one: one.name):
        for parser in one.parsers:
            reports = reports_of(own[parser])
            public = reports_of(shared[parser])
            kinds = [origin_of(path) for path in own[parser]]
            counts = [
                f"{kinds.count(k)} {k}" for k in ("recorded", "from the manual") if k in kinds
            ]
            samples = ", ".join(counts) + versions_in(reports)
            outside = f"{len(public)}{versions_in(public)}" if public else "none"
            outside = kept.get((one.name, parser.role), outside)
            told = facts_in(reports)
            yield one.name, parser.role, told, curves_in(reports), samples, outside


def table():
    return "\n".join([*HEADER, *(f"| {' | '.join(row)} |" for row in rows())]) + "\n"


def in_page():
    return PAGE.read_text().partition(BEGIN)[2].partition(END)[0]


def test_the_table_is_what_the_parsers_find():
    assert in_page() == table()


@pytest.mark.parametrize("path", own_logs(), ids=name_of)
def test_a_sample_says_whether_it_was_recorded(path):
    assert origin_of(path) in ("recorded", "from the manual")


def rewrite() -> None:
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(before + BEGIN + table() + END + rest.partition(END)[2])


if __name__ == "__main__":
    rewrite()
