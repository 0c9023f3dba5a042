"""What the plot of a job's page is told."""

import json
from typing import Any

from django import template
from django.template import Context
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pdfjobs import access
from pdfjobs.models import ENDED, Job, Run
from pdfjobs.points import plots
from pdfjobs.templatetags.diary import figure

register = template.Library()


@register.simple_tag(takes_context=True)
def plot_of(context: Context, job: Job, run: Run | str | None) -> dict[str, Any]:
    """Rows of its series by what they lie over, sets of them, base runs to lay over, and it all in JSON for the script."""
    facts = run.facts if isinstance(run, Run) else {}
    series = facts.get("series") or {}
    rows = plots.series_rows(series)
    kinds = list(dict.fromkeys(row["x"] for row in rows))
    presets = plots.presets(series)
    told = {
        "number": job.number,
        "presets": presets,
        "limits": plots.limits(series, job.solver),
        "axes": {row["name"]: {"axis": row["axis"], "log": row["log"]} for row in rows},
        "end": facts.get("end_time"),
        "clock": plots.clock_of(series),
        "words": plot_words(),
    }
    return {
        "groups": [(x, [row for row in rows if row["x"] == x]) for x in kinds],
        "presets": presets,
        "bases": _bases(context, job) if rows else [],
        "over": job.status in ENDED,
        "settings": json.dumps(told),
    }


def plot_words() -> dict[str, str]:
    """What the script says."""
    return {
        "at": _("at"),
        "curve": _("Curve"),
        "last": _("last"),
        "lowest": _("lowest"),
        "highest": _("highest"),
        "run": _("run"),
        "job": _("job"),
        "log": pgettext("logarithmic", "log"),
        "percent": _("% of the end"),
        "clock": _("clock of the run [h]"),
        "plot": _("Plot of"),
        "unknown": _("Not there, or not for you to see: job"),
    }


def _bases(context: Context, job: Job) -> list[int]:
    """Numbers of the base runs that the person sees."""
    bases = list(job.base_runs.values_list("number", flat=True))
    if not bases or "request" not in context:
        return []
    seen = access.visible(context["request"].user).filter(number__in=bases)
    return sorted(seen.values_list("number", flat=True))


COLOURS = 8
MANIFOLD = 9.0
"""A share from which on it is told how many times as much."""


@register.filter
def colour(place: int) -> int:
    """Number of the colour that the script gives the job at this place."""
    return place % COLOURS + 1


@register.filter
def more_or_less(share: float) -> str:
    """A share as "+12 %", or how many times as much where that would be a long number."""
    if share >= MANIFOLD:
        return f"\u00d7{figure(round(share + 1))}"
    return f"{100 * share:+.3g} %"
