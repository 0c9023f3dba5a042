"""Whose request it is."""

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest


def person(request: HttpRequest) -> User:
    """Behind the API's login there is always one."""
    return cast(User, request.user)
