"""Tries a backup: brings its database back beside the diary's and compares it, reads every other byte of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from pdfjobs.backups import attachments, settingsfiles
from pdfjobs.backups.diary import Diary, Shelf
from pdfjobs.backups.engine import Restored
from pdfjobs.backups.errors import BackupError, DamagedError
from pdfjobs.backups.manifest import Manifest
from pdfjobs.backups.storedfile import fetched
from pdfjobs.backups.tablesums import differences


def check(diary: Diary, shelf: Shelf, manifest: Manifest) -> None:
    """Raises DamagedError with the name of what is not as it was."""
    check_but_attachments(diary, shelf, manifest)
    for sha256 in listed(diary, shelf, manifest):
        attachments.check(shelf, sha256)


def check_but_attachments(diary: Diary, shelf: Shelf, manifest: Manifest) -> None:
    settings_of(diary, shelf, manifest)
    listed(diary, shelf, manifest)
    with database_of(diary, shelf, manifest):
        pass


@contextmanager
def database_of(diary: Diary, shelf: Shelf, manifest: Manifest) -> Iterator[Restored]:
    """The backup's database beside the diary's, once it proved to be the one that was backed up."""
    if diary.engine.name != manifest.engine:
        raise BackupError(
            f"backup {manifest.name} is of a diary in {manifest.engine}, this one is in"
            f" {diary.engine.name}: set [database] engine, or choose another backup"
        )
    path = manifest.path("database", shelf.key)
    place = shelf.store.place(path)
    with (
        fetched(shelf, path, manifest.files["database"], diary.spool) as dump,
        diary.engine.restored(dump, place, manifest.locale) as restored,
    ):
        wrong = differences(manifest.tables, restored.sums())
        if wrong:
            raise DamagedError(f"{place}: gives another database than was backed up: {wrong}")
        yield restored


def settings_of(diary: Diary, shelf: Shelf, manifest: Manifest) -> dict[str, str]:
    path = manifest.path("settings", shelf.key)
    with fetched(shelf, path, manifest.files["settings"], diary.spool) as file:
        return settingsfiles.unpack(file.read(), shelf.store.place(path))


def listed(diary: Diary, shelf: Shelf, manifest: Manifest) -> attachments.Sizes:
    path = manifest.path("attachments", shelf.key)
    with fetched(shelf, path, manifest.files["attachments"], diary.spool) as file:
        return attachments.from_text(file.read())
