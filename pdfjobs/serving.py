"""How the pages are served: where, for whom, and behind which proxies."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import Field, field_validator

from pdfjobs.table import Table

UNIX = "unix"
"""Among the proxies: whoever may open the socket file that the pages are served on."""


class Web(Table):
    host: str = "127.0.0.1"
    """Address that the pages are served on."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    """Port that the pages are served on; `make run PORT=9000` wins."""
    allowed_hosts: list[str] = Field(default_factory=list)
    """Further host names that a browser may call the service by."""
    proxies: list[str] = Field(default_factory=lambda: [UNIX])
    """Who is believed when it says for whom it asks: addresses, networks, or "unix" for all that comes by a socket file."""
    hsts_s: Annotated[int, Field(ge=60)] = 31_536_000
    """In production: how long a browser that was here keeps to TLS, and takes no certificate that it cannot check."""
    address: Annotated[str, Field(pattern=r"^(https?://[^\s/]+(/[^\s]*)?)?$")] = ""
    """Where people find the pages, for the links in messages, such as "https://diary.example.com"; empty: host, port."""
    look_at_address: bool = True
    """In production: the status tries whether somebody answers there, and knows when the certificate runs out."""
    open_to_all: bool = True
    """Every account sees all jobs; false, as in production unless it is set: those of its projects and its own."""
    max_upload_bytes: Annotated[int, Field(ge=1)] = 4 * 2**30
    """A deck handed in by browser or API may be so large; larger ones go into the hot folder itself."""
    feedback_to: Annotated[str, Field(pattern=r"^([^@\s<>?&]+@[^@\s<>?&]+)?$")] = ""
    """Mail address for what people want to say of this diary; empty: the pages name none."""
    attachment_bytes: Annotated[int, Field(ge=1, le=10 * 2**30)] = 50 * 2**20
    """A larger file is refused as an attachment of a review."""
    accel: Annotated[str, Field(pattern=r"^(/[\w.-]+)*$")] = ""
    """Path that nginx serves the roots of runs under, for itself alone (`internal`), such as "/runfiles"; empty: no nginx."""
    zip_bytes: Annotated[int, Field(ge=1)] = 8 * 2**30
    """Files of a run that are more in all are not packed into one ZIP."""

    @field_validator("proxies")
    @classmethod
    def _are_some_and_not_everybody(cls, proxies: list[str]) -> list[str]:
        for proxy in proxies:
            if proxy != UNIX and not ip_network(proxy).prefixlen:
                raise ValueError(f"{proxy} is everybody; name the proxy's own address")
        return proxies
