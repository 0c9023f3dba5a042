"""How messages leave the diary: by the site's mail server, and to what services."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from pdfjobs import passwordfile
from pdfjobs.table import Table

MAIL_PASSWORD_VARIABLE = "PDFJOBS_MAIL_PASSWORD"  # nosec B105 # a name, no secret
MAIL_TIMEOUT_S = 15

SCHEMES = (
    *("mailto", "mailtos", "json", "jsons", "xml", "xmls", "form", "forms"),
    *("slack", "workflow", "workflows", "matrix", "matrixs", "mmost", "mmosts"),
    *("rocket", "rockets", "ntfy", "ntfys", "gotify", "gotifys", "discord", "tgram"),
    *("nctalk", "nctalks", "zulip", "wxteams", "gchat"),
)
"""Of Apprise's addresses those that reach people over the network; none that opens files or programs here."""


class Mail(Table):
    host: str = ""
    """The site's mail server; empty: nobody gets e-mail from the diary."""
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    """Port of the mail server; mostly 25, 587 with starttls, 465 with tls."""
    security: Literal["none", "starttls", "tls"] = "none"
    """none: as plain text; starttls: encrypted after the greeting; tls: encrypted from the first byte."""
    user: str = ""
    """Account on the mail server; empty: no login."""
    password_file: passwordfile.PasswordFile | None = None
    """Absolute; holds the password, mode 0600. The environment's PDFJOBS_MAIL_PASSWORD wins."""
    sender: str = ""
    """What the mails are from; empty: pdfjobs at the name of this machine."""

    @field_validator("sender")
    @classmethod
    def _is_one_line(cls, sender: str) -> str:
        if sender and ("@" not in sender or not sender.isprintable()):
            raise ValueError('must be an address, such as "pdfjobs@example.com"')
        return sender

    def password(self) -> str:
        """Raises ConfigError for a file that cannot be read or that others may read."""
        return passwordfile.read(self.password_file, "mail.password_file", MAIL_PASSWORD_VARIABLE)

    def connection(self) -> dict[str, Any]:
        """What Django's mail connection is made with."""
        return {
            "host": self.host,
            "port": self.port,
            "username": self.user,
            "password": self.password() if self.user else "",
            "use_tls": self.security == "starttls",
            "use_ssl": self.security == "tls",
            "timeout": MAIL_TIMEOUT_S,
        }


class Notify(Table):
    schemes: list[str] = Field(default_factory=lambda: list(SCHEMES))
    """How addresses of services may begin; Apprise's documentation tells what each is."""
    inside: list[str] = Field(default_factory=list)
    """Names of hosts, or networks such as "10.1.0.0/16", of this house that messages may be sent to; without them
    only public addresses."""
    fresh_s: Annotated[float, Field(ge=1, le=30 * 86400)] = 3600.0
    """What happened longer ago than this when it is first read, as in an import, is told to nobody."""
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """How long messages that were sent stay on people's pages."""

    @field_validator("schemes")
    @classmethod
    def _reach_people(cls, schemes: list[str]) -> list[str]:
        for scheme in schemes:
            if scheme not in SCHEMES:
                raise ValueError(f"{scheme}: not one of {', '.join(SCHEMES)}")
        return schemes
