"""Every error in one shape: what kind, what was wrong, what to do."""

from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from pdfjobs.access import ForbiddenError
from pdfjobs.services.errors import RefusedError, StaleReviewError


class Fault(Schema):
    """What every answer from 400 on holds."""

    error: str
    """not_logged_in, not_allowed, not_found, refused, changed_meanwhile, invalid, too_large, wrong_method."""
    detail: str
    remedy: str


class InvalidError(Exception):
    """What was sent cannot be used; the text names the field."""


LOGIN = "Send the header “Authorization: Bearer” with a token from /account/tokens/."
REMEDIES: dict[type[Exception], tuple[int, str, str, str]] = {
    AuthenticationError: (401, "not_logged_in", "No account belongs to this request.", LOGIN),
    ForbiddenError: (403, "not_allowed", "", "Ask a manager of the project for that role."),
    Http404: (
        *(404, "not_found", "There is nothing at this address that you may see."),
        "Look for the job's number at /api/v1/jobs.",
    ),
    RefusedError: (409, "refused", "", "Look at the job as it is now, then decide."),
    StaleReviewError: (
        *(409, "changed_meanwhile", "Somebody else changed this review since that version."),
        "Read the review again, and send your changes with its version.",
    ),
    InvalidError: (422, "invalid", "", "The names and types are in /api/v1/openapi.json."),
    RequestDataTooBig: (413, "too_large", "The request is too large.", "Send less at once."),
    BadRequest: (400, "invalid", "The request cannot be read.", "Send it as its type says."),
}
"""For each: status, kind, detail (empty: the error's own words), remedy."""


def answer_errors(api: NinjaAPI) -> None:
    """Lets the API answer all of them in that shape."""
    for kind in REMEDIES:
        api.add_exception_handler(kind, _answer)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(HttpError, _other)


def fault(api: NinjaAPI, request: HttpRequest, status: int, **said: str) -> HttpResponse:
    response = api.create_response(request, said, status=status)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _answer(request: HttpRequest, error: Any) -> HttpResponse:
    from pdfjobs.api.v1 import api

    kind = next(kind for kind in type(error).__mro__ if kind in REMEDIES)
    status, name, detail, remedy = REMEDIES[kind]
    return fault(api, request, status, error=name, detail=detail or str(error), remedy=remedy)


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    return _answer(request, InvalidError("; ".join(_words(each) for each in error.errors[:10])))


def _words(problem: dict[str, Any]) -> str:
    where = [str(part) for part in problem.get("loc", ()) if part not in ("query", "body", "form")]
    return f"{'.'.join(where[-2:])}: {problem.get('msg', '')}"[:300]


def _other(request: HttpRequest, error: Any) -> HttpResponse:
    from pdfjobs.api.v1 import api

    csrf = error.status_code == 403
    return fault(
        api,
        request,
        error.status_code,
        error="not_allowed" if csrf else "invalid",
        detail="The header X-CSRFToken is missing or old." if csrf else str(error),
        remedy=LOGIN if csrf else "The names and types are in /api/v1/openapi.json.",
    )
