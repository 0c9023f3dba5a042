"""A browser's signed mark of the account that has logged in with it; no key to anything, only told apart from strangers."""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from pdfjobs.services import logins

MAX_AGE_S = 180 * 86_400
_SALT = "pdfjobs.knownbrowser"


def mark_of(request: HttpRequest, account: str) -> str:
    """Of the browser that asks; empty when the account has not logged in with it."""
    said = request.COOKIES.get(_name(), "")
    try:
        known, mark = signing.loads(said, salt=_SALT, max_age=MAX_AGE_S)
    except (signing.BadSignature, TypeError, ValueError):
        return ""
    return str(mark) if known == logins.folded(account) else ""


def remember(response: HttpResponseBase, account: str) -> None:
    """Marks the browser; each login anew, so that one which was copied is counted for itself."""
    value = signing.dumps([logins.folded(account), secrets.token_hex(16)], salt=_SALT)
    response.set_cookie(
        _name(),
        value,
        max_age=MAX_AGE_S,
        path="/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _name() -> str:
    return f"{settings.SESSION_COOKIE_NAME}_known"
