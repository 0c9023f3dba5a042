"""What every page shows of the service itself."""

import os
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from pdfjobs import health, staging

KNOWN_FOR_S = 2.0
"""How long what is known of the service is taken as still true: many pages poll."""


def service(request: HttpRequest) -> dict[str, Any]:
    """The hot folder and the service's own troubles; the latter only for people who are logged in; that it
    is a staging mirror, for all."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"service": {"mirror": True}} if staging.is_mirror() else {}
    return {"service": troubles() | {"hotfolder": str(settings.INSTANCE.hotfolder)}}


def troubles() -> dict[str, Any]:
    """The state behind the banners: what fails is said on every page, what only warns is counted."""
    problems = health.look(KNOWN_FOR_S, at_database=False).problems
    return {
        "mirror": staging.is_mirror(),
        "mirrored": staging.mirrored(),
        "root_warning": not settings.PDFJOBS.launcher.run_as and os.geteuid() == 0,
        "failing": [problem for problem in problems if problem.level == "fail"],
        "warnings": sum(problem.level == "warn" for problem in problems),
    }
