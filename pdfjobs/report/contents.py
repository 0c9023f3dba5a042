"""What stands in a job's report."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from pdfjobs import logmessages, queries, timeline
from pdfjobs.markdown import Around, around, rendered
from pdfjobs.models import Job, Run
from pdfjobs.points.chains import chain
from pdfjobs.points.plots import presets, series_rows
from pdfjobs.points.series import series_points
from pdfjobs.report.difference import from_base
from pdfjobs.report.pictures import inlined
from pdfjobs.report.plots import COLOURS, Curve, plot
from pdfjobs.reviewpanel import WRITTEN

MOST_PLOTS = 16
MOST_IN_PLOT = 8
MOST_MESSAGES = 100
MOST_HISTORY = 100
MOST_POINTS = 700
"""Of a curve: about one for each point of the picture's width."""
PATIENCE_S = 8.0
"""For the series; those that are not read by then are left out, which the report says."""
CSS = Path(__file__).parents[1] / "static" / "pdfjobs" / "report.css"


def contents(job: Job, user: User, address: Callable[[str], str] | None = None) -> dict[str, Any]:
    """What `_report.html` shows; with `address`, which makes a path absolute, fit for a file of its own."""
    run = queries.current_run(job)
    facts = run.facts if run else {}
    found = logmessages.by_code(logmessages.of_run(run))
    files = list(job.attachments.all())
    texts = {name: getattr(job, name) for name in WRITTEN}
    beside = around(job, user, texts.values())
    if address is not None:
        beside = _in_a_file(beside, inlined(files), address)
    plots, left_out = _plots(run)
    return {
        "job": job,
        "run": run,
        "facts": facts,
        "cores": facts.get("cores") or (run.cores if run and run.ours else None),
        "deck": job.deck,
        "cause": queries.cause(job, run),
        "alerts": queries.alerts(job, run, timezone.now()),
        "progress": queries.progress(job, run),
        "wall_time_s": queries.wall_time_s(run),
        "log_messages": found[:MOST_MESSAGES],
        "more_messages": max(0, len(found) - MOST_MESSAGES),
        "said": {name: rendered(text, beside) for name, text in texts.items()},
        "tags": sorted(tag.name for tag in job.tags.all()),
        "base_runs": sorted(job.base_runs.values_list("number", flat=True)),
        "difference": from_base(job, user),
        "plots": plots,
        "left_out": left_out,
        "pictures": [(each, beside.files[each.pk]) for each in files if each.pk in beside.pictures],
        "other_files": [each for each in files if each.pk not in beside.pictures],
        "timeline": timeline.page(job, most=MOST_HISTORY),
        "made_at": timezone.now(),
        "made_by": user.get_username(),
    }


def document(job: Job, user: User, address: Callable[[str], str]) -> str:
    """The report as a file that needs nothing beside itself."""
    shown = contents(job, user, address) | {"css": mark_safe(CSS.read_text())}  # nosec B308, B703 # a file of ours
    shown["here"] = address(f"/jobs/{job.number}/")
    return render_to_string("pdfjobs/report_file.html", shown)


def _in_a_file(beside: Around, pictures: dict[int, str], address: Callable[[str], str]) -> Around:
    """Pictures lie in the file itself; everything else is led back to the diary."""
    return Around(
        jobs={number: address(path) for number, path in beside.jobs.items()},
        files={pk: pictures.get(pk) or address(path) for pk, path in beside.files.items()},
        pictures=set(pictures),
    )


def _plots(run: Run | None) -> tuple[list[tuple[SafeString, list[tuple[str, str]]]], int]:
    """Picture and legend of each plot; and how many series are left out."""
    series = (run.facts.get("series") or {}) if run else {}
    begin, left_out, pictures = time.monotonic(), len(series), []
    links = chain(run) if run else []
    for names, x, axis in _together(series):
        if run is None or time.monotonic() - begin > PATIENCE_S:
            break
        points = series_points(run, names, links=links, most=MOST_POINTS)
        curves = [Curve(name, points[name]["xs"], points[name]["ys"]) for name in points]
        left_out -= len(names)
        if picture := plot(curves, x=x, unit=axis):
            pictures.append((picture, list(zip(points, COLOURS, strict=False))))
    return pictures, left_out


def _together(series: dict[str, Any]) -> list[tuple[list[str], str, str]]:
    """Names of the curves of each plot, what they lie over, and their axis: first what the job's page begins with.

    What no set of the job's page names comes behind, at most one more plot of each axis.
    """
    rows = {row["name"]: row for row in series_rows(series)}
    plots: list[tuple[list[str], str, str]] = []
    for names in (*(preset["curves"] for preset in presets(series)), list(rows)):
        axes: dict[tuple[str, str], list[str]] = {}
        for name in names:
            if row := rows.pop(name, None):
                axes.setdefault((row["x"], row["axis"]), []).append(name)
        plots += [(its[:MOST_IN_PLOT], x, axis) for (x, axis), its in axes.items()]
    return plots[:MOST_PLOTS]
