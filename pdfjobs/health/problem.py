"""What a problem is, and from when on something is one."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

WARN, FAIL = "warn", "fail"
STARTING_S = 15.0
"""So long after its start, the service may lack parts that are still on their way."""
NEWS_WARN_S, NEWS_FAIL_S = 60.0, 900.0
"""Ages of undelivered news and of waiting tasks."""


@dataclass(frozen=True)
class Problem:
    """A fact that is wrong, in words for three in the morning."""

    level: str
    """warn: look at it today; fail: work stands still, or will at any moment."""
    part: str
    what: str
    remedy: str
    since: datetime | None = None


def service_log() -> str:
    """Where every part of the service says why it ended: the file of `make run`, or else systemd's journal."""
    file = settings.INSTANCE.logs / "service.log"
    return str(file) if file.exists() else "journalctl -u 'pdfjobs-*'"
