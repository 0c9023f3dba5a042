"""What of several jobs stands side by side: facts, deck, cost, review, messages; and what of it differs."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pdfjobs import logmessages, queries
from pdfjobs.markdown import plain
from pdfjobs.models import Job, Run
from pdfjobs.templatetags.kept import reason
from pdfjobs.wording import CAUSE_WORDS, RULE_WORDS

FEWEST, MOST = 2, 10
"""Jobs side by side."""
MOST_MESSAGES = 100
MOST_PARAMETERS = 200
NUMBERS = re.compile(r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
SEVERITIES = {name: place for place, name in enumerate(logmessages.SEVERITIES)}


@dataclass(frozen=True)
class Compared:
    """A job with what its column is made of."""

    job: Job
    run: Run | None

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.run.facts if self.run else {}


@dataclass(frozen=True)
class Cell:
    value: Any
    differs: bool
    """From that of the first job."""
    share: float | None = None
    """How much more or less than the first job's number; None where that says nothing."""


@dataclass(frozen=True)
class Line:
    """One thing of all jobs."""

    name: str | Promise
    cells: list[Cell]
    kind: str = ""
    """How to say it: figure, duration, core_hours, bytes, status, analysis, assessment, when, text or empty."""

    @property
    def differs(self) -> bool:
        return any(cell.differs for cell in self.cells)


@dataclass(frozen=True)
class MessageLine:
    """A message, and how often each job has it."""

    severity: str
    code: str
    text: str
    counts: list[int]

    @property
    def differs(self) -> bool:
        return len(set(self.counts)) > 1


Taken = Callable[[Compared], Any]


def _fact(name: str) -> Taken:
    return lambda compared: compared.facts.get(name)


def _field(name: str) -> Taken:
    return lambda compared: getattr(compared.job, name) or None


FACTS: tuple[tuple[str | Promise, str, Taken], ...] = (
    (_("Title"), "", _field("title")),
    (_("Status"), "status", _field("status")),
    (_("Why"), "", lambda each: reason(each.job.status_reason) or None),
    (_("Cause"), "", lambda each: CAUSE_WORDS.said(each.facts.get("cause") or "") or None),
    (_("Solver"), "", _field("solver")),
    (_("Version"), "", _fact("solver_version")),
    (_("Time reached"), "figure", _fact("time")),
    (_("End time"), "figure", _fact("end_time")),
    (_("Increments"), "figure", _fact("cycle")),
    (_("Time step"), "figure", _fact("time_step")),
    (_("Nodes"), "figure", lambda each: each.facts.get("nodes") or each.job.deck.get("nodes")),
    (_("Elements"), "figure", lambda each: each.facts.get("elements") or each.job.deck.get("elements")),
    (_("Warnings"), "figure", _fact("warnings")),
    (_("Errors"), "figure", _fact("errors")),
    (_("Early warnings"), "", lambda each: ", ".join(dict.fromkeys(RULE_WORDS.said(alert["rule"]) for alert in each.facts.get("alerts") or [])) or None),
)  # fmt: skip
COST: tuple[tuple[str | Promise, str, Taken], ...] = (
    (_("Wall time"), "duration", lambda each: queries.wall_time_s(each.run)),
    (_("Cores"), "figure", lambda each: cores(each)),
    (_("Core hours"), "core_hours", lambda each: core_hours(each)),
    (_("CPU time"), "duration", _fact("cpu_time_s")),
    (_("Memory"), "bytes", _fact("memory_bytes")),
    (_("Host"), "", _fact("host")),
    (_("Runs"), "figure", lambda each: len(each.job.runs.all())),
)
REVIEW: tuple[tuple[str | Promise, str, Taken], ...] = (
    (_("Analysis"), "analysis", _field("analysis_status")),
    (_("Result"), "assessment", lambda each: each.job.result_assessment),
    (_("Summary"), "text", lambda each: plain(each.job.result_summary) or None),
    (_("Information"), "text", lambda each: plain(each.job.info) or None),
    (_("Tags"), "", lambda each: ", ".join(sorted(tag.name for tag in each.job.tags.all())) or None),
    (_("Asked to look at it"), "", _field("reviewer")),
    (_("Base runs"), "", lambda each: ", ".join(str(base.number) for base in each.job.base_runs.all()) or None),
    (_("Owner"), "", _field("owner")),
    (_("Project"), "", _field("project")),
    (_("Submitted"), "when", _field("submitted_at")),
)  # fmt: skip


