"""Who is behind a session, remembered for a short while: pages poll, and mostly nothing has changed.

Each process remembers for itself, and for reading only. Where somebody logs out, changes a password or closes an account
everything is forgotten at once; another process knows it `FOR_S` later.
"""

import copy
from collections.abc import Callable
from time import monotonic

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.http.response import HttpResponseBase

FOR_S = 20.0
MOST = 5_000
ALWAYS_ASKED = ("/admin/", "/rq/", "/logout/", "/password/", "/login/", "/enter/")
_people: dict[str, tuple[float, User]] = {}
_times_forgotten = 0
"""Who was looked up before it changed is not remembered after it."""


def people(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Stands behind Django's own middleware of sessions and accounts, which it spares their questions."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        reads = request.method in ("GET", "HEAD") and not request.path.startswith(ALWAYS_ASKED)
        known = _people.get(key) if reads else None
        if known and monotonic() < known[0]:
            request.user = copy.copy(known[1])
            return get_response(request)
        _people.pop(key, None)
        begun = _times_forgotten
        response = get_response(request)
        if reads and begun == _times_forgotten:
            _remember(key, request)
        else:
            forget()
        return response

    return middleware


def forget() -> None:
    global _times_forgotten
    _times_forgotten += 1
    _people.clear()


def _remember(key: str, request: HttpRequest) -> None:
    # Only whom this session has just been looked up for.
    user = getattr(request, "_cached_user", None)
    if key and isinstance(user, User) and request.session.session_key == key:
        if len(_people) >= MOST:
            forget()
        _people[key] = monotonic() + FOR_S, copy.copy(user)
