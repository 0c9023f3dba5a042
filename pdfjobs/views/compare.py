"""Jobs side by side."""

import json
import re
from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from pdfjobs import access, comparison, queries
from pdfjobs.comparison import COST, FACTS, FEWEST, MOST, REVIEW, Compared
from pdfjobs.models import Run
from pdfjobs.points import plots
from pdfjobs.templatetags.plots import plot_words
from pdfjobs.views.request import Request

NUMBER = re.compile(r"\d{1,18}", re.ASCII)


@require_safe
def compare(request: Request) -> HttpResponse:
    """The jobs that `jobs` (numbers, comma-separated) names, in that order: all differ from the first or are like it.

    Of one that is not there, or that the person does not see, only its number is said.
    """
    asked = list(
        dict.fromkeys(int(raw) for raw in NUMBER.findall(",".join(request.GET.getlist("jobs"))))
    )
    jobs = _jobs(request, asked[:MOST])
    shown = {job.job.number for job in jobs}
    context: dict[str, Any] = {
        "asked": ", ".join(map(str, asked)),
        "jobs": jobs,
        "unknown": [number for number in asked[:MOST] if number not in shown],
        "left_out": asked[MOST:],
        "enough": len(jobs) >= FEWEST,
        "fewest": FEWEST,
        "most": MOST,
        "only": request.GET.get("only") == "differences",
        "address": ",".join(str(job.job.number) for job in jobs),
    }
    if context["enough"]:
        context |= _sections(jobs)
    return render(request, "pdfjobs/compare.html", context)


def _jobs(request: Request, numbers: list[int]) -> list[Compared]:
    runs = Run.objects.defer("record").order_by("-ordinal")
    jobs = access.visible(request.user).filter(number__in=numbers)
    jobs = jobs.prefetch_related(Prefetch("runs", runs), "tags", "base_runs")
    found = {job.number: Compared(job, queries.current_run(job)) for job in jobs}
    return [found[number] for number in numbers if number in found]


def _sections(jobs: list[Compared]) -> dict[str, Any]:
    series = [each.facts.get("series") or {} for each in jobs]
    merged: dict[str, Any] = {}
    for its in series:
        for name, summary in its.items():
            merged.setdefault(name, summary)
    rows = plots.series_rows(merged)
    told = {
        "presets": plots.presets(merged),
        "axes": {row["name"]: {"axis": row["axis"], "log": row["log"]} for row in rows},
        "limits": {},
        "words": plot_words(),
        "jobs": [
            {
                "number": each.job.number,
                "name": each.job.name,
                "address": reverse("series", args=[each.job.number]),
                "end": each.facts.get("end_time"),
                "clock": plots.clock_of(its),
            }
            for each, its in zip(jobs, series, strict=True)
        ],
    }
    return {
        "facts": comparison.lines(jobs, FACTS),
        "cost": comparison.lines(jobs, COST),
        "review": comparison.lines(jobs, REVIEW),
        "deck": comparison.deck_lines(jobs),
        "differences": [_difference(jobs[0].job.number, each.job.number) for each in jobs],
        "messages_of_all": comparison.message_lines(jobs),
        "series": [(row, [row["name"] in its for its in series]) for row in rows],
        "presets": told["presets"],
        "settings": json.dumps(told),
    }


def _difference(base: int, number: int) -> str:
    """Where the deck's keywords are compared with the first job's; empty for the first itself."""
    if base == number:
        return ""
    try:
        return f"{reverse('difference', args=[number])}?base={base}"
    except NoReverseMatch:
        return ""
