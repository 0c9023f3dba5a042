"""How the status page says what `pdfjobs.health` found."""

from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils.translation import gettext as _

from pdfjobs.templatetags.diary import NOTHING, duration, rough_duration

register = template.Library()

NOW_S = 5.0
"""Younger than this is now: the page must not change with every second."""
QUICK_S = 0.02
"""Faster than this is as good as at once."""


@register.filter
def moment(unix: Any) -> datetime | None:
    """A Unix time for the tag `when`."""
    return datetime.fromtimestamp(unix, UTC) if isinstance(unix, int | float) else None


@register.filter
def ago(seconds: Any) -> str:
    """How long since something was heard."""
    if not isinstance(seconds, int | float):
        return NOTHING
    if seconds < NOW_S:
        return _("now")
    return _("%(time)s ago") % {"time": rough_duration(seconds)}


@register.filter
def latency(seconds: Any) -> str:
    """Rounded so that its noise does not show."""
    if not isinstance(seconds, int | float):
        return NOTHING
    if seconds < QUICK_S:
        return _("under %(time)s") % {"time": f"{QUICK_S * 1000:.0f} ms"}
    return duration(seconds) if seconds >= 1 else f"{seconds * 100:.0f}0 ms"


@register.filter
def share_of(part: Any, whole: Any) -> str:
    """0..1 for a progress bar."""
    if not isinstance(part, int | float) or not isinstance(whole, int | float) or not whole:
        return "0"
    return f"{min(1.0, max(0.0, part / whole)):.3f}"
