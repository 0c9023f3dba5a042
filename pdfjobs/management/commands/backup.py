"""`manage.py backup`: keeps the diary where it survives this disk."""

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pdfjobs import staging
from pdfjobs.backups import last, maker, manifest, settingsfiles, verification
from pdfjobs.backups.diary import Diary, Shelf
from pdfjobs.backups.errors import BackupError
from pdfjobs.backups.key import new_identity
from pdfjobs.table import ConfigError


class Command(BaseCommand):
    """The service may run meanwhile."""

    help = "backs up database, attachments and settings, tries the backup, and removes the oldest"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", dest="place", default="", help="folder or s3://bucket/prefix")
        parser.add_argument("--keep", type=int, help="how many stay")
        parser.add_argument("--key-file", type=Path, help="in the place of backup.key_file")
        parser.add_argument(
            "--list", action="store_true", dest="as_list", help="says what is there"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="with --list")
        parser.add_argument("--check", metavar="NAME", help="tries a backup once more")
        parser.add_argument("--new-key", type=Path, metavar="FILE", help="makes a key file")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            if options["new_key"] is not None:
                self._make_key(options["new_key"])
            elif options["as_list"]:
                self._list(self._shelf(options), as_json=options["as_json"])
            elif options["check"]:
                self._check(self._shelf(options), options["check"])
            else:
                self._make_and_note(options)
        except (BackupError, ConfigError, OSError) as error:
            raise CommandError(str(error)) from error

    def _make_and_note(self, options: dict[str, Any]) -> None:
        """One elsewhere is no word for those that are made by the clock."""
        try:
            name = self._make(self._shelf(options), options["keep"])
        except Exception as error:
            if not options["place"]:
                last.note_failure(settings.INSTANCE, str(error) or type(error).__name__)
            raise
        if not options["place"]:
            last.note(settings.INSTANCE, name)

    def _shelf(self, options: dict[str, Any]) -> Shelf:
        return Shelf.of(
            settings.PDFJOBS.backup,
            settings.INSTANCE,
            to=options["place"],
            key_file=options["key_file"],
        )

    def _diary(self) -> Diary:
        entry = settings.DATABASES["default"]
        return Diary.of(settings.INSTANCE, entry, is_mirror=staging.is_mirror())

    def _make(self, shelf: Shelf, keep: int | None) -> str:
        """The new backup's name."""
        keep = keep or settings.PDFJOBS.backup.keep
        made = maker.make(self._diary(), shelf, keep)
        held = made.manifest
        rows = sum(count for count, _sum in held.tables.values())
        self.stdout.write(
            f"{shelf.store.place(held.name)}: {held.tables['pdfjobs_job'][0]} jobs,"
            f" {held.attachments} attachments, {held.bytes:,} bytes;"
            f" restored beside the diary and compared: {rows} rows of {len(held.tables)} tables are equal"
        )
        for name in made.removed:
            self.stdout.write(f"{name} is removed: {keep} stay")
        for words in made.lost:
            self.stderr.write(f"not in the backup: {words}")
        if made.stuck:
            self.stderr.write(f"uploads that broke off stay, and take room: {made.stuck}")
        if not held.encrypted:
            self.stderr.write(
                "It holds settings and the secret key, and is not encrypted: whoever reads it can act as the"
                " service. Set backup.key_file; `manage.py backup --new-key FILE` makes one."
            )
        for file in settingsfiles.password_files(settings.PDFJOBS):
            self.stderr.write(
                f"not in the backup: {file}, which the settings name; keep it elsewhere"
            )
        return held.name

    def _list(self, shelf: Shelf, *, as_json: bool) -> None:
        found, damaged = [], []
        for name in manifest.names(shelf.store):
            try:
                found.append(manifest.read(shelf.store, name, shelf.key))
            except BackupError as error:
                damaged.append(str(error))
        if as_json:
            self.stdout.write(json.dumps([_facts(held) for held in found], indent=1))
        else:
            for held in found:
                facts = _facts(held)
                self.stdout.write(
                    f"{held.name:30} {facts['jobs']:9} jobs {facts['bytes']:15,} bytes  {held.engine:10}"
                    f" {held.host}{'  encrypted' if held.encrypted else ''}"
                )
            self.stdout.write(f"{len(found)} backups in {shelf.store.place('')}")
        if damaged:
            raise CommandError("\n".join(damaged))

    def _check(self, shelf: Shelf, name: str) -> None:
        held = manifest.read(shelf.store, name, shelf.key)
        diary = self._diary()
        with diary.alone():
            verification.check(diary, shelf, held)
        self.stdout.write(f"{shelf.store.place(name)}: everything is as it was put there")

    def _make_key(self, file: Path) -> None:
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w") as target:
            target.write(new_identity())
        self.stdout.write(
            f"{file}: name it in pdfjobs.toml as backup.key_file, and keep a copy away from this host:"
            " without it no backup can be read."
        )


def _facts(held: manifest.Manifest) -> dict[str, Any]:
    return {
        "name": held.name,
        "made_at": held.made_at,
        "host": held.host,
        "engine": held.engine,
        "mirror": held.mirror,
        "encrypted": held.encrypted,
        "jobs": held.tables["pdfjobs_job"][0],
        "attachments": held.attachments,
        "bytes": held.bytes,
        "missing": held.missing,
    }
