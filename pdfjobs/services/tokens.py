"""People's keys to the API: shown once, kept as a fingerprint, void when expired, revoked or the account is closed."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_backends
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from pdfjobs.models import Token
from pdfjobs.services import audit
from pdfjobs.services.errors import RefusedError

BEGIN = "pdfjobs_"
"""So that a leaked one is recognised for what it is."""
MOST = 50
SEEN_AGAIN = timedelta(hours=1)


def make(user: User, name: str, days: int | None) -> tuple[Token, str]:
    """A new token and its secret, which nobody can read again; `days` None: it does not expire."""
    if not name.strip():
        raise RefusedError(_("Say what the token is for."))
    if Token.objects.filter(user=user).count() >= MOST:
        raise RefusedError(_("You have %(most)s tokens; revoke one first.") % {"most": MOST})
    secret = BEGIN + secrets.token_urlsafe(32)
    expires_at = timezone.now() + timedelta(days=days) if days is not None else None
    with transaction.atomic():
        token = Token.objects.create(
            user=user, name=name.strip(), sha256=fingerprint(secret), expires_at=expires_at
        )
        audit.note(user, token, "made", "made")
    return token, secret


def revoke(user: User, pk: int) -> bool:
    """Voids one of the person's own tokens; False when there is none such."""
    with transaction.atomic():
        token = Token.objects.select_for_update().filter(user=user, pk=pk).first()
        if token is None:
            return False
        audit.note(user, token, "removed", "revoked")
        token.delete()
    return True


def holder(secret: str) -> User | None:
    """Whose token this is, as long as it holds; one query, and a second one an hour."""
    now = timezone.now()
    token = (
        Token.objects.select_related("user")
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), sha256=fingerprint(secret))
        .filter(user__is_active=True)
        .first()
    )
    if token is None or not _is_open(token.user):
        return None
    if token.used_at is None or now - token.used_at > SEEN_AGAIN:
        Token.objects.filter(pk=token.pk).update(used_at=now)
    return token.user


def _is_open(user: User) -> bool:
    """The accounts' directory is asked where there is one."""
    backends = get_backends() if settings.PDFJOBS.ldap.url else []
    return all(backend.holds(user) for backend in backends if hasattr(backend, "holds"))


def fingerprint(secret: str) -> str:
    """As it is kept. Its 256 random bits need neither salt nor a slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
