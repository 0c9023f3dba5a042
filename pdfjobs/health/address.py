"""Whether somebody answers at the address that people use, and how long browsers take its certificate."""

import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography import x509
from django.conf import settings

PATIENCE_S = 5.0
HTTPS = 443


@dataclass(frozen=True)
class Address:
    """As this host sees it."""

    url: str
    error: str = ""
    """Why nobody gets in."""
    expires_at: float | None = None
    """Unix time of the end of its certificate."""


def ask() -> Address | None:
    """None where no such address is expected to be there."""
    web = settings.PDFJOBS.web
    parts = urlsplit(web.address)
    if not (settings.PDFJOBS.production and web.look_at_address and parts.scheme == "https"):
        return None
    try:
        return Address(web.address, expires_at=_expires_at(parts.hostname or "", parts.port))
    except ssl.SSLError as error:
        return Address(web.address, error.reason or str(error))
    except (OSError, ValueError) as error:
        return Address(web.address, getattr(error, "strerror", "") or str(error))


def _expires_at(host: str, port: int | None) -> float:
    """Whatever certificate is shown: who has signed it is for browsers to judge."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((host, port or HTTPS), PATIENCE_S) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        shown = secured.getpeercert(binary_form=True)
    if shown is None:
        raise ValueError("it shows no certificate")
    return x509.load_der_x509_certificate(shown).not_valid_after_utc.timestamp()
