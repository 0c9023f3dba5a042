"""Logins by the directory, and whether who is logged in is still in it."""

import logging
from time import monotonic
from typing import Any

import ldap
from django.conf import settings
from django.contrib.auth.models import User
from django_auth_ldap.backend import LDAPBackend, _LDAPUser, ldap_error

from pdfjobs.directory.names import normal
from pdfjobs.services import directory

FOR_S = 10.0
"""An answer of the directory counts for so long, in each process; `known.py` may add as much."""
MOST = 5_000
log = logging.getLogger(__name__)

_answers: dict[int, tuple[float, bool]] = {}
_away_until = 0.0


class Directory(LDAPBackend):  # type: ignore[misc]
    """An account that the directory made; one of the diary's own with the same name is not the same person's."""

    def get_or_build_user(self, username: str, ldap_user: Any) -> tuple[User, bool]:
        user, built = super().get_or_build_user(username, ldap_user)
        if not built and not directory.is_the_directorys(user):
            log.warning("%s is an account of the diary's own; the directory cannot enter it", user)
            raise ldap_user.AuthenticationFailed("an account of the diary's own")
        return user, built

    def authenticate_ldap_user(self, ldap_user: Any, password: str) -> User | None:
        user: User | None = super().authenticate_ldap_user(ldap_user, password)
        if user is None or not directory.found(user, _groups(ldap_user), settings.PDFJOBS.ldap):
            return None
        _remember(user, True)
        return user

    def get_user(self, user_id: int) -> User | None:
        """Of a session."""
        user: User | None = super().get_user(user_id)
        return user if user is not None and is_open(user, self) else None

    def holds(self, user: User) -> bool:
        """Of a token: whether its person is the directory's no more."""
        return not directory.is_the_directorys(user) or is_open(user, self)


def is_open(user: User, backend: Directory) -> bool:
    """Whether the directory still has the person; asked anew after `FOR_S`. While it does not answer, who is in stays in."""
    global _away_until
    if not user.is_active:
        return False
    now = monotonic()
    until, answer = _answers.get(user.pk, (0.0, False))
    if now < until:
        return answer
    if now < _away_until:
        return True
    try:
        answer = _ask(user, backend)
    except ldap.LDAPError as error:
        log.warning("the directory does not answer (%s); who is logged in stays so", error)
        _away_until = monotonic() + FOR_S
        return True
    return _remember(user, answer)


def forget() -> None:
    """The next question is asked of the directory itself."""
    global _away_until
    _answers.clear()
    _away_until = 0.0


def _ask(user: User, backend: Directory) -> bool:
    table = settings.PDFJOBS.ldap
    asked = _LDAPUser(backend, username=user.get_username())
    here = backend.settings.USER_SEARCH.execute(asked.connection, {"user": user.get_username()})
    groups = _groups(asked) if len(here) == 1 else frozenset()
    if len(here) != 1 or (table.required and normal(table.required) not in groups):
        directory.lost(user)
        return False
    return directory.found(user, groups, table)


def _groups(ldap_user: Any) -> frozenset[str]:
    if not settings.PDFJOBS.ldap.groups:
        return frozenset()
    return frozenset(normal(dn) for dn in ldap_user.group_dns)


def _remember(user: User, answer: bool) -> bool:
    if len(_answers) >= MOST:
        _answers.clear()
    _answers[user.pk] = monotonic() + FOR_S, answer
    return answer


def _note_away(sender: Any, exception: Exception, request: Any = None, **_: Any) -> None:
    """For the login form: this was no wrong password."""
    if request is not None and not isinstance(exception, ldap.INVALID_CREDENTIALS):
        request.directory_away = True


ldap_error.connect(_note_away)
