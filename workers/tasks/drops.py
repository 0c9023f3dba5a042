"""Drops whose way into the diary was interrupted, or that arrived and were forgotten."""

import os
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from pdfjobs import names, queue
from pdfjobs.models import IntakeRecord
from pdfjobs.services import intake as service
from workers.intake.incoming import Incoming
from workers.tasks import intake

STUCK_S = 15.0
"""An intake that has not moved for so long was interrupted."""
FORGOTTEN_S = 300.0
"""A drop that has not changed for so long, however large, has settled long ago."""
MOST_ENTRIES = 50_000
MOST_TASKS = 500


def resume() -> None:
    """Asks for what is missing, once each: a going on of claimed drops, a taking in of settled ones."""
    before = timezone.now() - timedelta(seconds=STUCK_S)
    forgotten: list[tuple[str, str]] = []
    for record in IntakeRecord.objects.filter(state="arriving", updated_at__lt=before):
        path = names.from_stored(record.path)
        place = intake.hot_path(record.root, path)
        if not os.path.lexists(place):
            service.note_gone(record.root, path)
        elif (timezone.now() - record.updated_at).total_seconds() > _forgotten_s():
            forgotten.append((record.root, path))
    if forgotten:
        _take_in(forgotten)
    for record in IntakeRecord.objects.filter(state="claimed", updated_at__lt=before):
        if Incoming(settings.INSTANCE.incoming / str(record.number)).is_held():
            continue  # a large archive takes its time
        rq_id, about = f"resume-{record.pk}", f"go on with {record.name}"
        if queue.make_room("intake", rq_id):
            queue.send("intake", queue.RESUME_INTAKE, about, None, rq_id, record_id=record.pk)


def _take_in(forgotten: list[tuple[str, str]]) -> None:
    """Asks what the watcher asks for a settled drop, unless that waits, runs or has failed."""
    asked = {
        (task.kwargs["root"], task.kwargs["path"])
        for task in queue.tasks("intake", MOST_TASKS)
        if task.func_name == queue.TAKE_IN
    }
    for root, path in forgotten:
        place = intake.hot_path(root, path)
        if (root, path) in asked or time.time() - _newest_change(place) < _forgotten_s():
            continue
        info = place.lstat()
        queue.send(
            "intake",
            queue.TAKE_IN,
            f"take in {path}",
            root=root,
            path=path,
            device=info.st_dev,
            inode=info.st_ino,
            size=info.st_size,
            mtime_ns=info.st_mtime_ns,
        )


def _forgotten_s() -> float:
    return max(FORGOTTEN_S, 10 * settings.PDFJOBS.intake.quiet_s)


def _newest_change(place: Path) -> float:
    """Unix time at which anything in a drop last changed; now for one that changes or is too large to look through."""
    newest, count = place.lstat().st_ctime, 0
    for folder, inner, files in os.walk(place):
        count += len(inner) + len(files)
        if count > MOST_ENTRIES:
            return time.time()
        for name in (*inner, *files):
            try:
                newest = max(newest, Path(folder, name).lstat().st_ctime)
            except FileNotFoundError:
                return time.time()
    return newest
