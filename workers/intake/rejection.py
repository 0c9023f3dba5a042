"""Where refused drops are kept, with the reason beside them: VAR/rejected/TIME_NUMBER_STEM/."""

import os
import shutil
import time
from pathlib import Path

from django.conf import settings

from pdfjobs import names
from pdfjobs.models import IntakeRecord
from workers.intake import sidecar
from workers.intake.incoming import Incoming, is_there
from workers.intake.moving import move, write_whole

REASON = "reason.txt"


def folder_of(record: IntakeRecord) -> Path:
    """The same for a record whenever it is asked, so that a rejection can be gone on with."""
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(record.seen_at.timestamp()))
    name = f"{moment}_{record.number}_{names.safe_stem(record.name)}"
    return Path(settings.INSTANCE.rejected / name)


def begun(record: IntakeRecord) -> str | None:
    """The reason of a rejection that was begun; None where none was."""
    try:
        words = (folder_of(record) / REASON).read_text("utf-8")
    except FileNotFoundError:
        return None
    return words.partition("\n")[2].rstrip("\n")


def keep(record: IntakeRecord, incoming: Incoming, source: Path, reason: str) -> str:
    """Moves the drop and its sidecar beside a file with the reason, which is written first.

    Returns the folder's name; "" when the drop cannot be moved and stays where it is.
    """
    folder = folder_of(record)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / REASON, f"{record.name}\n{names.readable(reason)}\n".encode())
    thing = incoming.dropped()
    is_in_place = thing is None and is_there(source, record.device, record.inode)
    try:
        if is_in_place or thing is not None:
            # A drop may have the very name of our own file.
            name = f"dropped_{REASON}" if source.name == REASON else source.name
            move(thing or source, folder / name)
    except PermissionError:
        if not is_in_place:
            raise
        shutil.rmtree(folder)
        return ""
    if os.path.lexists(incoming.sidecar):
        move(incoming.sidecar, folder / (source.name + sidecar.ENDING))
    return folder.name
