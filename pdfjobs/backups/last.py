"""When the diary was last backed up, kept beside it, so that its silence is noticed; and why the newest try failed."""

import os
import time
from contextlib import suppress
from typing import NamedTuple

from pdfjobs.config import Instance


class Failure(NamedTuple):
    """Of the newest try."""

    words: str
    at: float
    """Unix time."""


def note(inst: Instance, name: str) -> None:
    """A backup of this name is whole."""
    inst.last_backup.write_text(f"{name}\n", encoding="utf-8")
    os.utime(inst.last_backup)
    inst.failed_backup.unlink(missing_ok=True)


def note_failure(inst: Instance, words: str) -> None:
    """The newest try left none. Where not even that can be written down, the age of the newest backup tells."""
    with suppress(OSError):
        inst.failed_backup.write_text(f"{words}\n", encoding="utf-8")


def name(inst: Instance) -> str:
    """Of the newest backup; empty when none was made."""
    try:
        return inst.last_backup.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def age_s(inst: Instance) -> float | None:
    """Since the newest backup; None when none was made."""
    try:
        return max(0.0, time.time() - inst.last_backup.stat().st_mtime)
    except OSError:
        return None


def failure(inst: Instance) -> Failure | None:
    """None while the newest try was a good one."""
    try:
        words = inst.failed_backup.read_text(encoding="utf-8", errors="replace").strip()
        return Failure(words, inst.failed_backup.stat().st_mtime)
    except OSError:
        return None
