"""What every page shows of the service itself."""

import os
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest

from pdfjobs import confine, health, staging

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
        "root_warning": _root_warning(),
        "failing": [problem for problem in problems if problem.level == "fail"],
        "warnings": sum(problem.level == "warn" for problem in problems),
    }


def _root_warning() -> Literal["", "free", "confined"]:
    """How solvers run as root; "" where they run as somebody else."""
    said = settings.PDFJOBS
    if os.geteuid() != 0 or said.launcher.run_as or confine.usual_account():
        return ""
    return "confined" if confine.holds(said.confine, settings.INSTANCE.var) else "free"
