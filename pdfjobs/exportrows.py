"""Jobs as rows of a table that people take into a spreadsheet."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from pdfjobs import names
from pdfjobs.listing.words import STATUS_WORDS
from pdfjobs.models import BaseRun, Job, Run, Tag
from pdfjobs.wording import ASSESSMENT_WORDS

BATCH = 500
MOST = 100_000
"""Rows of one export."""
MOST_LETTERS = 32_000
"""Of a cell: spreadsheets take no more than 32,767."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")
"""Beginnings that a spreadsheet may take for a formula."""

_CONTROLS = re.compile(r"[\0-\x08\x0b-\x1f]")

HEAD = (
    *("number", "name", "title", "solver", "version", "status", "reason", "cause"),
    *("progress", "submitted", "started", "ended", "wall time s", "warnings", "errors"),
    *("owner", "project", "analysis", "result", "summary", "information", "reviewer"),
    *("tags", "base runs", "family", "folder"),
)
# In one language for everybody: macros and scripts read them.
ASSESSED = ASSESSMENT_WORDS.untranslated()
Cell = str | int | float | datetime | None
JOB = (
    *("pk", "number", "name", "title", "solver", "status", "status_reason", "cause"),
    *("submitted_at", "owner", "project", "analysis_status", "result_assessment"),
    *("result_summary", "info", "reviewer", "family"),
)
FACTS = ("solver_version", "warnings", "errors", "wall_time_s")
RUN = (
    "root",
    "folder",
    "progress",
    "started_at",
    "ended_at",
    *(f"facts__{name}" for name in FACTS),
)


def rows(numbers: Sequence[int]) -> Iterator[list[Cell]]:
    """A row for each job, in this order; four queries for every `BATCH` of them."""
    for start in range(0, len(numbers), BATCH):
        batch = numbers[start : start + BATCH]
        jobs = {job["number"]: job for job in Job.objects.filter(number__in=batch).values(*JOB)}
        pks = [job["pk"] for job in jobs.values()]
        runs = Run.objects.filter(job__in=pks).order_by("job_id", "ordinal")
        latest = {run["job_id"]: run for run in runs.values("job_id", *RUN)}
        tags = _listed(Tag.objects.filter(job__in=pks).values_list("job_id", "name"))
        bases = _listed(BaseRun.objects.filter(job__in=pks).values_list("job_id", "number"))
        for number in batch:
            if job := jobs.get(number):
                pk = job["pk"]
                yield _row(job, latest.get(pk, {}), tags.get(pk, []), bases.get(pk, []))


def whole(text: str) -> str:
    """A text as a cell takes it."""
    return text if len(text) < MOST_LETTERS and text.isprintable() else _cleaned(text)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula where nothing says that it is a text."""
    text = whole(text)
    return f"'{text}" if text.lstrip(" ").startswith(DANGEROUS) else text


def _cleaned(text: str) -> str:
    return _CONTROLS.sub("", text)[:MOST_LETTERS]


def _row(job: dict[str, Any], run: dict[str, Any], tags: list[Any], bases: list[Any]) -> list[Cell]:
    facts = {name: _number(run.get(f"facts__{name}")) for name in FACTS[1:]}
    started, ended = run.get("started_at"), run.get("ended_at")
    took = facts["wall_time_s"]
    if took is None and started and ended:
        took = (ended - started).total_seconds()
    return [
        *(job["number"], job["name"], job["title"], job["solver"]),
        *(_text(run.get("facts__solver_version")), STATUS_WORDS[job["status"]]),
        *(job["status_reason"], job["cause"]),
        1.0 if job["status"] == "normal" else run.get("progress"),
        *(timezone.localtime(job["submitted_at"]), _local(started), _local(ended), took),
        *(facts["warnings"], facts["errors"], job["owner"], job["project"]),
        *(job["analysis_status"], ASSESSED[job["result_assessment"]]),
        *(job["result_summary"], job["info"], job["reviewer"]),
        *(", ".join(sorted(tags)), " ".join(map(str, sorted(bases))), job["family"]),
        names.place(run["root"], run["folder"]) if run else None,
    ]


def _listed(pairs: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for pk, value in pairs:
        found.setdefault(pk, []).append(value)
    return found


def _local(at: datetime | None) -> datetime | None:
    return timezone.localtime(at) if at else None


def _number(value: Any) -> int | float | None:
    return value if isinstance(value, int | float) else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
