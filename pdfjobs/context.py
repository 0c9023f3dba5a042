"""What every page shows of the service itself."""

import os
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from pdfjobs.heartbeat import heartbeat


def service(request: HttpRequest) -> dict[str, Any]:
    """The hot folder and the service's own troubles; the latter only for people who are logged in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"service": troubles() | {"hotfolder": str(settings.INSTANCE.hotfolder)}}


def troubles() -> dict[str, Any]:
    """The state behind the banners."""
    heard = heartbeat()
    return {
        "root_warning": not settings.PDFJOBS.launcher.run_as and os.geteuid() == 0,
        "queue_server_away": not heard.queue_server,
        "watcher_late": heard.late,
        "watcher_at": datetime.fromtimestamp(heard.at, UTC) if heard.late and heard.at else None,
    }
