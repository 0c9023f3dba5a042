"""The one WSGI application: Django's pages, and rq-dashboard under /rq/ behind the same login."""

import gc
import os
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.http import HttpResponse
from django.urls import get_resolver, reverse

from pdfjobs import proxy, rqdash

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pdfjobs.settings")

PREFIX = "/rq"
SAFE = ("GET", "HEAD", "OPTIONS")

Environ = dict[str, Any]
Start = Callable[..., Any]
Refusal = tuple[str, str, list[tuple[str, str]]]
"""Status, text and headers."""

_django = get_wsgi_application()
_dashboard = rqdash.make(settings.INSTANCE.redis_url)
_sessions = SessionMiddleware(lambda request: HttpResponse())


def _serve(environ: Environ, start_response: Start) -> Iterable[bytes]:
    """Hands /rq/ to the dashboard once the session, the method and the origin allow it, all else to Django."""
    path = environ.get("PATH_INFO", "")
    if path != PREFIX and not path.startswith(f"{PREFIX}/"):
        return _django(environ, start_response)
    start_response = _with_hsts(environ, start_response)
    refusal = _refusal(environ, path)
    if refusal:
        status, text, headers = refusal
        plain = ("Content-Type", "text/plain; charset=utf-8")
        start_response(status, [plain, ("Cache-Control", "no-store"), *headers])
        return [text.encode()]
    inner = dict(environ)
    inner["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + PREFIX
    inner["PATH_INFO"] = path[len(PREFIX) :]
    return _dashboard(inner, start_response)


application = proxy.behind(_serve, settings.PDFJOBS.web.proxies)
assert get_resolver().url_patterns  # loads every page, which else the first request would wait for
# What stays for good is not looked through again: each time that took a tenth of a second.
gc.collect()
gc.freeze()


def _refusal(environ: Environ, path: str) -> Refusal | None:
    """Why this request may not reach the dashboard; None when it may."""
    method = environ["REQUEST_METHOD"]
    try:
        request = WSGIRequest(environ)
        host = request.get_host()
    except DisallowedHost:
        return "400 Bad Request", "unknown host name", []
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        return "301 Moved Permanently", "", [("Location", f"https://{host}{quote(path)}")]
    user = _user(request)
    if not user.is_authenticated:
        return "302 Found", "", [("Location", f"{reverse('login')}?next={quote(path)}")]
    if not (user.is_active and user.is_staff):
        return "403 Forbidden", "The queues are for staff.", []
    if path == PREFIX:
        return "308 Permanent Redirect", "", [("Location", f"{PREFIX}/")]
    if path.startswith(f"{PREFIX}/requeue/") and method != "POST":
        return "405 Method Not Allowed", "Requeue by POST.", [("Allow", "POST")]
    if method not in SAFE and not _same_origin(environ):
        return "403 Forbidden", "Refused: the request comes from another site.", []
    return None


def _with_hsts(environ: Environ, start_response: Start) -> Start:
    """As Django's middleware has it for the other pages."""
    age = settings.SECURE_HSTS_SECONDS
    if not age or environ["wsgi.url_scheme"] != "https":
        return start_response
    hsts = ("Strict-Transport-Security", f"max-age={age}")

    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        return start_response(status, [*headers, hsts], *more)

    return start


def _user(request: WSGIRequest) -> Any:
    close_old_connections()
    try:
        _sessions.process_request(request)
        return get_user(request)  # also checks that the password is still the one of the session
    finally:
        close_old_connections()


def _same_origin(environ: Environ) -> bool:
    """What the browser says of the page that sent this; without a word from it the request is foreign."""
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site:
        return bool(site == "same-origin")
    origin = environ.get("HTTP_ORIGIN") or environ.get("HTTP_REFERER", "")
    ours = f"{environ.get('wsgi.url_scheme', 'http')}://{environ.get('HTTP_HOST', '')}"
    return bool(origin == ours or origin.startswith(f"{ours}/"))
