"""For load balancers and watchdogs, and for Prometheus."""

import os
import secrets
import stat

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from pdfjobs import health
from pdfjobs.config import ConfigError

TOKEN_VARIABLE = "PDFJOBS_METRICS_TOKEN"  # nosec B105 # a name, no secret


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the service can do its work, else 503 and a word for each part that cannot: database, queue, watcher."""
    broken = health.broken()
    return HttpResponse(
        " ".join(broken) or "ok", status=503 if broken else 200, content_type="text/plain"
    )


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 once pages are served and the database answers: what the start of the service waits for."""
    ready = health.database_answers()
    return HttpResponse(
        "ok" if ready else "database", status=200 if ready else 503, content_type="text/plain"
    )


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponseBase:
    """The facts in Prometheus' text form, for staff and for who has the token."""
    scheme, _, said = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        token = _token()
        if not token or scheme.lower() != "bearer" or not _same(said.strip(), token):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    elif not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    elif not (request.user.is_active and getattr(request.user, "is_staff", False)):
        return HttpResponse("Metrics are for staff.", status=403, content_type="text/plain")
    from pdfjobs.health import metrics as made  # its library is needed here alone

    return HttpResponse(made.exposition(health.look(1.0)), content_type=made.CONTENT_TYPE)


def _token() -> str:
    """From the environment, else from VAR/metrics.token; none: nobody comes in by token.

    Raises ConfigError for a file that others may read.
    """
    if given := os.environ.get(TOKEN_VARIABLE):
        return given
    path = settings.INSTANCE.var / "metrics.token"
    try:
        with path.open(encoding="utf-8") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise ConfigError(f"{path}: others may read it; chmod 600 it")
            return file.read().strip()
    except FileNotFoundError:
        return ""


def _same(said: str, token: str) -> bool:
    return secrets.compare_digest(said.encode("utf-8", "replace"), token.encode())
