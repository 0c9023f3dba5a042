"""Hands messages over: to the site's mail server, or through Apprise to everything else.

A message counts as sent once the other side has taken it. Was this process killed between that and its note, the same
message goes out again: its mail has the same Message-ID then, by which mail programs show one of them.
"""

import io
import logging
import smtplib
import socket
from dataclasses import dataclass
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from pdfjobs import staging
from pdfjobs.notify import addresses, guard
from pdfjobs.notify.deadline import deadline
from pdfjobs.notify.errors import CarryError
from pdfjobs.table import ConfigError

LONGEST_S = 45.0
"""What a message may take altogether."""
MOST_TROUBLE = 300
"""Letters kept of what the other side said."""
CHAT = str.maketrans({"@": "@\u200b", "<": "\u2039", ">": "\u203a"})
"""A title that somebody else wrote must not call everybody in a chat, nor be its markup."""


@dataclass(frozen=True)
class Message:
    """What is to be said."""

    title: str
    """One line."""
    text: str
    key: str
    """The same for the same message, however often it is tried."""


class Carriers:
    """Both ways, for as long as the context lasts; the mail server is greeted once."""

    def __init__(self) -> None:
        self._mail: EmailBackend | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._hang_up()

    def send(self, kind: str, url: str, message: Message) -> None:
        """Raises CarryError when it was not taken."""
        if staging.is_mirror():
            raise CarryError(staging.WORDS, permanent=True)
        try:
            with deadline(LONGEST_S):
                if kind == addresses.MAIL:
                    self._send_mail(url, message)
                else:
                    _send_by_apprise(url, message)
        except TimeoutError as error:
            self._hang_up()
            raise CarryError(str(error), everybody=kind == addresses.MAIL) from None

    def _send_mail(self, address: str, message: Message) -> None:
        mail = EmailMessage(
            message.title,
            message.text,
            sender(),
            [address],
            headers={
                "Message-ID": f"<{message.key}@{site()}>",
                "Date": formatdate(localtime=True),
                "Auto-Submitted": "auto-generated",
            },
        )
        try:
            self._mail_server().send_messages([mail])
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise _refusal(code, words) from None
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code, error.smtp_error) from None
        except (smtplib.SMTPException, OSError, ConfigError) as error:
            if isinstance(error, TimeoutError):
                raise
            self._hang_up()
            raise CarryError(f"mail server: {_one_line(error)}", everybody=True) from None

    def _mail_server(self) -> EmailBackend:
        if self._mail is None:
            backend = EmailBackend(**settings.PDFJOBS.mail.connection())
            backend.open()
            self._mail = backend
        return self._mail

    def _hang_up(self) -> None:
        backend, self._mail = self._mail, None
        if backend is None:
            return
        backend.fail_silently = True
        try:
            backend.close()
        except OSError:
            pass  # it had hung up already


def sender() -> str:
    return settings.PDFJOBS.mail.sender or f"pdfjobs@{site()}"


def site() -> str:
    """The name that this service goes by on the net."""
    host = urlsplit(settings.PDFJOBS.web.address).hostname or socket.gethostname()
    return host.encode("ascii", "ignore").decode() or "localhost"


def _send_by_apprise(url: str, message: Message) -> None:
    plugin: Any = addresses.plugin_of(url)
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    logger = logging.getLogger("apprise")
    logger.addHandler(handler)
    try:
        with guard.guarded() as refused:
            taken = plugin.notify(
                body=message.text.translate(CHAT), title=message.title.translate(CHAT)
            )
    except TimeoutError:
        raise
    except (OSError, ValueError, TypeError, UnicodeError) as error:
        raise CarryError(_one_line(error)) from None
    finally:
        logger.removeHandler(handler)
    if not taken:
        raise CarryError(_one_line(next(iter(refused), "") or said.getvalue() or "not taken"))


def _refusal(code: int, words: bytes | str) -> CarryError:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return CarryError(f"mail server: {code} {_one_line(text)}", permanent=code >= 500)


def _one_line(words: object) -> str:
    text = " ".join(str(words).split()) or type(words).__name__
    return "".join(letter for letter in text if letter.isprintable())[:MOST_TROUBLE]
