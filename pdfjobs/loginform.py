"""The login form, which looks at no password while too many were wrong."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pdfjobs import knownbrowser
from pdfjobs.services import logins

AWAY = gettext_lazy(
    "The directory of accounts does not answer, so nobody can be asked. Try again in a minute."
)


class LoginForm(AuthenticationForm):
    """`wait_s` is None, or how long whoever asks has to wait."""

    wait_s: int | None = None

    def clean(self) -> dict[str, Any]:
        account = self.cleaned_data.get("username")
        if account is None or not self.cleaned_data.get("password"):
            return super().clean()
        browser = knownbrowser.mark_of(self.request, account) if self.request else ""
        try:
            attempt = logins.begin(account, address_of(self.request), browser)
        except logins.HeldUpError as held:
            self.wait_s = held.wait_s
            raise ValidationError(_held_up(held.wait_s), code="held_up") from held
        try:
            cleaned = super().clean()
        except ValidationError:
            if getattr(self.request, "directory_away", False):
                logins.void(attempt)
                raise ValidationError(AWAY, code="directory_away") from None
            logins.failed(attempt)
            raise
        logins.passed(attempt)
        return cleaned


def address_of(request: HttpRequest | None) -> str:
    """Where the request is from; a proxy's word is weighed in `proxy.py` already."""
    return str(request.META.get("REMOTE_ADDR", "")) if request else ""


def _held_up(wait_s: int) -> str:
    if wait_s < 60:
        how_long = ngettext("%(n)s second", "%(n)s seconds", wait_s) % {"n": wait_s}
    else:
        minutes = -(-wait_s // 60)
        how_long = ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    return _(
        "Too many logins have failed. Try again in %(how_long)s; a browser that you have logged in"
        " with before does not have to wait for others."
    ) % {"how_long": how_long}
