"""Makes a backup while the service goes on writing."""

import io
import re
import socket
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, cast

from pdfjobs.backups import attachments, manifest, retention, settingsfiles, verification
from pdfjobs.backups.diary import Diary, Shelf
from pdfjobs.backups.errors import BackupError
from pdfjobs.backups.manifest import FileName, Manifest, StoredFile
from pdfjobs.backups.storedfile import put
from pdfjobs.backups.tablesums import Sums

ATTACHED = "SELECT DISTINCT sha256, size FROM pdfjobs_attachment"
SECOND = len("2026-01-01T00.00.00Z")
MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"


@dataclass(frozen=True)
class Made:
    """What came of it."""

    manifest: Manifest
    lost: list[str]
    """In words: attachments that neither disk nor store has."""
    removed: list[str]
    """Older backups that went."""
    stuck: str
    """In words: why uploads that broke off stay in the store; mostly empty."""


@dataclass(frozen=True)
class _Database:
    stored: StoredFile
    sums: Sums
    locale: dict[str, str]
    migrations: list[str]
    attached: attachments.Sizes


def make(diary: Diary, shelf: Shelf, keep: int) -> Made:
    """1. Database, as it is at one moment. 2. Attachments that the store has not, and a list of all. 3. Settings.
    4. All of that is brought back and compared. 5. The manifest makes it a backup. 6. The oldest go, and
    what broke off a day ago.

    What breaks off before 5 leaves no backup.
    """
    with diary.alone():
        diary.engine.sweep()
        now = datetime.now(UTC)
        name = _free_name(diary, shelf, now)
        try:
            made, lost = _write(diary, shelf, name, now)
            verification.check_but_attachments(diary, shelf, made)
            manifest.write(shelf.store, made, shelf.key)
        except BaseException:
            with suppress(BackupError):
                retention.take_back(shelf, name)
            raise
        made = manifest.read(shelf.store, name, shelf.key)
        removed = retention.apply(diary, shelf, name, keep, now)
        return Made(made, lost, removed, retention.drop_half_made(shelf, now))


def _write(diary: Diary, shelf: Shelf, name: str, now: datetime) -> tuple[Manifest, list[str]]:
    database = _put_database(diary, shelf, name)
    folder = diary.inst.attachments
    wanted = {**attachments.on_disk(folder), **database.attached}
    known, lost = attachments.known(shelf), {}
    for sha256 in wanted:
        try:
            attachments.put_or_check(shelf, sha256, folder, known, diary.spool)
        except attachments.LostError as error:
            lost[sha256] = str(error)
    held = {sha256: size for sha256, size in wanted.items() if sha256 not in lost}
    settings = io.BytesIO(settingsfiles.collect(diary.inst))
    listed = io.BytesIO(attachments.to_text(held))
    files: dict[FileName, StoredFile] = {
        "database": database.stored,
        "settings": _put(diary, shelf, name, "settings", settings),
        "attachments": _put(diary, shelf, name, "attachments", listed),
    }
    made = Manifest(
        name=name,
        made_at=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        host=socket.gethostname(),
        mirror=diary.is_mirror,
        encrypted=bool(shelf.key.ending),
        engine=diary.engine.name,
        locale=database.locale,
        migrations=database.migrations,
        tables=database.sums,
        files=files,
        attachments=len(held),
        attachment_bytes=sum(held.values()),
        missing=sorted(lost),
    )
    return made, list(lost.values())


def _put_database(diary: Diary, shelf: Shelf, name: str) -> _Database:
    with tempfile.TemporaryFile(dir=diary.spool) as dump:
        with diary.engine.snapshot() as snapshot:
            sums, locale = snapshot.sums(), snapshot.locale
            migrations = [f"{app}.{each}" for app, each in snapshot.rows(MIGRATIONS)]
            attached = {sha256: int(size) for sha256, size in snapshot.rows(ATTACHED)}
            snapshot.dump(cast(BinaryIO, dump))
        dump.seek(0)
        stored = _put(diary, shelf, name, "database", cast(BinaryIO, dump))
    return _Database(stored, sums, locale, migrations, attached)


def _put(diary: Diary, shelf: Shelf, name: str, file: FileName, source: BinaryIO) -> StoredFile:
    return put(shelf, manifest.path_of(name, file, shelf.key), source, diary.spool)


def _free_name(diary: Diary, shelf: Shelf, now: datetime) -> str:
    """By its moment, which also orders them: greater than any that is there, whatever the clock was set to since."""
    staging = "-staging" if diary.is_mirror else ""
    store = shelf.store
    taken = max([*manifest.names(store), *manifest.unfinished(store)], default="")
    begin = max(f"{now:%Y-%m-%dT%H.%M.%SZ}", taken[:SECOND])
    if begin != taken[:SECOND]:
        return begin + staging
    count = re.match(r"-([0-9]+)", taken[SECOND:])
    return f"{begin}-{int(count[1]) + 1 if count else 2:04}{staging}"
