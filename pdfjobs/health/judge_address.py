"""What is wrong with the way in that people take."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from pdfjobs.health.address import Address
from pdfjobs.health.problem import FAIL, WARN, Problem
from pdfjobs.sentences.troubles import TROUBLES

WARN_S = 14 * 86400.0
"""So long before the end of a certificate; who renews by themselves do so earlier."""


def judge_address(address: Address | None, now: float) -> Iterator[Problem]:
    if address is None:
        return
    if address.error:
        yield Problem(
            WARN,
            "address",
            _("Nobody gets in at %(address)s: %(error)s.")
            % {"address": address.url, "error": TROUBLES.said(address.error)},
            _(
                "systemctl status nginx, or see to the proxy that has this address. If only this host"
                " cannot reach it, set look_at_address = false under [web]."
            ),
        )
        return
    if address.expires_at is None or address.expires_at - now > WARN_S:
        return
    over = address.expires_at <= now
    end = localtime(datetime.fromtimestamp(address.expires_at, UTC))
    yield Problem(
        FAIL if over else WARN,
        "address",
        (
            _("The certificate of %(address)s has run out on %(date)s: browsers refuse it.")
            if over
            else _("The certificate of %(address)s runs out on %(date)s.")
        )
        % {"address": address.url, "date": date_format(end, "Y-m-d")},
        _("Put a new one in its place, with its key, and have it loaded: systemctl reload nginx."),
    )
