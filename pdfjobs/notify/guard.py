"""Keeps what people enter as addresses from reaching into the house: only public hosts, and those of the setting.

The check lies where a name becomes an address, at the moment of the connection: redirects, names that point elsewhere
by then, and whatever a library derives from an address go through it too.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings

_refused: ContextVar[list[str] | None] = ContextVar("refused", default=None)
"""Inside `guarded`, what was not let through."""
_resolve = socket.getaddrinfo
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as some networks write them in IPv6."""


class InsideError(OSError):
    """The host is of this house, and no setting opens it."""


@contextmanager
def guarded() -> Iterator[list[str]]:
    """What this thread connects to inside must be allowed; gives what was not, in words: libraries swallow errors."""
    socket.getaddrinfo = _guarded_resolve
    refused: list[str] = []
    token = _refused.set(refused)
    try:
        yield refused
    finally:
        _refused.reset(token)


def check(host: str) -> None:
    """Raises InsideError for a host of the house, OSError for one that nobody knows."""
    for *_, place in _resolve(host, None, type=socket.SOCK_STREAM):
        _check(host, str(place[0]))


def _guarded_resolve(host: Any, *rest: Any, **named: Any) -> Any:
    found = _resolve(host, *rest, **named)
    if (refused := _refused.get()) is not None:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
        try:
            for *_, place in found:
                _check(name, str(place[0]))
        except InsideError as error:
            refused.append(str(error))
            raise
    return found


def _check(host: str, address: str) -> None:
    at = ip_address(address.partition("%")[0])
    if not _is_public(at) and not _is_open(host, at):
        raise InsideError(
            f"{host} is inside your network; messages to it need [notify] inside in pdfjobs.toml"
        )


def _is_public(at: IPv4Address | IPv6Address) -> bool:
    if isinstance(at, IPv6Address):
        inner = at.ipv4_mapped or at.sixtofour
        if at in _TRANSLATED:
            inner = IPv4Address(int(at) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
    return at.is_global and not at.is_multicast


def _is_open(host: str, at: IPv4Address | IPv6Address) -> bool:
    for entry in settings.PDFJOBS.notify.inside:
        if entry.lower().rstrip(".") == host.lower().rstrip("."):
            return True
        try:
            if at in ip_network(entry, strict=False):
                return True
        except ValueError:
            continue  # a name
    return False
