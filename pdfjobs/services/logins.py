"""Logins, and how guessing a password is slowed down without locking people out.

Failed logins of the last minutes are counted: those of one account from one address, of one account from everywhere, and
of one address at everything. A browser that an account has logged in with before carries a mark of that; it is counted for
itself alone, so nobody else's guesses hold it up. Who has to wait is told how long; waiting does not get longer by trying.
"""

import math
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pdfjobs import auditlog
from pdfjobs.models import LoginRecord
from pdfjobs.services.errors import DiaryError

KEPT = timedelta(days=400)
FORGOTTEN_AT_ONCE = 1000


class HeldUpError(DiaryError):
    """Too many have failed; the password was not looked at."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"held up for {wait_s} s")
        self.wait_s = wait_s


def begin(account: str, address: str, browser: str = "") -> LoginRecord:
    """Counts as failed until `passed` says else, so that many at once are not one; HeldUpError when it must wait.

    `browser` is the mark of one that this account has logged in with before.
    """
    row = LoginRecord.objects.create(act="failed", browser=browser, **_who(account, address))
    wait_s = max(_wait_s(row, most, scope) for most, scope in _limits(row))
    if wait_s:
        row.delete()
        _note_held_up(row, wait_s)
        raise HeldUpError(wait_s)
    return row


def failed(row: LoginRecord) -> None:
    """It did."""
    _tell(row)


def void(row: LoginRecord) -> None:
    """It was no attempt: nobody could say whether the password is right."""
    row.delete()


def passed(row: LoginRecord) -> None:
    """The password was right."""
    row.act = "login"
    row.save(update_fields=["act"])
    _tell(row)
    _forget_old()


def entered(account: str, address: str) -> None:
    """By a link."""
    _tell(LoginRecord.objects.create(act="login", how="link", **_who(account, address)))


def left(account: str, address: str) -> None:
    _tell(LoginRecord.objects.create(act="logout", **_who(account, address)))


def folded(account: str) -> str:
    return account.casefold()[:150]


def network_of(address: str) -> str:
    """The address; of an IPv6 one its /64, all of which is one host's to take."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return str(found)


def _who(account: str, address: str) -> dict[str, str]:
    return {
        "account": account[:150],
        "folded": folded(account),
        "address": address[:45],
        "network": network_of(address),
    }


def _limits(row: LoginRecord) -> list[tuple[int, dict[str, str]]]:
    """How many may fail, of those that have these values."""
    login = settings.PDFJOBS.login
    account = {"folded": row.folded, "browser": row.browser}
    if row.browser:
        return [(login.tries, account)]
    return [
        (login.tries, {**account, "network": row.network}),
        (login.tries_of_account, account),
        (login.tries_of_address, {"network": row.network, "browser": ""}),
    ]


def _wait_s(row: LoginRecord, most: int, scope: dict[str, str]) -> int:
    """Seconds until there are fewer than `most` again; 0 when there are."""
    window = timedelta(seconds=settings.PDFJOBS.login.window_s)
    since = timezone.now() - window
    earlier = LoginRecord.objects.filter(act="failed", at__gt=since, **scope).exclude(pk=row.pk)
    counted = earlier.order_by("-at").values_list("at", flat=True)[most - 1 : most]
    return max((math.ceil((at - since).total_seconds()) for at in counted), default=0)


def _note_held_up(row: LoginRecord, wait_s: int) -> None:
    """Once an address and window: what does not even guess must not fill the table."""
    since = timezone.now() - timedelta(seconds=settings.PDFJOBS.login.window_s)
    seen = LoginRecord.objects.filter(act="held_up", network=row.network, at__gt=since)
    if not seen.exists():
        _tell(
            LoginRecord.objects.create(act="held_up", **_who(row.account, row.address)),
            wait_s=wait_s,
        )


def _tell(row: LoginRecord, **more: object) -> None:
    auditlog.tell(f"login.{row.act}", by=row.account, address=row.address, how=row.how, **more)


def _forget_old() -> None:
    with transaction.atomic():
        old = LoginRecord.objects.filter(at__lt=timezone.now() - KEPT).order_by("at")
        pks = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
        LoginRecord.objects.filter(pk__in=pks).delete()
