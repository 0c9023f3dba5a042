"""The audit's lines: what stands in the tables of logins, history and administration, as a collector of logs takes it.

    login.failed by="mara" address="192.0.2.7" how="password"

One line an act, written when its row is committed; the rows are what counts, this is how they leave the machine.
"""

import json
import logging
import os
import time
from functools import partial
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from pathlib import Path

from django.db import transaction

MOST = 300
"""Letters of a value: a collector cuts long lines anywhere."""
log = logging.getLogger(__name__)


class Formatter(logging.Formatter):
    """In UTC, as other machines' logs."""

    converter = staticmethod(time.gmtime)


class File(WatchedFileHandler):
    """Appends whole lines, as every process of the service does; when the file was moved away, makes it anew.

    The new one is the service's own, whoever is first to write: only its account reads names as they were typed.
    """

    def _open(self) -> TextIOWrapper:
        return os.fdopen(_opened(Path(self.baseFilename)), "a", encoding="utf-8")


def tell(act: str, **facts: object) -> None:
    """One line, once the caller's transaction is through; facts that are empty are left out."""
    words = [f"{name}={_quoted(value)}" for name, value in facts.items() if value not in ("", None)]
    transaction.on_commit(partial(log.info, "%s", " ".join([act, *words])))


def _opened(path: Path) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    try:
        made = os.open(path, flags | os.O_EXCL, 0o600)
    except FileExistsError:
        return os.open(path, flags, 0o600)
    if os.geteuid() == 0:  # the service must be able to write on
        folder = path.parent.stat()
        os.fchown(made, folder.st_uid, folder.st_gid)
    return made


def _quoted(value: object) -> str:
    """As JSON has it: nothing that somebody typed ends the value or the line."""
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return json.dumps(text if len(text) <= MOST else f"{text[:MOST]}…")
