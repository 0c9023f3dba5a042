"""How the pages say values: times, durations, sizes, numbers, statuses."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pdfjobs import names
from pdfjobs.wording import (
    ANALYSIS_WORDS,
    ASSESSMENT_WORDS,
    FIELD_WORDS,
    INCLUDE_WORDS,
    INTAKE_WORDS,
    LOG_WORDS,
    SEVERITY_WORDS,
    STATUS_NAMES,
    TYPE_WORDS,
    UNIT_WORDS,
)

register = template.Library()

SHAPES = {
    "none": "○",
    "pending": "◔",
    "running": "▶",
    "finished": "◆",
    "normal": "✓",
    "error": "✕",
    "other": "■",
}
"""A status is told by word, colour and shape."""
UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
NOTHING = "\u2013"


@register.simple_tag
def badge(status: str) -> SafeString:
    """The status as a badge."""
    return format_html(
        '<span class="badge is-{}"><span class="shape" aria-hidden="true">{}</span>{}</span>',
        status,
        SHAPES.get(status, "○"),
        STATUS_NAMES.said(status),
    )


def saying(say: Callable[[str], str]) -> Callable[[str | None], str]:
    """A filter that says a code or a sentence, and nothing of nothing."""
    return lambda kept: say(kept or "")


for name, words in {
    "status_words": STATUS_NAMES,
    "analysis_words": ANALYSIS_WORDS,
    "assessment_words": ASSESSMENT_WORDS,
    "intake_words": INTAKE_WORDS,
    "include_words": INCLUDE_WORDS,
    "type_words": TYPE_WORDS,
    "log_words": LOG_WORDS,
    "severity_words": SEVERITY_WORDS,
}.items():
    register.filter(name, saying(words.said))


@register.filter
def field_words(field: str) -> str:
    """What a row of history is about."""
    return FIELD_WORDS.get(field) or field.replace("_", " ")


@register.simple_tag
def when(at: datetime | str | None) -> SafeString | str:
    """A time that the browser turns into its own zone; without scripts, the service's zone."""
    if not isinstance(at, datetime):
        return NOTHING  # a template's word for a missing run is ""
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}">{}</time>',
        at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        f"{local:%Y-%m-%d %H:%M} {local.tzname()}",
    )


@register.filter
def duration(seconds: Any) -> str:
    """Two units at most: "3 h 12 min"."""
    return _worded(_units(seconds))


@register.filter
def rough_duration(seconds: Any) -> str:
    """The larger unit alone where that says enough: "36 min", "12 h", but "1 d 6 h"."""
    units = _units(seconds)
    is_plenty = len(units[0][0]) > 1 if units else False
    return _worded(units[:1] if is_plenty or (units and units[0][1] in ("h", "min")) else units)


def _units(seconds: Any) -> list[tuple[str, str]]:
    """Amounts of units by their codes, the larger first."""
    if not isinstance(seconds, int | float) or not math.isfinite(seconds):
        return []
    if seconds < 10:
        return [(f"{max(0.0, seconds):.1f}", "s")]
    total = round(seconds)
    for (size, unit), (inner_size, inner) in pairwise(UNITS):
        if total >= size:
            rest = total % size // inner_size
            return [(str(total // size), unit), *([(str(rest), inner)] if rest else [])]
    return [(str(total), "s")]


def _worded(units: list[tuple[str, str]]) -> str:
    return " ".join(f"{amount} {UNIT_WORDS[unit]}" for amount, unit in units) or NOTHING


@register.filter
def figure(value: Any) -> str:
    """A solver's number, four digits of it; whole numbers whole."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return (
            NOTHING if value in (None, "") else str(value)
        )  # a template's word for a missing fact is ""
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f")
    if not math.isfinite(value):
        return str(value)
    return f"{value:.4g}"


@register.filter
def core_hours(value: Any) -> str:
    """As a budget counts them: whole ones from a thousand on, and nothing finer than a hundredth."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return NOTHING
    if 0 < value < 0.01:
        return "< 0.01"
    return figure(round(value)) if value >= 1000 else f"{value:.3g}"


@register.filter
def bytes_size(value: Any) -> str:
    if not isinstance(value, int | float):
        return NOTHING
    size, unit = float(value), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"


@register.filter
def percent(share: Any) -> str:
    """0..1 as whole per cent, rounded down: 100 % means all of it."""
    if not isinstance(share, int | float) or not math.isfinite(share):
        return NOTHING
    return f"{math.floor(share * 100)} %"


@register.filter
def readable(stored: str) -> str:
    """A stored file name for people."""
    return names.readable(names.from_stored(stored))
