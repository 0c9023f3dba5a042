"""When the diary was last backed up."""

import time
from dataclasses import dataclass

from django.conf import settings

from pdfjobs import staging
from pdfjobs.backups import last

HOUR_S = 3600.0


@dataclass(frozen=True)
class Backup:
    """The newest one."""

    name: str
    """Empty: none was made."""
    age_s: float | None
    """Since it was made."""
    without_s: float
    """Since then, or since the instance was made."""
    limit_s: float | None
    """How long that may be; None: as long as anybody likes."""
    failure: last.Failure | None = None
    """Of the newest try, where that left none."""


def read_backup() -> Backup:
    inst, wanted = settings.INSTANCE, settings.PDFJOBS.backup
    expected = (settings.PDFJOBS.production or bool(wanted.to)) and not staging.is_mirror()
    age_s = last.age_s(inst)
    return Backup(
        last.name(inst),
        age_s,
        _made_s() if age_s is None else age_s,
        wanted.warn_after_h * HOUR_S if expected and wanted.warn_after_h else None,
        last.failure(inst),
    )


def _made_s() -> float:
    """Since the instance was made, with which its key came."""
    try:
        return max(0.0, time.time() - float(settings.INSTANCE.secret_key.stat().st_mtime))
    except OSError:
        return 0.0
