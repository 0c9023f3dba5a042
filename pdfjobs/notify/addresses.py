"""What people enter as their address: a mail address, or that of a service as Apprise takes it."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from pdfjobs.notify import guard
from pdfjobs.notify.errors import AddressError
from pdfjobs.sentences.troubles import TROUBLES

MAIL = "mail"
MOST = 2000
"""Characters of an address."""
HOSTED = (
    *("mailto", "json", "xml", "form", "matrix", "mmost"),
    *("rocket", "gotify", "nctalk", "workflow"),
)
"""Where the address names a host, which is no secret; with and without the s for TLS."""
PARAMETERS = frozenset(
    (
        *("to", "cc", "bcc", "from", "name", "reply", "user", "pass", "smtp", "mode", "port"),
        *("method", "verify", "cto", "rto", "priority", "topic", "thread", "channel", "channels"),
        *("token", "version", "path", "image", "avatar", "footer", "botname", "key", "silent"),
        *("preview", "msgtype", "domain", "id", "signature", "sig", "sv", "sp", "api-version"),
    )
)
"""What may stand behind the question mark: nothing that names a file of this machine."""

HEADERS = ("+", "-", ":")
"""What begins the name of a header, a query value or a field of a web hook."""


@dataclass(frozen=True)
class Address:
    """Where messages go."""

    kind: str
    url: str
    shown: str


def understand(text: str) -> Address:
    """Raises AddressError, in words, for one that messages cannot or must not be sent to."""
    text = text.strip()
    if not text or len(text) > MOST or not text.isprintable():
        raise AddressError(_("Enter a mail address, or the address of a service."))
    if "://" not in text:
        return _mail(text.removeprefix("mailto:"))
    return _service(text)


def _mail(text: str) -> Address:
    try:
        validate_email(text)
    except ValidationError:
        raise AddressError(
            _("“%(text)s” is no mail address, and has no “://” as services' addresses have.")
            % {"text": text[:100]}
        ) from None
    if not settings.PDFJOBS.mail.host:
        raise AddressError(_("This site has no mail server yet: [mail] in pdfjobs.toml names it."))
    return Address(MAIL, text, text)


def _service(text: str) -> Address:
    from apprise.utils.parse import parse_url

    parsed = parse_url(text, verify_host=False) or {}  # type: ignore[no-untyped-call]
    for name in parsed.get("qsd") or {}:
        if name.lower() not in PARAMETERS and name[:1] not in HEADERS:
            raise AddressError(_("“%(name)s” may not stand in an address.") % {"name": name[:50]})
    plugin = plugin_of(text)
    names = {*_several(plugin.protocol), *_several(plugin.secure_protocol)}
    allowed = names.intersection(settings.PDFJOBS.notify.schemes)
    if not allowed:
        raise AddressError(
            _("Addresses of this kind are not taken here; these are: %(kinds)s.")
            % {"kinds": ", ".join(sorted(settings.PDFJOBS.notify.schemes))}
        )
    scheme = text.partition("://")[0].lower()
    if scheme not in ("http", "https") and scheme not in settings.PDFJOBS.notify.schemes:
        raise AddressError(
            _("Addresses that begin with %(s)s:// are not taken here.") % {"s": scheme}
        )
    kind = scheme if scheme in allowed else min(allowed)
    host = str(getattr(plugin, "host", "") or "") if kind.removesuffix("s") in HOSTED else ""
    if host:
        check_host(host)
    name = str(plugin.service_name)
    return Address(kind, text, f"{name} · {host}" if host else name)


def check_host(host: str) -> None:
    """Raises AddressError for a host inside the house."""
    try:
        guard.check(host.strip("[]"))
    except guard.InsideError as error:
        raise AddressError(TROUBLES.said(str(error))) from None
    except (OSError, UnicodeError):
        pass  # nobody knows it now; that is told when something is sent


def plugin_of(url: str) -> Any:
    """Apprise's sender for a service's address."""
    from apprise import Apprise, AppriseAsset  # takes a while and 30 MB: only where it is needed

    asset = AppriseAsset(storage_mode="memory")
    asset.app_id = asset.app_desc = "pdfjobs"
    asset.app_url = ""
    plugin = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if plugin is None:
        raise AddressError(_("This is not a service's address as Apprise takes it."))
    return plugin


def _several(protocol: object) -> tuple[str, ...]:
    if isinstance(protocol, str):
        return (protocol,)
    return tuple(protocol) if isinstance(protocol, tuple | list | set | frozenset) else ()
