"""Results and cost of two jobs side by side."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from pdfjobs import logmessages, queries
from pdfjobs.models import Job, Run
from pdfjobs.templatetags.diary import (
    core_hours,
    duration,
    figure,
    percent,
)
from pdfjobs.wording import ASSESSMENT_WORDS, CAUSE_WORDS, STATUS_NAMES

SERIES_SHOWN = 40
MESSAGES_SHOWN = 20
TEXT_SHOWN = 200


@dataclass(frozen=True)
class Beside:
    """A line with the value of each job, as the page says it."""

    label: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Said:
    """A message that only one of two runs has."""

    severity: str
    text: str
    count: int


def results(base: Job, job: Job) -> list[Beside]:
    """How both ended and what came out: status, times, assessment, warnings."""
    rows = [
        (STATUS_NAMES.said(each.status), *_facts(each, queries.current_run(each)))
        for each in (base, job)
    ]
    labels = [
        _("Status"),
        _("Result"),
        _("Cause"),
        _("Progress"),
        _("Time reached"),
        _("Warnings"),
        _("Errors"),
    ]
    return [Beside(*line) for line in zip(labels, *rows, strict=True)]


def costs(base: Job, job: Job) -> list[Beside]:
    """What both took."""
    labels = [
        _("Wall time"),
        _("Cores"),
        _("Core hours"),
        _("Memory"),
        _("Solver version"),
        _("Precision"),
    ]
    rows = [_cost(queries.current_run(each)) for each in (base, job)]
    lines = [Beside(*line) for line in zip(labels, *rows, strict=True)]
    return [line for line in lines if {line.before, line.after} != {figure(None)}]


def last_values(base: Job, job: Job) -> list[Beside]:
    """The last value of each series that both, or one of them, has."""
    sides = [_last(queries.current_run(each)) for each in (base, job)]
    names = sorted({*sides[0], *sides[1]})[:SERIES_SHOWN]
    return [Beside(name, *(figure(side.get(name)) for side in sides)) for name in names]


def messages(base: Job, job: Job) -> tuple[list[Said], list[Said]]:
    """Warnings and errors that are gone, and those that are new."""
    sides = [_messages(queries.current_run(each)) for each in (base, job)]
    gone = [said for mark, said in sides[0].items() if mark not in sides[1]]
    new = [said for mark, said in sides[1].items() if mark not in sides[0]]
    return gone[:MESSAGES_SHOWN], new[:MESSAGES_SHOWN]


def _facts(job: Job, run: Run | None) -> tuple[str, ...]:
    facts = run.facts if run else {}
    return (
        ASSESSMENT_WORDS.said(job.result_assessment),
        CAUSE_WORDS.said(job.cause),
        percent(queries.progress(job, run)),
        figure(facts.get("time")),
        figure(facts.get("warnings")),
        figure(facts.get("errors")),
    )


def _cost(run: Run | None) -> tuple[str, ...]:
    facts: dict[str, Any] = run.facts if run else {}
    wall = queries.wall_time_s(run)
    cores = facts.get("cores") or (run.cores if run else None)
    hours = wall * cores / 3600 if wall is not None and isinstance(cores, int) else None
    memory = facts.get("memory_bytes")
    return (
        duration(wall),
        figure(cores),
        core_hours(hours),
        figure(memory / 1e9) + " GB" if isinstance(memory, int | float) else figure(None),
        str(facts.get("solver_version") or figure(None)),
        str(facts.get("precision") or figure(None)),
    )


def _last(run: Run | None) -> dict[str, Any]:
    series = (run.facts.get("series") if run else None) or {}
    return {name: summary.get("last") for name, summary in series.items()}


def _messages(run: Run | None) -> dict[tuple[str, str], Said]:
    """By severity and code, or text where there is no code; counted over all texts of a code."""
    texts: dict[tuple[str, str], str] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for said in logmessages.of_run(run):
        if said.severity != "note":
            text = " ".join(said.text.split())[:TEXT_SHOWN]
            mark = said.severity, said.code or text
            texts.setdefault(mark, text)
            counts[mark] += said.count
    return {mark: Said(mark[0], text, counts[mark]) for mark, text in texts.items()}
