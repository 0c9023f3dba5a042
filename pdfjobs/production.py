"""What an instance that people depend on is held to: refused at start, each fault in words, before a page is served."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.checks.security.base import (
    SECRET_KEY_INSECURE_PREFIX,
    SECRET_KEY_MIN_LENGTH,
    SECRET_KEY_MIN_UNIQUE_CHARACTERS,
)
from redis.connection import parse_url

from pdfjobs.config import ConfigError, Instance, Settings
from pdfjobs.database import PASSWORD_VARIABLE

UNENCRYPTED = ("healthz", "readyz")
"""Asked on the machine itself, by what watches and deploys; they tell a word and take none."""


def check(settings: Settings, inst: Instance, secret: str) -> None:
    """Raises ConfigError with every reason why this is not fit for production."""
    if faults := list(_faults(settings, inst, secret)):
        lines = "\n".join(f"  {fault}" for fault in faults)
        raise ConfigError(f"production = true, and so this does not start:\n{lines}")


def django_settings(settings: Settings) -> dict[str, Any]:
    """TLS alone, told to browser and cookies; that a request came by TLS is `proxy.py`'s to know."""
    return {
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_REDIRECT_EXEMPT": [rf"^{name}$" for name in UNENCRYPTED],
        "SECURE_HSTS_SECONDS": settings.web.hsts_s,
        # Other hosts below this name, and browsers' built-in lists, are the site's to decide, not the diary's.
        "SILENCED_SYSTEM_CHECKS": ["security.W005", "security.W021"],
    }


def host_of(address: str) -> str:
    """The name that people call the pages by; empty where none is set."""
    return urlsplit(address).hostname or ""


def _faults(settings: Settings, inst: Instance, secret: str) -> Iterator[str]:
    if settings.debug:
        yield "debug = true: a fault's page would show settings and data to anybody; take it out"
    if not settings.web.address.startswith("https://"):
        yield (
            f"web.address = {settings.web.address!r}: must be the https address that people use,"
            ' such as "https://diary.example.com"'
        )
    yield from _of_the_key(inst, secret)
    yield from _of_password_files(settings)
    yield from _of_the_metrics_token(inst)
    yield from _of_the_database(settings, inst)
    yield from _of_the_queue(inst.redis_url)
    if settings.ldap.is_in_the_clear:
        yield (
            f"ldap.url = {settings.ldap.url!r}: passwords would cross the network as they are typed;"
            " ldaps://, or ldap.start_tls = true"
        )


def _of_the_key(inst: Instance, secret: str) -> Iterator[str]:
    if not inst.var.is_dir():
        yield f"{inst.var}: not there, so no secret key is; make the folder, or set PDFJOBS_VAR"
        return
    if secret.startswith(SECRET_KEY_INSECURE_PREFIX):
        yield f"{inst.secret_key}: a default that anybody knows; delete it, and a new one is made"
    elif len(secret) < SECRET_KEY_MIN_LENGTH or len(set(secret)) < SECRET_KEY_MIN_UNIQUE_CHARACTERS:
        yield f"{inst.secret_key}: can be guessed; delete it, and a new one is made"
    yield from _open_to_others(inst.secret_key)
    if inst.var.stat().st_mode & stat.S_IWOTH:
        yield f"{inst.var}: anybody may put another secret key there; chmod o-w it"


def _of_password_files(settings: Settings) -> Iterator[str]:
    named = (
        ("database.password_file", settings.database.password_file),
        ("mail.password_file", settings.mail.password_file),
        ("ldap.password_file", settings.ldap.password_file),
    )
    for key, path in named:
        if path is None:
            continue
        if not path.exists():
            yield f"{path}: {key} names it, and it is not there"
        yield from _open_to_others(path)
    # Whether these are there is the backup's to say, which makes the key.
    for path in (settings.backup.key_file, settings.backup.s3_secret_file):
        if path is not None:
            yield from _open_to_others(path)


def _of_the_metrics_token(inst: Instance) -> Iterator[str]:
    yield from _open_to_others(inst.var / "metrics.token")


def _of_the_database(settings: Settings, inst: Instance) -> Iterator[str]:
    database = settings.database
    if database.engine == "sqlite":
        for suffix in ("", "-wal", "-shm"):
            yield from _open_to_others(inst.database.with_name(inst.database.name + suffix))
    elif database.host and not database.host.startswith("/") and not _password_of(settings):
        yield (
            f"database.host = {database.host!r}: a server on the network that asks for no password;"
            f" set database.password_file, or {PASSWORD_VARIABLE}"
        )


def _password_of(settings: Settings) -> str:
    try:
        return settings.database.password()
    except ConfigError:
        return "said of its file already"


def _of_the_queue(url: str) -> Iterator[str]:
    """Who may write to the queue says what workers run."""
    try:
        parts: dict[str, Any] = dict(parse_url(url))  # type: ignore[no-untyped-call]
    except ValueError as error:
        yield f"REDIS_URL: {error}"
        return
    if parts.get("password"):
        return
    path = Path(parts["path"]) if "path" in parts else None
    if path is None:
        host = parts.get("host", "localhost")
        yield (
            f"REDIS_URL: the queue server on {host} asks for no password, and whoever reaches it says"
            " what workers run; set requirepass there and redis://:PASSWORD@… here"
        )
    elif path.exists() and path.stat().st_mode & stat.S_IWOTH:
        yield f"{path}: anybody on this machine may write to the queue; unixsocketperm 770, or a password"


def _open_to_others(path: Path) -> Iterator[str]:
    """Of a secret that is there."""
    try:
        info = path.stat()
    except FileNotFoundError:
        return
    except OSError as error:
        yield f"{path}: cannot be looked at ({error.strerror})"
        return
    if info.st_mode & 0o077:
        yield f"{path}: others may read it; chmod 600 it"
    if info.st_uid not in (0, os.geteuid()):
        yield f"{path}: belongs to another account, which may read and change it; chown it"