def cores(compared: Compared) -> int | None:
    """As the solver printed it, else as it was started."""
    printed = compared.facts.get("cores")
    if printed is None and compared.run and compared.run.ours:
        return compared.run.cores
    return printed if isinstance(printed, int) else None


def core_hours(compared: Compared) -> float | None:
    wall, its = queries.wall_time_s(compared.run), cores(compared)
    return None if wall is None or its is None else wall * its / 3600


def lines(jobs: Sequence[Compared], what: Sequence[tuple[str | Promise, str, Taken]]) -> list[Line]:
    """Those that at least one job has a value of."""
    found = []
    for name, kind, take in what:
        values = [take(each) for each in jobs]
        if any(value not in (None, "") for value in values):
            # Every job has its own time; to mark that would hide what the engineer changed.
            cells = [Cell(value, False) for value in values] if kind == "when" else _cells(values)
            found.append(Line(name, cells, kind))
    return found


def deck_lines(jobs: Sequence[Compared]) -> list[Line]:
    """What the deck readers found, by name; parameters of tables one by one."""
    decks = [dict(_flat(each.job.deck)) for each in jobs]
    names = dict.fromkeys(name for deck in decks for name in deck)
    return [
        Line(name, _cells([deck.get(name) for deck in decks]), "figure")
        for name in list(names)[:MOST_PARAMETERS]
    ]


def message_lines(jobs: Sequence[Compared]) -> list[MessageLine]:
    """Messages that differ in numbers alone are one; those that not all jobs have come first."""
    counted: dict[tuple[str, str, str], list[int]] = {}
    texts: dict[tuple[str, str, str], str] = {}
    runs = {k: each.run for k, each in enumerate(jobs) if each.run}
    told = logmessages.of_runs(runs.values())
    for k, run in runs.items():
        for said in told[run.pk]:
            key = said.severity, said.code, NUMBERS.sub("#", said.text)
            texts.setdefault(key, said.text)
            counted.setdefault(key, [0] * len(jobs))[k] += said.count
    found = [
        MessageLine(severity, code, texts[severity, code, masked], counts)
        for (severity, code, masked), counts in counted.items()
    ]
    found.sort(key=lambda line: (SEVERITIES.get(line.severity, 9), 0 not in line.counts))
    return found[:MOST_MESSAGES]


def _cells(values: list[Any]) -> list[Cell]:
    first = values[0]
    return [
        Cell(value, differs, _share(value, first) if differs else None)
        for value in values
        for differs in (not _same(value, first),)
    ]


def _same(value: Any, first: Any) -> bool:
    if isinstance(value, float) and isinstance(first, float | int):
        return math.isclose(value, first, rel_tol=1e-9) or (value != value and first != first)
    return bool((value or None) == (first or None)) if value != 0 and first != 0 else value == first


def _share(value: Any, first: Any) -> float | None:
    is_number = all(
        isinstance(each, int | float) and not isinstance(each, bool) and math.isfinite(each)
        for each in (value, first)
    )
    return value / first - 1 if is_number and first and value != first else None


def _flat(deck: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    shown = ("solver_version", "end_time", "nodes", "elements", "step_count", "include_count")
    yield from (
        (name.replace("_", " "), deck[name]) for name in shown if deck.get(name) is not None
    )
    for table in ("controls", "parameters"):
        values = deck.get(table)
        if isinstance(values, Mapping):
            yield from ((str(name), values[name]) for name in sorted(values, key=str))
    for k, step in enumerate((deck.get("steps") or [])[:20], 1):
        for name in ("procedure", "period", "increments"):
            if isinstance(step, Mapping) and step.get(name) is not None:
                yield f"step {k} {name}", step[name]
