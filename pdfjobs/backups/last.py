"""When the diary was last backed up, kept beside it, so that its silence is noticed."""

import os
import time

from pdfjobs.config import Instance


def note(inst: Instance, name: str) -> None:
    """A backup of this name is whole."""
    inst.last_backup.write_text(f"{name}\n", encoding="utf-8")
    os.utime(inst.last_backup)


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
