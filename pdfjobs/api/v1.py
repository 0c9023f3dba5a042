"""The API's first version: its parts, its login, its document."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import override
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError

from pdfjobs import access
from pdfjobs.api import acts, decks, files, jobs, points, review
from pdfjobs.api.asking import person
from pdfjobs.api.errors import Fault, answer_errors
from pdfjobs.api.login import AUTH
from pdfjobs.api.schemas import Me
from pdfjobs.models import Member

View = Callable[..., HttpResponse]


def _for_people(view: View) -> View:
    """The document, too, only behind the login."""

    def guarded(request: HttpRequest, **values: Any) -> HttpResponse:
        try:
            known = any(login(request) for login in AUTH)
            if not known:
                raise AuthenticationError
        except HttpError as error:
            return api.on_exception(request, error)
        return view(request, **values)

    return guarded


api = NinjaAPI(
    title="pdfjobs",
    version="1",
    urls_namespace="api",
    description="The job diary for programs. Every error is an object with error, detail and remedy.",
    auth=AUTH,
    docs_url=None,  # its pages load scripts from elsewhere
    docs_decorator=_for_people,
    openapi_extra={"components": {"schemas": {"Fault": Fault.model_json_schema()}}},
)
answer_errors(api)
for part in (jobs, points, files, review, acts):
    api.add_router("/jobs", part.router)
api.add_router("/decks", decks.router)


@api.get("/me", response=Me, summary="Whose token this is")
def me(request: HttpRequest) -> Any:
    user = person(request)
    roles = Member.objects.filter(user=user).values_list("project__name", "role")
    return {
        "user": user.get_username(),
        "is_staff": user.is_staff,
        "sees_all": access.sees_all(user),
        "projects": dict(roles),
    }


def urls() -> Any:
    """For the URL map: these answer strangers themselves, with 401 instead of the login page."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        pattern.callback = login_not_required(_in_shape(cast(View, pattern.callback)))
    return patterns, app_name, namespace


def _in_shape(view: View) -> View:
    """In English, whoever asks: programs read it. And what the library answers in a line of text, that the address
    does not take this method, in the shape of all errors."""

    @wraps(view)
    def shaped(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        with override(None):
            response = view(request, *args, **values)
        if response.status_code != 405:
            return response
        said = {
            "error": "wrong_method",
            "detail": f"{request.method} does nothing here.",
            "remedy": f"It takes {response.headers['Allow']}.",
        }
        return JsonResponse(said, status=405, headers={"Allow": response.headers["Allow"]})

    return shaped
