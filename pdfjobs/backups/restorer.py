"""Brings a backup back: everything is ready and compared beside the diary before anything of it is touched."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from pdfjobs.backups import attachments, defaultdatabase, manifest, settingsfiles, verification
from pdfjobs.backups.diary import Diary, Shelf
from pdfjobs.backups.engine import Restored
from pdfjobs.backups.errors import BackupError
from pdfjobs.backups.manifest import Manifest
from pdfjobs.services import restored as service

MOST_NUMBER = 2**31 - 1


def restore(diary: Diary, shelf: Shelf, name: str, *, replace: bool, as_staging: bool) -> list[str]:
    """1. Database and attachments come back beside the diary's, and are what was backed up. 2. The database is brought
    to this program's version, and disarmed for staging. 3. They take the diary's place; what was there is kept.

    What was done, in words. Whatever fails before 3 leaves all as it was.
    """
    with diary.alone(), diary.without_service():
        held = manifest.read(shelf.store, name, shelf.key)
        _check_version(held)
        if not replace and diary.engine.holds_jobs():
            raise BackupError(
                f"{diary.inst.var}: this diary holds jobs, and stays as it is;"
                " --replace puts the backup in its place and keeps it aside"
            )
        diary.engine.sweep()
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
        texts = verification.settings_of(diary, shelf, held)
        with (
            verification.database_of(diary, shelf, held) as database,
            _attachments_of(diary, shelf, held, stamp) as folder,
        ):
            _ready(database, diary, as_staging=as_staging)
            said = _take_over(diary, database, folder, stamp, held, as_staging=as_staging)
        aside = _aside(diary, stamp)
        if not as_staging:
            said += settingsfiles.lay_down(diary.inst, texts, aside)
        if not any(aside.iterdir()) and not any(str(aside) in line for line in said):
            aside.rmdir()
        return said


def _check_version(held: Manifest) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations or ()}
    apps = {name.partition(".")[0] for name in known}
    newer = [
        name for name in held.migrations if name.partition(".")[0] in apps and name not in known
    ]
    if newer:
        raise BackupError(
            f"backup {held.name} is of a newer version of this program ({', '.join(newer[:3])});"
            " install that one, then restore"
        )


@contextmanager
def _attachments_of(diary: Diary, shelf: Shelf, held: Manifest, stamp: str) -> Iterator[Path]:
    folder = diary.inst.var / f"attachments-restored-{stamp}"
    try:
        attachments.bring(shelf, verification.listed(diary, shelf, held), folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # unless it has become the diary's


def _ready(database: Restored, diary: Diary, *, as_staging: bool) -> None:
    with defaultdatabase.taken_by(database.for_django()):
        call_command("migrate", verbosity=0, interactive=False)
        if highest := _highest_number(diary.inst.runs):
            service.give_no_number_up_to(highest)
        if as_staging:
            service.disarm()


def _highest_number(runs: Path) -> int:
    """Of the run folders that intake made."""
    if not runs.is_dir():
        return 0
    found = (re.match(r"([0-9]{1,10})_", folder.name) for folder in runs.iterdir())
    numbers = (int(match[1]) for match in found if match)
    return max((number for number in numbers if number <= MOST_NUMBER), default=0)


def _take_over(
    diary: Diary, database: Restored, folder: Path, stamp: str, held: Manifest, *, as_staging: bool
) -> list[str]:
    inst, aside = diary.inst, _aside(diary, stamp)
    mark = inst.staging_mark
    mirrored = mark.read_text() if mark.exists() else None
    aside.mkdir(mode=0o700)
    if as_staging:  # first: from its first moment here the database is that of a mirror
        words = f"of {held.host}, as of {held.made_at} (backup {held.name})\n"
        settingsfiles.write_private(mark, words)
    try:
        kept = database.take_over(aside)
    except BackupError:
        aside.rmdir()
        if as_staging:
            if mirrored is None:
                mark.unlink()
            else:
                settingsfiles.write_private(mark, mirrored)
        raise
    for old in (inst.attachments, inst.var / "queue"):
        if old.exists():
            old.rename(aside / old.name)
    folder.rename(inst.attachments)
    if not as_staging and mark.exists():
        mark.rename(aside / mark.name)
    said = [f"backup {held.name} of {held.host} is this diary now"]
    if kept:
        said.append(f"what was here is kept: {kept}, and {aside}")
    return said


def _aside(diary: Diary, stamp: str) -> Path:
    return diary.inst.var / f"before-restore-{stamp}"
