"""Refuses a request whose body is too large before a byte of it is read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import override

STRANGERS_BYTES = 2**20
"""What somebody may send who has neither logged in nor shows a token: a login form is smaller."""
AROUND_BYTES = 2**20
"""What a form may hold beside its file."""


def body_limit(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """413 in words; goes behind the middleware that says who asks."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        said = request.META.get("CONTENT_LENGTH") or "0"
        size = int(said) if said.isascii() and said.isdigit() else 0
        if size > STRANGERS_BYTES and size > _most(request):
            return _refusal(request)
        return get_response(request)

    return middleware


def _most(request: HttpRequest) -> int:
    known = request.headers.get("Authorization", "").lower().startswith("bearer ")
    if known or request.user.is_authenticated:
        return settings.PDFJOBS.web.max_upload_bytes + AROUND_BYTES
    return STRANGERS_BYTES


def _refusal(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        with override(None):
            return JsonResponse({"error": "too_large", **_words()}, status=413)
    return render(request, "413.html", _words(), status=413)


def _words() -> dict[str, str]:
    most = settings.PDFJOBS.web.max_upload_bytes
    detail = _("This is larger than the %(most)s bytes that may be uploaded.") % {
        "most": f"{most:,}"
    }
    return {"detail": detail, "remedy": _("Put it into the hot folder itself.")}
