"""Links that log one person in, once, within the hour."""

from datetime import datetime

from django.contrib.auth.models import User
from django.core import signing
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

MAX_AGE_S = 3600
_SALT = "pdfjobs.loginlink"


def login_path(user: User) -> str:
    """Path of a link that logs `user` in; void once the account was used to log in by any way."""
    token = signing.dumps({"user": user.pk, "last": _stamp(user.last_login)}, salt=_SALT)
    return reverse("enter", args=[token])


def holder(token: str) -> User | None:
    """Whom the link is for; None when it is forged, too old, used or its account is closed."""
    try:
        said = signing.loads(token, salt=_SALT, max_age=MAX_AGE_S)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=said["user"], is_active=True).first()
    if user is None or _stamp(user.last_login) != said["last"]:
        return None
    return user


def use_up(user: User) -> bool:
    """Voids the link `user` was read from; False when somebody else was faster with the same one."""
    unused = Q(last_login=user.last_login) if user.last_login else Q(last_login__isnull=True)
    now = timezone.now()
    won = User.objects.filter(unused, pk=user.pk).update(last_login=now) == 1
    if won:
        user.last_login = now
    return won


def _stamp(at: datetime | None) -> str:
    return at.isoformat() if at else ""
