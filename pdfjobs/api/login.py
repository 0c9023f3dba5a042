"""Who asks: the person of a token, or of the browser's session."""

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer, SessionAuth

from pdfjobs.services import tokens


class TokenAuth(HttpBearer):
    """`Authorization: Bearer pdfjobs_…`; a token that is void is not passed over for a session beside it."""

    def __call__(self, request: HttpRequest) -> Any | None:
        if not request.headers.get(self.header):
            return None
        user = super().__call__(request)
        if user is None:
            raise AuthenticationError
        return user

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        user = tokens.holder(token.strip())
        if user is not None:
            request.user = user
        return user


AUTH = [TokenAuth(), SessionAuth(csrf=True)]
"""A session's writes need the CSRF token in the header X-CSRFToken."""
