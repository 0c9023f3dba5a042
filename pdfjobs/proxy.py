"""Whom a request is for and whether it came by TLS, believed of the proxies that the settings name and of nobody else.

uWSGI itself takes X-Forwarded-Proto and X-Forwarded-SSL from anybody; what is decided here stands, for Django and for the queues' pages.
"""

from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from pdfjobs.serving import UNIX

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Network = IPv4Network | IPv6Network

FOR, PROTO = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"
OTHERS = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_SSL",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_REAL_IP",
)
NOWHERE = ("", "0.0.0.0")  # nosec B104 # nothing is bound to it
"""What uWSGI says of who came by the socket file and spoke HTTP; by uWSGI's own protocol nginx says it all itself."""
SCHEMES = ("http", "https")


def behind(application: Application, proxies: Sequence[str]) -> Application:
    """The application, told who asks by REMOTE_ADDR and `wsgi.url_scheme`; it sees none of the headers that say so."""
    networks = [ip_network(proxy) for proxy in proxies if proxy != UNIX]
    by_socket = UNIX in proxies

    def told(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.pop(FOR, "")
        scheme = environ.pop(PROTO, "")
        for name in OTHERS:
            environ.pop(name, None)
        here = environ.get("REMOTE_ADDR", "")
        believed = by_socket if here in NOWHERE else _is_among(here, networks)
        tls = environ.get("HTTPS", "").lower() in ("on", "1")
        environ["wsgi.url_scheme"] = "https" if tls else "http"
        if believed:
            environ["REMOTE_ADDR"] = _first_stranger(path, networks) or here
            if scheme.lower() in SCHEMES:
                environ["wsgi.url_scheme"] = scheme.lower()
        return application(environ, start_response)

    return told


def _first_stranger(path: str, networks: Sequence[Network]) -> str:
    """The last address of the chain that is no proxy of ours: what stands before it, anybody may have written."""
    for said in reversed(path.split(",")):
        try:
            address = str(ip_address(said.strip()))
        except ValueError:
            return ""
        if not _is_among(address, networks):
            return address
    return ""


def _is_among(address: str, networks: Sequence[Network]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)
